-- A heartbeat is sent only while the store takes writes: each one is preceded by such a write.
ALTER TABLE daemon ADD COLUMN beat_at INTEGER; -- when the daemon last saw that it is well; NULL where it sends no heartbeat
