-- SDK credentials are keys of another kind: their ids begin with cred_. SQLite cannot change a CHECK, so the table is made
-- anew. What refers to it is put aside meanwhile: a foreign key that is broken for a moment fails the transaction.
CREATE TABLE aside_secrets AS SELECT rowid AS position, * FROM api_key_secrets;
CREATE TABLE aside_terms AS SELECT * FROM api_key_terms;
CREATE TABLE aside_tombstones AS SELECT * FROM pending_tombstones;
DELETE FROM pending_tombstones;
DELETE FROM api_key_terms;
DELETE FROM api_key_scopes;
DELETE FROM api_key_secrets;

CREATE TABLE new_api_keys (
  id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB 'key_*' OR id GLOB 'cred_*'),
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
  -- When a revocation is effective everywhere: of its first receipt, so that every later one is the same.
  revoked_effective_by INTEGER,
  -- Of a credential: access tokens issued before this moment are dead.
  tokens_not_before INTEGER,
  CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) STRICT;

INSERT INTO new_api_keys
SELECT id, environment_id, name, scopes, enabled, owner_id, metadata, expires_at, revision, created_at, created_by,
  last_used_at, revoked_at, revoked_reason, revoked_effective_by, NULL
FROM api_keys;
DROP TABLE api_keys;
ALTER TABLE new_api_keys RENAME TO api_keys;

-- Listing the keys, or the credentials, of an environment, newest first.
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

INSERT INTO api_key_secrets (rowid, prefix, key_id, hash, created_at, expires_at)
SELECT position, prefix, key_id, hash, created_at, expires_at FROM aside_secrets ORDER BY position;
INSERT INTO api_key_scopes (environment_id, scope, key_id)
SELECT k.environment_id, s.value, k.id FROM api_keys AS k, json_each(k.scopes) AS s;
INSERT INTO api_key_terms SELECT * FROM aside_terms;
INSERT INTO pending_tombstones SELECT * FROM aside_tombstones;
DROP TABLE aside_secrets;
DROP TABLE aside_terms;
DROP TABLE aside_tombstones;
