-- Bodies that are not kept any longer are dropped by the time at which their state ended: those that are
-- left to drop are found in order, whatever was dropped before.
CREATE INDEX snapshot_with_body ON snapshot (ended_at) WHERE body IS NOT NULL AND ended_at IS NOT NULL;
