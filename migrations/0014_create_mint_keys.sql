-- What the tags in tokens are made with: a token without a tag of one of these was never issued here, and no store is asked about
-- it. It authenticates nobody. Rows are only ever added: a token that an older key tagged stays good.
CREATE TABLE mint_keys (
  id TEXT NOT NULL PRIMARY KEY,
  -- 256 random bits, in hex.
  secret TEXT NOT NULL CHECK (length(secret) = 64 AND secret NOT GLOB '*[^0-9a-f]*'),
  created_at INTEGER NOT NULL
) STRICT;

INSERT INTO mint_keys (id, secret, created_at)
VALUES (lower(hex(randomblob(8))), lower(hex(randomblob(32))), CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- Whether the token has a tag. Those that were issued before there were tags have none.
ALTER TABLE api_key_secrets ADD COLUMN tagged INTEGER NOT NULL DEFAULT 0 CHECK (tagged IN (0, 1));
ALTER TABLE management_keys ADD COLUMN tagged INTEGER NOT NULL DEFAULT 0 CHECK (tagged IN (0, 1));

-- Whether there are any: without them, a token without a tag is nobody's.
CREATE INDEX api_key_secrets_untagged ON api_key_secrets (tagged) WHERE tagged = 0;
CREATE INDEX management_keys_untagged ON management_keys (tagged) WHERE tagged = 0;
