//! A transaction that is open.

use std::ops::Deref;

use rusqlite::Connection;

/// A value of this type proves that a transaction is open: writes through it are part of it.
pub(super) struct Tx<'c>(&'c Connection);

impl<'c> Tx<'c> {
    /// Made by the writer only, which has opened it.
    pub(super) fn of(connection: &'c Connection) -> Self {
        Self(connection)
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}
