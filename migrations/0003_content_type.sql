-- What a document was declared as is part of what was seen: an export that left it out could not be
-- replayed to the same findings.
ALTER TABLE snapshot ADD COLUMN content_type TEXT; -- media type its first body came with; NULL if none
