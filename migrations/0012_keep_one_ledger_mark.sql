-- The ledger is one object: how far it has been written into this database is one row. It begins anew, because the object
-- does as well; what is written again is written to the same effect.
CREATE TABLE ledger_mark (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;
DROP TABLE ledger_marks;
