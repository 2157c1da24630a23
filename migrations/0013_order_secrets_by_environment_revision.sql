-- The revision that its environment had when the secret was issued. Revoking all keys of an environment raises its revision, and
-- covers what was issued at a lower one: an order that no clock decides. What is here already was issued before any of that.
ALTER TABLE api_key_secrets ADD COLUMN environment_revision INTEGER NOT NULL DEFAULT 0;

-- A secret that a rotation has ended for good has `expires_at` 0. Older versions wrote the moment at which it ended.
UPDATE api_key_secrets SET expires_at = 0
WHERE expires_at > 0 AND rowid NOT IN (
  SELECT newest.rowid FROM api_key_secrets AS newest
  WHERE newest.key_id = api_key_secrets.key_id ORDER BY newest.rowid DESC LIMIT 2);

-- The secrets that may still work: two of a key at most, however often it was rotated.
CREATE INDEX api_key_secrets_open ON api_key_secrets (key_id) WHERE expires_at IS NULL OR expires_at > 0;
