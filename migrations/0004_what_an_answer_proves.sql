-- What an answer proves stays with it: validators with the body they came with and the question they
-- answer, findings with the judge who found them. Validators of earlier versions may be those of an
-- answer that was not believed, so they are forgotten.
ALTER TABLE tracking_detail ADD COLUMN whole_at INTEGER; -- when the body that etag and last_modified came with last came whole; NULL where no request may be conditional
ALTER TABLE tracking_detail ADD COLUMN request TEXT; -- hash of the address and headers that were answered so
ALTER TABLE tracking_detail ADD COLUMN identity TEXT; -- issuer or resource that was configured when the baseline was judged; NULL if not known
ALTER TABLE tracking_detail ADD COLUMN address TEXT; -- address that was configured then; NULL if not known
ALTER TABLE tracking_detail ADD COLUMN rules TEXT NOT NULL DEFAULT ''; -- hash of the rules it was judged by; empty if not known
ALTER TABLE tracking_detail ADD COLUMN findings TEXT NOT NULL DEFAULT '[]'; -- what the baseline does not meet, as a JSON array
UPDATE tracking_detail SET etag = NULL, last_modified = NULL,
    findings = coalesce(json_extract(state, '$.findings'), '[]'),
    state = json_remove(state, '$.findings', '$.inconsistent_polls');

-- One row per name that a provider had before: what was recorded under it is part of its history.
CREATE TABLE former_name (
    target_id INTEGER NOT NULL REFERENCES target (id), -- the document
    provider  TEXT    NOT NULL, -- name of its provider at that time
    PRIMARY KEY (target_id, provider)
) STRICT, WITHOUT ROWID;

-- One row per store, with a random key: a hash that could tell a secret is keyed with it.
CREATE TABLE store_key (
    id  INTEGER PRIMARY KEY CHECK (id = 1), -- there is one
    key TEXT NOT NULL -- 32 random bytes, hexadecimal
) STRICT;
INSERT INTO store_key (id, key) VALUES (1, lower(hex(randomblob(32))));
