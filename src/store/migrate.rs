//! Brings the file to today's schema, each migration in its own transaction.
//!
//! A migration that fails leaves the file at the version before it. Foreign keys are not enforced while
//! it runs, because a table that others refer to can only be changed by making it anew; they are checked
//! before the commit instead.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::error::{StoreError, doing};

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The schema version that this program knows.
pub(super) fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |(number, _)| *number)
}

/// Runs the migrations that are missing.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection)?;
    let known = known();
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    if found == 0 && has_tables(connection)? {
        return Err(StoreError::Open {
            path: path.to_owned(),
            reason: "it is a database of another program".to_owned(),
        });
    }
    foreign_keys(connection, "OFF")?;
    let done = MIGRATIONS
        .iter()
        .try_for_each(|(number, sql)| step(connection, *number, sql));
    foreign_keys(connection, "ON")?;
    done?;
    // Each step logs the pages of the schema again. A log that cannot be written back now is written back
    // later.
    drop(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    Ok(())
}

/// Runs one migration if it was not run before. Two processes cannot both run it, because the lock is
/// taken before the version is read.
fn step(connection: &mut Connection, number: u32, sql: &str) -> Result<(), StoreError> {
    let failed = |source| StoreError::Migrate {
        version: number,
        source,
    };
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Exclusive)
        .map_err(failed)?;
    if version(&tx)? >= number {
        return Ok(());
    }
    tx.execute_batch(sql).map_err(failed)?;
    if let Some(table) = dangling(&tx).map_err(failed)? {
        return Err(StoreError::Corrupt {
            what: format!("a row of {table} would refer to nothing at version {number}"),
        });
    }
    tx.pragma_update(None, "user_version", number)
        .map_err(failed)?;
    tx.commit().map_err(failed)
}

fn version(connection: &Connection) -> Result<u32, StoreError> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(doing("reading its version"))
}

fn has_tables(connection: &Connection) -> Result<bool, StoreError> {
    connection
        .query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| {
            row.get(0)
        })
        .map_err(doing("reading its schema"))
}

fn foreign_keys(connection: &Connection, value: &str) -> Result<(), StoreError> {
    connection
        .pragma_update(None, "foreign_keys", value)
        .map_err(doing("preparing a migration"))
}

/// Finds a table with a row that refers to a row that does not exist.
fn dangling(connection: &Connection) -> Result<Option<String>, rusqlite::Error> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}
