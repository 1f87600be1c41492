-- Times are Unix milliseconds. Hashes are SHA-256, hexadecimal. Severities are 0 info, 1 notice,
-- 2 breaking, 3 security, so that "at least" is a comparison.

-- One row per document that is or was followed.
CREATE TABLE target (
    id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused, so a log line stays unambiguous
    provider      TEXT    NOT NULL, -- name of the provider as configured
    document      TEXT    NOT NULL, -- kind of the document
    url           TEXT,             -- where it is; NULL while not known
    watched_since INTEGER NOT NULL, -- when it was first configured
    retired_at    INTEGER,          -- when it left the configuration; NULL while it is in it
    UNIQUE (provider, document)
) STRICT;

-- One row per target: what every poll moves. As narrow as it can be, because SQLite logs whole
-- pages: the cost of an unchanged poll is decided by how many of these rows share a page. So each
-- column but two is 0 for a target that is well, and a 0 takes no byte.
CREATE TABLE tracking (
    target_id    INTEGER PRIMARY KEY REFERENCES target (id), -- the target
    revision     INTEGER NOT NULL DEFAULT 0, -- counts transitions; a decision on an old one is refused
    unpolled     INTEGER NOT NULL DEFAULT 0, -- transitions that were no poll: revision less polls ever
    failed_polls INTEGER NOT NULL DEFAULT 0, -- failed polls ever
    last_poll_at INTEGER, -- the last poll, whatever came of it
    good_before  INTEGER, -- milliseconds from the last poll that saw a usable document to the last poll
    seen_before  INTEGER  -- milliseconds from when the baseline was last seen to the last poll
) STRICT;

-- One row per target: what is known of it besides, which an unchanged poll leaves as it is.
CREATE TABLE tracking_detail (
    target_id     INTEGER PRIMARY KEY REFERENCES target (id), -- the target
    snapshot_id   INTEGER REFERENCES snapshot (id), -- the baseline; NULL before the first document
    last_body     TEXT, -- hash of the bytes received last that stood for the baseline
    etag          TEXT, -- for the next request
    last_modified TEXT, -- for the next request
    state         TEXT NOT NULL DEFAULT '{}' -- what only the decision reads, as JSON
) STRICT;

-- One row per distinct body: the bytes as received, less secrets.
CREATE TABLE body (
    sha256     TEXT PRIMARY KEY, -- hash of the bytes stored
    raw_sha256 TEXT NOT NULL,    -- hash of the bytes received, before secrets were replaced
    bytes      BLOB NOT NULL     -- the bytes stored
) STRICT;

-- One row per state of a target, from when it became the baseline until the next one did.
CREATE TABLE snapshot (
    id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    target_id     INTEGER NOT NULL REFERENCES target (id), -- whose state
    fingerprint   TEXT    NOT NULL, -- hash of the canonical document
    canonical     TEXT    NOT NULL, -- the canonical document
    body          TEXT REFERENCES body (sha256), -- first body that stood for it; NULL once dropped
    first_seen_at INTEGER NOT NULL, -- when it was first seen
    last_seen_at  INTEGER,          -- when it was last seen; NULL for the baseline, see tracking
    ended_at      INTEGER,          -- when the next state was first seen; NULL for the baseline
    ended_by      INTEGER REFERENCES event (id) -- the event that ended it, if there was one
) STRICT;
CREATE INDEX snapshot_of_target ON snapshot (target_id, first_seen_at);
CREATE INDEX snapshot_return ON snapshot (target_id, fingerprint, ended_at);
CREATE INDEX snapshot_of_body ON snapshot (body);

-- One row per event: a line of history, chained to the one before.
CREATE TABLE event (
    id            INTEGER PRIMARY KEY AUTOINCREMENT, -- from 1, without gaps; a gap is a removed row
    target_id     INTEGER NOT NULL REFERENCES target (id), -- what it is about
    at            INTEGER NOT NULL, -- when it was observed
    kind          TEXT    NOT NULL, -- what happened
    severity      INTEGER,          -- the gravest of its changes; NULL for kinds that have none
    from_snapshot INTEGER REFERENCES snapshot (id), -- the state before
    to_snapshot   INTEGER REFERENCES snapshot (id), -- the state after
    content       TEXT    NOT NULL, -- the whole event as canonical JSON: what is hashed
    previous      TEXT    NOT NULL, -- hash of the event before; 64 zeros for the first
    hash          TEXT    NOT NULL  -- over `previous` and `content`
) STRICT;
CREATE INDEX event_by_time ON event (at);
CREATE INDEX event_of_target ON event (target_id, at);
CREATE INDEX event_by_severity ON event (severity, at);
CREATE INDEX event_by_kind ON event (kind, at);

-- One row per change or finding of an event: what history is filtered by. Holds nothing that the
-- content of the event does not say. Target and time stand here so that a search walks one index in
-- order and stops at its limit.
CREATE TABLE event_change (
    target_id  INTEGER NOT NULL REFERENCES target (id), -- target of the event
    member     TEXT    NOT NULL, -- name of the member; empty for the document as a whole
    at         INTEGER NOT NULL, -- when the event was observed
    event_id   INTEGER NOT NULL REFERENCES event (id), -- the event
    rule       TEXT    NOT NULL, -- rule id
    group_name TEXT    NOT NULL, -- group of the member
    severity   INTEGER NOT NULL, -- how grave
    kind       TEXT    NOT NULL, -- kind of the event
    PRIMARY KEY (target_id, member, at, event_id, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_change_by_member ON event_change (member, at, event_id, kind, severity);
CREATE INDEX event_change_by_group ON event_change (group_name, at, event_id, kind, severity);

-- One row per event that somebody said was expected.
CREATE TABLE accepted (
    event_id    INTEGER PRIMARY KEY REFERENCES event (id), -- what was expected
    accepted_by INTEGER NOT NULL REFERENCES event (id), -- the event that says so
    at          INTEGER NOT NULL, -- when it was said
    reason      TEXT    NOT NULL  -- the reason given
) STRICT;

-- One row per mail: one composed message to one recipient list.
CREATE TABLE mail (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    kind        TEXT    NOT NULL, -- what it is about
    severity    INTEGER,          -- the gravest in it; NULL for kinds that have none
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
    thread          TEXT    NOT NULL DEFAULT '[]', -- Message-IDs of the thread, as a JSON array
    state           TEXT    NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sent', 'refused', 'expired')), -- what became of it
    attempts        INTEGER NOT NULL DEFAULT 0, -- counted before anything is sent
    next_attempt_at INTEGER NOT NULL,        -- when it is due; the lease while it is being sent
    last_reason     TEXT,                    -- why the last attempt did not succeed
    subject         TEXT,                    -- subject of the last content: what answers repeat
    content         TEXT,                    -- content that must be sent again as it was, as JSON
    settled_at      INTEGER,                 -- when it was sent, refused or expired
    reply           TEXT,                    -- what the server said when it took the mail
    UNIQUE (mail_id, recipient)
) STRICT;
CREATE INDEX delivery_waiting ON delivery (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX delivery_given_up ON delivery (state) WHERE state IN ('refused', 'expired');

-- One row per value ever seen on a member of a target: what is new is told from what returns.
CREATE TABLE member_value (
    target_id     INTEGER NOT NULL REFERENCES target (id), -- where
    member        TEXT    NOT NULL, -- name of the member
    value         TEXT    NOT NULL, -- hash of the value, of an element of a set or of a key
    first_seen_at INTEGER NOT NULL, -- when it was first seen
    PRIMARY KEY (target_id, member, value)
) STRICT, WITHOUT ROWID;

-- One row per member that does not rest: its penalty after RFC 2439.
CREATE TABLE damping (
    target_id     INTEGER NOT NULL REFERENCES target (id), -- where
    member        TEXT    NOT NULL, -- name of the member
    penalty       REAL    NOT NULL, -- as it was at `at`; it halves every half-life
    at            INTEGER NOT NULL, -- when the penalty was computed
    damped_since  INTEGER,          -- when it was damped; NULL while free
    damped_event  INTEGER REFERENCES event (id), -- the event that said so
    held_back     INTEGER NOT NULL DEFAULT 0, -- changes held back since
    summarized_at INTEGER,          -- when a summary last told of it
    PRIMARY KEY (target_id, member)
) STRICT, WITHOUT ROWID;
