-- Read by its whole key on the way of a request, and listed by environment: the primary key serves both.
CREATE TABLE rerank_controls (
  environment_id TEXT NOT NULL REFERENCES environments (id),
  -- The caller's own name for what the controls are for.
  context_id TEXT NOT NULL CHECK (length(context_id) BETWEEN 1 AND 128 AND context_id NOT GLOB '*[^A-Za-z0-9._:-]*'),
  -- { global_default, surface_presets? }, as it is on the wire.
  controls TEXT NOT NULL CHECK (json_type(controls) = 'object'),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (environment_id, context_id)
) STRICT, WITHOUT ROWID;
