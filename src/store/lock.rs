//! One daemon on one store: an advisory lock on a file beside it that names the process.
//!
//! The system releases it however the process ends, so a lock file that stays behind means nothing.
//! It is never removed: whoever removed it could take away the lock of the next daemon.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::StoreError;
use super::file::{beside, folder};

/// How often the lock is tried: `holder` takes it for an instant, which is no daemon.
const TRIES: u32 = 5;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

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
            .mode(0o600)
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
                        pid: pid(&mut file),
                        path: path.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(fail(error)),
            }
        }
        file.set_len(0).map_err(fail)?;
        file.rewind().map_err(fail)?;
        writeln!(file, "{}", std::process::id()).map_err(fail)?;
        Ok(Self { _file: file })
    }
}

/// The process that holds the lock. Writes nothing and makes no file.
pub(super) fn holder(path: &Path) -> Option<u32> {
    let mut file = File::open(beside(path, ".lock")).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Some(pid(&mut file)),
        // What cannot be locked at all is held by nobody; dropping the file gives the lock back.
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// What the holder wrote; 0 in the instant before it has.
fn pid(file: &mut File) -> u32 {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => text.trim().parse().unwrap_or_default(),
        Err(_) => 0,
    }
}
