-- Access tokens end by an order and not by a moment: tokens say which revision of their credential they were issued at, and those
-- of a lower one than this are dead. Whoever has ended tokens by a moment so far has ended all that exist now.
ALTER TABLE api_keys ADD COLUMN tokens_from_revision INTEGER;
UPDATE api_keys SET tokens_from_revision = revision WHERE tokens_not_before IS NOT NULL;
ALTER TABLE api_keys DROP COLUMN tokens_not_before;

-- Single access tokens were ended, none that lasts longer than this: until then the ledger is asked about each.
ALTER TABLE api_keys ADD COLUMN tokens_ended_until INTEGER;
