//! Allows one daemon on a store: an advisory lock on a file beside it that names the process.
//!
//! The system releases it however the process ends, so a lock file that stays behind means nothing. The
//! file is never removed: whoever removed it could take away the lock of the next daemon.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::StoreError;
use super::file::{LOCK, beside, folder, single_name};

/// How often taking the lock is tried: `holder` takes it for an instant, without being a daemon.
const TRIES: u32 = 5;
/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Whether a daemon runs on a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaemonPresence {
    /// A daemon runs; its process id, `None` in the instant before the daemon has written it.
    Runs(Option<u32>),
    /// No daemon runs.
    Absent,
    /// The calling user has no permission to find out.
    Unseen,
}

/// The lock, held by the daemon until dropped.
#[derive(Debug)]
pub struct DaemonLock {
    _file: File,
}

impl DaemonLock {
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        folder(path)?;
        single_name(path)?;
        let name = lock_of(path);
        let fail = |error: std::io::Error| StoreError::Open {
            path: name.clone(),
            reason: error.to_string(),
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o640)
            .open(&name)
            .map_err(fail)?;
        let mut tries = 1;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Held {
                        pid: pid(&mut file).unwrap_or_default(),
                        path: path.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(fail(error)),
            }
        }
        // Users who may read the store may also read the lock, even if an earlier version made the file.
        if let Ok(store) = std::fs::metadata(path) {
            let mode = Permissions::from_mode(store.mode() & 0o640 | 0o600);
            file.set_permissions(mode).map_err(fail)?;
        }
        file.set_len(0).map_err(fail)?;
        file.rewind().map_err(fail)?;
        writeln!(file, "{}", std::process::id()).map_err(fail)?;
        Ok(Self { _file: file })
    }
}

/// The lock of a store: beside the file itself, whatever symbolic link leads there.
fn lock_of(path: &Path) -> PathBuf {
    beside(path, LOCK)
}

/// Whether a process holds the lock. Writes nothing and makes no file.
pub(super) fn holder(path: &Path) -> DaemonPresence {
    let mut file = match File::open(lock_of(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return DaemonPresence::Absent,
        Err(_) => return DaemonPresence::Unseen,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => DaemonPresence::Runs(pid(&mut file)),
        // If the file cannot be locked at all, no daemon holds it; dropping the file releases the lock.
        Ok(()) | Err(TryLockError::Error(_)) => DaemonPresence::Absent,
    }
}

/// The process id that the holder wrote; `None` in the instant before it has.
fn pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
