//! Where log lines go: the journal with fields under systemd, else standard error.

use std::io::IsTerminal as _;
use std::os::unix::fs::MetadataExt as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use issuerwatch::config::LogSettings;
use issuerwatch::terminal::Aside;

/// Starts logging; `verbosity` is -1 for `-q`, 1 and more for `-v`.
pub(crate) fn start(settings: &LogSettings, verbosity: i8) {
    let level = match verbosity {
        ..=-1 => LevelFilter::ERROR,
        // The configuration takes the five names of levels and no other word.
        0 => settings.level.parse().unwrap_or(LevelFilter::INFO),
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // By name of crate and level: `EnvFilter` would also take fields and expressions, which nobody can ask
    // for here, and brings an engine for regular expressions, a twentieth of the binary.
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("issuerwatch", level);
    let registry = tracing_subscriber::registry().with(filter);
    let journal = is_journal()
        .then(tracing_journald::layer)
        .and_then(Result::ok)
        .map(|layer| layer.with_field_prefix(Some("ISSUERWATCH".to_owned())));
    let started = match (settings.json, journal) {
        (true, _) => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .with_writer(|| Aside),
            )
            .try_init(),
        (false, Some(journal)) => registry.with(journal).try_init(),
        (false, None) => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_target(false)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(|| Aside),
            )
            .try_init(),
    };
    // This fails only if logging was started already, and then lines are logged there.
    drop(started);
}

/// Whether standard error is the journal: systemd says which file it is (systemd.exec,
/// `$JOURNAL_STREAM`). The variable alone may be inherited from a service further up.
fn is_journal() -> bool {
    let stderr = std::fs::metadata("/proc/self/fd/2");
    let named = std::env::var("JOURNAL_STREAM");
    match (stderr, named) {
        (Ok(file), Ok(named)) => named == format!("{}:{}", file.dev(), file.ino()),
        _ => false,
    }
}
