-- Damping is part of the state of a target, which the decision reads at every poll as one value; what
-- stays in rows is what it reads only at a change.
DROP TABLE damping;
DROP TABLE member_value;

-- One row per value ever seen on a member that changes: what is new is told from what returns.
CREATE TABLE member_value (
    target_id INTEGER NOT NULL REFERENCES target (id), -- where
    member    TEXT    NOT NULL, -- name of the member
    value     TEXT    NOT NULL, -- hash of a value or of an element of a set, or thumbprint of a key
    PRIMARY KEY (target_id, member, value)
) STRICT, WITHOUT ROWID;

-- 1 if a summary is to tell of it, which is due later than a mail of its own would be; else 0.
ALTER TABLE alert ADD COLUMN collected INTEGER NOT NULL DEFAULT 0;

-- What is the same in alerts about the same change at several providers; NULL until composed.
ALTER TABLE alert ADD COLUMN fingerprint TEXT;
CREATE INDEX mail_by_time ON mail (composed_at);

-- One row per weekly mail: the counters at its time, so that the next one tells of its own week.
CREATE TABLE weekly (
    mail_id      INTEGER PRIMARY KEY REFERENCES mail (id), -- the mail
    at           INTEGER NOT NULL, -- when it was due
    polls        INTEGER NOT NULL, -- polls ever, of all targets
    failed_polls INTEGER NOT NULL  -- failed polls ever, of all targets
) STRICT;
