-- What the subject of a mail says, as values, for the mails that answer it: no text is read back. All NULL for a
-- mail that is not worded yet, or was by an earlier version: what answers it has a subject of its own.
ALTER TABLE delivery ADD COLUMN topic TEXT; -- the subject without `Re:`, which answers repeat
ALTER TABLE delivery ADD COLUMN topic_severity INTEGER; -- how grave that subject says it is; NULL where it does not say
ALTER TABLE delivery ADD COLUMN is_return INTEGER; -- 1 if the mail told that an earlier state is there again
