-- A document was kept twice, in canonical form and as it came, each as plain text. From here on a new state is packed where that
-- makes it smaller: both are one stream (DEFLATE, RFC 1951), cut where the canonical document ends, so that the bytes cost
-- little more than what they say otherwise. Each part begins with its unpacked length, four bytes, big-endian. What is there
-- stays as it is: nobody waits for this. `body.raw_sha256` is empty from here on: it was always the same as `sha256`.
ALTER TABLE snapshot ADD COLUMN packed BLOB; -- the canonical document, packed, where `canonical` is empty; NULL where it is not
ALTER TABLE body ADD COLUMN packed_with INTEGER; -- the snapshot in whose stream the bytes are the second part; NULL where they are plain. It was stored with them and is never removed; no foreign key, because the body is stored first
