//! The store, opened for reading while another process may write to it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use super::error::{StoreError, doing};
use super::file;

/// The store, opened for reading.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    path: PathBuf,
}

impl Reader {
    /// Opens the store for reading; it must exist and have today's schema.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: file::open_reader(path)?,
            path: path.to_owned(),
        })
    }

    /// Size in bytes on disk, including the log.
    pub fn bytes(&self) -> u64 {
        [self.path.clone(), file::beside(&self.path, file::WAL)]
            .iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
        what: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map(values, read)?.collect())
            .map_err(doing(what))
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, rusqlite::Error>,
        what: &'static str,
    ) -> Result<Option<T>, StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(values, read).optional())
            .map_err(doing(what))
    }
}
