//! Believing: random servers are polled, and what is known in the end is what they show.
//!
//! The server here is a script, because a property needs thousands of polls; everything that decides
//! is the program's own. The store's part is played by hand, as `record` plays it.

use std::cell::Cell;
use std::sync::Arc;

use issuerwatch::document::canonical::Document;
use issuerwatch::document::fingerprint::sha256_hex;
use issuerwatch::document::kind::Kind;
use issuerwatch::document::observation::{Failure, Observation, Outcome, Validators};
use issuerwatch::meaning::judge::Judge;
use issuerwatch::meaning::member_values::MemberValues;
use issuerwatch::meaning::provider::{Identity, Target};
use issuerwatch::meaning::provider_policy::Policy;
use issuerwatch::policy::baseline::Question;
use issuerwatch::policy::decide::confirm::{self, FetchFingerprint};
use issuerwatch::policy::decide::decide;
use issuerwatch::policy::event::{EventKind, NewEvent};
use issuerwatch::policy::reading::{self, Confirmation};
use issuerwatch::policy::sighting::Sighting;
use issuerwatch::policy::tracking::{SeenBefore, SnapshotStep, Tracking};
use issuerwatch::store::StoreError;
use issuerwatch::watch::comparison::{TargetHistory, compare};
use issuerwatch::wording::summary;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// What the server does at one request.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// Shows its document, or 304 to its tag.
    Honest,
    /// 503.
    Down,
    /// A page for people, with a tag; 304 to that tag.
    Page,
    /// A document of another backend, with a tag of its own; 304 to that tag.
    Stray,
    /// 304 to whatever is conditional.
    Stubborn,
}

/// One poll: what the server shows from now on, and what it does at its first and second request.
#[derive(Debug, Clone, Copy)]
struct Step {
    document: u8,
    first: Answer,
    second: Answer,
    minutes: i64,
}

struct Server {
    document: Cell<u8>,
    requests: Cell<u64>,
    unconditional: Cell<u64>,
    /// Whether its documents have a member that is new at every request.
    is_restless: bool,
}

fn body(document: u8, id: Option<u64>) -> Vec<u8> {
    let id = id.map_or_else(String::new, |id| format!(r#","requestid":"r-{id}""#));
    let text = format!(
        r#"{{"issuer":"https://a.example","token_endpoint":"https://a.example/{document}"{id}}}"#
    );
    text.into_bytes()
}

fn tag(bytes: &[u8]) -> Validators {
    Validators {
        etag: Some(format!("\"{}\"", sha256_hex(bytes))),
        last_modified: None,
    }
}

impl Server {
    fn answer(&self, how: Answer, asked: Option<&Validators>) -> (Outcome, Validators) {
        self.requests.set(self.requests.get() + 1);
        if asked.is_none() {
            self.unconditional.set(self.unconditional.get() + 1);
        }
        let id = self.is_restless.then(|| self.requests.get());
        let (content_type, bytes) = match how {
            Answer::Down => {
                let failure = Failure::of_status(503);
                return (Outcome::Failed(failure), Validators::default());
            }
            Answer::Page => ("text/html", b"<!doctype html><title>Sorry</title>".to_vec()),
            Answer::Stray => ("application/json", body(99, id)),
            Answer::Honest | Answer::Stubborn => {
                ("application/json", body(self.document.get(), id))
            }
        };
        let own = tag(&bytes);
        if asked == Some(&own) || (asked.is_some() && matches!(how, Answer::Stubborn)) {
            return (Outcome::Unmodified, own);
        }
        let outcome = Outcome::Body {
            content_type: Some(content_type.to_owned()),
            bytes,
        };
        (outcome, own)
    }
}

/// The documents of the snapshots, by number.
#[derive(Default)]
struct Kept(Vec<Arc<Document>>);

impl TargetHistory for Kept {
    fn document(&self, snapshot_id: i64) -> Result<Option<Arc<Document>>, StoreError> {
        let place = usize::try_from(snapshot_id).unwrap();
        Ok(self.0.get(place).cloned())
    }

    fn seen_before(&self, _: &str) -> Result<Option<SeenBefore>, StoreError> {
        Ok(None)
    }

    fn values_seen(&self, _: &MemberValues) -> Result<MemberValues, StoreError> {
        Ok(MemberValues::new())
    }
}

/// A target with what is known of it and the server it is at.
struct Watch {
    target: Target,
    tracking: Tracking,
    kept: Kept,
    server: Server,
    now: Timestamp,
    last_tag: Option<(String, Validators)>,
    kinds: Vec<EventKind>,
}

fn question() -> Question {
    Question {
        request: "q".into(),
        revalidate_after: SignedDuration::from_hours(24),
    }
}

impl Watch {
    fn of(is_restless: bool) -> Self {
        let policy = Arc::new(Policy {
            confirm_after: SignedDuration::from_secs(10),
            damping: false,
            ..Policy::default()
        });
        Self {
            target: Target {
                provider: "a".to_owned(),
                kind: Kind::OAUTH_AUTHORIZATION_SERVER.into(),
                url: None,
                identity: Some(Identity::Issuer("https://a.example".into())),
                judge: Judge::of(Some("https://a.example"), None, &policy),
                policy,
            },
            tracking: Tracking::new(1),
            kept: Kept::default(),
            server: Server {
                document: Cell::new(0),
                requests: Cell::new(0),
                unconditional: Cell::new(0),
                is_restless,
            },
            now: "2026-03-01T00:00:00Z".parse().unwrap(),
            last_tag: None,
            kinds: Vec::new(),
        }
    }

    fn see(&mut self, how: Answer) -> Sighting {
        let baseline = self.tracking.baseline_of(&self.target);
        let judged = baseline.filter(|known| known.judgement.judge == self.target.judge);
        let asked = judged.and_then(|known| known.answer.condition(&question(), self.now));
        let (outcome, validators) = self.server.answer(how, asked);
        let observation = Observation {
            at: self.now,
            url: Some("https://a.example/d".to_owned()),
            final_url: None,
            outcome,
            validators,
            elapsed_ms: Some(1),
            chain: Vec::new(),
            facts: None,
        };
        let read = reading::read(&self.target, &self.tracking, &observation.outcome);
        let mut sighting =
            compare(&self.kept, &self.target, &self.tracking, observation, read).unwrap();
        sighting.question = Some(question());
        sighting
    }

    fn poll(&mut self, step: Step) {
        self.server.document.set(step.document);
        self.now += SignedDuration::from_mins(step.minutes);
        let mut sighting = self.see(step.first);
        match confirm::of_first(&self.target, &self.tracking, &sighting) {
            Some(confirmation) => sighting.confirmation = confirmation,
            None => {
                self.now += SignedDuration::from_secs(10);
                let second = self.see(step.second);
                let names = [&sighting, &second].map(FetchFingerprint::of);
                let is_same = names[0].is_some() && names[0] == names[1];
                let once = Sighting {
                    observation: sighting.observation.clone(),
                    confirmation: Confirmation::Agreed { at: self.now },
                    ..second.clone()
                };
                sighting = confirm::of_both(&self.target, &self.tracking, sighting, second);
                // A poll keeps only the name of what its first fetch brought, and must come to the same.
                if is_same {
                    assert_eq!(sighting, once);
                }
            }
        }
        let observation = sighting.observation.clone();
        let transition = decide(&self.target, &self.tracking, sighting).worded(summary::of);
        let stands = matches!(
            transition.snapshot,
            SnapshotStep::New(_) | SnapshotStep::Seen(_)
        );
        if let (true, Outcome::Body { bytes, .. }) = (stands, &observation.outcome) {
            self.last_tag = Some((sha256_hex(bytes), observation.validators.clone()));
        }
        if let SnapshotStep::New(new) = &transition.snapshot {
            let document =
                Document::from_canonical(self.target.kind.kind(), &new.canonical).unwrap();
            self.kept.0.push(Arc::new(document));
        }
        self.kinds
            .extend(transition.events.iter().map(NewEvent::kind));
        self.tracking = transition.tracking;
        let last = i64::try_from(self.kept.0.len()).unwrap() - 1;
        self.tracking.follow(&transition.snapshot, Some(last));
    }

    /// The document that the history says is there.
    fn known(&self) -> Option<&str> {
        self.tracking.baseline.as_ref()?;
        let document = self.kept.0.last()?;
        document.members().get("token_endpoint")?.as_str()
    }
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(Answer::Honest),
        1 => Just(Answer::Down),
        1 => Just(Answer::Page),
        1 => Just(Answer::Stray),
        1 => Just(Answer::Stubborn),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..4_u8, answers(), answers(), 1..400_i64).prop_map(
        |(document, first, second, minutes)| Step {
            document,
            first,
            second,
            minutes,
        },
    );
    proptest::collection::vec(step, 1..40)
}

fn honest(document: u8) -> Step {
    Step {
        document,
        first: Answer::Honest,
        second: Answer::Honest,
        minutes: 15,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_a_server_shows_in_the_end_is_what_the_history_says_in_the_end(steps in steps(), restless: bool) {
        let mut watch = Watch::of(restless);
        for step in steps {
            watch.poll(step);
            // An ETag never stands beside a document that it did not come with.
            let answer = watch.tracking.baseline.as_ref().map(|known| &known.answer);
            if let Some(condition) = answer.and_then(|answer| answer.condition.as_ref()) {
                let (body, validators) = watch.last_tag.clone().unwrap();
                prop_assert_eq!(answer.unwrap().body.as_deref(), Some(body.as_str()));
                prop_assert_eq!(&condition.validators, &validators);
            }
        }
        watch.poll(honest(7));
        prop_assert_eq!(watch.known(), Some("https://a.example/7"));
    }

    #[test]
    fn a_page_or_an_outage_that_lasts_is_told_whatever_was_before(steps in steps(), page: bool, restless: bool) {
        let mut watch = Watch::of(restless);
        for step in steps {
            watch.poll(step);
        }
        watch.poll(honest(7));
        let before = watch.kinds.len();
        let how = if page { Answer::Page } else { Answer::Down };
        for _ in 0..6 {
            watch.poll(Step { first: how, second: how, ..honest(7) });
        }
        prop_assert_eq!(&watch.kinds[before..], &[EventKind::Failing]);
    }

    #[test]
    fn whoever_answers_304_to_everything_is_believed_for_a_day(steps in steps(), restless: bool) {
        let mut watch = Watch::of(restless);
        for step in steps {
            watch.poll(step);
        }
        watch.poll(honest(7));
        for _ in 0..=(24 * 4) {
            watch.poll(Step { first: Answer::Stubborn, second: Answer::Stubborn, ..honest(8) });
        }
        prop_assert_eq!(watch.known(), Some("https://a.example/8"));
    }

    #[test]
    fn whoever_refuses_the_second_request_delays_the_news_by_one_poll(steps in steps(), restless: bool) {
        let mut watch = Watch::of(restless);
        for step in steps {
            watch.poll(step);
        }
        watch.poll(honest(7));
        let before = watch.kinds.len();
        for _ in 0..2 {
            watch.poll(Step { second: Answer::Down, ..honest(8) });
        }
        prop_assert_eq!(watch.known(), Some("https://a.example/8"));
        prop_assert_eq!(&watch.kinds[before..], &[EventKind::Changed]);
    }
}

#[test]
fn a_server_that_alternates_is_not_believed() {
    for is_restless in [false, true] {
        let told = told_of_one_that_alternates(is_restless);
        let others = told
            .iter()
            .filter(|kind| !(is_restless && **kind == EventKind::Changed));
        // Told once, though it goes on for hours.
        assert_eq!(
            others.collect::<Vec<_>>(),
            [&EventKind::FirstSeen, &EventKind::Inconsistent]
        );
    }
}

fn told_of_one_that_alternates(is_restless: bool) -> Vec<EventKind> {
    let mut watch = Watch::of(is_restless);
    watch.poll(honest(1));
    for _ in 0..20 {
        watch.poll(Step {
            first: Answer::Stray,
            ..honest(1)
        });
        assert_eq!(watch.known(), Some("https://a.example/1"));
    }
    watch.kinds
}

#[test]
fn a_candidate_counts_until_the_baseline_is_seen_and_for_a_day() {
    let refused = |document| Step {
        second: Answer::Down,
        ..honest(document)
    };
    let mut watch = Watch::of(false);
    watch.poll(honest(1));
    watch.poll(refused(2));
    watch.poll(honest(1));
    watch.poll(refused(2));
    assert_eq!(
        watch.known(),
        Some("https://a.example/1"),
        "the baseline was between"
    );
    watch.poll(Step {
        minutes: 25 * 60,
        ..refused(2)
    });
    assert_eq!(
        watch.known(),
        Some("https://a.example/1"),
        "a day is too long"
    );
    watch.poll(refused(2));
    assert_eq!(watch.known(), Some("https://a.example/2"));
}
