//! What there is to tell of events that are one piece of news: one arm for each kind of mail.

use super::headline::{Headline, headline_of};
use super::input::Answered;
use super::lead::{NewsText, lead, when};
use super::page::Tone;
use super::revert::{self, Return};
use super::subject;
use super::what::{Remark, What};
use super::words::name;
use super::{damped, findings, inconsistent, outage, recovery, several, summary};
use crate::document::severity::Severity;
use crate::meaning::change::order::Rank;
use crate::meaning::change::{Finding, FindingState};
use crate::meaning::finding;
use crate::meaning::key_set::about;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind, FindingChange};
use crate::policy::mail::MailKind;

/// What there is to tell of events that are one piece of news; `answered` is the mail they answer.
pub(super) fn text(
    kind: MailKind,
    events: &[Event],
    who: &str,
    answered: Option<&Answered>,
) -> NewsText {
    let is_of_many = several::providers(events).len() > 1;
    let told = match kind {
        MailKind::Inconsistent => inconsistent::disagreement(events, who),
        MailKind::Failing => outage::failing(events, who),
        MailKind::Recovered => recovery::recovered(events, who),
        MailKind::Damped => damped::damped(events, who),
        MailKind::Settled => damped::settled(events, who),
        MailKind::Summary => summary::summary(events, who),
        _ if is_found_graver(events) => None,
        _ if is_of_many => {
            let providers = several::providers(events);
            let answered = answered.filter(|it| subject::about(it, &providers).is_some());
            several::same(events, answered)
        }
        _ => changed(events, who, answered),
    };
    told.unwrap_or_else(|| finding(events, who))
}

/// The return to an earlier state that a mail of this kind tells of, if it does.
pub(super) fn return_of(
    kind: MailKind,
    events: &[Event],
    answered: Option<&Answered>,
) -> Option<Return> {
    let is_of_changes = match kind {
        MailKind::Changed | MailKind::Finding | MailKind::Digest | MailKind::Test => true,
        MailKind::Inconsistent
        | MailKind::Failing
        | MailKind::Recovered
        | MailKind::Damped
        | MailKind::Summary
        | MailKind::Settled => false,
    };
    if !is_of_changes || is_found_graver(events) {
        return None;
    }
    Return::of(events, answered)
}

/// Whether a requirement that is newly not met is graver than all that changed. That a private key is
/// published outranks everything.
fn is_found_graver(events: &[Event]) -> bool {
    let mut findings = events.iter().flat_map(|event| event.body.findings());
    if findings.any(is_of_private_key) {
        return true;
    }
    let gravest = |kind| {
        let told = events.iter().filter(|event| event.body.kind() == kind);
        told.filter_map(|event| event.body.told_severity()).max()
    };
    gravest(EventKind::Finding) > gravest(EventKind::Changed)
}

fn is_of_private_key(moved: &FindingChange) -> bool {
    moved.state == FindingState::New && moved.finding.rule == Rule::KeySecretPublished
}

/// What a mail about these events would be.
pub(super) fn kind_of(events: &[Event]) -> MailKind {
    let has = |kind| events.iter().any(|event| event.body.kind() == kind);
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

fn changed(events: &[Event], who: &str, answered: Option<&Answered>) -> Option<NewsText> {
    let all: Vec<&Event> = events.iter().collect();
    let headline = headline_of(MailKind::Changed, &all)?;
    let gravest = events
        .iter()
        .filter(|event| event.body.kind() == EventKind::Changed);
    let event = gravest.max_by_key(|event| event.body.told_severity())?;
    if let Some(kind) = Return::of(events, answered) {
        return revert::text(kind, events, event, who, &headline);
    }
    let when = when(event);
    let Headline {
        what,
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
    Some(NewsText {
        what,
        remark: Some(Remark::Severity(severity)),
        lead: lead(&word, Tone::Of(severity), sentence, when, advice),
    })
}

/// Most characters of several keys in a sentence.
const LISTED: usize = 90;

const PRIVATE: &str = "PRIVATE KEY published in its key set";

/// What a published secret is called in a subject.
fn private_key(finding: &Finding) -> Option<&'static str> {
    if finding.rule != Rule::KeySecretPublished {
        return None;
    }
    let mut keys = finding.about_keys.iter();
    let is_symmetric = !finding.about_keys.is_empty();
    let is_symmetric = is_symmetric && keys.all(|key| key.kty.as_deref() == Some("oct"));
    Some(match (is_symmetric, finding.subject.as_str()) {
        (true, _) => "SYMMETRIC KEY published",
        (false, "keys") => PRIVATE,
        (false, _) => "PRIVATE KEY published in its metadata",
    })
}

pub(super) fn finding(events: &[Event], who: &str) -> NewsText {
    let findings = events.iter().flat_map(|event| event.body.findings());
    let gravest = findings.min_by_key(|moved| match moved.state {
        FindingState::New => Rank::of_finding(&moved.finding),
        FindingState::Cured => Rank::of_cured(&moved.finding),
    });
    let Some(moved) = gravest else {
        let sentence = format!("There is news of {who}.");
        return NewsText {
            what: What::plain("news"),
            remark: None,
            lead: lead("NEWS", Tone::Good, sentence, String::new(), None),
        };
    };
    let row = moved.finding.rule.row();
    let does = row.map_or("does not meet a requirement", |row| row.title);
    let member = moved.finding.subject.member().map(name);
    let object = match &member {
        None => format!("The document of {who}"),
        Some(member) => format!("{member} of {who}"),
    };
    let subject = member.unwrap_or_else(|| "document".to_owned());
    let when = events.first().map(when).unwrap_or_default();
    if moved.state == FindingState::Cured {
        let sentence = format!("{}.", findings::over(&object, &moved.finding));
        return NewsText {
            what: What::plain(findings::over(&subject, &moved.finding)),
            remark: None,
            lead: lead("CURED", Tone::Good, sentence, when, None),
        };
    }
    let severity = moved.finding.severity;
    let is_first = events.iter().any(|event| {
        let mut findings = event.body.findings().iter();
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
            .unwrap_or_else(|| match row.and_then(|row| row.advice) {
                None => "ask the provider before clients rely on this document.".to_owned(),
                Some(advice) => advice.to_owned(),
            });
    let all: Vec<&Event> = events.iter().collect();
    let changes = headline_of(MailKind::Changed, &all);
    let second = changes
        .filter(|headline| headline.severity >= Severity::Notice)
        .map(|headline| format!("{} too", headline.brief));
    let sentence = match of_keys {
        Some((_, which)) if private_key(&moved.finding) == Some(PRIVATE) => {
            format!("{who} publishes a private key, {which}: anyone can sign tokens as {who}.")
        }
        Some((keys, which)) => {
            let does = row.map_or(does, |row| findings::verb(&moved.finding, row));
            let which = named(&moved.finding, &which);
            format!("{} of {who} {does}{which}.", capitalized(&keys))
        }
        None => format!("{object} {does}."),
    };
    let what = match private_key(&moved.finding) {
        Some(words) => words.to_owned(),
        None => format!("{subject} {does}"),
    };
    NewsText {
        what: What::plain(what).and(second.as_deref()),
        remark: Some(Remark::Severity(severity)),
        lead: lead(
            &severity.as_str().to_uppercase(),
            Tone::Of(severity),
            sentence,
            when,
            Some(advice),
        ),
    }
}

/// Which keys these are, in a sentence: many and long names stand in the list below.
fn named(finding: &Finding, which: &str) -> String {
    if finding.about_keys.len() == 1 || which.len() <= LISTED {
        format!(": {which}")
    } else {
        String::new()
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
