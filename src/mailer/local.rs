//! Transports on this machine: a directory of `.eml` files, and the `sendmail` program.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, Command};

use crate::model::letter::{Delivery, Letter};
use crate::model::text::{bounded, visible};

/// Deadline of the program: some wait for ever where they may not submit.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long its last words are waited for after its end.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Writes one file a mail. The name follows from the Message-ID, so a repeat replaces it.
pub(super) async fn file(directory: &Path, letter: &Letter, mime: &[u8]) -> Delivery {
    let local = letter.message_id.trim_matches(['<', '>']);
    let local = local.split('@').next().unwrap_or_default();
    let name: String = local
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let (path, part) = (
        directory.join(format!("{name}.eml")),
        directory.join(format!(".{name}")),
    );
    let write = async {
        let mut folders = tokio::fs::DirBuilder::new();
        folders
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .await?;
        // What an attempt left that was broken off; a link that stands there is not followed.
        match tokio::fs::remove_file(&part).await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // For its owner alone: it says what the history says.
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(&part).await?;
        file.write_all(mime).await?;
        file.sync_all().await?;
        tokio::fs::rename(&part, &path).await?;
        // The name is durable only with its directory.
        tokio::fs::File::open(directory).await?.sync_all().await
    };
    match write.await {
        Ok(()) => Delivery::Sent {
            reply: format!("written to {}", path.display()),
        },
        Err(error) => Delivery::Deferred {
            reason: format!("{} cannot be written: {error}", path.display()),
            before_data: true,
        },
    }
}

/// Hands the mail to a program: `command -i -f FROM -- TO`, without a shell.
pub(super) async fn sendmail(command: &[String], letter: &Letter, mime: &[u8]) -> Delivery {
    let deferred = |reason: String| Delivery::Deferred {
        reason,
        before_data: true,
    };
    let [program, fixed @ ..] = command else {
        return deferred("no command".to_owned());
    };
    let spawned = Command::new(program)
        .args(fixed)
        .args(["-i", "-f", bare(&letter.from), "--", bare(&letter.to)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return deferred(format!("{program} cannot be started: {error}")),
    };
    let (mut input, mut errors) = (child.stdin.take(), child.stderr.take());
    let mut said = Vec::new();
    let work = async {
        let talk = async {
            if let Some(input) = &mut input {
                // A program that refuses early does not read: its exit code says why.
                drop(input.write_all(mime).await);
            }
            drop(input.take());
            hear(&mut errors, &mut said).await;
            std::future::pending::<Infallible>().await
        };
        // Its own end counts, not that of the pipe: what it leaves running may hold that open.
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
        },
        Ok(Err(error)) => deferred(format!("{program}: {error}")),
        Ok(Ok(status)) => {
            let said = bounded(&visible(String::from_utf8_lossy(&said).trim()), 200);
            match status.code() {
                Some(0) => Delivery::Sent {
                    reply: format!("taken by {program}"),
                },
                // EX_USAGE, EX_DATAERR, EX_NOUSER, EX_NOHOST of sysexits(3).
                Some(code @ (64 | 65 | 67 | 68)) => Delivery::Refused {
                    reason: format!("{program} ended with {code}: {said}"),
                },
                Some(code) => deferred(format!("{program} ended with {code}: {said}")),
                // Ended by a signal: nobody knows how far it came.
                None => Delivery::Deferred {
                    reason: format!("{program} was ended by a signal: {said}"),
                    before_data: false,
                },
            }
        }
    }
}

/// Reads what a program says, as far as it is of interest.
async fn hear(errors: &mut Option<ChildStderr>, said: &mut Vec<u8>) {
    if let Some(errors) = errors {
        drop(errors.take(4_096).read_to_end(said).await);
    }
}

fn bare(address: &str) -> &str {
    address
        .rsplit_once('<')
        .map_or(address, |(_, rest)| rest.trim_end_matches('>'))
}
