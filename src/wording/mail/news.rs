//! What there is to tell of events that are one piece of news: one arm for each kind of mail.

use super::certificate::Ending;
use super::headline::{Headline, headline_of};
use super::input::InReplyTo;
use super::lead::{NewsText, lead, uncapitalized, when, when_seen};
use super::page::{Lead, MailTone};
use super::revert::{self, Return};
use super::secret::{OF_SYMMETRIC, PRIVATE, PublishedSecret, symmetric, symmetric_before};
use super::subject;
use super::subject_words::{Remark, SubjectWords};
use super::wave::Wave;
use super::words::{capitalized, name};
use super::{
    damped, documents, findings, inconsistent, outage, recovery, refusal, settled, several, summary,
};
use crate::document::severity::Severity;
use crate::meaning::change::order::Rank;
use crate::meaning::change::{Finding, FindingState};
use crate::meaning::finding;
use crate::meaning::key_set::about;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind, FindingChange};
use crate::policy::mail::MailKind;

/// What there is to tell of events that are one piece of news; `answered` is the mail they answer, `wave` what
/// others did before.
pub(super) fn text(
    kind: MailKind,
    events: &[Event],
    who: &str,
    answered: Option<&InReplyTo>,
    wave: Option<&Wave>,
) -> NewsText {
    let is_of_many = several::providers(events).len() > 1;
    let told = match kind {
        MailKind::Inconsistent => inconsistent::disagreement(events, who),
        MailKind::Failing => outage::failing(events, who),
        MailKind::Recovered => recovery::recovered(events, who),
        MailKind::Damped => damped::damped(events, who),
        MailKind::Settled => settled::settled(events, who),
        MailKind::Summary => summary::summary(events, who),
        _ if is_found_graver(events) => None,
        _ if is_of_many => {
            let providers = several::providers(events);
            let answered = answered.filter(|it| subject::about(it, &providers).is_some());
            several::same(events, who, answered, wave)
        }
        _ => changed(events, who, answered, wave),
    };
    told.unwrap_or_else(|| finding(events, who))
}

/// The return to an earlier state that a mail of this kind tells of, if it does.
pub(super) fn return_of(
    kind: MailKind,
    events: &[Event],
    answered: Option<&InReplyTo>,
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
pub(super) fn is_found_graver(events: &[Event]) -> bool {
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

fn changed(
    events: &[Event],
    who: &str,
    answered: Option<&InReplyTo>,
    wave: Option<&Wave>,
) -> Option<NewsText> {
    let all: Vec<&Event> = events.iter().collect();
    let mut headline = headline_of(MailKind::Changed, &all)?;
    if let Some(ending) = Ending::of(events) {
        headline.what = SubjectWords::of_forms(ending.subject());
        headline.alone = headline.what.clone();
        headline.predicate = ending.predicate();
    }
    let gravest = events
        .iter()
        .filter(|event| event.body.kind() == EventKind::Changed);
    let event = gravest.max_by_key(|event| event.body.told_severity())?;
    let who = &documents::whose(events, who, "The");
    if let Some(kind) = Return::of(events, answered) {
        return revert::text(kind, answered, events, event, who, &headline);
    }
    let when = when(event);
    let Headline {
        what,
        alone,
        predicate,
        also,
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
    let refused = refusal::refusing_clients(events);
    let refused_words = match &refused {
        Some(words) => format!(" {words}."),
        None => String::new(),
    };
    let sentence = format!(
        "{who} {predicate}{}.{use_words}{also}{refused_words}",
        Wave::before(wave)
    );
    // If a client that is declared to be used refuses the document, that is the second fact.
    let what = match refused {
        Some(words) => alone.and(Some(&words)),
        None => what,
    };
    let word = severity.as_str().to_uppercase();
    Some(NewsText {
        what,
        remark: Some(Remark::Severity(severity)),
        lead: lead(&word, MailTone::Of(severity), sentence, when, Some(advice)),
    })
}

/// Most characters of several keys in a sentence.
const LISTED: usize = 90;

pub(super) fn finding(events: &[Event], who: &str) -> NewsText {
    let who = &documents::whose(events, who, "the");
    let findings = events.iter().flat_map(|event| event.body.findings());
    let gravest = findings.min_by_key(|moved| match moved.state {
        FindingState::Cured if !moved.is_news() => Rank::of_cured(&moved.finding),
        FindingState::New | FindingState::Cured => Rank::of_finding(&moved.finding),
    });
    let Some(moved) = gravest else {
        let sentence = format!("There is news of {who}.");
        return NewsText {
            what: SubjectWords::plain("news"),
            remark: None,
            lead: lead("NEWS", MailTone::Good, sentence, String::new(), None),
        };
    };
    if let Some(told) = refusal::news(events, moved, who) {
        return told;
    }
    let row = moved.finding.rule.row();
    let does = row.map_or("does not meet a requirement", |row| row.title);
    let member = moved.finding.subject.member().map(name);
    let object = match &member {
        None => format!("The document of {who}"),
        Some(member) => format!("{member} of {who}"),
    };
    let subject = member.unwrap_or_else(|| "document".to_owned());
    let when = events.first().map(when_seen).unwrap_or_default();
    if !moved.finding.kept_keys.is_empty() {
        return still_used(moved, who, when);
    }
    if moved.state == FindingState::Cured {
        return over(events, moved, [&subject, &object], when);
    }
    let severity = moved.finding.severity;
    // Keys are named only if all events are of one provider, because others have different keys.
    let is_of_one = several::providers(events).len() == 1;
    let of_keys = findings::of_keys(&moved.finding).filter(|_| is_of_one);
    let all: Vec<&Event> = events.iter().collect();
    let changes = headline_of(MailKind::Changed, &all);
    let graver = changes.filter(|headline| headline.severity >= Severity::Notice);
    let too = |headline: &Headline| format!("{} too", headline.brief);
    let second = graver.as_ref().map(too);
    let breaking = graver.filter(|headline| headline.severity >= Severity::Breaking);
    let secret = PublishedSecret::of(&moved.finding);
    let before = symmetric_before(events);
    let advice = match secret {
        Some(PublishedSecret::Symmetric(_)) if is_of_one => OF_SYMMETRIC.to_owned(),
        _ => what_to_do(events, moved, is_of_one),
    };
    let of_one = matches!(moved.finding.about_keys.as_slice(), [_]) && is_of_one;
    let login = findings::login_in_url(events, &moved.finding);
    let sentence = match (of_keys, &secret) {
        (Some(_), Some(PublishedSecret::Symmetric(number))) => symmetric(who, *number, before),
        (Some((_, which)), Some(PublishedSecret::Private(PRIVATE))) => {
            format!("{who} publishes a private key, {which}: anyone can sign tokens as {who}.")
        }
        (Some((keys, which)), _) => {
            let does = row.map_or(does, |row| findings::verb(&moved.finding, row));
            let which = named(&moved.finding, &which);
            format!("{} of {who} {does}{which}.", capitalized(&keys))
        }
        (None, _) => of_object(&object, does, login.as_deref()),
    };
    let (sentence, advice) = and_what_broke(sentence, advice, breaking.as_ref());
    let weak = findings::weak_in_subject(&moved.finding, events).filter(|_| is_of_one);
    let what = match (
        secret
            .map(|secret| secret.subject(before > 0))
            .or(weak.map(|weak| vec![weak])),
        row,
    ) {
        (Some(words), _) => words,
        (None, Some(row)) if of_one => vec![format!("a key {}", row.title_of_one)],
        (None, _) if login.is_some() => vec![format!("{subject} is an address with a password")],
        (None, _) => vec![format!("{subject} {does}")],
    };
    NewsText {
        what: SubjectWords::of_forms(what).and(second.as_deref()),
        remark: Some(Remark::Severity(severity)),
        lead: graded(severity, sentence, when, advice),
    }
}

/// What a finding says of a member; `login` says so of an address with a password.
fn of_object(object: &str, does: &str, login: Option<&str>) -> String {
    match login {
        Some(is_url) => format!("{object} {is_url}: everybody can read both."),
        None => format!("{object} {does}."),
    }
}

/// The first lines of news that begin with how grave it is.
fn graded(severity: Severity, sentence: String, when: String, advice: String) -> Lead {
    let word = severity.as_str().to_uppercase();
    lead(&word, MailTone::Of(severity), sentence, when, Some(advice))
}

/// The private part of a key is gone, and the key is not: nothing is cured.
fn still_used(moved: &FindingChange, who: &str, when: String) -> NewsText {
    let severity = moved.finding.severity;
    let sentence = format!(
        "{who} no longer publishes the private part of a key, and still uses the same key: {}. Whoever read it \
         can sign tokens as {who}.",
        findings::kept_words(&moved.finding)
    );
    let advice = "ask the provider for a replacement, and do not trust tokens signed with this key: that its \
                  private part is gone from the set cures nothing."
        .to_owned();
    NewsText {
        what: SubjectWords::plain(findings::STILL_USED),
        remark: Some(Remark::Severity(severity)),
        lead: graded(severity, sentence, when, advice),
    }
}

/// A finding that is over, said of it in a subject and in a sentence. What was withdrawn was not cured.
fn over(events: &[Event], moved: &FindingChange, called: [&str; 2], when: String) -> NewsText {
    let mut documents = events.iter().map(|event| &event.document);
    let is_withdrawn = documents.any(|document| {
        findings::withdrawn(events, document).contains(moved.finding.subject.as_str())
    });
    let [what, sentence] = called.map(|subject| {
        if is_withdrawn {
            format!("{subject} withdrawn, and what was found of it with it")
        } else {
            findings::over(subject, &moved.finding)
        }
    });
    let word = if is_withdrawn { "CLOSED" } else { "CURED" };
    NewsText {
        what: SubjectWords::plain(what),
        remark: Some(Remark::Severity(Severity::Info)),
        lead: lead(word, MailTone::Good, format!("{sentence}."), when, None),
    }
}

/// Sentence and advice about a finding, with the change that breaks clients beside it.
fn and_what_broke(
    sentence: String,
    advice: String,
    breaking: Option<&Headline>,
) -> (String, String) {
    let Some(headline) = breaking else {
        return (sentence, advice);
    };
    (
        format!("{sentence} Also: {}.", headline.brief),
        format!("{advice} Then: {}", uncapitalized(&headline.advice)),
    )
}

/// What to do about a requirement that is newly not met; keys are named where they are of one provider.
fn what_to_do(events: &[Event], moved: &FindingChange, is_of_one: bool) -> String {
    let is_first = events.iter().any(|event| {
        let mut findings = event.body.findings().iter();
        event.body.is_of_first_document() && findings.any(|other| other == moved)
    });
    let of_its_keys = || about::advice(&moved.finding).filter(|_| is_of_one);
    let row = moved.finding.rule.row();
    let of_rule = || match row.and_then(|row| row.advice) {
        None => "ask the provider before clients rely on this document.".to_owned(),
        Some(advice) => advice.to_owned(),
    };
    finding::advice(&moved.finding, is_first)
        .or_else(of_its_keys)
        .unwrap_or_else(of_rule)
}

/// Which keys these are, in a sentence: many and long names stand in the list below.
fn named(finding: &Finding, which: &str) -> String {
    if finding.about_keys.len() == 1 || which.len() <= LISTED {
        format!(": {which}")
    } else {
        String::new()
    }
}
