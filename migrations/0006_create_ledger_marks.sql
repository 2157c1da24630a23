-- How far each shard of the revocation ledger has been written into this database. A restored copy brings back an
-- older mark, and so tells the sweep what to write again.
CREATE TABLE ledger_marks (
  shard TEXT NOT NULL PRIMARY KEY,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;

-- When a revocation is effective everywhere: of its first receipt, so that every later one is the same.
ALTER TABLE api_keys ADD COLUMN revoked_effective_by INTEGER;
