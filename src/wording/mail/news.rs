//! What there is to tell of events that are one piece of news: one arm for each kind of mail.

use std::collections::BTreeSet;

use super::input::Answered;
use super::lead::{Told, lead, when};
use super::page::Tone;
use super::revert::{self, Return};
use super::subject::{self, Headline, headline_of};
use super::words::{count, name};
use super::{damped, findings, inconsistent, outage, several, summary};
use crate::meaning::change::FindingState;
use crate::meaning::finding;
use crate::meaning::key_set::about;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// What there is to tell of events that are one piece of news; `answered` is the mail they answer.
pub(super) fn told(
    kind: MailKind,
    events: &[Event],
    who: &str,
    answered: Option<&Answered>,
) -> Told {
    let is_of_many = several::providers(events).len() > 1;
    let told = match kind {
        MailKind::Inconsistent => inconsistent::disagreement(events, who),
        MailKind::Failing => outage::failing(events, who),
        MailKind::Recovered => outage::recovered(events, who),
        MailKind::Damped => damped::damped(events, who),
        MailKind::Settled => damped::settled(events, who),
        MailKind::Summary => summary::summary(events, who),
        _ if is_found_graver(events) => None,
        _ if is_of_many => {
            let answered = answered.filter(|it| subject::is_about(it, who));
            several::same(events, answered)
        }
        _ => changed(events, who, answered),
    };
    told.unwrap_or_else(|| finding(events, who))
}

/// Whether a requirement that is newly not met is graver than all that changed.
fn is_found_graver(events: &[Event]) -> bool {
    let gravest = |kind| {
        let told = events.iter().filter(|event| event.body.kind == kind);
        told.filter_map(|event| event.body.told_severity()).max()
    };
    gravest(EventKind::Finding) > gravest(EventKind::Changed)
}

/// What a mail about these events would be.
pub(super) fn kind_of(events: &[Event]) -> MailKind {
    let has = |kind| events.iter().any(|event| event.body.kind == kind);
    [
        (EventKind::Changed, MailKind::Changed),
        (EventKind::Damped, MailKind::Damped),
        (EventKind::Inconsistent, MailKind::Inconsistent),
        (EventKind::Failing, MailKind::Failing),
        (EventKind::Recovered, MailKind::Recovered),
        (EventKind::Settled, MailKind::Settled),
    ]
    .into_iter()
    .find(|(kind, _)| has(*kind))
    .map_or(MailKind::Finding, |(_, kind)| kind)
}

fn changed(events: &[Event], who: &str, answered: Option<&Answered>) -> Option<Told> {
    let all: Vec<&Event> = events.iter().collect();
    let headline = headline_of(MailKind::Changed, &all)?;
    let gravest = events
        .iter()
        .filter(|event| event.body.kind == EventKind::Changed);
    let event = gravest.max_by_key(|event| event.body.told_severity())?;
    if let Some(kind) = Return::of(events, answered) {
        return revert::told(kind, (events, event), who, &headline);
    }
    let when = when(event);
    let Headline {
        subject,
        predicate,
        severity,
        used,
        advice,
        ..
    } = headline;
    let use_words = if used {
        " You declared that you use it."
    } else {
        ""
    };
    let sentence = format!("{who} {predicate}.{use_words}");
    let word = severity.as_str().to_uppercase();
    let told = lead(&word, Tone::Of(severity), sentence, when, Some(advice));
    Some((subject, Some(severity.to_string()), told))
}

pub(super) fn finding(events: &[Event], who: &str) -> Told {
    let findings = events.iter().flat_map(|event| &event.body.findings);
    let gravest = findings
        .clone()
        .max_by_key(|moved| (moved.state == FindingState::New, moved.finding.severity));
    let Some(moved) = gravest else {
        let sentence = format!("There is news of {who}.");
        let told = lead("NEWS", Tone::Good, sentence, String::new(), None);
        return ("news".to_owned(), None, told);
    };
    let row = moved.finding.rule.row();
    let does = row.map_or("does not meet a requirement", |row| row.title);
    let (subject, object) = match moved.finding.member.as_str() {
        "" => ("document".to_owned(), format!("The document of {who}")),
        member => (name(member), format!("{} of {who}", name(member))),
    };
    let when = events.first().map(when).unwrap_or_default();
    if moved.state == FindingState::Cured {
        let sentence = format!("{}.", findings::over(&object, &moved.finding));
        let told = lead("CURED", Tone::Good, sentence, when, None);
        return (findings::over(&subject, &moved.finding), None, told);
    }
    let severity = moved.finding.severity;
    let is_first = events.iter().any(|event| {
        let mut findings = event.body.findings.iter();
        event.body.is_of_first_document() && findings.any(|other| other == moved)
    });
    // The keys of one provider say nothing of another's.
    let is_of_one = several::providers(events).len() == 1;
    let of_keys = findings::of_keys(&moved.finding).filter(|_| is_of_one);
    let of_its_keys = about::advice(&moved.finding).filter(|_| is_of_one);
    let of_its_value = finding::advice(&moved.finding, is_first);
    let advice =
        of_its_value
            .or(of_its_keys)
            .unwrap_or_else(|| match row.map_or("", |row| row.advice) {
                "" => "ask the provider before clients rely on this document.".to_owned(),
                advice => advice.to_owned(),
            });
    // Each piece of news once, though several providers have it.
    let new = findings.filter(|moved| moved.state == FindingState::New);
    let new: BTreeSet<_> = new
        .map(|moved| (&moved.finding.rule, &moved.finding.member))
        .collect();
    let all: Vec<&Event> = events.iter().collect();
    let changes = headline_of(MailKind::Changed, &all);
    let changes = changes.map_or(0, |headline| headline.others + headline.named);
    let more = match new.len() - 1 + changes {
        0 => String::new(),
        more => format!(", +{} more", count(more)),
    };
    let sentence = match of_keys {
        Some((keys, which)) => {
            let does = row.map_or(does, |row| findings::verb(&moved.finding, row));
            format!("{} of {who} {does}: {which}.", capitalized(&keys))
        }
        None => format!("{object} {does}."),
    };
    let told = lead(
        &severity.as_str().to_uppercase(),
        Tone::Of(severity),
        sentence,
        when,
        Some(advice),
    );
    let what = format!("{subject} {does}{more}");
    (what, Some(severity.to_string()), told)
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
