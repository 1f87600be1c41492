//! Leads of mails about documents that are back after an outage.

use jiff::SignedDuration;

use super::cause::{distinct, last_failure};
use super::documents;
use super::down::since;
use super::lead::{NewsText, lead};
use super::page::MailTone;
use super::several;
use super::subject_words::{Remark, SubjectStart, SubjectWords};
use super::words::{at, count, list, name};
use crate::document::failure::Failure;
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventBody};
use crate::wording::text::duration_words;

const CHANGED: &str = "the document changed meanwhile";

/// The words of a mail about documents that can be fetched again.
pub(super) fn recovered(events: &[Event], who: &str) -> Option<NewsText> {
    let event = events.first()?;
    let are_many = several::providers(events).len() > 1;
    let state = match (events.iter().any(changed), events.len() > 1) {
        (_, false) if never(event) => "this is its first document",
        (false, false) => "the document is the same as before",
        (true, false) => CHANGED,
        (false, true) if events.iter().any(never) => "some for the first time",
        (false, true) => "the documents are the same as before",
        (true, true) => "not all documents are the same as before",
    };
    // What changed may be nothing that is mailed: the history tells it in any case.
    let state = match (events.iter().any(changed), are_many) {
        (true, false) => format!("{state}: issuerwatch history {}", name(&event.provider)),
        _ => state.to_owned(),
    };
    let answers = if are_many { "answer" } else { "answers" };
    let lasted = events
        .iter()
        .map(|event| event.body.at.duration_since(since(event)));
    let lasted = range(lasted.clone().min()?, lasted.max()?, duration_words);
    // The resource and its other servers may have been well all the time.
    let server = documents::server(events).map_or_else(String::new, |server| format!("{server} "));
    let who = documents::whose(events, who, "The");
    let sentence = format!("{who} {answers} again, after {lasted}; {state}.");
    let polls = events
        .iter()
        .filter_map(|event| event.body.failed())
        .map(|failed| failed.count);
    let polls = match (polls.clone().min(), polls.max()) {
        (Some(1), Some(1)) => "1 poll".to_owned(),
        (Some(least), Some(most)) => format!("{} polls", range(least, most, count)),
        _ => "the polls before".to_owned(),
    };
    let last = distinct(events.iter().filter_map(last_failure).map(Failure::reason));
    let mut failures = events.iter().filter_map(last_failure).peekable();
    // A server that refuses too many requests may have answered everybody else.
    let is_limited = failures.peek().is_some() && failures.all(|it| it.status == Some(429));
    let last = match last.as_slice() {
        [one] if is_limited => format!(" (last: {one}, which may have met issuerwatch alone)"),
        [one] => format!(" (last: {one})"),
        _ => String::new(),
    };
    let began = events.iter().map(since).min()?;
    // Without changes below, nothing else says which documents these are.
    let mut documents: Vec<String> = events.iter().map(|it| it.document.to_string()).collect();
    documents.sort_unstable();
    documents.dedup();
    let first = events.iter().map(|event| event.body.at).min()?;
    let when = format!(
        "First good answer {} ({}); {polls} failed since {}{last}.",
        at(first),
        list(&documents),
        at(began)
    );
    let remark = if events.iter().any(never) {
        "its first document"
    } else if events.iter().any(changed) {
        CHANGED
    } else if events.len() > 1 {
        "the same documents"
    } else {
        "the same document"
    };
    Some(NewsText {
        what: SubjectWords::behind(
            SubjectStart::Back,
            format!("{server}after {lasted}, {remark}"),
        ),
        remark: Some(Remark::Severity(Severity::Info)),
        lead: lead("BACK", MailTone::Good, sentence, when, None),
    })
}

/// That there is nothing left to do, where all is as it was before; after a day, clients may have been moved.
pub(super) fn to_do(events: &[Event]) -> Option<&'static str> {
    let is_other = |event: &Event| never(event) || changed(event);
    let lasted = events
        .iter()
        .map(|event| event.body.at.duration_since(since(event)))
        .max()?;
    if events.iter().any(is_other) {
        return None;
    }
    Some(if lasted < SignedDuration::from_hours(24) {
        "Nothing to do."
    } else {
        "Nothing to do, unless you changed a client meanwhile."
    })
}

/// Whether it is the first document of all.
fn never(event: &Event) -> bool {
    event.body.last_good_at().is_none()
}

fn changed(event: &Event) -> bool {
    matches!(&event.body.body, EventBody::Recovered(recovered) if recovered.is_changed)
}

/// `3`, `3 to 5`.
fn range<T>(least: T, most: T, words: impl Fn(T) -> String) -> String {
    let (least, most) = (words(least), words(most));
    if least == most {
        return least;
    }
    format!("{least} to {most}")
}
