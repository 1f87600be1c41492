//! The first three lines of each kind of mail, and its subject: what, when, what to do.

use super::page::{Lead, Tone};
use super::subject::{self, Headline, headline_of};
use super::words::{counted, name, utc_beside};
use super::{Late, MailInput, at, many, rest};
use crate::model::change::FindingState;
use crate::model::event::{Event, EventKind};
use crate::model::letter::MailKind;
use crate::model::observation::{Failure, FailureKind};
use crate::model::rule;
use crate::model::severity::Severity;
use crate::model::text::{duration_words, visible};

/// Subject and first lines.
pub(super) fn of(input: &MailInput<'_>) -> (String, Lead) {
    let who = who(input.events);
    let (what, remark, mut lead) = match input.kind {
        MailKind::Digest => many::digest(input).unwrap_or_else(|| finding(input.events, &who)),
        kind => told(kind, input.events, &who),
    };
    lead.about = about(input.events, &who);
    lead.late = input.late.map(late);
    let subject = match input.answers {
        // The subject of a mail about others would say the wrong thing here.
        Some(answered) if subject::is_about(answered, &who) => subject::answer(answered),
        Some(_) | None => subject::subject(&who, &what, remark.as_deref()),
    };
    (subject, lead)
}

/// What a subject says, its remark in parentheses, and the first lines.
pub(super) type Told = (String, Option<String>, Lead);

/// What there is to tell of events that are one piece of news.
pub(super) fn told(kind: MailKind, events: &[Event], who: &str) -> Told {
    let is_of_many = many::providers(events).len() > 1;
    let told = match kind {
        MailKind::Failing => Some(failing(events, who)),
        MailKind::Recovered => Some(recovered(events, who)),
        MailKind::Damped => rest::damped(events, who),
        MailKind::Settled => rest::settled(events, who),
        MailKind::Summary => rest::summary(events, who),
        _ if is_of_many => many::same(events),
        _ => changed(events, who),
    };
    told.unwrap_or_else(|| finding(events, who))
}

/// What a mail about these events would be.
pub(super) fn kind_of(events: &[Event]) -> MailKind {
    let has = |kind| events.iter().any(|event| event.body.kind == kind);
    [
        (EventKind::Changed, MailKind::Changed),
        (EventKind::Damped, MailKind::Damped),
        (EventKind::Failing, MailKind::Failing),
        (EventKind::Recovered, MailKind::Recovered),
        (EventKind::Settled, MailKind::Settled),
    ]
    .into_iter()
    .find(|(kind, _)| has(*kind))
    .map_or(MailKind::Finding, |(_, kind)| kind)
}

fn who(events: &[Event]) -> String {
    subject::who(&many::providers(events))
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

fn changed(events: &[Event], who: &str) -> Option<Told> {
    let all: Vec<&Event> = events.iter().collect();
    let headline = headline_of(MailKind::Changed, &all)?;
    let gravest = events
        .iter()
        .filter(|event| event.body.kind == EventKind::Changed);
    let event = gravest.max_by_key(|event| event.body.severity)?;
    let circumstance = &event.body.circumstance;
    let when = when(event);
    let Headline {
        subject,
        predicate,
        severity,
        used,
        advice,
        ..
    } = headline;
    if let Some(until) = circumstance.returned_to {
        let away = duration_words(event.body.at.duration_since(until));
        let sentence = format!(
            "{who} is back in the state it had until {}, after {away}.",
            at(until)
        );
        let advice = "Undo what you changed because of the earlier mail; nothing else.".to_owned();
        let told = lead("REVERTED", Tone::Of(severity), sentence, when, Some(advice));
        return Some((
            format!("reverted after {away}: {subject}"),
            Some(severity.to_string()),
            told,
        ));
    }
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

/// `First seen 02:15, confirmed 10 s later. The poll before, 02:00, saw the old state.`
pub(super) fn when(event: &Event) -> String {
    let seen = event.body.at;
    let circumstance = &event.body.circumstance;
    let mut when = format!("First seen {}", at(seen));
    if let Some(confirmed) = circumstance.confirmed_at {
        let later = duration_words(confirmed.duration_since(seen));
        when.push_str(&format!(", confirmed {later} later"));
    }
    when.push('.');
    if let Some(good) = circumstance.last_good_at {
        let good = utc_beside(good, seen);
        when.push_str(&format!(" The poll before, {good}, saw the old state."));
    }
    when
}

fn finding(events: &[Event], who: &str) -> Told {
    let findings: Vec<_> = events
        .iter()
        .flat_map(|event| &event.body.findings)
        .collect();
    let gravest = findings
        .iter()
        .max_by_key(|moved| (moved.state == FindingState::New, moved.finding.severity));
    let severity = gravest.map_or(Severity::Notice, |moved| moved.finding.severity);
    let Some(moved) = gravest else {
        let told = lead(
            "NEWS",
            Tone::Good,
            format!("There is news of {who}."),
            String::new(),
            None,
        );
        return ("news".to_owned(), None, told);
    };
    let row = rule::find(&moved.finding.rule);
    let (does, advice) = row.map_or(("does not meet a requirement", ""), |row| {
        (row.title, row.advice)
    });
    let cured = match moved.state {
        FindingState::New => "",
        FindingState::Cured => "no longer: ",
    };
    let (what, sentence) = if moved.finding.member.is_empty() {
        let what = format!("{cured}document {does}");
        (what, format!("{cured}the document of {who} {does}."))
    } else {
        let member = name(&moved.finding.member);
        let what = format!("{cured}{member} {does}");
        (what, format!("{cured}{member} of {who} {does}."))
    };
    let sentence = sentence.replacen("no longer", "No longer", 1);
    let sentence = sentence.replacen(
        "the document",
        "The document",
        usize::from(cured.is_empty()),
    );
    let when = events.first().map(when).unwrap_or_default();
    let advice = match advice {
        "" => "ask the provider before clients rely on this document.",
        advice => advice,
    };
    let word = severity.as_str().to_uppercase();
    (
        what,
        Some(severity.to_string()),
        lead(
            &word,
            Tone::Of(severity),
            sentence,
            when,
            Some(advice.to_owned()),
        ),
    )
}

fn failing(events: &[Event], who: &str) -> Told {
    let Some(event) = events.first() else {
        return finding(events, who);
    };
    let circumstance = &event.body.circumstance;
    if let Some(polls) = circumstance.inconsistent_polls {
        let sentence = format!(
            "The last {polls} polls of {who} saw two different documents within seconds; none of them was believed."
        );
        let when = format!("Since {}.", at(event.body.at));
        let advice = "ask the provider whether its servers disagree; clients see one or the other.";
        let told = lead(
            "INCONSISTENT",
            Tone::Trouble,
            sentence,
            when,
            Some(advice.to_owned()),
        );
        return (
            "two fetches seconds apart disagree".to_owned(),
            Some("notice".to_owned()),
            told,
        );
    }
    let last = circumstance.failed_polls.last().map(|poll| &poll.failure);
    let is_of_many = many::providers(events).len() > 1;
    let cause = last.map_or_else(String::new, |failure| {
        if is_of_many {
            brief(failure)
        } else {
            visible(&failure.detail)
        }
    });
    let since = circumstance.failing_since.unwrap_or(event.body.at);
    let lasted = duration_words(event.body.at.duration_since(since));
    let polls = counted(circumstance.failures.unwrap_or_default(), "poll");
    let sentence = format!("The last {polls} of {who} got no usable document: {cause}.");
    let good = match circumstance.last_good_at {
        Some(good) => format!("last good answer {}", at(good)),
        None => "it never answered".to_owned(),
    };
    let when = format!("Since {}; {good}.", at(since));
    let advice =
        "nothing yet. Clients that hold the document in their cache go on; new ones cannot start.";
    let told = lead(
        "FAILING",
        Tone::Trouble,
        sentence,
        when,
        Some(advice.to_owned()),
    );
    // What the other side wrote may be long, and does not belong into a header.
    let brief = last.map(brief);
    (format!("document not available for {lasted}"), brief, told)
}

/// A failure in the words of a subject: what holds for all whom it met.
pub(super) fn brief(failure: &Failure) -> String {
    match (failure.kind, failure.status) {
        (FailureKind::Status, Some(status)) => format!("HTTP {status}"),
        (kind, _) => brief_kind(kind).to_owned(),
    }
}

fn brief_kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unresolved => "its name has no address",
        FailureKind::Unreachable => "no connection",
        FailureKind::Tls => "no TLS that can be trusted",
        FailureKind::Timeout => "no answer in time",
        FailureKind::Status => "a bad status",
        FailureKind::Redirect => "a redirect that leads nowhere",
        FailureKind::TooLarge => "too large",
        FailureKind::NotJson => "not JSON",
        FailureKind::NotAnObject => "no JSON object",
        FailureKind::Blocked => "an address that may not be reached",
        FailureKind::UnexpectedNotModified => "304 without a condition",
    }
}

fn recovered(events: &[Event], who: &str) -> Told {
    let Some(event) = events.first() else {
        return finding(events, who);
    };
    let circumstance = &event.body.circumstance;
    let since = circumstance.failing_since.unwrap_or(event.body.at);
    let lasted = duration_words(event.body.at.duration_since(since));
    let are_many = many::providers(events).len() > 1;
    let changed = |event: &Event| event.body.summary.ends_with("changed");
    let state = match (events.iter().any(changed), are_many) {
        (_, false) if circumstance.last_good_at.is_none() => "this is its first document",
        (false, false) => "the document is the same as before",
        (true, false) => "the document changed meanwhile, see the other mail",
        (false, true) => "the documents are the same as before",
        (true, true) => "not all documents are the same as before, see the other mails",
    };
    let answers = if are_many { "answer" } else { "answers" };
    let sentence = format!("{who} {answers} again, after {lasted}; {state}.");
    let polls = counted(circumstance.failures.unwrap_or_default(), "poll");
    let when = format!("First good answer {}; {polls} failed.", at(event.body.at));
    (
        format!("{answers} again after {lasted}"),
        None,
        lead("RECOVERED", Tone::Good, sentence, when, None),
    )
}

/// The latest polls of an outage, as rows of a table.
pub(super) fn failed_polls(event: &Event) -> Vec<Vec<String>> {
    event
        .body
        .circumstance
        .failed_polls
        .iter()
        .map(|poll| {
            let hundredths = poll.elapsed_ms / 10;
            // A recording may not know.
            let took = match poll.elapsed_ms {
                0 => String::new(),
                _ => format!("{}.{:02} s", hundredths / 100, hundredths % 100),
            };
            vec![at(poll.at), visible(&poll.failure.detail), took]
        })
        .collect()
}

fn late(late: &Late) -> String {
    let lateness = duration_words(late.now.duration_since(late.due_at));
    format!("This mail is {lateness} late: {}.", visible(&late.cause))
}
