//! Opens the store file, for the single writer and for readers.
//!
//! A reader may run as another user than the daemon. While a daemon runs, the reader needs only read
//! permission. A stopped daemon leaves no log beside the file, and SQLite would have to make one; if the
//! directory cannot be written, the file is opened as one that does not change (`immutable`).

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::StoreError;
use super::migrate;
use crate::document::path::{self, folder_of};

/// How long to wait while another process writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the names of the files beside a store end: the log, its index, the journal of a store without a log,
/// and the lock of the daemon.
pub(super) const WAL: &str = "-wal";
const SHM: &str = "-shm";
const JOURNAL: &str = "-journal";
pub(super) const LOCK: &str = ".lock";

fn failure(path: &Path) -> impl Fn(String) -> StoreError + '_ {
    move |reason| StoreError::Open {
        path: path.to_owned(),
        reason,
    }
}

/// Makes sure that the directory of the file exists.
pub(super) fn folder(path: &Path) -> Result<(), StoreError> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    let missing = path::visible(folder);
    Err(failure(path)(format!(
        "the directory {missing} does not exist"
    )))
}

/// Fails if the file has several names. SQLite keeps its log beside the name by which a file was opened,
/// so two processes that open one file by two names damage it, and neither sees the other's lock.
pub(super) fn single_name(path: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() && found.nlink() > 1 => {
            let names = found.nlink();
            Err(failure(path)(format!(
                "the file has {names} names (hard links), and opening it by two of them damages it or shows another history: \
                 remove the others, or copy it and name the copy; a symbolic link does no harm"
            )))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A path without symbolic links, by which SQLite names its log; where there is no file yet, its folder
/// without them.
pub fn resolved(path: &Path) -> PathBuf {
    let in_folder = || {
        let folder = folder_of(path).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    let found = path.canonicalize().ok();
    found.or_else(in_folder).unwrap_or_else(|| path.to_owned())
}

/// Opens or makes the file, for the writer.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    // INCREMENTAL is used by a new file and ignored by an old one: it lets the room of dropped bodies be
    // given back. FULL: committed data survives a power cut; group commit makes it cheap. The log is cut
    // back to 8 MiB after a burst, so that one long transaction does not use disk space for ever.
    open(
        path,
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 8388608;
         PRAGMA cache_size = -768;",
    )
}

/// Opens a file that only this process uses and that is thrown away if making it fails, so it needs no
/// lock and no journal. Twice the cache saves a fiftieth of the time of a replay.
pub(super) fn open_unsynced(path: &Path) -> Result<Connection, StoreError> {
    open(
        path,
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -8192;",
    )
}

fn open(path: &Path, pragmas: &str) -> Result<Connection, StoreError> {
    let fail = failure(path);
    folder(path)?;
    single_name(path)?;
    // The file is made here and not by SQLite, because it holds addresses: others must not read it. The
    // group may, if the umask allows it. The log beside the file gets the same mode.
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
    // SQLite silently opens a file without write permission for reading only.
    if connection.is_readonly("main").unwrap_or(false) {
        return Err(fail(unwritable(path, &writing)));
    }
    prepare(&connection, pragmas).map_err(|error| fail(trouble(path, &error)))?;
    Ok(connection)
}

/// What is wrong with a file that was opened. SQLite calls a disk that is full one that fails where it
/// makes the files beside the store.
fn trouble(path: &Path, error: &rusqlite::Error) -> String {
    let code = error.sqlite_error_code();
    let is_of_disk = matches!(
        code,
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
    );
    if is_of_disk && is_full(folder_of(path)) {
        return "the disk is full: make room".to_owned();
    }
    error.to_string()
}

/// Whether a file in this folder finds no room: the file has no name, and is gone at once.
fn is_full(folder: &Path) -> bool {
    let filled = tempfile::tempfile_in(folder).and_then(|mut file| {
        file.write_all(&[b' '; 8 * 1024])?;
        file.sync_data()
    });
    filled.is_err_and(|error| error.kind() == ErrorKind::StorageFull)
}

/// Why a file cannot be opened, which SQLite does not say.
///
/// Called only when SQLite could not open the file: closing a file releases every lock that the process
/// holds on it, including those of another open connection.
fn why(path: &Path, options: &OpenOptions, error: &rusqlite::Error) -> String {
    if error.sqlite_error_code() != Some(ErrorCode::CannotOpen) {
        return trouble(path, error);
    }
    let reason = options.open(path).err();
    reason.map_or_else(|| error.to_string(), |reason| reason.to_string())
}

/// Why a readable file cannot be written.
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
    single_name(path)?;
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
        Ok(_) => {
            return Err(fail(
                "it is no file: name that of a history, such as issuerwatch.db".to_owned(),
            ));
        }
        Err(_) => {
            return Err(fail(
                "there is no such file; it is made by `run` or `check`".to_owned(),
            ));
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = connect(path, flags).or_else(|error| {
        if beside(path, WAL).exists() {
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
    if found == 0 && has_tables(&connection) {
        return Err(fail("it is a database of something else".to_owned()));
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

/// Whether there is anything in a database.
fn has_tables(connection: &Connection) -> bool {
    let any = connection.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()));
    any.is_ok()
}

fn connect(path: &Path, flags: OpenFlags) -> Result<(Connection, u32), rusqlite::Error> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    // This is the first read; SQLite finds out only now whether the file can be read.
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((connection, version))
}

/// Identifies a file independent of its name: device and number.
pub type FileIdentity = (u64, u64);

/// The identity of the file with this name. It is not opened, because closing it would release SQLite's
/// locks.
pub fn identity(path: &Path) -> Option<FileIdentity> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// The path of a file beside the store, whatever symbolic link leads to it: the name of the store with an
/// ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = resolved(path).into_os_string();
    name.push(ending);
    name.into()
}

/// Everything that a store may have beside it: the files of SQLite, and the lock of the daemon.
pub fn all_beside(path: &Path) -> [PathBuf; 4] {
    [WAL, SHM, JOURNAL, LOCK].map(|ending| beside(path, ending))
}

/// A path escaped for a `file:` URI. The percent sign comes first, or it would escape the others.
fn escaped(path: &Path) -> String {
    let text = path.display().to_string();
    text.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}
