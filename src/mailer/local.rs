//! Transports on this machine: a directory of `.eml` files, and the `sendmail` program.

use std::convert::Infallible;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, Command};

use crate::document::path;
use crate::document::text::{bounded, visible};
use crate::policy::mail::{Deferral, Delivery, Message};

/// Deadline of the program: some wait for ever where they may not submit.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long we read on for the program's last output after it has ended.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How many bytes of the program's output are kept. The rest is read and dropped, because a program
/// that cannot write does not end.
const KEPT: usize = 4_096;

/// Writes one file a mail. The name follows from the Message-ID, so a repeat replaces it.
pub(super) async fn file(directory: &Path, message: &Message, mime: Vec<u8>) -> Delivery {
    let local = message
        .message_id
        .trim_matches(['<', '>'])
        .split('@')
        .next()
        .unwrap_or_default();
    let name: String = local
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let path = directory.join(format!("{name}.eml"));
    let work = {
        let (directory, path) = (directory.to_owned(), path.clone());
        let part = directory.join(format!(".{name}"));
        move || write(&directory, &part, &path, &mime)
    };
    // tokio's files report a failed write only at the next write, which never comes here; the files of
    // the standard library report it at once.
    let written = tokio::task::spawn_blocking(work).await;
    match written.unwrap_or_else(|panicked| Err(io::Error::other(panicked))) {
        Ok(()) => Delivery::Sent {
            reply: format!("written to {}", path::visible(&path)),
        },
        Err(error) => deferred(
            &format!("{} cannot be written: {error}", path::visible(&path)),
            Deferral::Standing,
        ),
    }
}

/// Writes the mail under a temporary name and renames it once all of it is on the disk; it counts as
/// sent only when the new name is on the disk too.
fn write(directory: &Path, part: &PathBuf, path: &Path, mime: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    // Removes what an interrupted attempt left; a link in its place is not followed.
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let whole = || {
        // Readable by its owner only, because a mail says what the history says.
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(part)?;
        file.write_all(mime)?;
        file.sync_all()?;
        drop(file);
        fs::rename(part, path)
    };
    whole().inspect_err(|_error| drop(fs::remove_file(part)))?;
    fs::File::open(directory)?.sync_all()
}

fn deferred(reason: &str, why: Deferral) -> Delivery {
    Delivery::Deferred {
        reason: bounded(reason, 300),
        before_data: true,
        why,
    }
}

/// Hands the mail to a program: `command -i -f FROM -- TO`, without a shell.
pub(super) async fn sendmail(command: &[String], from: &str, to: &str, mime: &[u8]) -> Delivery {
    let [program, fixed @ ..] = command else {
        return deferred("no command", Deferral::Standing);
    };
    let spawned = Command::new(program)
        .args(fixed)
        .args(["-i", "-f", bare(from), "--", bare(to)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            let reason = format!("{program} cannot be started: {error}");
            return deferred(&reason, Deferral::Standing);
        }
    };
    let (mut input, mut errors) = (child.stdin.take(), child.stderr.take());
    let mut said = Vec::new();
    let work = async {
        let talk = async {
            let give = async {
                if let Some(mut input) = input.take() {
                    // A program that refuses early does not read: its exit code says why.
                    drop(input.write_all(mime).await);
                }
            };
            // Both at the same time: otherwise a program that writes before it reads would block both sides.
            tokio::join!(give, hear(&mut errors, &mut said));
            std::future::pending::<Infallible>().await
        };
        // Waits for the program to end, not for the pipe: a process it left running may hold that open.
        let status = tokio::select! {
            status = child.wait() => status,
            never = talk => match never {},
        };
        drop(tokio::time::timeout(LAST_WORDS, hear(&mut errors, &mut said)).await);
        status
    };
    match tokio::time::timeout(DEADLINE, work).await {
        Err(_elapsed) => Delivery::Deferred {
            reason: format!("{program} did not end within {} s", DEADLINE.as_secs()),
            before_data: false,
            why: Deferral::Silent,
        },
        Ok(Err(error)) => deferred(&format!("{program}: {error}"), Deferral::Passing),
        Ok(Ok(status)) => ended(program, status, &said),
    }
}

/// What the end of the program means for the mail.
fn ended(program: &str, status: ExitStatus, said: &[u8]) -> Delivery {
    let said = bounded(&visible(String::from_utf8_lossy(said).trim()), 200);
    let reason = |code: i32| format!("{program} ended with {code}: {said}");
    match status.code() {
        Some(0) => Delivery::Sent {
            reply: format!("taken by {program}"),
        },
        // EX_DATAERR (what msmtp makes of a refused recipient), EX_NOUSER, EX_NOHOST of sysexits(3).
        Some(code @ (65 | 67 | 68)) => Delivery::Refused {
            reason: reason(code),
        },
        // EX_UNAVAILABLE, EX_SOFTWARE, EX_OSERR, EX_IOERR, EX_TEMPFAIL, EX_PROTOCOL.
        Some(code @ (69..=71 | 74..=76)) => deferred(&reason(code), Deferral::Passing),
        // EX_USAGE, EX_NOPERM, EX_CONFIG and the like are about us: the command, an account.
        Some(code) => deferred(&reason(code), Deferral::Standing),
        // Ended by a signal: nobody knows how far it came.
        None => Delivery::Deferred {
            reason: format!("{program} was ended by a signal: {said}"),
            before_data: false,
            why: Deferral::Passing,
        },
    }
}

/// Reads what a program says to its end, and keeps the beginning.
async fn hear(errors: &mut Option<ChildStderr>, said: &mut Vec<u8>) {
    let Some(errors) = errors else {
        return;
    };
    let mut piece = [0; 1_024];
    while let Ok(length @ 1..) = errors.read(&mut piece).await {
        let room = KEPT.saturating_sub(said.len()).min(length);
        said.extend_from_slice(piece.get(..room).unwrap_or_default());
    }
}

fn bare(address: &str) -> &str {
    address
        .rsplit_once('<')
        .map_or(address, |(_, rest)| rest.trim_end_matches('>'))
}
