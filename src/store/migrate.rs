//! Opens the file and brings it to today's schema, each migration in its own transaction.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{StoreError, doing};

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Opens or makes the file, for the writer.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let fail = |reason: String| StoreError::Open {
        path: path.to_owned(),
        reason,
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        && !folder.is_dir()
    {
        return Err(fail(format!(
            "the directory {} does not exist",
            folder.display()
        )));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(path, flags).map_err(|error| fail(error.to_string()))?;
    prepare(&connection).map_err(|error| fail(error.to_string()))?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    // FULL: what was acknowledged survives a power cut; group commit makes it cheap.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
    )
}

/// Runs what is missing. Two starters cannot both run one: the lock is taken before looking.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = known();
    loop {
        let tx = connection
            .transaction_with_behavior(TransactionBehavior::Exclusive)
            .map_err(doing("taking the lock for migrations"))?;
        let found: u32 = tx
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(doing("reading the version"))?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        let Some((number, sql)) = MIGRATIONS.iter().find(|(number, _)| *number > found) else {
            return Ok(());
        };
        tx.execute_batch(sql).map_err(doing("migrating"))?;
        tx.pragma_update(None, "user_version", number)
            .map_err(doing("writing the version"))?;
        tx.commit().map_err(doing("committing a migration"))?;
    }
}

/// The version this program knows.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}
