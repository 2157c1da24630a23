-- The keys whose search terms were written with lower-casing instead of case folding. SQL cannot fold, so the cron sweep
-- writes their terms anew, some at a time, and takes them off this list. ASCII folds as it always did.
CREATE TABLE old_search_terms (
  key_id TEXT NOT NULL PRIMARY KEY REFERENCES api_keys (id)
) STRICT;

INSERT INTO old_search_terms (key_id) SELECT id FROM api_keys WHERE name GLOB '*[^ -~]*';
