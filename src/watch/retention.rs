//! `[store] keep_bodies`: one step of dropping what is older.

use jiff::{SignedDuration, Timestamp};

use crate::store::{Dropped, Store, StoreError};

/// Drops some of what ended longer ago than it is kept.
pub async fn step(
    store: &Store,
    keep: SignedDuration,
    now: Timestamp,
) -> Result<Dropped, StoreError> {
    match now.checked_sub(keep) {
        Ok(before) => store.drop_bodies(before).await,
        // Longer than there are times: nothing is that old.
        Err(_) => Ok(Dropped::default()),
    }
}
