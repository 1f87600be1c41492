//! The built program at rest: memory and processor time while nothing is due.

use std::fmt::Write as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use issuerwatch::clock;

use super::polls::{SLOW, SLOW_AT_A_TIME};
use super::process::{processor_time, resident, run};
use super::server::Site;
use super::table::{Target, heading, row};

/// How long the program is watched at rest.
const WATCHED: Duration = Duration::from_secs(20);
/// How long anything else may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(300);

pub fn measure(site: &Site) {
    heading("the built program at rest, on one hourly schedule");
    let few = at_rest(site, 10, (12.0, 0.1));
    let many = at_rest(site, 10_000, (22.0, 0.2));
    row(
        "each further target, after the polls",
        (many - few) * 1_024.0 / 9_990.0,
        "KiB",
        Target::AtMost(1.0),
    );
}

/// One `check` of hosts that are slow: how much memory it takes at most.
pub fn measure_check(site: &Site) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = configuration(folder.path(), site, "slow", SLOW);
    let text = std::fs::read_to_string(&path).unwrap();
    let many = format!("[fetch]\nconcurrency = {SLOW_AT_A_TIME}\n");
    std::fs::write(&path, text.replacen("[fetch]\n", &many, 1)).unwrap();
    for words in ["first", "unchanged"] {
        let (lasted, most) = run(&path, &[Path::new("check")]);
        let rate = SLOW as f64 / lasted.as_secs_f64();
        row(
            &format!("`check`, {words}, start and end included"),
            rate,
            "a second",
            Target::None,
        );
        row("  most memory", most, "MiB", Target::AtMost(128.0));
    }
}

/// Prints what the program costs with so many targets; returns its memory in MiB.
fn at_rest(site: &Site, targets: usize, (memory, processor): (f64, f64)) -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let config = configuration(folder.path(), site, "tagged", targets);
    let daemon = Daemon::start(&config);
    let store = folder.path().join("issuerwatch.db");
    until(|| is_quiet(&store));
    let megabytes = |daemon: &Daemon| resident(daemon.pid()) as f64 / 1_024.0;
    std::thread::sleep(Duration::from_secs(3));
    let polled = megabytes(&daemon);
    row(
        &format!("memory, {targets} targets, after the first poll of all and its mails"),
        polled,
        "MiB",
        Target::None,
    );
    drop(daemon);
    let daemon = Daemon::start(&config);
    std::thread::sleep(Duration::from_secs(2));
    let before = processor_time(daemon.pid());
    std::thread::sleep(WATCHED);
    let used = processor_time(daemon.pid()).saturating_sub(before);
    let rested = megabytes(&daemon);
    row(
        &format!("memory, {targets} targets, started again"),
        rested,
        "MiB",
        Target::AtMost(memory),
    );
    row(
        &format!("processor time at rest, {targets} targets"),
        used.as_secs_f64() / WATCHED.as_secs_f64() * 100.0,
        "% core",
        Target::AtMost(processor),
    );
    rested
}

/// Whether every target was polled and every mail has left.
fn is_quiet(store: &Path) -> bool {
    let Ok(reader) = issuerwatch::store::Reader::open(store) else {
        return false;
    };
    let all_polled = reader
        .targets()
        .is_ok_and(|all| all.iter().all(|one| one.tracking.last_poll_at.is_some()));
    all_polled && reader.outbox().is_ok_and(|outbox| outbox.waiting == 0)
}

pub fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(
            start.elapsed() < PATIENCE,
            "the program does not come to rest"
        );
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Writes a configuration with so many targets, due half an hour from now, so that
/// what is measured is not disturbed.
pub fn configuration(folder: &Path, site: &Site, answer: &str, targets: usize) -> PathBuf {
    let minute = (clock::now().as_second() / 60 + 30) % 60;
    let mut text = format!(
        "[mail]\ntransport = \"file\"\ndirectory = \"mails\"\nfrom = \"issuerwatch@localhost\"\n\
         to = [\"iam@example.com\"]\ngroup_wait = \"1s\"\n[fetch]\nca_file = \"{}\"\nspread = \"2s\"\n\
         [defaults]\nschedule = \"{minute} * * * *\"\n",
        site.ca_file.display()
    );
    for number in 0..targets {
        let issuer = site.issuer(answer, number);
        write!(
            text,
            "[[provider]]\nname = \"provider-{number}\"\nissuer = \"{issuer}\"\n\
             documents = [\"oauth-authorization-server\"]\n"
        )
        .unwrap();
    }
    let path = folder.join("config.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// What the unit sets for the allocator: the program is measured as it is shipped.
fn unit_environment() -> Vec<(String, String)> {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/issuerwatch.service");
    let unit = std::fs::read_to_string(unit).unwrap();
    let lines = unit
        .lines()
        .filter_map(|line| line.strip_prefix("Environment="));
    lines
        .flat_map(str::split_whitespace)
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The built program; ended when dropped.
pub struct Daemon {
    process: Child,
    /// From the start to READY.
    pub start_took: Duration,
}

impl Daemon {
    /// Starts it and waits until it says that it is ready.
    pub fn start(config: &Path) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let address = folder.path().join("notify");
        let socket = UnixDatagram::bind(&address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let start = Instant::now();
        let process = Command::new(env!("CARGO_BIN_EXE_issuerwatch"))
            .arg("--config")
            .arg(config)
            .arg("run")
            .env("NOTIFY_SOCKET", &address)
            .envs(unit_environment())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut buffer = [0; 4_096];
        loop {
            let length = socket.recv(&mut buffer).unwrap();
            if String::from_utf8_lossy(&buffer[..length]).contains("READY=1") {
                break;
            }
        }
        Self {
            process,
            start_took: start.elapsed(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let pid = self.pid().to_string();
        drop(Command::new("kill").args(["-TERM", &pid]).status());
        drop(self.process.wait());
    }
}
