-- What is sent again is the same mail to the byte; what was not taken for its size is made smaller; who
-- says nothing waits for his turn; what was given up is told until somebody has looked.
ALTER TABLE delivery ADD COLUMN letter TEXT; -- the letter that must be sent again as it was, as JSON; NULL where none may have arrived
ALTER TABLE delivery ADD COLUMN form INTEGER NOT NULL DEFAULT 0; -- how much of it is sent: 0 all, 1 without the patch, 2 a short list
ALTER TABLE delivery ADD COLUMN silent INTEGER NOT NULL DEFAULT 0; -- 1 if nothing was said about the recipient at the last attempt; else 0
ALTER TABLE delivery ADD COLUMN looked_at INTEGER; -- when somebody looked at a mail that was given up; NULL while nobody did
-- Content of before is kept as it is until its delivery is settled, like that of weekly mails.

-- One row per store that mailed: what mails were sent by.
CREATE TABLE mail_transport (
    id   INTEGER PRIMARY KEY CHECK (id = 1), -- there is one
    hash TEXT NOT NULL -- of `[mail]`, secrets included, keyed with the key of the store
) STRICT;
