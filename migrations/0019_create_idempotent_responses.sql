-- The responses of requests that had an Idempotency-Key, for 24 hours. A row is written in the transaction of what the
-- request made. The primary key refuses a second one, and with it everything its transaction would have made.
CREATE TABLE idempotent_responses (
  -- Derived from the header's value and its actor, base64url; the value itself is nowhere here.
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 43),
  -- The request's fingerprint and the response: a JWE under a key that is derived from the header's value and ROOT_KEY.
  sealed TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Finding the rows that have expired, to delete them.
CREATE INDEX idempotent_responses_by_expires_at ON idempotent_responses (expires_at);
