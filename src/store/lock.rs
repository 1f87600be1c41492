//! One daemon on one store: an advisory lock on a file beside it that names the process.
//!
//! The system releases it however the process ends, so a lock file that stays behind means nothing.
//! It is never removed: whoever removed it could take away the lock of the next daemon.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::error::StoreError;
use super::file::{beside, folder};

/// How often the lock is tried: `holder` takes it for an instant, which is no daemon.
const TRIES: u32 = 5;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Whether a daemon runs on a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daemon {
    /// One runs: its process, `None` in the instant before it has said that.
    Runs(Option<u32>),
    /// None does.
    Absent,
    /// Who asks may not see.
    Unseen,
}

/// Held by the daemon.
#[derive(Debug)]
pub struct DaemonLock {
    _file: File,
}

impl DaemonLock {
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        folder(path)?;
        let name = beside(path, ".lock");
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
        // Who may read the store may see that it is watched, also where an earlier version made the file.
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

/// Whether somebody holds the lock. Writes nothing and makes no file.
pub(super) fn holder(path: &Path) -> Daemon {
    let mut file = match File::open(beside(path, ".lock")) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Daemon::Absent,
        Err(_) => return Daemon::Unseen,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Daemon::Runs(pid(&mut file)),
        // What cannot be locked at all is held by nobody; dropping the file gives the lock back.
        Ok(()) | Err(TryLockError::Error(_)) => Daemon::Absent,
    }
}

/// What the holder wrote; `None` in the instant before it has.
fn pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
