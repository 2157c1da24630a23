-- The outbox of the KV tombstones: written in the transaction that revokes, emptied when KV has taken them.
CREATE TABLE pending_tombstones (
  prefix TEXT NOT NULL PRIMARY KEY,
  key_id TEXT NOT NULL REFERENCES api_keys (id),
  environment_id TEXT NOT NULL,
  revoked_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  next_attempt_at INTEGER NOT NULL
) STRICT;

-- The sweep takes those that are due, oldest first.
CREATE INDEX pending_tombstones_due ON pending_tombstones (next_attempt_at);
-- Whether anything of one key is still pending.
CREATE INDEX pending_tombstones_by_key ON pending_tombstones (key_id);
-- … or of one environment.
CREATE INDEX pending_tombstones_by_environment ON pending_tombstones (environment_id);
