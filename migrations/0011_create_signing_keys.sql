-- The keys that sign access tokens. A key is published before it signs and until the last token it signed has expired.
CREATE TABLE signing_keys (
  kid TEXT NOT NULL PRIMARY KEY CHECK (length(kid) = 43),
  -- JWK.
  public_key TEXT NOT NULL CHECK (json_type(public_key) = 'object'),
  -- AES-256-GCM under a key derived from ROOT_KEY: base64url of the 12-byte nonce and the ciphertext.
  private_key TEXT NOT NULL,
  -- Which ROOT_KEY that was, as a fingerprint of the derived key: with another, the key only goes on being published.
  sealed_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  signs_from INTEGER NOT NULL,
  signs_until INTEGER NOT NULL CHECK (signs_until > signs_from),
  published_until INTEGER NOT NULL CHECK (published_until > signs_until)
) STRICT;

-- The keys that are still published.
CREATE INDEX signing_keys_published ON signing_keys (published_until);
