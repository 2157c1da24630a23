-- Every time is integer milliseconds since the Unix epoch, UTC.
CREATE TABLE projects (
  id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB 'proj_*'),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  -- Counts changes: an edit states the revision it was made from, so none is lost.
  revision INTEGER NOT NULL CHECK (revision > 0),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  -- Deleted projects and environments stay for the audit log; nothing lists them.
  deleted_at INTEGER
) STRICT;

-- Listing projects, newest first.
CREATE INDEX projects_live ON projects (id) WHERE deleted_at IS NULL;

CREATE TABLE environments (
  id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB 'env_*'),
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  tag TEXT NOT NULL CHECK (length(tag) BETWEEN 1 AND 32),
  -- The scope catalogue: [{ name, description, required }].
  scopes TEXT NOT NULL CHECK (json_type(scopes) = 'array'),
  -- { maxStalenessMs, onUnknown }.
  bounds TEXT NOT NULL CHECK (json_type(bounds) = 'object'),
  revision INTEGER NOT NULL CHECK (revision > 0),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  deleted_at INTEGER
) STRICT;

-- Listing the environments of a project, newest first; and whether a project has any.
CREATE INDEX environments_by_project ON environments (project_id, id) WHERE deleted_at IS NULL;
