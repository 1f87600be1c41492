//! The line that counts: how many changes and findings there are, and how grave they are.

use super::reported::reported_changes;
use super::upgrade::{Upgrade, is_addition};
use super::words::{counted, first, list, name};
use super::{findings, keys, mismatch};
use crate::document::severity::{Group, Severity};
use crate::meaning::change::{Change, FindingState};
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;

/// `6 changes: 1 security, 5 breaking; none takes away what you declared to use.` Nothing where there
/// is one thing to count. `declares_use` is whether anything is declared, `endpoints` are those of it.
pub(super) fn tally(
    kind: MailKind,
    events: &[Event],
    declares_use: bool,
    endpoints: &[&str],
) -> Option<String> {
    let all_changes: Vec<&Change> = each_once(events)
        .into_iter()
        .flat_map(|event| reported_changes(kind, event))
        .collect();
    // Changes that one item of the mail shows together are counted once.
    let changes: Vec<&Change> = all_changes
        .iter()
        .copied()
        .filter(|change| {
            !keys::is_part_of_another(change, &all_changes)
                && !mismatch::is_part_of_another(change, &all_changes)
        })
        .collect();
    let findings: Vec<Severity> = events
        .iter()
        .flat_map(findings::told)
        .filter(|moved| moved.state == FindingState::New)
        .filter(|moved| !findings::is_said_beside(&moved.finding, &all_changes))
        .map(|moved| moved.finding.severity)
        .collect();
    if changes.len() + findings.len() < 2 {
        let of_keys = changes.iter().all(|change| change.group == Group::Keys);
        let is_untouched =
            declares_use && !of_keys && !changes.iter().all(|change| is_addition(change));
        let used = changes.iter().any(|change| change.used)
            || is_refused(events)
            || may_be_refused(events);
        if let Some(moved) = moved(&changes, endpoints) {
            return Some(format!("You declared to use what changed: {moved}."));
        }
        return (is_untouched && !used).then(|| UNTOUCHED.to_owned());
    }
    let all: Vec<Severity> = changes.iter().map(|change| change.severity).collect();
    let of_each: Vec<String> = [
        Severity::Security,
        Severity::Breaking,
        Severity::Notice,
        Severity::Info,
    ]
    .into_iter()
    .filter_map(|severity| {
        let same = all.iter().chain(&findings);
        let number = same.filter(|it| **it == severity).count();
        (number > 0).then(|| format!("{number} {severity}"))
    })
    .collect();
    let number = |number: usize, one| {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        (number > 0).then(|| counted(number, one))
    };
    let what: Vec<String> = [
        number(changes.len(), "change"),
        number(findings.len(), "finding"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let used = if is_refused(events) {
        "; a client that you declared to use refuses it.".to_owned()
    } else if may_be_refused(events) && !changes.iter().any(|change| change.used) {
        ".".to_owned()
    } else {
        match moved(&changes, endpoints) {
            Some(moved) => format!("; what you declared to use is among them: {moved}."),
            None => use_words(&changes, declares_use).to_owned(),
        }
    };
    // All of one kind are counted once.
    if let ([_], Some(severity)) = (of_each.as_slice(), all.iter().chain(&findings).next()) {
        return Some(format!("{}, all {severity}{used}", list(&what)));
    }
    let named = features(&changes);
    Some(format!(
        "{}: {}{used}{named}",
        list(&what),
        of_each.join(", ")
    ))
}

/// Whether all that an event tells stands beside its document, such as the certificate of the server.
pub(super) fn is_beside(event: &Event) -> bool {
    let changes = event.body.changes();
    let are_beside = changes.iter().all(|change| change.subject.is_beside());
    !changes.is_empty() && are_beside && event.body.findings().is_empty()
}

/// The events without those that tell the same of one server beside another document of it.
fn each_once(events: &[Event]) -> Vec<&Event> {
    let mut kept: Vec<&Event> = Vec::new();
    let values = |event: &Event| -> Vec<_> {
        let changes = event.body.changes().iter();
        let told = |it: &Change| (it.rule.clone(), it.before.clone(), it.after.clone());
        changes.map(told).collect()
    };
    for event in events {
        let is_same = |known: &&&Event| is_beside(known) && values(known) == values(event);
        if !is_beside(event) || kept.iter().find(is_same).is_none() {
            kept.push(event);
        }
    }
    kept
}

/// ` Among them: PAR and DPoP.`: which features came, where many changes only add something and the first
/// sentence does not name them.
fn features(changes: &[&Change]) -> String {
    match Upgrade::of(changes) {
        Some(upgrade) if !upgrade.is_news() => format!(" Among them: {}.", upgrade.words()),
        Some(_) | None => String::new(),
    }
}

/// Whether a client that is declared to be used refuses what these events tell of.
fn is_refused(events: &[Event]) -> bool {
    let mut findings = events.iter().flat_map(findings::told);
    findings
        .any(|moved| moved.state == FindingState::New && moved.finding.rule == Rule::ClientRefuses)
}

/// Whether it was found that two names differ which clients must compare: that nothing was taken away would be
/// no comfort to who can log in no more.
fn may_be_refused(events: &[Event]) -> bool {
    let mut findings = events.iter().flat_map(findings::told);
    findings.any(|moved| {
        let rule = moved.finding.rule.known();
        let is_of_names =
            rule.is_some_and(|rule| rule.is_mismatch() || rule == Rule::IssuerAnnouncedDifferently);
        moved.state == FindingState::New && is_of_names
    })
}

/// Where there is one change, or the same at several.
const UNTOUCHED: &str = "Nothing that you declared to use was taken away.";

/// The same for several providers, of some of which it is declared what is used: it holds for all of them.
pub(super) fn of_many(kind: MailKind, events: &[Event], endpoints: &[&str]) -> Option<String> {
    let changes = || {
        events
            .iter()
            .flat_map(|event| reported_changes(kind, event))
    };
    let takes_away = changes().any(|change| change.group != Group::Keys && !is_addition(change));
    let is_used = |it: &Change| it.used || endpoints.contains(&it.subject.as_str());
    let used = changes().any(is_used) || is_refused(events);
    (takes_away && !used).then(|| UNTOUCHED.to_owned())
}

/// Which endpoints that are declared to be used have another value: nothing was taken away, and yet it is not
/// as it was. Where one was taken away, that is said instead.
fn moved(changes: &[&Change], endpoints: &[&str]) -> Option<String> {
    if changes.iter().any(|change| change.used) {
        return None;
    }
    let names = changes.iter().map(|change| change.subject.as_str());
    let mut moved: Vec<&str> = names.filter(|name| endpoints.contains(name)).collect();
    moved.dedup();
    (!moved.is_empty()).then(|| first(&moved.into_iter().map(name).collect::<Vec<_>>()))
}

/// What the changes mean for a reader who declared what they use.
fn use_words(changes: &[&Change], declares_use: bool) -> &'static str {
    let used = changes.iter().filter(|change| change.used).count();
    match used {
        0 if changes.is_empty() => ".",
        0 if changes.iter().all(|change| is_addition(change)) => {
            "; only additions, nothing removed."
        }
        // If nothing is declared as used, the mail does not say that none of it is affected.
        0 if !declares_use => ".",
        0 => "; none takes away what you declared to use.",
        1 => "; one takes away what you use.",
        _ => "; some take away what you use.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_use_is_spoken_of_only_where_it_is_declared() {
        assert_eq!(use_words(&[], true), ".");
        let gone = crate::meaning::rating::Meaning::of(Rule::MemberRemoved);
        let group = Group::Other;
        let gone = gone.change("x", group);
        assert_eq!(
            use_words(&[&gone], true),
            "; none takes away what you declared to use."
        );
        assert_eq!(use_words(&[&gone], false), ".");
    }
}
