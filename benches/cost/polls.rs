//! Polls a second and processor time a poll: the pipeline of the program beside a loop that only
//! downloads.
//!
//! Both sides run in this process, on the program's runtime, with the same verifier, a new
//! connection and a full handshake each time. They take turns, round by round; medians are told.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use issuerwatch::clock;
use issuerwatch::config::Config;
use issuerwatch::fetch::Fetcher;
use issuerwatch::store::Store;
use issuerwatch::watch::alert_policy::AlertPolicy;
use issuerwatch::watch::poll::{PollTrigger, Poller};
use issuerwatch::watch::report::PollResponse;
use issuerwatch::watch::setup::{self, TargetSync};
use issuerwatch::watch::twins::TwinLocks;
use issuerwatch::watch::watched::WatchedTarget;
use reqwest::header::{ACCEPT, IF_NONE_MATCH};
use rustls_platform_verifier::Verifier;

use super::process::{median, processor_time};
use super::rest::configuration;
use super::server::Site;
use super::table::{Target, heading, row};

const TARGETS: usize = 1_000;
const ROUNDS: usize = 7;
/// Hosts that answer after 0.3 s, and how many are polled at a time.
pub const SLOW: usize = 10_000;
pub const SLOW_AT_A_TIME: usize = 1_024;
/// Polls of slow hosts a second that are enough, whatever the bare loop does.
const SLOW_RATE: f64 = 3_000.0;

pub fn measure(site: &Site) {
    heading("1,000 TLS targets, full handshake each, all recorded; the bare loop only downloads");
    println!(
        "{:<24} {:>8} {:>8} {:>6} {:>7} {:<6} {:>8} {:>8} {:>6} {:>7} {:<6} {:>9} {:>7} {:>6}",
        "",
        "bare/s",
        "own/s",
        "ratio",
        "",
        "",
        "bare us",
        "own us",
        "ratio",
        "",
        "",
        "log B",
        "syncs",
        "rows"
    );
    for (answer, words) in [("plain", "200 unchanged"), ("tagged", "304")] {
        let sides = Sides::new(site, answer, TARGETS);
        for at_a_time in [1, 16, 64, 128] {
            sides.compare(&format!("{words}, {at_a_time} at a time"), at_a_time);
        }
    }
}

/// As many hosts as are slow: what counts is that all of them wait at once.
pub fn measure_slow(site: &Site) {
    heading("10,000 hosts that answer after 0.3 s, 1,024 at a time");
    let sides = Sides::new(site, "slow", SLOW);
    let (mut bare, mut own) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        bare.push(sides.bare(SLOW_AT_A_TIME));
        own.push(sides.own(SLOW_AT_A_TIME));
    }
    let (bare, own) = (sides.rate(&bare), sides.rate(&own));
    row("the bare loop", bare, "a second", Target::None);
    let least = (0.9 * bare).min(SLOW_RATE).round();
    row("polls", own, "a second", Target::AtLeast(least));
}

struct Sides {
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    config: Config,
    store: Store,
    watched: Arc<Vec<Arc<WatchedTarget>>>,
    /// Polls at a time to one host; as many as at all where it is not set.
    per_host: Option<usize>,
    bare: reqwest::Client,
    is_conditional: bool,
}

/// What one round of one side cost.
struct Cost {
    wall: Duration,
    processor: Duration,
}

impl Sides {
    fn new(site: &Site, answer: &str, targets: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = configuration(folder.path(), site, answer, targets);
        let config = Config::load(&path).unwrap();
        let store = Store::open(&config.store).unwrap();
        let watched = runtime
            .block_on(setup::watched(
                &config,
                &store,
                TargetSync::Exactly,
                clock::now(),
            ))
            .unwrap();
        assert_eq!(watched.len(), targets);
        let sides = Self {
            bare: bare_client(&site.ca_file),
            runtime,
            folder,
            config,
            store,
            watched: Arc::new(watched),
            per_host: (answer == "slow").then_some(2),
            is_conditional: answer != "plain",
        };
        // The first polls make the baselines; they are not counted.
        let at_a_time = if targets > TARGETS {
            SLOW_AT_A_TIME
        } else {
            64
        };
        sides.own(at_a_time);
        sides.bare(at_a_time);
        sides
    }

    fn compare(&self, what: &str, at_a_time: usize) {
        let before = self.rows();
        let (mut bare, mut own) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                bare.push(self.bare(at_a_time));
                own.push(self.own(at_a_time));
            } else {
                own.push(self.own(at_a_time));
                bare.push(self.bare(at_a_time));
            }
        }
        let (log_bytes, commits) = self.log(at_a_time);
        let rows = self.rows() - before;
        let each = |costs: &[Cost]| {
            median(
                costs
                    .iter()
                    .map(|it| it.processor.as_secs_f64() * 1e6 / self.watched.len() as f64)
                    .collect(),
            )
        };
        let (bare_rate, own_rate) = (self.rate(&bare), self.rate(&own));
        let (bare_each, own_each) = (each(&bare), each(&own));
        let (faster, busier) = (Target::AtLeast(0.9), Target::AtMost(1.15));
        // One poll at a time is alone in its commit, so averages are those of many.
        let small = if at_a_time >= 64 {
            Target::AtMost(50.0)
        } else {
            Target::None
        };
        println!(
            "{what:<24} {bare_rate:>8.0} {own_rate:>8.0} {:>6.2} {:>7} {:<6} {bare_each:>8.0} {own_each:>8.0} \
             {:>6.2} {:>7} {:<6} {log_bytes:>9.0} {commits:>7} {rows:>6} {} {}",
            own_rate / bare_rate,
            faster.words(),
            faster.verdict(own_rate / bare_rate),
            own_each / bare_each,
            busier.words(),
            busier.verdict(own_each / bare_each),
            small.words(),
            small.verdict(log_bytes),
        );
    }

    /// Polls a second, the median of rounds.
    fn rate(&self, costs: &[Cost]) -> f64 {
        let targets = self.watched.len() as f64;
        let rates = costs.iter().map(|it| targets / it.wall.as_secs_f64());
        median(rates.collect())
    }

    /// Bytes a poll writes to the log of the store, and how many commits synced the disk for all of them, in
    /// a round that is not timed: a reader that stays keeps the log from being reused, so that it holds
    /// all that was written.
    fn log(&self, at_a_time: usize) -> (f64, usize) {
        let path = self.folder.path().join("issuerwatch.db");
        let reader = rusqlite::Connection::open(&path).unwrap();
        reader
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); BEGIN; SELECT count(*) FROM target;")
            .unwrap();
        let log = || std::fs::read(self.folder.path().join("issuerwatch.db-wal")).unwrap();
        let before = log().len();
        self.own(at_a_time);
        let written = log();
        // A frame is a header of 24 bytes and a page; that of a commit says how large the file is then.
        let frames = written.get(32..).unwrap_or_default().chunks(24 + 4_096);
        let commits = frames.filter(|frame| frame[4..8] != [0; 4]).count();
        (
            (written.len() - before) as f64 / self.watched.len() as f64,
            commits,
        )
    }

    /// Rows that polls could have added.
    fn rows(&self) -> i64 {
        let path = self.folder.path().join("issuerwatch.db");
        let reader = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM snapshot)
             + (SELECT count(*) FROM body) + (SELECT count(*) FROM alert)
             + (SELECT count(*) FROM tracking)";
        reader.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn own(&self, at_a_time: usize) -> Cost {
        let mut settings = self.config.fetch.clone();
        settings.concurrency = at_a_time;
        settings.per_host = self.per_host.unwrap_or(at_a_time);
        let poller = Arc::new(Poller {
            store: self.store.clone(),
            fetcher: Fetcher::new(&settings).unwrap(),
            alert_policy: AlertPolicy {
                webhooks: Arc::default(),
                mail: Arc::new(self.config.mail.clone()),
                wait: self.config.mail.group_wait,
            },
            revalidate_after: self.config.fetch.revalidate_after,
            asker: PollTrigger::Schedule,
            confirming: None,
            turns: TwinLocks::default(),
            scratch: None,
        });
        let watched = Arc::clone(&self.watched);
        let mut cost = self.run(at_a_time, move |number| {
            let (poller, watched) = (Arc::clone(&poller), Arc::clone(&watched));
            async move {
                let PollResponse::Report(report) = poller.poll(&watched[number]).await.unwrap()
                else {
                    unreachable!("a target that is configured is polled");
                };
                let state = &report.transition.tracking.state;
                assert!(state.outage.is_none(), "{:?}", report.observation.outcome);
            }
        });
        // What is not on disk yet is part of the cost.
        let (start, before) = (Instant::now(), processor_time(std::process::id()));
        self.runtime.block_on(self.store.write_deferred()).unwrap();
        cost.wall += start.elapsed();
        cost.processor += processor_time(std::process::id()).saturating_sub(before);
        cost
    }

    fn bare(&self, at_a_time: usize) -> Cost {
        let (client, watched) = (self.bare.clone(), Arc::clone(&self.watched));
        let is_conditional = self.is_conditional;
        self.run(at_a_time, move |number| {
            let mut request = client
                .get(watched[number].url().unwrap())
                .header(ACCEPT, "application/json");
            if is_conditional {
                request = request.header(IF_NONE_MATCH, "\"one\"");
            }
            async move {
                let answer = request.send().await.unwrap();
                assert_eq!(
                    answer.status().as_u16(),
                    if is_conditional { 304 } else { 200 }
                );
                drop(answer.bytes().await.unwrap());
            }
        })
    }

    /// All targets once, so many at a time.
    fn run<F: Future<Output = ()> + Send + 'static>(
        &self,
        at_a_time: usize,
        work: impl Fn(usize) -> F + Send + Sync + 'static,
    ) -> Cost {
        let (next, work) = (Arc::new(AtomicUsize::new(0)), Arc::new(work));
        let targets = self.watched.len();
        let (start, before) = (Instant::now(), processor_time(std::process::id()));
        self.runtime.block_on(async {
            let mut workers = tokio::task::JoinSet::new();
            for _ in 0..at_a_time {
                let (next, work) = (Arc::clone(&next), Arc::clone(&work));
                workers.spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= targets {
                            return;
                        }
                        work(number).await;
                    }
                });
            }
            while let Some(ended) = workers.join_next().await {
                ended.unwrap();
            }
        });
        Cost {
            wall: start.elapsed(),
            processor: processor_time(std::process::id()).saturating_sub(before),
        }
    }
}

/// The client of the bare loop: the rules of the program's own, and nothing else.
fn bare_client(ca_file: &Path) -> reqwest::Client {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = [CertificateDer::from_pem_file(ca_file).unwrap()];
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).unwrap();
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    tls.resumption = rustls::client::Resumption::disabled();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}
