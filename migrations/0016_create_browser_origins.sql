-- Which environments let pages of an origin in: a preflight asks that without a key, of every environment at once.
CREATE TABLE browser_origins (
  origin TEXT NOT NULL,
  environment_id TEXT NOT NULL REFERENCES environments (id),
  PRIMARY KEY (origin, environment_id)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO browser_origins (origin, environment_id)
SELECT o.value, e.id FROM environments AS e, json_each(e.browser_origins) AS o WHERE e.deleted_at IS NULL;

-- It read every environment that lets any page in.
DROP INDEX environments_with_browsers;

CREATE TRIGGER browser_origins_of_new_environment AFTER INSERT ON environments
WHEN NEW.deleted_at IS NULL
BEGIN
  INSERT OR IGNORE INTO browser_origins (origin, environment_id)
  SELECT value, NEW.id FROM json_each(NEW.browser_origins);
END;

CREATE TRIGGER browser_origins_of_changed_environment AFTER UPDATE OF browser_origins, deleted_at ON environments
WHEN OLD.browser_origins <> NEW.browser_origins OR OLD.deleted_at IS NOT NEW.deleted_at
BEGIN
  DELETE FROM browser_origins
  WHERE environment_id = OLD.id AND origin IN (SELECT value FROM json_each(OLD.browser_origins));
  INSERT OR IGNORE INTO browser_origins (origin, environment_id)
  SELECT value, NEW.id FROM json_each(NEW.browser_origins) WHERE NEW.deleted_at IS NULL;
END;
