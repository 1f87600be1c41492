//! Accepts events as expected: their consequences are recorded but not mailed.
//!
//! Only that one change is expected; its member is still reported. The same change again, in this
//! document or in another one of the provider, is quiet, and its revert is reported. For a finding, its
//! return is quiet; for an outage, its end; for a damped member, its summaries and the event that says
//! that it has come to rest.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::decision::Decision;
use super::event::{Accepted, Event, EventBody, EventKind, NewEvent};
use super::tracking::{PollOutcome, SnapshotStep, Tracking, Transition};
use crate::document::fingerprint::sha256_half;
use crate::document::severity::Severity;
use crate::meaning::change::cut::cut;
use crate::meaning::change::{Change, Finding};

/// The most changes that are remembered as expected, per target.
const REMEMBERED: usize = 200;

/// Whether an event of this kind can be accepted as expected.
pub fn can_be_accepted(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Changed
            | EventKind::Inconsistent
            | EventKind::Failing
            | EventKind::Finding
            | EventKind::Damped
    )
}

/// Returns what one target of the provider knows from now on. `reason` is given only for the target of
/// the event itself, which gets the event that says so.
pub fn accept(
    tracking: &Tracking,
    event: &Event,
    reason: Option<&str>,
    now: Timestamp,
) -> Decision {
    let mut next = tracking.clone();
    match event.body.kind() {
        EventKind::Changed | EventKind::Inconsistent | EventKind::Finding => {
            let changes = event.body.changes().iter().map(fingerprint);
            let findings = event
                .body
                .findings()
                .iter()
                .map(|moved| finding_fingerprint(&moved.finding));
            let state = next.state_mut();
            for expected in changes.chain(findings) {
                if !state.accepted.contains(&expected) {
                    state.accepted.push(expected);
                }
            }
            let surplus = state.accepted.len().saturating_sub(REMEMBERED);
            state.accepted.drain(..surplus);
        }
        EventKind::Failing if reason.is_some() => {
            if let Some(outage) = &mut next.state_mut().outage {
                outage.accepted |= outage.event == Some(event.id);
            }
        }
        EventKind::Damped if reason.is_some() => {
            let penalties = next.state_mut().penalties.values_mut();
            let suppressions = penalties.filter_map(|it| it.suppression.as_mut());
            for suppression in
                suppressions.filter(|suppression| suppression.event == Some(event.id))
            {
                suppression.accepted = true;
            }
        }
        _ => {}
    }
    let events = reason.map(|reason| {
        let accepted = Accepted {
            event: event.id,
            reason: reason.to_owned(),
        };
        NewEvent::new(now, EventBody::Accepted(accepted))
    });
    Decision::new(Transition {
        tracking: next,
        snapshot: SnapshotStep::Keep,
        outcome: PollOutcome::NotPolled,
        events: events.into_iter().collect(),
        values: Vec::new(),
        response_facts: None,
    })
}

/// Whether somebody said that this finding was expected.
pub(crate) fn is_expected(accepted: &[String], finding: &Finding) -> bool {
    // Older versions did not store the value.
    let without_value = || Finding {
        found: None,
        ..finding.clone()
    };
    !accepted.is_empty()
        && (accepted.contains(&finding_fingerprint(finding))
            || accepted.contains(&finding_fingerprint(&without_value())))
}

/// What makes two findings the same finding: that one weak key was expected does not cover another key,
/// and one strange issuer that was expected does not cover the next.
fn finding_fingerprint(finding: &Finding) -> String {
    let keys: BTreeSet<&String> = finding.keys.iter().collect();
    let is_about_value = finding.severity == Severity::Security;
    let (rule, subject) = (&finding.rule, &finding.subject);
    let mut identity = vec![json!("finding"), json!(rule), json!(subject), json!(keys)];
    let name = finding.name_hash.iter();
    identity.extend(name.map(|hash| json!({"name": hash})));
    let client = finding.client.iter();
    identity.extend(client.map(|name| json!({"client": name})));
    identity.extend(finding.found.clone().filter(|_| is_about_value));
    sha256_half(&Value::from(identity).to_string())
}

/// A hash that is equal for two changes exactly if they are the same change.
pub(crate) fn fingerprint(change: &Change) -> String {
    // The change is taken as its event keeps it, because that is what somebody looked at and expected.
    let mut change = change.clone();
    cut(&mut change);
    let identity = json!([
        change.rule,
        change.subject,
        change.before,
        change.after,
        change.added,
        change.removed,
    ]);
    sha256_half(&identity.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::rule::Rule;
    use crate::meaning::rule_finding::finding_of;

    #[test]
    fn to_expect_that_one_key_is_weak_quiets_no_other() {
        let weak = |keys: &[&str]| Finding {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            ..finding_of(Rule::KeyWeak, "keys")
        };
        let accepted = [finding_fingerprint(&weak(&["a", "b"]))];
        assert!(is_expected(&accepted, &weak(&["b", "a"])));
        assert!(!is_expected(&accepted, &weak(&["a", "c"])));
    }
}
