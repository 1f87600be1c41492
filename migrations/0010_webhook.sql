-- A webhook is a channel beside mail, with the same promises: alerts stored with their event, and one outbox.
ALTER TABLE alert ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail' CHECK (channel IN ('mail', 'webhook')); -- how it leaves; the recipients of a webhook's are names of webhooks
ALTER TABLE delivery ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail' CHECK (channel IN ('mail', 'webhook')); -- how it leaves; the recipient of a webhook's is its name
ALTER TABLE delivery ADD COLUMN body TEXT; -- what is posted to a webhook, the same at every attempt; NULL before the first and once it was taken

-- One row per channel that delivered: what it delivered by.
CREATE TABLE transport (
    channel TEXT PRIMARY KEY CHECK (channel IN ('mail', 'webhook')), -- which one
    hash    TEXT NOT NULL -- of its configuration, secrets included, keyed with the key of the store
) STRICT;
INSERT INTO transport (channel, hash) SELECT 'mail', hash FROM mail_transport;
DROP TABLE mail_transport;
