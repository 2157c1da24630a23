-- The audiences that access tokens of the environment may have besides Keyward's own: ["https://api.example.com"]. An edit
-- of them is an edit of the environment: it raises its revision, and is in force everywhere within the same bound.
ALTER TABLE environments ADD COLUMN audiences TEXT NOT NULL DEFAULT '[]' CHECK (json_type(audiences) = 'array');
