//! Transports on this machine: a directory of `.eml` files, and the `sendmail` program.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::model::letter::{Delivery, Letter};
use crate::model::text::{bounded, visible};

/// Deadline of the program: some wait for ever where they may not submit.
const DEADLINE: Duration = Duration::from_secs(60);

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
        tokio::fs::create_dir_all(directory).await?;
        let mut file = tokio::fs::File::create(&part).await?;
        file.write_all(mime).await?;
        file.sync_all().await?;
        tokio::fs::rename(&part, &path).await
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
    let mut input = child.stdin.take();
    let work = async {
        if let Some(input) = &mut input {
            // A program that refuses early does not read: its exit code says why.
            drop(input.write_all(mime).await);
        }
        drop(input);
        child.wait_with_output().await
    };
    match tokio::time::timeout(DEADLINE, work).await {
        Err(_elapsed) => Delivery::Deferred {
            reason: format!("{program} did not end within {} s", DEADLINE.as_secs()),
            before_data: false,
        },
        Ok(Err(error)) => deferred(format!("{program}: {error}")),
        Ok(Ok(output)) => {
            let said = bounded(
                &visible(String::from_utf8_lossy(&output.stderr).trim()),
                200,
            );
            match output.status.code() {
                Some(0) => Delivery::Sent {
                    reply: format!("taken by {program}"),
                },
                // EX_USAGE, EX_DATAERR, EX_NOUSER, EX_NOHOST of sysexits(3).
                Some(code @ (64 | 65 | 67 | 68)) => Delivery::Refused {
                    reason: format!("{program} ended with {code}: {said}"),
                },
                code => deferred(format!("{program} ended with {code:?}: {said}")),
            }
        }
    }
}

fn bare(address: &str) -> &str {
    address
        .rsplit_once('<')
        .map_or(address, |(_, rest)| rest.trim_end_matches('>'))
}
