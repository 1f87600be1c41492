-- Times are Unix milliseconds. Hashes are SHA-256, hexadecimal.

-- One row per document that is or was followed.
CREATE TABLE target (
    id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    provider      TEXT    NOT NULL,                  -- name of the provider as configured
    document      TEXT    NOT NULL,                  -- kind of the document
    url           TEXT,                              -- where it is; NULL while not known
    watched_since INTEGER NOT NULL,                  -- when it was first configured
    retired_at    INTEGER,                           -- when it left the configuration; NULL while in it
    UNIQUE (provider, document)
) STRICT;

-- One row per target: what every poll moves. Narrow, so that an unchanged poll writes little.
CREATE TABLE tracking (
    target_id     INTEGER PRIMARY KEY REFERENCES target (id), -- the target
    revision      INTEGER NOT NULL DEFAULT 0, -- counts transitions; a decision on an old one is refused
    snapshot_id   INTEGER REFERENCES snapshot (id), -- the baseline; NULL before the first document
    last_body     TEXT,                       -- hash of the bytes seen last that stood for the baseline
    last_seen_at  INTEGER,                    -- when the baseline was last seen
    last_poll_at  INTEGER,                    -- the last poll, whatever came of it
    last_good_at  INTEGER,                    -- the last poll that saw a usable document
    polls         INTEGER NOT NULL DEFAULT 0, -- polls ever
    failed_polls  INTEGER NOT NULL DEFAULT 0, -- failed polls ever
    etag          TEXT,                       -- for the next request
    last_modified TEXT,                       -- for the next request
    state         TEXT    NOT NULL DEFAULT '{}' -- what only the decision reads, as JSON
) STRICT;

-- One row per distinct body: the bytes as received, less secrets.
CREATE TABLE body (
    sha256     TEXT PRIMARY KEY, -- hash of the bytes received, before secrets were replaced
    stored     TEXT NOT NULL,    -- hash of the bytes stored
    bytes      BLOB NOT NULL     -- the bytes
) STRICT, WITHOUT ROWID;

-- One row per state of a target, from when it became the baseline until the next one did.
CREATE TABLE snapshot (
    id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    target_id     INTEGER NOT NULL REFERENCES target (id), -- whose state
    fingerprint   TEXT    NOT NULL, -- hash of the canonical document
    canonical     TEXT    NOT NULL, -- the canonical document
    body          TEXT    NOT NULL, -- hash of the first body that stood for it
    first_seen_at INTEGER NOT NULL, -- when it was first seen
    ended_at      INTEGER,          -- when the next state was first seen; NULL for the baseline
    last_seen_at  INTEGER,          -- when it was last seen; NULL for the baseline (see tracking)
    ended_by      INTEGER REFERENCES event (id) -- the event that ended it, if there was one
) STRICT;
CREATE INDEX snapshot_of_target ON snapshot (target_id, first_seen_at);
CREATE INDEX snapshot_return ON snapshot (target_id, fingerprint, ended_at);

-- One row per event: a line of history, chained to the one before.
CREATE TABLE event (
    id            INTEGER PRIMARY KEY,       -- from 1, without gaps
    target_id     INTEGER NOT NULL REFERENCES target (id), -- what it is about
    at            INTEGER NOT NULL,          -- when it was observed
    kind          TEXT    NOT NULL,          -- what happened
    severity      INTEGER,                   -- 0 info to 3 security; NULL for kinds that have none
    from_snapshot INTEGER REFERENCES snapshot (id), -- the state before
    to_snapshot   INTEGER REFERENCES snapshot (id), -- the state after
    acknowledged  INTEGER,                   -- when it was accepted; not part of the hash
    content       TEXT    NOT NULL,          -- the whole event as canonical JSON: what is hashed
    hash          TEXT    NOT NULL           -- over the hash of the row before and the content
) STRICT;
CREATE INDEX event_by_time ON event (at);
CREATE INDEX event_of_target ON event (target_id, id);

-- One row per member an event is about: what history is filtered by.
CREATE TABLE event_member (
    member     TEXT    NOT NULL, -- name of the member
    event_id   INTEGER NOT NULL REFERENCES event (id), -- the event
    group_name TEXT    NOT NULL, -- its group
    PRIMARY KEY (member, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_group ON event_member (group_name, event_id);

-- One row per mail: one composed message to one recipient list.
CREATE TABLE mail (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    kind        TEXT    NOT NULL, -- what it is about
    severity    INTEGER,          -- 0 info to 3 security; NULL for kinds that have none
    composed_at INTEGER NOT NULL, -- when it was composed
    due_at      INTEGER NOT NULL  -- when it should have left
) STRICT;

-- One row per event that somebody is to be told of: born with the event.
CREATE TABLE alert (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    event_id   INTEGER NOT NULL REFERENCES event (id), -- what is told
    recipients TEXT    NOT NULL, -- JSON array of addresses
    due_at     INTEGER NOT NULL, -- when it is to leave
    mail_id    INTEGER REFERENCES mail (id) -- the mail that carries it; NULL until composed
) STRICT;
CREATE INDEX alert_waiting ON alert (due_at) WHERE mail_id IS NULL;
CREATE INDEX alert_of_event ON alert (event_id);
CREATE INDEX alert_of_mail ON alert (mail_id);

-- One row per mail and recipient: refusals of one address never touch another's.
CREATE TABLE delivery (
    id              INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    mail_id         INTEGER NOT NULL REFERENCES mail (id), -- what is delivered
    recipient       TEXT    NOT NULL,        -- to whom
    message_id      TEXT    NOT NULL UNIQUE, -- fixed when composed, the same on every attempt
    in_reply_to     TEXT,                    -- Message-ID of the mail it answers
    thread          TEXT    NOT NULL DEFAULT '[]', -- JSON array: Message-IDs of the thread
    answers_subject TEXT,                    -- subject of the mail it answers
    state           TEXT    NOT NULL DEFAULT 'waiting', -- waiting, sent, refused or expired
    attempts        INTEGER NOT NULL DEFAULT 0, -- counted before anything is sent
    next_attempt_at INTEGER NOT NULL,        -- when it is due; the lease while it is being sent
    subject         TEXT,                    -- subject of the last content
    content         TEXT,                    -- content that must not be composed anew, as JSON
    reason          TEXT,                    -- what the last attempt ended with
    settled_at      INTEGER                  -- when it was sent, refused or expired
) STRICT;
CREATE INDEX delivery_waiting ON delivery (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX delivery_of_mail ON delivery (mail_id);

-- One row per value ever seen on a member of a target: what is new is told from what returns.
CREATE TABLE member_value (
    target_id     INTEGER NOT NULL REFERENCES target (id), -- where
    member        TEXT    NOT NULL, -- name of the member
    value         TEXT    NOT NULL, -- hash of the value, of an element or of a key
    first_seen_at INTEGER NOT NULL, -- when it was first seen
    PRIMARY KEY (target_id, member, value)
) STRICT, WITHOUT ROWID;

-- One row per member that does not rest: its penalty after RFC 2439.
CREATE TABLE damping (
    target_id    INTEGER NOT NULL REFERENCES target (id), -- where
    member       TEXT    NOT NULL, -- name of the member
    penalty      REAL    NOT NULL, -- at `at`; it halves every half-life
    at           INTEGER NOT NULL, -- when the penalty was computed
    damped_since INTEGER,          -- when it was damped; NULL while free
    held_back    INTEGER NOT NULL DEFAULT 0, -- changes held back since
    PRIMARY KEY (target_id, member)
) STRICT, WITHOUT ROWID;
