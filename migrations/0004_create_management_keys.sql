CREATE TABLE management_keys (
  id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB 'mk_*'),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  prefix TEXT NOT NULL UNIQUE CHECK (length(prefix) = 8 AND prefix NOT GLOB '*[^0-9A-Za-z]*'),
  -- SHA-256 of the whole token, lower-case hex.
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'verifier')),
  environment_id TEXT REFERENCES environments (id),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER,
  CHECK (environment_id IS NULL OR role = 'verifier')
) STRICT;
