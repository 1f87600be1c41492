//! What is damped is kept in the store: a restart changes nothing.

use std::path::Path;
use std::sync::Arc;

use issuerwatch::document::kind::Kind;
use issuerwatch::document::observation::{Observation, Outcome, Validators};
use issuerwatch::meaning::judge::Judge;
use issuerwatch::meaning::provider::Target;
use issuerwatch::meaning::provider_policy::Policy;
use issuerwatch::policy::decide::decide;
use issuerwatch::policy::reading::read;
use issuerwatch::store::{AlertPlan, EventFilter, Reader, Store, TargetSpec};
use issuerwatch::watch::comparison::{StoredHistory, compare};
use issuerwatch::wording::summary;
use jiff::{SignedDuration, Timestamp};

fn observed(at: Timestamp, scopes: &str) -> Observation {
    let body = format!("{{\"issuer\":\"https://acme.example\",\"scopes_supported\":{scopes}}}");
    Observation {
        at,
        url: Some("https://acme.example/.well-known/openid-configuration".to_owned()),
        final_url: None,
        outcome: Outcome::Body {
            content_type: None,
            bytes: body.into_bytes(),
        },
        validators: Validators::default(),
        elapsed_ms: None,
        chain: Vec::new(),
        facts: None,
    }
}

/// 90 days of scopes that flap for 20 of them; the hashes of the events.
async fn played(path: &Path, restarts: bool, clock: impl Fn(i64) -> i64) -> Vec<(String, String)> {
    let spec = TargetSpec {
        provider: "acme".to_owned(),
        kind: Kind::OPENID_CONFIGURATION.into(),
        url: None,
        formerly: Vec::new(),
    };
    let start: Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let mut store = Store::open(path).unwrap();
    let id = store.add_target(spec, start).await.unwrap();
    let target = Target {
        provider: "acme".to_owned(),
        kind: Kind::OPENID_CONFIGURATION.into(),
        url: None,
        identity: None,
        policy: Arc::new(Policy::default()),
        judge: Judge::of(None, None, &Policy::default()),
    };
    for day in 0..90 {
        if restarts {
            drop(store);
            store = Store::open(path).unwrap();
        }
        let scopes = match day {
            0..20 if day % 2 == 1 => "[\"a\",\"b\"]",
            15 => "[\"a\",\"c\"]",
            _ => "[\"a\"]",
        };
        let at = start + SignedDuration::from_hours(24 * clock(day));
        let tracking = store.tracking(id).unwrap();
        let observation = observed(at, scopes);
        let reading = read(&target, &tracking, &observation.outcome);
        let history = StoredHistory {
            store: &store,
            target_id: id,
            kind: target.kind.kind(),
            in_order: false,
        };
        let sighting = compare(&history, &target, &tracking, observation, reading).unwrap();
        let transition = decide(&target, &tracking, sighting).worded(summary::of);
        let alert_plan = AlertPlan {
            due_at: at,
            ..AlertPlan::default()
        };
        store.record(transition, alert_plan).await.unwrap();
    }
    drop(store);
    let reader = Reader::open(path).unwrap();
    let events = reader.events(&EventFilter::default()).unwrap();
    let fact = |event: &issuerwatch::policy::event::Event| {
        (event.body.kind().as_str().to_owned(), event.hash.clone())
    };
    events.iter().map(fact).collect()
}

fn count(events: &[(String, String)], kind: &str) -> usize {
    events.iter().filter(|(known, _)| known == kind).count()
}

#[tokio::test]
async fn a_restart_at_every_poll_of_a_damped_phase_changes_no_event() {
    let folder = tempfile::tempdir().unwrap();
    let one = played(&folder.path().join("one.db"), false, |day| day).await;
    let two = played(&folder.path().join("two.db"), true, |day| day).await;
    assert_eq!((count(&one, "damped"), count(&one, "settled")), (1, 1));
    assert_eq!(one, two);
}

#[tokio::test]
async fn a_clock_set_back_in_a_damped_phase_frees_nothing_and_settles_once() {
    let folder = tempfile::tempdir().unwrap();
    // On day 10 the clock goes back by eight days, and on from there.
    let clock = |day| if day < 10 { day } else { day - 8 };
    let events = played(&folder.path().join("one.db"), true, clock).await;
    assert_eq!(
        (count(&events, "damped"), count(&events, "settled")),
        (1, 1)
    );
    let changed = count(&events, "changed");
    assert_eq!(changed, 20);
}
