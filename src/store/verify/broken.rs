//! The row that failed the verification, and the numbers that were given.

use rusqlite::{Connection, Error, OptionalExtension as _};

/// A row that failed the verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRow {
    /// Name of the table.
    pub table: &'static str,
    /// Number of the row.
    pub id: i64,
    /// What is wrong with the row.
    pub what: String,
}

pub(super) fn broken(table: &'static str, id: i64, what: impl Into<String>) -> BrokenRow {
    let what = what.into();
    BrokenRow { table, id, what }
}

/// The last number that a table gave; it does not change when a row is removed.
pub(super) fn sequence(connection: &Connection, table: &str) -> Result<i64, Error> {
    let given: Option<i64> = connection
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = ?1",
            [table],
            |row| row.get(0),
        )
        .optional()?;
    Ok(given.unwrap_or(0))
}
