//! Leads of mails about documents that cannot be had, and about those that are back.

use super::lead::{Told, lead};
use super::page::Tone;
use super::words::{count, counted, date, list};
use super::{at, many};
use crate::model::event::Event;
use crate::model::observation::{Failure, FailureKind};
use crate::model::text::{duration_words, visible};

/// The document cannot be had, or its servers disagree.
pub(super) fn failing(events: &[Event], who: &str) -> Option<Told> {
    let event = events.first()?;
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
        return Some((
            "two fetches seconds apart disagree".to_owned(),
            Some("notice".to_owned()),
            told,
        ));
    }
    let is_of_many = many::providers(events).len() > 1;
    let cause = causes(event, is_of_many);
    let since = circumstance.failing_since.unwrap_or(event.body.at);
    let lasted = duration_words(event.body.at.duration_since(since));
    let polls = counted(circumstance.failures.unwrap_or_default(), "poll");
    let sentence = format!("The last {polls} of {who} got no usable document: {cause}.");
    let good = match circumstance.last_good_at {
        Some(good) => format!("last good answer {}", at(good)),
        None => "it never answered".to_owned(),
    };
    let document = match circumstance.old_since.filter(|_| !is_of_many) {
        Some(first) => {
            let unchanged = duration_words(event.body.at.duration_since(first));
            format!(
                ", the document of {} (unchanged for {unchanged})",
                date(first)
            )
        }
        None => String::new(),
    };
    let when = format!("Since {}; {good}{document}.", at(since));
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
    let last = circumstance.failed_polls.last();
    let brief = last.map(|poll| brief(&poll.failure));
    Some((format!("document not available for {lasted}"), brief, told))
}

/// `HTTP 503, text/html (3 times)`; of several causes only what they are.
fn causes(event: &Event, is_of_many: bool) -> String {
    let polls = &event.body.circumstance.failed_polls;
    let mut causes: Vec<(String, usize)> = Vec::new();
    for poll in polls {
        let cause = brief(&poll.failure);
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, times)) => *times += 1,
            None => causes.push((cause, 1)),
        }
    }
    if let ([(_, times)], Some(last)) = (causes.as_slice(), polls.last()) {
        let detail = if is_of_many {
            brief(&last.failure)
        } else {
            visible(&last.failure.detail)
        };
        let are_all = u64::try_from(*times).ok() == event.body.circumstance.failures;
        return match times {
            2.. if are_all => format!("{detail} ({} times)", count(*times)),
            _ => detail,
        };
    }
    let causes = causes.into_iter().map(|(cause, times)| match times {
        1 => cause,
        times => format!("{cause} ({} times)", count(times)),
    });
    list(&causes.collect::<Vec<_>>())
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

/// It is back.
pub(super) fn recovered(events: &[Event], who: &str) -> Option<Told> {
    let event = events.first()?;
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
    let last = circumstance.failed_polls.last();
    let last = last.map_or_else(String::new, |poll| {
        format!(" (last: {})", brief(&poll.failure))
    });
    let when = format!(
        "First good answer {}; {polls} failed{last}.",
        at(event.body.at)
    );
    let told = lead("RECOVERED", Tone::Good, sentence, when, None);
    Some((format!("{answers} again after {lasted}"), None, told))
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
