-- Which alerts become one mail is decided again whenever one is due, and an event may be of some
-- megabytes: what the decision needs of it stands beside the alert.
ALTER TABLE alert ADD COLUMN news TEXT; -- what decides about grouping, as JSON; NULL for an alert made before there was this column
