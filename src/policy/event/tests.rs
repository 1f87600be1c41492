//! Tests of reading stored records as events.

use serde_json::{Value, json};

use super::stored::{Circumstance, NoEvent, Record};
use super::*;
use crate::document::severity::Group;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

fn read(kind: EventKind, circumstance: Value) -> Record {
    Record {
        at: Timestamp::UNIX_EPOCH,
        kind,
        severity: None,
        summary: String::new(),
        changes: Vec::new(),
        findings: Vec::new(),
        patch: None,
        circumstance: serde_json::from_value::<Circumstance>(circumstance).unwrap(),
        alert: false,
        summary_at: None,
    }
}

#[test]
fn every_kind_is_written_as_it_was_read() {
    let times = json!({"url": "https://a.example", "final_url": "https://b.example",
        "confirmed_at": "2026-01-02T00:00:00Z", "last_good_at": "2026-01-01T00:00:00Z",
        "old_since": "2025-01-01T00:00:00Z", "failures": 2,
        "candidate_since": "2026-01-01T12:00:00Z"});
    let outage = json!({"url": "https://a.example", "answers": 3,
        "failing_since": "2026-01-01T00:00:00Z", "failures": 2});
    let with = |of: &Value, more: Value| {
        let mut all = of.clone();
        let more = more.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(more);
        all
    };
    let rows = [
        (EventKind::FirstSeen, times.clone()),
        (
            EventKind::Changed,
            with(
                &times,
                json!({"answers": 3, "returned_to": "2026-01-01T00:00:00Z", "is_after_gap": true,
                    "held_under": 2, "told_all_the_same": ["issuer"]}),
            ),
        ),
        (
            EventKind::Inconsistent,
            json!({"url": "", "old_since": "2025-01-01T00:00:00Z", "inconsistent_polls": 3}),
        ),
        (EventKind::Failing, with(&outage, json!({"reminder": 1}))),
        (
            EventKind::Recovered,
            with(&outage, json!({"is_changed": true})),
        ),
        (EventKind::Finding, times.clone()),
        (EventKind::Damped, with(&times, json!({"answers": 3}))),
        (EventKind::Settled, with(&times, json!({"answers": 3}))),
        (
            EventKind::Accepted,
            json!({"answers": 3, "reason": "planned"}),
        ),
    ];
    assert_eq!(rows.each_ref().map(|(kind, _)| *kind), EventKind::ALL);
    for (kind, circumstance) in rows {
        let event = NewEvent::try_from(read(kind, circumstance.clone())).unwrap();
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(written["kind"], kind.as_str());
        assert_eq!(written["circumstance"], circumstance);
    }
}

#[test]
fn that_answers_disagree_was_told_as_a_failure_once() {
    let event = NewEvent::try_from(read(EventKind::Failing, json!({"inconsistent_polls": 3})));
    assert_eq!(event.unwrap().kind(), EventKind::Inconsistent);
}

#[test]
fn what_fits_no_kind_is_no_event() {
    let kind = EventKind::Recovered;
    let what = "failing_since";
    assert_eq!(
        NewEvent::try_from(read(kind, json!({"failures": 3}))),
        Err(NoEvent::Lacks { kind, what })
    );
    let kind = EventKind::FirstSeen;
    let mut record = read(kind, json!({}));
    record.changes = vec![Meaning::of(Rule::ScopeAdded).change("a", Group::Scopes)];
    let what = "changes";
    assert_eq!(
        NewEvent::try_from(record),
        Err(NoEvent::Surplus { kind, what })
    );
}

#[test]
fn a_change_keeps_whether_it_was_seen_after_a_gap_and_a_rest_is_judged_by_its_time() {
    let at: Timestamp = "2026-05-25T06:35:00Z".parse().unwrap();
    let rest = |last: &str| {
        let provenance = Provenance {
            last_good_at: Some(last.parse().unwrap()),
            ..Provenance::default()
        };
        NewEvent::new(
            at,
            EventBody::Settled(Settled {
                provenance,
                ..Settled::default()
            }),
        )
    };
    assert!(rest("2026-05-09T05:58:00Z").is_after_gap());
    assert!(!rest("2026-05-24T05:58:00Z").is_after_gap());
    let change = |is_after_gap| {
        let changed = Changed {
            is_after_gap,
            ..Changed::default()
        };
        NewEvent::new(at, EventBody::Changed(changed))
    };
    assert!(change(true).is_after_gap());
    assert!(!change(false).is_after_gap());
    let (changed, other) = (EventKind::Changed, EventKind::Finding);
    assert!(all_after_gap([(changed, true), (other, false)]));
    assert!(!all_after_gap([(changed, true), (changed, false)]));
    assert!(!all_after_gap([(other, true)]));
}
