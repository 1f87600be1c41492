//! `[store] keep_bodies`: one step of dropping bodies that are older.

use jiff::{SignedDuration, Timestamp};

use crate::store::{DropStep, Store, StoreError};

/// Drops some bodies of states that ended longer ago than `keep`.
pub async fn step(
    store: &Store,
    keep: SignedDuration,
    now: Timestamp,
) -> Result<DropStep, StoreError> {
    match now.checked_sub(keep) {
        Ok(before) => store.drop_bodies(before).await,
        // The period reaches before the earliest possible time, so no body is that old.
        Err(_) => Ok(DropStep::default()),
    }
}
