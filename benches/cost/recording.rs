//! `replay`: observations a second, and memory that does not grow with the length of the recording.
//!
//! The recording is made here: documents of the usual size, most polls see nothing new, one in thirty a change.
//! Another one is taken where the environment names it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::process::run;
use super::table::{Target, heading, row};

/// Names a recording to be replayed instead.
const RECORDING: &str = "ISSUERWATCH_BENCH_RECORDING";
const TARGETS: usize = 320;
/// How often each of them was polled, in the shorter one of two recordings.
const POLLS: usize = 400;
/// How many polls lie between two changes of a target.
const CHANGES: usize = 30;

pub fn measure() {
    heading("replay into a file");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if let Some(path) = std::env::var_os(RECORDING) {
        let path = PathBuf::from(path);
        let count = std::fs::read_to_string(&path).unwrap().lines().count();
        replay(folder.path(), &path, count);
        return;
    }
    let [short, long] = [1, 3].map(|times| {
        let path = folder.path().join("recording.jsonl");
        std::fs::write(&path, recording(POLLS * times)).unwrap();
        replay(folder.path(), &path, TARGETS * POLLS * times)
    });
    let grown = long - short;
    row(
        "  more memory for three times the length",
        grown,
        "MiB",
        Target::AtMost(4.0),
    );
}

/// Replays a recording; the most memory that took, in MiB.
fn replay(folder: &Path, recording: &Path, count: usize) -> f64 {
    let config = folder.join("config.toml");
    let text = "[mail]\ntransport = \"file\"\ndirectory = \"mails\"\nfrom = \"a@localhost\"\n\
                to = [\"b@example.com\"]\n[[provider]]\nname = \"none\"\nissuer = \"https://none.example\"\n\
                documents = [\"oauth-authorization-server\"]\n";
    std::fs::write(&config, text).unwrap();
    let (into, mails) = (folder.join("replayed.db"), folder.join("replayed-mails"));
    drop(std::fs::remove_file(&into));
    drop(std::fs::remove_dir_all(&mails));
    let (lasted, most) = run(
        &config,
        &[
            Path::new("replay"),
            recording,
            Path::new("--into"),
            &into,
            Path::new("--mails"),
            &mails,
        ],
    );
    let rate = count as f64 / lasted.as_secs_f64();
    row(
        &format!("{count} observations"),
        rate,
        "a second",
        Target::AtLeast(200_000.0),
    );
    row("  most memory", most, "MiB", Target::None);
    most
}

/// Polls of all targets, hour by hour.
fn recording(polls: usize) -> String {
    let start: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    let mut text = String::new();
    for poll in 0..polls {
        let hours = SignedDuration::from_hours(i64::try_from(poll).unwrap());
        let at = start.checked_add(hours).unwrap();
        for target in 0..TARGETS {
            let provider = format!("provider-{target}");
            let line = if poll == 0 || (poll + target) % CHANGES == 0 {
                json!({"at": at, "provider": provider, "document": "openid-configuration",
                    "status": 200, "content_type": "application/json",
                    "body": document(&provider, poll)})
            } else {
                json!({"at": at, "provider": provider, "document": "openid-configuration",
                    "unmodified": true})
            };
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

/// A document of about 3 KiB; one of its scopes is another one at each change.
fn document(provider: &str, poll: usize) -> String {
    let issuer = format!("https://{provider}.example.com");
    let mut scopes: Vec<String> = (0..96)
        .map(|scope| format!("billing.account-{scope:02}:read"))
        .collect();
    scopes.push(format!("release-{poll}"));
    json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks.json"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "scopes_supported": scopes,
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
    })
    .to_string()
}
