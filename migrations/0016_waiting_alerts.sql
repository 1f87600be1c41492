-- What waits is asked for at each time at which a mail is due, and most of it may be of summaries that are due in some days: the
-- index leads to what is at once and to what is due, and passes over the rest.
DROP INDEX alert_waiting;
CREATE INDEX alert_waiting ON alert (left_to_weekly, channel, collected, due_at) WHERE mail_id IS NULL;
