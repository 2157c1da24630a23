CREATE TABLE audit_events (
  id TEXT NOT NULL PRIMARY KEY CHECK (id GLOB 'evt_*'),
  at INTEGER NOT NULL,
  actor_type TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  project_id TEXT,
  environment_id TEXT,
  key_id TEXT,
  management_key_id TEXT,
  -- The fields the change touched, as JSON objects; never a token, secret or hash.
  before TEXT,
  after TEXT,
  request_id TEXT NOT NULL,
  address TEXT
) STRICT;

-- Reading the log newest first, whole or by one filter.
CREATE INDEX audit_events_by_time ON audit_events (at, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, at, id);
CREATE INDEX audit_events_by_action ON audit_events (action, at, id);
CREATE INDEX audit_events_by_project ON audit_events (project_id, at, id) WHERE project_id IS NOT NULL;
CREATE INDEX audit_events_by_environment ON audit_events (environment_id, at, id) WHERE environment_id IS NOT NULL;
CREATE INDEX audit_events_by_key ON audit_events (key_id, at, id) WHERE key_id IS NOT NULL;

-- INSERT OR REPLACE deletes without asking the triggers below.
CREATE TRIGGER audit_events_are_never_replaced BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'audit events are append-only');
END;

CREATE TRIGGER audit_events_never_change BEFORE UPDATE ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit events are append-only');
END;

CREATE TRIGGER audit_events_never_leave BEFORE DELETE ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit events are append-only');
END;
