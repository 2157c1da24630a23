CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB 'key_*'),
  environment_id TEXT NOT NULL REFERENCES environments (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  -- ["read", "write"], in the order of the environment's catalogue.
  scopes TEXT NOT NULL CHECK (json_type(scopes) = 'array'),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  owner_id TEXT CHECK (length(owner_id) BETWEEN 1 AND 200),
  metadata TEXT NOT NULL CHECK (json_type(metadata) = 'object'),
  expires_at INTEGER,
  revision INTEGER NOT NULL CHECK (revision > 0),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  -- True to within a minute: written at most once a minute.
  last_used_at INTEGER,
  revoked_at INTEGER,
  revoked_reason TEXT CHECK (revoked_reason IN ('unspecified', 'compromised', 'superseded', 'no_longer_used', 'owner_left')),
  CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) STRICT;

-- Listing the keys of an environment, newest first.
CREATE INDEX api_keys_by_environment ON api_keys (environment_id, id);
-- … of one owner.
CREATE INDEX api_keys_by_owner ON api_keys (environment_id, owner_id, id) WHERE owner_id IS NOT NULL;
-- … by the statuses that few keys have.
CREATE INDEX api_keys_revoked ON api_keys (environment_id, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_keys_live ON api_keys (environment_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_disabled ON api_keys (environment_id, id) WHERE enabled = 0 AND revoked_at IS NULL;
CREATE INDEX api_keys_expiring ON api_keys (environment_id, id) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;

-- A revocation is final. Said here too, so that no statement of ours can take it back.
CREATE TRIGGER api_keys_stay_revoked BEFORE UPDATE ON api_keys
WHEN OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at
BEGIN
  SELECT RAISE(ABORT, 'a revoked key stays revoked');
END;

CREATE TRIGGER api_keys_are_never_replaced BEFORE INSERT ON api_keys
WHEN EXISTS (SELECT 1 FROM api_keys WHERE id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'a revoked key stays revoked: keys are changed, never replaced');
END;

CREATE TABLE api_key_secrets (
  -- Public; unique over all keys that ever were.
  prefix TEXT NOT NULL PRIMARY KEY CHECK (length(prefix) = 8 AND prefix NOT GLOB '*[^0-9A-Za-z]*'),
  key_id TEXT NOT NULL REFERENCES api_keys (id),
  -- SHA-256 of the whole token, lower-case hex. The only trace of the token anywhere.
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),
  created_at INTEGER NOT NULL,
  -- Set when a rotation ends this secret: at the end of the overlap, or at once.
  expires_at INTEGER
) STRICT;

CREATE TRIGGER api_key_secrets_stay_what_they_are BEFORE UPDATE OF prefix, key_id, hash ON api_key_secrets
BEGIN
  SELECT RAISE(ABORT, 'a secret stays what it is');
END;

-- The secrets of a key, in the order they were made: that of their rows.
CREATE INDEX api_key_secrets_by_key ON api_key_secrets (key_id);

-- Who holds a scope: an index over the JSON of api_keys.scopes, kept by the triggers below.
CREATE TABLE api_key_scopes (
  environment_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  key_id TEXT NOT NULL REFERENCES api_keys (id),
  PRIMARY KEY (environment_id, scope, key_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER api_key_scopes_of_new_key AFTER INSERT ON api_keys
BEGIN
  INSERT INTO api_key_scopes (environment_id, scope, key_id)
  SELECT NEW.environment_id, value, NEW.id FROM json_each(NEW.scopes);
END;

CREATE TRIGGER api_key_scopes_of_changed_key AFTER UPDATE OF scopes ON api_keys
WHEN OLD.scopes <> NEW.scopes
BEGIN
  DELETE FROM api_key_scopes
  WHERE key_id = OLD.id AND environment_id = OLD.environment_id
    AND scope IN (SELECT value FROM json_each(OLD.scopes));
  INSERT INTO api_key_scopes (environment_id, scope, key_id)
  SELECT NEW.environment_id, value, NEW.id FROM json_each(NEW.scopes);
END;

-- What a key is found by: its name from the start of each word, and the prefix of every secret it had.
CREATE TABLE api_key_terms (
  environment_id TEXT NOT NULL,
  term TEXT NOT NULL,
  key_id TEXT NOT NULL REFERENCES api_keys (id),
  -- A renamed key loses its 'name' terms and keeps its 'prefix' terms.
  kind TEXT NOT NULL CHECK (kind IN ('name', 'prefix')),
  PRIMARY KEY (environment_id, term, key_id, kind)
) STRICT, WITHOUT ROWID;

-- The terms of one key, to replace them when it is renamed.
CREATE INDEX api_key_terms_by_key ON api_key_terms (key_id, kind);
