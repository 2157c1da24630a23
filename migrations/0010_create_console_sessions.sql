-- Who is signed in to the console. The cookie's token is nowhere here: only its hash, made with the root key, so that a
-- new root key ends every session.
CREATE TABLE console_sessions (
  -- SHA-256 of the session's token and the root key's digest, lower-case hex.
  hash TEXT NOT NULL PRIMARY KEY CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),
  -- Null for the root key.
  management_key_id TEXT REFERENCES management_keys (id),
  created_at INTEGER NOT NULL,
  -- True to within a minute: written at most once a minute.
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Finding the sessions that ended, to remove them.
CREATE INDEX console_sessions_by_last_seen ON console_sessions (last_seen_at);

-- The forms of a session that were sent and must have their effect only once. They go with their session.
CREATE TABLE console_sent_forms (
  session_hash TEXT NOT NULL REFERENCES console_sessions (hash) ON DELETE CASCADE,
  form_id TEXT NOT NULL CHECK (length(form_id) BETWEEN 16 AND 64),
  -- The page of what the form made; null until it is made.
  outcome TEXT,
  PRIMARY KEY (session_hash, form_id)
) STRICT, WITHOUT ROWID;
