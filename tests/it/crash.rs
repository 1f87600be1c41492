//! A daemon is killed at any moment while documents change: no change is lost, none is told twice, and the
//! chain is whole. Ten times here; `ISSUERWATCH_KILLS=200` is for who changes how things are committed.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use issuerwatch::clock;
use issuerwatch::policy::event::{Event, EventKind};
use issuerwatch::store::{EventFilter, Reader};
use serde_json::{Value, json};

use super::support::program::{Daemon, Program, document};
use super::support::site::{Reply, Site};
use super::support::wait_until;

/// Targets that are polled every second.
const TARGETS: usize = 24;
/// Changes before each kill, at most.
const CHANGES: u64 = 4;
/// The latest moment of a kill after the start.
const LATEST: u64 = 1_800;

struct Run {
    site: Site,
    program: Program,
    /// By target, the number of the document that it shows.
    shown: Vec<usize>,
    random: u64,
}

/// What was seen of the store after one kill.
#[derive(Default)]
struct Lost {
    /// By how much the latest poll that is stored is older than the kill.
    longest: Duration,
}

impl Run {
    fn new() -> Self {
        let site = Site::plain();
        let program = Program::watching(
            &site,
            "transport = \"file\"\ndirectory = \"mails\"",
            "* * * * * *",
        );
        let config = program.read("config.toml");
        let (head, _) = config.split_once("[[provider]]").unwrap();
        let mut all = head.to_owned();
        for target in 0..TARGETS {
            let issuer = format!("{}/t{target}", site.issuer);
            write!(
                all,
                "[[provider]]\nname = \"p{target}\"\nissuer = \"{issuer}\"\n\
                 documents = [\"oauth-authorization-server\"]\n"
            )
            .unwrap();
        }
        program.write("config.toml", &all);
        let run = Self {
            site,
            program,
            shown: vec![0; TARGETS],
            random: 7,
        };
        (0..TARGETS).for_each(|target| run.show(target));
        run
    }

    /// The same numbers each time, so that a run can be made again.
    fn next(&mut self, below: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn show(&self, target: usize) {
        let issuer = format!("{}/t{target}", self.site.issuer);
        let mut shown: Value = serde_json::from_str(&document(&issuer)).unwrap();
        let page = format!("https://a.example/{}", self.shown[target]);
        shown["service_documentation"] = json!(page);
        let path = format!("/.well-known/oauth-authorization-server/t{target}");
        self.site.serve(&path, Reply::json(&shown.to_string()));
    }

    fn reader(&self) -> Option<Reader> {
        Reader::open(&self.program.store_path()).ok()
    }

    /// The events that tell of documents of a target, in order.
    fn told(&self, target: usize) -> Vec<Event> {
        let Some(reader) = self.reader() else {
            return Vec::new();
        };
        let filter = EventFilter {
            providers: vec![format!("p{target}")],
            oldest_first: true,
            ..EventFilter::default()
        };
        let mut events = reader.events(&filter).unwrap();
        let is_document = |kind| matches!(kind, EventKind::FirstSeen | EventKind::Changed);
        events.retain(|event| is_document(event.body.kind()));
        events
    }

    fn is_told(&self, target: usize) -> bool {
        self.told(target).len() == self.shown[target] + 1
    }

    /// Lets a daemon run, shows other documents meanwhile, and kills it.
    fn round(&mut self) -> Lost {
        let daemon = self.program.daemon();
        let start = Instant::now();
        let mut moments: Vec<Duration> = (0..=CHANGES)
            .map(|_| Duration::from_millis(self.next(LATEST)))
            .collect();
        moments.sort_unstable();
        let killed_at = moments.pop().unwrap();
        for moment in moments {
            std::thread::park_timeout(moment.saturating_sub(start.elapsed()));
            let target = usize::try_from(self.next(TARGETS as u64)).unwrap();
            // The one before was seen, or it would be lost by being replaced.
            if self.is_told(target) {
                self.shown[target] += 1;
                self.show(target);
            }
        }
        std::thread::park_timeout(killed_at.saturating_sub(start.elapsed()));
        daemon.kill();
        self.judge()
    }

    /// Looks into the store as a kill left it.
    fn judge(&self) -> Lost {
        let now = clock::now();
        let Some(reader) = self.reader() else {
            return Lost::default();
        };
        let verified = reader.verify().unwrap();
        assert_eq!(verified.broken, None);
        let targets = reader.targets().unwrap();
        let last = targets.iter().filter_map(|row| row.tracking.last_poll_at);
        let latest = last.max();
        for target in 0..TARGETS {
            self.is_in_order(target);
        }
        Lost {
            longest: latest.map_or(Duration::ZERO, |at| {
                Duration::try_from(now.duration_since(at)).unwrap_or_default()
            }),
        }
    }

    /// Each document is told once, one after the other.
    fn is_in_order(&self, target: usize) {
        for (number, event) in self.told(target).iter().enumerate() {
            let page = json!(format!("https://a.example/{number}"));
            let told: Vec<_> = event.body.changes().iter().map(|it| &it.after).collect();
            let is_it = match event.body.kind() {
                EventKind::FirstSeen => number == 0,
                _ => told == [&Some(page)],
            };
            assert!(
                is_it,
                "p{target}: event {} tells {told:?} as {number}",
                event.id
            );
        }
    }

    fn end(&self, daemon: Daemon) {
        wait_until("every change is told", || {
            (0..TARGETS).all(|target| self.is_told(target))
        });
        assert_eq!(daemon.terminate(), Some(0));
        self.judge();
        let (code, said) = self.program.said(&["history", "verify"]);
        assert_eq!(code, 0, "{said}");
    }
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "figures for who runs it with more kills"
)]
fn a_kill_at_any_moment_loses_no_change_and_tells_none_twice() {
    let kills = std::env::var("ISSUERWATCH_KILLS").map_or(10, |text| text.parse().unwrap());
    let mut run = Run::new();
    let mut losses: Vec<Duration> = (0..kills).map(|_| run.round().longest).collect();
    run.end(run.program.daemon());
    losses.sort_unstable();
    println!(
        "{kills} kills, {} documents of {TARGETS} targets, each told once; the latest poll in the store \
         was {:?} before the kill (median), {:?} at most",
        run.shown.iter().map(|shown| shown + 1).sum::<usize>(),
        losses[losses.len() / 2],
        losses[losses.len() - 1]
    );
}
