-- One row per store on which a daemon was ready and was not stopped since: where none runs, it was
-- killed, it failed, or its machine went down.
CREATE TABLE daemon (
    id         INTEGER PRIMARY KEY CHECK (id = 1), -- there is at most one
    process    INTEGER NOT NULL, -- its number
    started_at INTEGER NOT NULL -- when it was ready
) STRICT;
