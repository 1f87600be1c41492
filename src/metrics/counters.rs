//! What is counted as it happens, from the start of the daemon: nothing of it is stored.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::document::failure::FailureKind;
use crate::document::severity::Severity;
use crate::policy::event::EventKind;

/// Bucket bounds, from a host nearby to one that needs the whole deadline, by default 10 s.
const SECONDS: [f64; 12] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

type Words<const N: usize> = [(&'static str, &'static str); N];

/// What became of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollResult {
    /// The document was seen.
    Answered,
    /// A change was seen, and the fetch that was to confirm it failed.
    Unconfirmed,
    /// Two fetches saw different documents.
    Inconsistent,
    /// The poll got no usable document.
    Failed(FailureKind),
    /// The poll panicked.
    Panicked,
    /// The result of the poll could not be stored.
    Unrecorded,
}

impl PollResult {
    const WORDS: [&'static str; 6] = [
        "answered",
        "unconfirmed",
        "inconsistent",
        "failed",
        "panicked",
        "unrecorded",
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unconfirmed => "unconfirmed",
            Self::Inconsistent => "inconsistent",
            Self::Failed(_) => "failed",
            Self::Panicked => "panicked",
            Self::Unrecorded => "unrecorded",
        }
    }
}

/// All counters. Each series starts at 0, because a scraper would miss the first count of any other.
#[derive(Debug)]
pub struct Counters {
    polls: Family<Words<1>, Counter>,
    failures: Family<Words<1>, Counter>,
    seconds: Histogram,
    events: Family<Words<2>, Counter>,
}

impl Counters {
    /// Counters that are all zero.
    pub fn new() -> Self {
        let new = Self {
            polls: Family::default(),
            failures: Family::default(),
            seconds: Histogram::new(SECONDS),
            events: Family::default(),
        };
        for word in PollResult::WORDS {
            drop(new.polls.get_or_create(&outcome(word)));
        }
        for kind in FailureKind::ALL {
            drop(new.failures.get_or_create(&cause(kind)));
        }
        let severities = Severity::ALL.map(Some).into_iter().chain([None]);
        for severity in severities {
            // `accepted` is left out, because that event is recorded by the command and not by the daemon.
            for kind in EventKind::ALL
                .into_iter()
                .filter(|it| *it != EventKind::Accepted)
            {
                drop(new.events.get_or_create(&kind_of(kind, severity)));
            }
        }
        new
    }

    /// Counts a poll that has ended.
    pub fn poll(&self, result: PollResult) {
        self.polls.get_or_create(&outcome(result.as_str())).inc();
        if let PollResult::Failed(kind) = result {
            self.failures.get_or_create(&cause(kind)).inc();
        }
    }

    /// Records how long the first fetch of a poll took, in milliseconds.
    pub fn took(&self, milliseconds: u64) {
        let milliseconds = u32::try_from(milliseconds).unwrap_or(u32::MAX);
        self.seconds.observe(f64::from(milliseconds) / 1_000.0);
    }

    /// Counts an event that was recorded.
    pub fn event(&self, kind: EventKind, severity: Option<Severity>) {
        self.events.get_or_create(&kind_of(kind, severity)).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "polls",
            "Polls that ended, by what became of them",
            self.polls.clone(),
        );
        registry.register(
            "poll_failures",
            "Polls that failed, by the class of the cause",
            self.failures.clone(),
        );
        registry.register_with_unit(
            "poll_duration",
            "How long the first fetch of a poll took, redirects and body included",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register(
            "events",
            "Events that were recorded, by what happened and how grave it is",
            self.events.clone(),
        );
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}

fn outcome(word: &'static str) -> Words<1> {
    [("outcome", word)]
}

fn cause(kind: FailureKind) -> Words<1> {
    [("cause", kind.as_str())]
}

fn kind_of(kind: EventKind, severity: Option<Severity>) -> Words<2> {
    let severity = severity.map_or("none", Severity::as_str);
    [("kind", kind.as_str()), ("severity", severity)]
}
