//! Other programs that watch pages, on the same site in the same run: `urlwatch` and `webchanges`, where they
//! are installed (`pip install urlwatch webchanges`).
//!
//! Both fetch all their pages once for each start, as `check` does, so that is what is compared: 1,000 documents
//! that were seen before and did not change. Their times include the start of Python, and so they are told, not
//! judged.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::rest::configuration;
use super::server::Site;
use super::table::{Target, heading, row};

const TARGETS: usize = 1_000;

pub fn measure(site: &Site) {
    heading("1,000 unchanged documents, all asked for once (peers where they are installed)");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let config = configuration(folder.path(), site, "tagged", TARGETS);
    let mut check = Command::new(env!("CARGO_BIN_EXE_issuerwatch"));
    check.arg("--config").arg(&config).arg("check");
    timed("issuerwatch check", check);
    for name in ["urlwatch", "webchanges"] {
        let is_installed = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if is_installed {
            timed(name, peer(name, folder.path(), site));
        } else {
            println!("{name} is not installed");
        }
    }
}

/// A program as it is run twice: the second time it knows all pages.
fn timed(words: &str, mut command: Command) {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = || {
        let start = Instant::now();
        // Their exit codes say whether anything was new.
        command.status().unwrap();
        start.elapsed().as_secs_f64()
    };
    run();
    let rate = TARGETS as f64 / run();
    row(words, rate, "a second", Target::None);
}

fn peer(name: &str, folder: &Path, site: &Site) -> Command {
    let (jobs, settings) = (
        folder.join("jobs.yaml"),
        folder.join(format!("{name}.yaml")),
    );
    let mut text = String::new();
    for number in 0..TARGETS {
        let issuer = site.issuer("tagged", number);
        let split = issuer.find("/tagged").unwrap();
        let (origin, path) = issuer.split_at(split);
        let separator = if number == 0 { "" } else { "---\n" };
        writeln!(
            text,
            "{separator}url: {origin}/.well-known/oauth-authorization-server{path}"
        )
        .unwrap();
    }
    std::fs::write(&jobs, text).unwrap();
    std::fs::write(&settings, "report:\n  stdout:\n    enabled: true\n").unwrap();
    let mut command = Command::new(name);
    command
        .arg(if name == "urlwatch" {
            "--urls"
        } else {
            "--jobs"
        })
        .arg(&jobs)
        .arg("--config")
        .arg(&settings)
        .arg(if name == "urlwatch" {
            "--cache"
        } else {
            "--database"
        })
        .arg(folder.join(format!("{name}.db")))
        // Both verify by the certificates that these name.
        .env("REQUESTS_CA_BUNDLE", &site.ca_file)
        .env("SSL_CERT_FILE", &site.ca_file);
    command
}
