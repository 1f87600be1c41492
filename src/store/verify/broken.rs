//! What does not hold, and the numbers that were given.

use rusqlite::{Connection, Error, OptionalExtension as _};

/// A row that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its table.
    pub table: &'static str,
    /// Its number.
    pub id: i64,
    /// What does not hold.
    pub what: String,
}

pub(super) fn broken(table: &'static str, id: i64, what: impl Into<String>) -> Broken {
    let what = what.into();
    Broken { table, id, what }
}

/// The last number that a table gave: a row that is removed leaves it where it was.
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
