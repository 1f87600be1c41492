-- An alert of a mail at once or of a summary can be left to the weekly mail: what it is of and where it leaves are two
-- things, and no number stands for both. What was stored as a `collected` of 2 or 3 is 0 or 1 and left.
ALTER TABLE alert ADD COLUMN left_to_weekly INTEGER NOT NULL DEFAULT 0 CHECK (left_to_weekly IN (0, 1)); -- 1 if the weekly mail tells of it
UPDATE alert SET collected = collected - 2, left_to_weekly = 1 WHERE collected >= 2;
