-- One row per time at which something else was seen beside a document than before: the chain that was verified, and what
-- headers say of caching and of the end of the document. An export needs it, so that a replay knows what was known.
CREATE TABLE beside (
    target_id INTEGER NOT NULL REFERENCES target (id), -- where
    at        INTEGER NOT NULL, -- when it was first so
    beside    TEXT    NOT NULL, -- as JSON
    PRIMARY KEY (target_id, at)
) STRICT, WITHOUT ROWID;
