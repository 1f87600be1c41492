//! A day imitated: 10,000 hosts that answer after 0.3 s, each asked every minute for ten minutes, by the
//! daemon as it is configured when nobody says anything.
//!
//! What is told of a host's lateness is seen by the server: when a request is there, after connection
//! and handshake, against the minute and the offset of its provider within it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use issuerwatch::clock;
use sha2::{Digest as _, Sha256};

use super::polls::SLOW;
use super::process::{megabytes_written, processor_time, resident};
use super::rest::{Daemon, until};
use super::server::Site;
use super::table::{Target, heading, row};

const MINUTES: u64 = 10;

pub fn measure(site: &Site) {
    heading(
        "10,000 hosts that answer after 0.3 s, every minute for ten minutes, by the daemon's defaults",
    );
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let config = configuration(folder.path(), site);
    let store = folder.path().join("issuerwatch.db");
    let daemon = Daemon::start(&config);
    // Each host is asked once as soon as the daemon runs: that is another row.
    until(|| site.arrivals().len() >= SLOW);
    let minute = now() / 60_000 + 1;
    std::thread::sleep(Duration::from_millis(minute * 60_000 - now()));
    let (written, transactions) = (megabytes_written(daemon.pid()), committed(&store));
    let processor = processor_time(daemon.pid());
    let mut most = 0;
    let end = minute + MINUTES;
    while now() < end * 60_000 {
        std::thread::sleep(Duration::from_secs(1));
        most = most.max(resident(daemon.pid()));
    }
    let processor = processor_time(daemon.pid()).saturating_sub(processor);
    let written = megabytes_written(daemon.pid()) - written;
    let transactions = committed(&store).wrapping_sub(transactions);
    let mut late: Vec<f64> = site
        .arrivals()
        .iter()
        .filter(|(_, at)| (minute * 60_000..end * 60_000).contains(at))
        .map(|(number, at)| (at % 60_000) as f64 / 1_000.0 - offset(*number))
        .collect();
    late.sort_by(f64::total_cmp);
    let due = SLOW as f64 * MINUTES as f64;
    let part = |hundredths: usize| late[(late.len() - 1) * hundredths / 100];
    row(
        "polls done of polls due",
        late.len() as f64 / due * 100.0,
        "%",
        Target::AtLeast(99.9),
    );
    row("lateness, median", part(50), "s", Target::None);
    row("lateness, 99 of 100", part(99), "s", Target::AtMost(1.0));
    row("lateness, the latest", part(100), "s", Target::None);
    row(
        "processor time",
        processor.as_secs_f64() / due * 1_000.0,
        "ms a poll",
        Target::None,
    );
    row(
        "most memory",
        most as f64 / 1_024.0,
        "MiB",
        Target::AtMost(128.0),
    );
    row("written", written, "MB", Target::None);
    row("written", written * 1e6 / due, "bytes a poll", Target::None);
    row(
        "transactions, each synced once",
        f64::from(transactions),
        "",
        Target::AtMost(60.0 * MINUTES as f64 * 1.1),
    );
}

/// Milliseconds since 1970.
fn now() -> u64 {
    u64::try_from(clock::now().as_millisecond()).unwrap()
}

/// When within its minute a provider is due, as the daemon spreads them: by the hash of its name over half
/// the interval.
fn offset(number: usize) -> f64 {
    let hash = Sha256::digest(name(number));
    let part = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    30.0 * f64::from(part) / f64::from(u32::MAX)
}

fn name(number: usize) -> String {
    format!("provider-{number}")
}

/// How many transactions the store has seen: a counter in the header of its index of the log.
fn committed(store: &Path) -> u32 {
    let index = std::fs::read(store.with_extension("db-shm")).unwrap();
    u32::from_ne_bytes([index[8], index[9], index[10], index[11]])
}

fn configuration(folder: &Path, site: &Site) -> PathBuf {
    let mut text = format!(
        "[mail]\ntransport = \"file\"\ndirectory = \"mails\"\nfrom = \"issuerwatch@localhost\"\n\
         to = [\"iam@example.com\"]\n[fetch]\nca_file = \"{}\"\n[defaults]\nschedule = \"* * * * *\"\n",
        site.ca_file.display()
    );
    for number in 0..SLOW {
        let (name, issuer) = (name(number), site.issuer("day", number));
        write!(
            text,
            "[[provider]]\nname = \"{name}\"\nissuer = \"{issuer}\"\n\
             documents = [\"oauth-authorization-server\"]\n"
        )
        .unwrap();
    }
    let path = folder.join("config.toml");
    std::fs::write(&path, text).unwrap();
    path
}
