//! The table of cases of `decide`: what was known, what was seen, what is committed.

mod gone_again;
mod habits;
mod hidden;
mod inconsistent;
mod outage;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use std::collections::BTreeMap;

use super::*;
use crate::document::canonical::Document;
use crate::document::failure::{Cause, Failure, FailureKind};
use crate::document::kind::Kind;
use crate::document::observation::Observation;
use crate::document::observation::{Outcome, Validators};
use crate::meaning::judge::Judge;
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider::Identity;
use crate::meaning::provider_policy::Policy;
use crate::policy::event::NewEvent;
use crate::policy::reading::{differ, read};
use crate::policy::tracking::{SeenBefore, SnapshotStep};

/// One target that is polled every minute; the test does the part of the store.
struct Story {
    target: Target,
    tracking: Tracking,
    document: Option<Document>,
    past: Vec<(String, SeenBefore)>,
    now: Timestamp,
    events: i64,
    told: Vec<NewEvent>,
}

impl Story {
    fn new() -> Self {
        let target = Target {
            provider: "a".to_owned(),
            kind: Kind::OAUTH_AUTHORIZATION_SERVER.into(),
            url: None,
            identity: Some(Identity::Issuer("https://a.example".into())),
            policy: Arc::new(Policy::default()),
            judge: Judge::of(Some("https://a.example"), None, &Policy::default()),
        };
        let tracking = Tracking::new(1);
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        Self {
            target,
            tracking,
            document: None,
            past: Vec::new(),
            now,
            events: 0,
            told: Vec::new(),
        }
    }

    fn seen(&mut self, outcome: Outcome, second: Confirmation) -> String {
        self.now += SignedDuration::from_mins(1);
        let observation = Observation {
            at: self.now,
            url: Some("https://a.example/d".to_owned()),
            final_url: None,
            outcome,
            validators: Validators::default(),
            elapsed_ms: Some(1),
            chain: Vec::new(),
            facts: None,
        };
        let reading = read(&self.target, &self.tracking, &observation.outcome);
        let baseline = self.document.clone();
        let difference = differ(
            &self.target,
            &self.tracking,
            baseline.as_ref(),
            &observation,
            &reading,
        );
        let seen_before = match &reading {
            Reading::Document(seen) => self
                .past
                .iter()
                .find(|(fingerprint, _)| fingerprint == seen.document.fingerprint())
                .map(|(_, before)| *before),
            Reading::Unmodified { .. } | Reading::Failed(_) => None,
        };
        let is_news = difference.is_news(self.tracking.findings());
        let confirmation = if is_news && self.tracking.baseline.is_some() {
            second
        } else {
            Confirmation::NotNeeded
        };
        let sighting = Sighting {
            known: MemberValues::new(),
            before_damping: BTreeMap::new(),
            twins: None,
            announced: Vec::new(),
            unrecorded: 0,
            observation,
            reading,
            difference,
            confirmation,
            question: None,
            baseline: baseline.map(Arc::new),
            seen_before,
        };
        let transition =
            decide(&self.target, &self.tracking, sighting).worded(crate::wording::summary::of);
        self.commit(transition)
    }

    /// Commits and returns `kind[!]: summary` for each event; `!` if somebody is told.
    fn commit(&mut self, transition: Transition) -> String {
        let told: Vec<String> = transition
            .events
            .iter()
            .map(|event| {
                let bell = if event.alert { "!" } else { "" };
                format!("{}{bell}: {}", event.kind().as_str(), event.summary)
            })
            .collect();
        self.told.extend(transition.events.iter().cloned());
        self.events += i64::try_from(transition.events.len()).unwrap();
        let old = self.tracking.baseline.clone();
        self.tracking = transition.tracking;
        self.tracking
            .follow(&transition.snapshot, Some(self.events));
        if let SnapshotStep::New(new) = transition.snapshot {
            if let Some(old) = old {
                let before = SeenBefore {
                    ended_at: new.seen.at,
                    ended_by: Some(self.events),
                };
                self.past.push((old.fingerprint.to_string(), before));
            }
            self.document = Document::from_canonical(self.target.kind.kind(), &new.canonical);
        }
        told.join(" | ")
    }

    fn agreed(&self) -> Confirmation {
        Confirmation::Agreed { at: self.now }
    }

    fn document(&mut self, scopes: &str) -> String {
        let body = body(scopes);
        let agreed = self.agreed();
        self.seen(body, agreed)
    }

    fn failure(&mut self) -> String {
        let failure = Failure::of_status(503);
        self.seen(Outcome::Failed(failure), Confirmation::NotNeeded)
    }
}

fn body(scopes: &str) -> Outcome {
    let text = format!(
        r#"{{"issuer":"https://a.example","response_types_supported":["code"],
            "scopes_supported":[{scopes}]}}"#
    );
    Outcome::Body {
        content_type: Some("application/json".to_owned()),
        bytes: text.into_bytes(),
    }
}

#[test]
fn the_first_document_is_silent_and_the_same_again_is_nothing() {
    let mut story = Story::new();
    assert_eq!(
        story.document(r#""x","y""#),
        "first-seen: first seen: 3 members"
    );
    assert_eq!(story.document(r#""x","y""#), "");
    assert_eq!(
        story.document(r#""y","x""#),
        "",
        "another order is the same"
    );
    assert_eq!(story.seen(Outcome::Unmodified, Confirmation::NotNeeded), "");
}

#[test]
fn a_304_without_a_baseline_is_a_failure() {
    let mut story = Story::new();
    story.seen(Outcome::Unmodified, Confirmation::NotNeeded);
    let outage = story.tracking.state.outage.clone().unwrap();
    assert_eq!(
        outage.polls[0].failure.kind,
        FailureKind::UnexpectedNotModified
    );
}

#[test]
fn a_confirmed_change_is_told_and_its_return_is_called_one() {
    let mut story = Story::new();
    story.document(r#""x","y""#);
    assert_eq!(story.document(r#""x""#), "changed!: scope removed: y");
    assert_eq!(
        story.document(r#""x","y""#),
        "changed!: reverted after 1 min to the state of 2026-03-01: scope added: y"
    );
}

#[test]
fn what_the_second_fetch_does_not_see_is_not_believed_and_told_once_after_three_polls() {
    let mut story = Story::new();
    story.document(r#""x","y""#);
    for expected in [
        "",
        "",
        "inconsistent!: inconsistent: 3 polls within a day saw different documents",
        "",
    ] {
        let disagreed = Confirmation::Disagreed { other: None };
        assert_eq!(story.seen(body(r#""x""#), disagreed), expected);
    }
    assert_eq!(
        story.document(r#""x""#),
        "changed!: scope removed: y",
        "nothing was lost"
    );
}

#[test]
fn a_poll_whose_second_fetch_fails_did_not_fail() {
    let mut story = Story::new();
    story.document(r#""x","y""#);
    let failure = Failure::new(Cause::Timeout, "slow");
    assert_eq!(
        story.seen(body(r#""x""#), Confirmation::Failed(failure)),
        ""
    );
    assert_eq!(story.tracking.failed_polls, 0);
    assert!(story.tracking.state.candidate.is_some());
}

#[test]
fn an_outage_is_told_once_and_its_end_once() {
    let mut story = Story::new();
    story.document(r#""x""#);
    let told: Vec<String> = (0..5).map(|_| story.failure()).collect();
    assert_eq!(told, ["", "", "failing!: failing: HTTP 503", "", ""]);
    assert_eq!(
        story.document(r#""x""#),
        "recovered!: recovered after 5 min"
    );
    assert_eq!(story.document(r#""x""#), "");
}

#[test]
fn an_outage_too_short_to_be_told_ends_silently() {
    let mut story = Story::new();
    story.document(r#""x""#);
    story.failure();
    assert_eq!(story.document(r#""x""#), "");
    let told: Vec<String> = (0..2).map(|_| story.failure()).collect();
    assert_eq!(told, ["", ""], "the count begins anew");
}

#[test]
fn a_change_behind_an_outage_is_told_beside_the_recovery() {
    let mut story = Story::new();
    story.document(r#""x","y""#);
    (0..3).for_each(|_| drop(story.failure()));
    assert_eq!(
        story.document(r#""x""#),
        "recovered!: recovered after 3 min; the document changed | changed!: scope removed: y"
    );
}

#[test]
fn an_issuer_that_does_not_match_waits_for_nothing() {
    let bytes = br#"{"issuer":"https://b.example","response_types_supported":["code"]}"#.to_vec();
    let other = Outcome::Body {
        content_type: None,
        bytes,
    };
    let mut first = Story::new();
    assert_eq!(
        first.seen(other.clone(), Confirmation::NotNeeded),
        "first-seen: first seen: 2 members | finding!: new finding: issuer-mismatch (issuer)"
    );
    let mut later = Story::new();
    later.document(r#""x""#);
    let agreed = later.agreed();
    let told = later.seen(other, agreed);
    assert!(told.starts_with("changed!: issuer changed"), "{told}");
    assert!(
        later
            .document(r#""x""#)
            .starts_with("changed!: reverted after 1 min")
    );
}

#[test]
fn a_finding_alone_is_told_only_if_it_is_security() {
    let mut story = Story::new();
    story.document(r#""x""#);
    let with = |member: &str| {
        let text = format!(
            r#"{{"issuer":"https://a.example","response_types_supported":["code"],
                "scopes_supported":["x"],{member}}}"#
        );
        Outcome::Body {
            content_type: None,
            bytes: text.into_bytes(),
        }
    };
    let agreed = story.agreed();
    assert_eq!(
        story.seen(with(r#""ui_locales_supported":null"#), agreed.clone()),
        "finding: new finding: null-member (ui_locales_supported)"
    );
    assert_eq!(
        story.document(r#""x""#),
        "finding: cured: null-member (ui_locales_supported)"
    );
}

#[test]
fn a_finding_is_left_out_only_where_a_change_of_the_same_member_tells_it() {
    let mut story = Story::new();
    let seen = |story: &mut Story, text: &str| {
        let agreed = story.agreed();
        let outcome = Outcome::Body {
            content_type: None,
            bytes: text.as_bytes().to_vec(),
        };
        story.seen(outcome, agreed)
    };
    let good = r#"{"issuer":"https://a.example","token_endpoint":"https://a.example/t","mtls_endpoint_aliases":{"token_endpoint":"https://a.example/m"}}"#;
    seen(&mut story, good);
    let both = good
        .replace("https://a.example/t", "http://a.example/t")
        .replace("https://a.example/m", "http://a.example/m");
    let told = seen(&mut story, &both);
    assert!(!told.contains("finding"), "{told}");
    let mut story = Story::new();
    story.target.kind = Kind::OAUTH_PROTECTED_RESOURCE.into();
    let good = r#"{"resource":"https://a.example","jwks_uri":"https://a.example/k","authorization_servers":["https://a.example"]}"#;
    seen(&mut story, good);
    // Changes of a set do not say that an address is not https.
    let told = seen(
        &mut story,
        &good
            .replace("https://a.example/k", "http://a.example/k")
            .replace("[\"https", "[\"http"),
    );
    assert!(
        told.contains("finding!: new finding: endpoint-not-https (authorization_servers)"),
        "{told}"
    );
}

#[test]
fn a_secret_that_only_the_bytes_show_is_news_when_it_comes_and_when_it_goes() {
    let mut story = Story::new();
    story.target.kind = Kind::JWKS.into();
    story.target.identity = None;
    let mut seen = |d: &str| {
        let agreed = story.agreed();
        let text = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ",{d}}}]}}"#);
        let outcome = Outcome::Body {
            content_type: None,
            bytes: text.into_bytes(),
        };
        story.seen(outcome, agreed)
    };
    seen(r#""d":null"#);
    let told = seen(r#""d":"HUSH","d":null"#);
    assert!(
        told.contains("finding!: new finding: key-secret-published (keys)"),
        "{told}"
    );
    assert!(!told.contains("HUSH"), "{told}");
    assert_eq!(seen(r#" "d":"HUSH","d":null"#), "");
    let told = seen(r#""d":null"#);
    assert!(
        told.contains("cured: key-secret-published (keys)"),
        "{told}"
    );
}
