-- The same change at several providers, one after the other: a mail about a later one says at how many it is already, and stands
-- in the thread of the first. Found by what is the same in their alerts.
CREATE INDEX alert_alike ON alert (fingerprint) WHERE fingerprint IS NOT NULL;
ALTER TABLE delivery ADD COLUMN wave_providers INTEGER; -- at how many other providers it is already; NULL where it is news
ALTER TABLE delivery ADD COLUMN wave_since INTEGER; -- since when, at the first of them; NULL where it is news
