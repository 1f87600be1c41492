//! Makes events of findings: which are new, and which are cured.
//!
//! A finding of severity `security` includes its value and its keys, and the same finding about another
//! value is told again. All others are about the whole set, or key sets that are rotated daily would be
//! told daily. If a rule is always told, its end is told too.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::document::canonical::Document;
use crate::document::fingerprint::sha256_half;
use crate::document::key_set;
use crate::document::observation::Observation;
use crate::document::severity::Severity;
use crate::meaning::change::Fact;
use crate::meaning::change::{Change, Finding, FindingState};
use crate::meaning::finding;
use crate::meaning::key_set::finding::{kept, only_new};
use crate::meaning::provider::Target;
use crate::meaning::rule::{Rule, RuleName};
use crate::meaning::rule_finding::named;
use crate::meaning::subject::Subject;
use crate::policy::accept;
use crate::policy::baseline::Baseline;
use crate::policy::event::{EventBody, FindingChange, FindingsChanged, NewEvent, Provenance};
use crate::policy::tracking::State;

/// The findings of the state before. If another judge made them, what declared clients refuse in the old
/// document is computed anew: a new or changed client declaration is not a change by the provider.
pub(super) fn known_findings<'a>(
    target: &Target,
    before: &'a Baseline,
    old: Option<&Document>,
) -> Cow<'a, [Finding]> {
    let judgement = before.judgement.as_ref();
    let Some(old) = old.filter(|_| judgement.judge != target.judge) else {
        return Cow::Borrowed(&judgement.findings);
    };
    let all = judgement.findings.iter();
    let others = all.filter(|it| it.rule != Rule::ClientRefuses).cloned();
    let of_clients = finding::of_clients(old, target.identity.as_ref(), &target.policy);
    Cow::Owned(others.chain(of_clients).collect())
}

/// Whether a finding is told to nobody: somebody expected it, or it was told before and comes and goes with a
/// member that was damped before this poll.
pub(super) fn quiet(state: &State, finding: &Finding, at: Timestamp) -> bool {
    let penalty = state.penalties.get(&finding.subject);
    let damped = penalty.and_then(|penalty| penalty.suppression.as_ref());
    let was_told = |since: Timestamp| {
        finding.rule == Rule::ClientRefuses
            || since < at && state.told_findings.contains(&told_name(finding))
    };
    accept::is_expected(&state.accepted, finding)
        || damped.is_some_and(|damped| was_told(damped.since))
}

/// The most findings that are remembered because they were told.
const TOLD: usize = 100;

/// What findings of severity `security` are called among those that were told.
pub(super) fn told_names(moved: &[FindingChange]) -> Vec<String> {
    let new = moved.iter().filter(|moved| {
        moved.state == FindingState::New && moved.finding.severity == Severity::Security
    });
    new.map(|moved| told_name(&moved.finding)).collect()
}

/// Remembers that findings were told.
pub(super) fn remember_told(state: &mut State, names: Vec<String>) {
    state.told_findings.extend(names);
    while state.told_findings.len() > TOLD {
        state.told_findings.pop_first();
    }
}

/// The same finding of another value or another key has another name.
fn told_name(finding: &Finding) -> String {
    let what = (finding.fact(), &finding.found, &finding.keys);
    sha256_half(&format!("{what:?}"))
}

/// The findings that came and went between two states.
pub(super) fn moved_findings(known: &[Finding], seen: &[Finding]) -> Vec<FindingChange> {
    let (known_facts, seen_facts) = (by_fact(known), by_fact(seen));
    // The same finding about another key is a new danger; so is another value, if the finding is a
    // danger. A finding of an older version has no value to compare with.
    let is_of_another_value = |finding: &Finding, other: &Finding| {
        finding.severity == Severity::Security
            && other.found.is_some()
            && finding.found != other.found
    };
    let is_told = |finding: &Finding, other: &Finding| {
        let keys: BTreeSet<&String> = other.keys.iter().collect();
        finding.keys.iter().all(|key| keys.contains(key)) && !is_of_another_value(finding, other)
    };
    let new = seen.iter().filter(|finding| {
        let mut same = known_facts.get(&finding.fact()).into_iter().flatten();
        !same.any(|other| is_told(finding, other))
    });
    let cured = known
        .iter()
        .filter(|finding| !seen_facts.contains_key(&finding.fact()));
    let narrowed = |finding: &Finding| {
        let mut one = finding.clone();
        let mut same = known_facts.get(&finding.fact()).into_iter().flatten();
        if let Some(known) = same.next() {
            only_new(&mut one, known);
        }
        one
    };
    new.map(|finding| (narrowed(finding), FindingState::New))
        .chain(cured.map(|finding| (finding.clone(), FindingState::Cured)))
        .map(|(finding, state)| FindingChange { finding, state })
        .collect()
}

/// Says of cured findings about published secrets which of their keys are still there.
pub(super) fn keep_keys(moved: &mut [FindingChange], document: Option<&Document>) {
    let Some(document) = document.filter(|it| it.kind().is_key_set()) else {
        return;
    };
    let cured = moved.iter_mut().filter(|it| {
        it.state == FindingState::Cured && it.finding.rule == Rule::KeySecretPublished
    });
    for change in cured {
        change.finding.kept_keys = kept(&change.finding, &key_set::keys(document.members()));
    }
}

/// Groups findings by fact: one for each, except that older versions may have kept several.
fn by_fact(findings: &[Finding]) -> BTreeMap<Fact<'_>, Vec<&Finding>> {
    let mut facts: BTreeMap<Fact<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        facts.entry(finding.fact()).or_default().push(finding);
    }
    facts
}

/// The most values that are said to have gone with what a client demands.
const WENT: usize = 8;

/// A value that stands in one line with others.
fn is_short(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() <= 80,
        other => other.is_boolean() || other.is_number(),
    }
}

/// Says of clients that newly refuse the document what they miss, where a change of this poll took it away.
pub(super) fn say_what_went(moved: &mut [FindingChange], events: &[NewEvent]) {
    let changes: Vec<&Change> = events.iter().flat_map(NewEvent::changes).collect();
    for finding in moved.iter_mut().map(|it| &mut it.finding) {
        let went = finding.reasons.iter().find_map(|reason| {
            let mut lost = changes
                .iter()
                .filter(|it| it.subject == reason.member.as_str());
            lost.find_map(|it| {
                let gone = it.removed.iter().chain(&it.before);
                let short = gone.filter(|value| is_short(value));
                let few: Vec<Value> = short.take(WENT).cloned().collect();
                (!few.is_empty() && it.after.is_none()).then_some(Value::Array(few))
            })
        });
        finding.expected = went.or(finding.expected.take());
    }
}

/// The event about findings that are new or cured; for the first document, only those of severity
/// `security`.
pub(super) fn finding_event(
    observation: &Observation,
    mut moved: Vec<FindingChange>,
    is_quiet: impl Fn(&FindingChange) -> bool,
    is_first: bool,
    beside_a_mailed_change: bool,
    provenance: impl FnOnce() -> Provenance,
) -> Option<NewEvent> {
    if is_first {
        moved.retain(|change| change.finding.severity == Severity::Security);
    }
    let severity = moved.iter().map(|change| change.finding.severity).max()?;
    let is_told = |change: &FindingChange| {
        let finding = &change.finding;
        let is_always_told = finding.rule.row().is_some_and(|row| row.always_told);
        let is_grave = change.is_news() && finding.severity == Severity::Security;
        is_grave || (is_always_told && finding.severity >= Severity::Notice)
    };
    let is_grave = moved
        .iter()
        .any(|change| is_told(change) && !is_quiet(change));
    let found = FindingsChanged {
        provenance: provenance(),
        findings: moved,
        answers: None,
    };
    Some(NewEvent {
        severity: Some(severity),
        alert: is_grave || beside_a_mailed_change,
        ..NewEvent::new(observation.at, EventBody::Finding(found))
    })
}

/// What identifies a finding that is told on its own: rule, member and value.
pub(super) type ToldFact = (RuleName, Subject, Option<String>);

/// The fact that a change tells, named as a finding about it would be.
pub(super) fn told_as(change: &Change) -> ToldFact {
    let (subject, name_hash) = named(&change.subject);
    (change.rule.clone(), subject, name_hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::rule::Rule;

    #[test]
    fn the_same_of_another_value_is_news_only_if_it_is_security() {
        let finding = |rule, found: Option<&str>| Finding {
            found: found.map(Value::from),
            ..crate::meaning::rule_finding::finding_of(rule, "issuer")
        };
        let moved = |rule, from, to| {
            let moved = moved_findings(&[finding(rule, from)], &[finding(rule, to)]);
            moved.iter().map(|moved| moved.state).collect::<Vec<_>>()
        };
        let (a, b) = (Some("https://a.example"), Some("https://b.example"));
        assert_eq!(moved(Rule::IssuerMismatch, a, b), [FindingState::New]);
        assert_eq!(moved(Rule::IssuerMismatch, a, a), []);
        assert_eq!(moved(Rule::IssuerMismatch, None, b), []);
        assert_eq!(moved(Rule::UrlMalformed, a, b), []);
    }

    #[test]
    fn the_same_of_another_key_is_news_if_it_is_security_and_cures_nothing() {
        let finding = |keys: &[&str]| Finding {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            ..crate::meaning::rule_finding::finding_of(Rule::KeyWeak, "keys")
        };
        let moved = moved_findings(&[finding(&["a"])], &[finding(&["a", "b"])]);
        assert_eq!(moved.len(), 1);
        assert_eq!(moved[0].state, FindingState::New);
        let moved = moved_findings(&[finding(&["a", "b"])], &[finding(&["b"])]);
        assert_eq!(moved, []);
        let without = |why: &str| Finding {
            why: why.to_owned(),
            ..finding(&[])
        };
        let (one, two) = (without("(kid a)"), without("(kid b)"));
        assert_eq!(moved_findings(&[one], &[two]), []);
    }
}
