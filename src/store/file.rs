//! Opens the file: for the one writer, and for readers.
//!
//! A reader may be another user than the daemon. Beside a running daemon it needs only to read. A
//! stopped daemon leaves no log beside the file, and SQLite would have to make one: in a directory
//! that cannot be written, the file is then read as one that nobody changes (`immutable`).

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::StoreError;
use super::migrate;

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

fn failure(path: &Path) -> impl Fn(String) -> StoreError + '_ {
    move |reason| StoreError::Open {
        path: path.to_owned(),
        reason,
    }
}

/// Makes sure that there is a directory for the file.
pub(super) fn folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        Some(missing) => {
            let missing = missing.display();
            Err(failure(path)(format!(
                "the directory {missing} does not exist"
            )))
        }
        None => Ok(()),
    }
}

/// Opens or makes the file, for the writer.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    // INCREMENTAL, which a new file takes and an old one ignores: what bodies took can be given back.
    // FULL: what was acknowledged survives a power cut; group commit makes it cheap. The log is cut
    // back to 8 MiB after a burst, so that one long transaction does not cost its disk for ever.
    open(
        path,
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 8388608;",
    )
}

/// Makes a file that nobody else looks at, and that is thrown away if its making fails: without a
/// lock, without a journal.
pub(super) fn open_unsynced(path: &Path) -> Result<Connection, StoreError> {
    open(
        path,
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -16384;",
    )
}

fn open(path: &Path, pragmas: &str) -> Result<Connection, StoreError> {
    let fail = failure(path);
    folder(path)?;
    // Made here and not by SQLite: it holds addresses, so nobody else may read it. A group may, if the
    // umask lets it. The log beside it takes over its mode.
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(path);
    if let Err(error) = made
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(fail(error.to_string()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writing = OpenOptions::new().read(true).write(true).clone();
    let opened = Connection::open_with_flags(path, flags);
    let connection = opened.map_err(|error| fail(why(path, &writing, &error)))?;
    // SQLite opens what may not be written for reading, without a word.
    if connection.is_readonly("main").unwrap_or(false) {
        return Err(fail(unwritable(path, &writing)));
    }
    prepare(&connection, pragmas).map_err(|error| fail(error.to_string()))?;
    Ok(connection)
}

/// Why a file cannot be opened, which SQLite does not say.
///
/// Asked only when SQLite could not open it: whoever closes a file gives up every lock that the
/// process holds on it, and so those of a connection that is open.
fn why(path: &Path, options: &OpenOptions, error: &rusqlite::Error) -> String {
    if error.sqlite_error_code() != Some(ErrorCode::CannotOpen) {
        return error.to_string();
    }
    let reason = options.open(path).err();
    reason.map_or_else(|| error.to_string(), |reason| reason.to_string())
}

/// Why a file that can be read cannot be written.
fn unwritable(path: &Path, writing: &OpenOptions) -> String {
    match writing.open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            "permission denied: this user may only read it; type it as root".to_owned()
        }
        Err(error) => error.to_string(),
        Ok(_) => "it can only be read".to_owned(),
    }
}

fn prepare(connection: &Connection, pragmas: &str) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")?;
    connection.execute_batch(pragmas)
}

/// Opens the file for reading only; it must have today's schema.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let fail = failure(path);
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Err(fail(
                "permission denied: it belongs to the service; type it as root, or see \
                 readers.conf in the README"
                    .to_owned(),
            ));
        }
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail(error.to_string())),
        Ok(_) | Err(_) => {
            return Err(fail(
                "there is no such file; it is made by `run` or `check`".to_owned(),
            ));
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = connect(path, flags).or_else(|error| {
        if beside(path, "-wal").exists() {
            return Err(error);
        }
        let uri = format!("file:{}?immutable=1", escaped(path));
        connect(Path::new(&uri), flags | OpenFlags::SQLITE_OPEN_URI)
    });
    let reading = OpenOptions::new().read(true).clone();
    let (connection, found) = opened.map_err(|error| fail(why(path, &reading, &error)))?;
    let known = migrate::known();
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found == 0 {
        return Err(fail(
            "it holds no history yet: `run` or `check` make one".to_owned(),
        ));
    }
    if found < known {
        return Err(fail(format!(
            "it has version {found}; `run` or `check` brings it to {known}"
        )));
    }
    Ok(connection)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<(Connection, u32), rusqlite::Error> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    // The first read: only now does SQLite find out whether it can.
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((connection, version))
}

/// Which file it is, whatever its name: device and number.
pub(super) type Identity = (u64, u64);

/// Which file has this name. It is not opened: whoever closes it gives up the locks of SQLite.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// The path of a file that stands beside the store: its name with an ending.
pub(super) fn beside(path: &Path, ending: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A path inside a `file:` URI. The percent sign first, or it would escape the others.
fn escaped(path: &Path) -> String {
    let text = path.display().to_string();
    text.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}
