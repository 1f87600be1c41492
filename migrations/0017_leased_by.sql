-- A delivery that was under way when its process was killed waited for its lease to end, although the next daemon knows that
-- nobody holds it: only one daemon runs on a store. It is released when that one starts.
ALTER TABLE delivery ADD COLUMN leased_by INTEGER; -- the process that attempts it, until `next_attempt_at`; NULL where none does
