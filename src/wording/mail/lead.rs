//! The first three lines of each kind of mail, and its subject: what, when, what to do.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::page::{Lead, Tone};
use super::revert::{self, Return};
use super::subject::{self, Headline, headline_of};
use super::words::{count, counted, name, utc_beside};
use super::{
    Answered, Late, MailInput, at, damped, digest, findings, inconsistent, outage, several, summary,
};
use crate::document::text::visible;
use crate::meaning::change::FindingState;
use crate::meaning::finding;
use crate::meaning::key_set::about;
use crate::meaning::rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;
use crate::wording::text::duration_words;

/// Subject and first lines.
pub(super) fn of(input: &MailInput<'_>) -> (String, Lead) {
    let who = who(input.events);
    let (what, remark, mut lead) = match input.kind {
        MailKind::Digest => digest::digest(input).unwrap_or_else(|| finding(input.events, &who)),
        kind => told(kind, input.events, &who, input.answers),
    };
    if input.is_widespread && input.kind == MailKind::Failing {
        outage::look_here(&mut lead);
    }
    lead.about = about(input.events, &who);
    lead.late = input.late.map(late);
    let subject = match input.answers {
        // The subject of a mail about others would say the wrong thing here.
        Some(answered)
            if is_answer(input)
                && subject::is_about(answered, &who)
                && !subject::says_less(answered, remark.as_deref()) =>
        {
            subject::answer(answered)
        }
        Some(_) | None => subject::subject(&who, &what, remark.as_deref()),
    };
    (subject, lead)
}

/// Whether a mail says how what was told went on; others only stand in the same thread.
fn is_answer(input: &MailInput<'_>) -> bool {
    match input.kind {
        MailKind::Recovered | MailKind::Settled | MailKind::Summary => true,
        MailKind::Changed => Return::of(input.events, input.answers) == Some(Return::Undone),
        _ => false,
    }
}

/// What a subject says, its remark in parentheses, and the first lines.
pub(super) type Told = (String, Option<String>, Lead);

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

fn who(events: &[Event]) -> String {
    subject::who(&several::providers(events))
}

fn about(events: &[Event], who: &str) -> String {
    let mut documents: Vec<String> = events
        .iter()
        .map(|event| event.document.to_string())
        .collect();
    documents.sort_unstable();
    documents.dedup();
    format!("{who} / {}", documents.join(", "))
}

/// The first lines.
pub(super) fn lead(
    word: &str,
    tone: Tone,
    sentence: String,
    when: String,
    advice: Option<String>,
) -> Lead {
    Lead {
        word: word.to_owned(),
        tone,
        about: String::new(),
        sentence,
        when,
        advice: advice
            .filter(|advice| !advice.is_empty())
            .map(|advice| uncapitalized(&advice)),
        late: None,
    }
}

/// `Do: look at ...` reads as one sentence.
fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
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

/// Longer than between two polls of any usual schedule: what happened in between was not seen.
const LONG: SignedDuration = SignedDuration::from_hours(36);

/// `First seen 02:15, confirmed 10 s later. The poll before, 02:00, saw the old state.`
pub(super) fn when(event: &Event) -> String {
    let seen = event.body.at;
    let circumstance = &event.body.circumstance;
    let first = circumstance.candidate_since.unwrap_or(seen);
    let mut when = format!("First seen {}", at(first));
    let earlier = circumstance.candidate_since.map(|_| seen);
    if let Some(confirmed) = circumstance.confirmed_at.or(earlier) {
        let later = duration_words(confirmed.duration_since(first));
        when.push_str(&format!(", confirmed {later} later"));
    }
    when.push('.');
    let Some(last) = circumstance.last_good_at else {
        return when;
    };
    let good = utc_beside(last, seen);
    let saw = match circumstance.returned_to {
        Some(_) => "still saw the other state",
        None => "saw the old state",
    };
    when.push_str(&match circumstance.failures {
        Some(failed) => {
            let failed = counted(failed, "poll");
            format!(" The last good poll, {good}, {saw}; {failed} failed since.")
        }
        None if seen.duration_since(last) > LONG => {
            format!(
                " It happened between the polls of {} and {}.",
                at(last),
                at(seen)
            )
        }
        None => format!(" The poll before, {good}, {saw}."),
    });
    when
}

/// The same for several events: what the polls before saw, or between which polls it happened.
pub(super) fn when_between(events: &[Event]) -> Option<String> {
    let is_news =
        |event: &&Event| matches!(event.body.kind, EventKind::Changed | EventKind::Finding);
    let news = || events.iter().filter(is_news);
    let seen = news().map(|event| event.body.at).max()?;
    let about = || news().map(|event| &event.body.circumstance);
    let goods = about().map(|about| about.last_good_at);
    // A document seen for the first time has no poll before.
    let goods = goods.collect::<Option<Vec<Timestamp>>>()?;
    let (first, last) = (*goods.iter().min()?, *goods.iter().max()?);
    if seen.duration_since(first) > LONG {
        let (good, seen) = (at(first), at(seen));
        return Some(format!(
            " It happened between the polls of {good} and {seen}."
        ));
    }
    if about().any(|about| about.failures.is_some()) {
        return None;
    }
    let saw = if about().all(|about| about.returned_to.is_some()) {
        "still saw the other state"
    } else {
        "saw the old state"
    };
    Some(if at(first) == at(last) {
        format!(" The polls before, {}, {saw}.", utc_beside(first, seen))
    } else {
        format!(" The polls before, {} to {}, {saw}.", at(first), at(last))
    })
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
    let row = rule::find(&moved.finding.rule);
    let does = row.map_or("does not meet a requirement", |row| row.title);
    let (subject, object) = match moved.finding.member.as_str() {
        "" => ("document".to_owned(), format!("The document of {who}")),
        member => (name(member), format!("{} of {who}", name(member))),
    };
    let when = events.first().map(when).unwrap_or_default();
    if moved.state == FindingState::Cured {
        let sentence = format!("{}.", findings::over(&object, does));
        let told = lead("CURED", Tone::Good, sentence, when, None);
        return (findings::over(&subject, does), None, told);
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
            let does = findings::verb(&moved.finding, does);
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

fn late(late: &Late) -> String {
    let lateness = duration_words(late.now.duration_since(late.due_at));
    format!("This mail is {lateness} late: {}.", visible(&late.cause))
}
