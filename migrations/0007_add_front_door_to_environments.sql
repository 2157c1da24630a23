-- What the front door needs to know of an environment. An edit of either is an edit of the environment: it raises its
-- revision, and is in force everywhere within the same bound.

-- The route table: [{ methods, path, scopes, upstream, rerank, webSocket, timeoutMs }].
ALTER TABLE environments ADD COLUMN routes TEXT NOT NULL DEFAULT '[]' CHECK (json_type(routes) = 'array');

-- The web pages that may send keys of this environment: ["https://app.example.com"].
ALTER TABLE environments ADD COLUMN browser_origins TEXT NOT NULL DEFAULT '[]' CHECK (json_type(browser_origins) = 'array');

-- Whether any environment lets an origin in, which a preflight asks without a key. Few environments let any.
CREATE INDEX environments_with_browsers ON environments (id) WHERE browser_origins <> '[]' AND deleted_at IS NULL;
