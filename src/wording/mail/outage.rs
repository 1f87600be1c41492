//! Leads of mails about documents that cannot be had, and about those that are back.

use std::borrow::Cow;

use jiff::Timestamp;

use super::lead::{Told, lead};
use super::page::{Lead, Tone};
use super::several;
use super::what::{Remark, What};
use super::words::at;
use super::words::cut;
use super::words::{count, counted, date, list, name};
use crate::document::failure::{Failure, Side};
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::wording::failure::{self, WAIT};
use crate::wording::text::duration_words;

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
        return Some(Told {
            what: What::plain("two fetches seconds apart disagree"),
            remark: Some(Remark::Severity(Severity::Notice)),
            lead: lead(
                "INCONSISTENT",
                Tone::Trouble,
                sentence,
                when,
                Some(advice.to_owned()),
            ),
        });
    }
    let is_of_many = several::providers(events).len() > 1;
    let cause = causes(events, is_of_many);
    let since = events.iter().map(since).min()?;
    let lasted = event.body.at.duration_since(since);
    let polls = events
        .iter()
        .filter_map(|event| event.body.circumstance.failures);
    let polls = match polls.min().unwrap_or_default() {
        1 => "poll".to_owned(),
        polls => counted(polls, "poll"),
    };
    let each = if is_of_many { "each of " } else { "" };
    let sentence = format!("The last {polls} of {each}{who} got no usable document: {cause}.");
    let last: Vec<&Failure> = events.iter().filter_map(last_failure).collect();
    let is_here = !last.is_empty() && last.iter().all(|it| it.cause.side() == Side::Here);
    let sentence = if is_here {
        format!("Look at this machine first. {sentence}")
    } else {
        sentence
    };
    let is_hidden = is_hidden(&last);
    let sentence = if is_hidden {
        format!("{sentence} What changed in it could not be read.")
    } else {
        sentence
    };
    let when = format!("Since {}; {}.", at(since), good(events, is_of_many));
    let advice = advice(events);
    let lead = lead(
        "FAILING",
        Tone::Trouble,
        sentence,
        when,
        Some(advice.into_owned()),
    );
    // What the other side wrote may be long, and does not belong into a header.
    let briefs = distinct(events.iter().filter_map(last_failure).map(Failure::brief));
    let remark = match briefs.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [one, two] if one.len() + two.len() <= 30 => Some(format!("{one}, {two}")),
        _ => Some("several causes".to_owned()),
    };
    let lasted = match lasted.as_secs() {
        0 => String::new(),
        _ => format!(" for {}", duration_words(lasted)),
    };
    let what = if is_hidden {
        "document cannot be read whole"
    } else {
        "document not available"
    };
    Some(Told {
        what: What::plain(format!("{what}{lasted}")),
        remark: remark.map(Remark::Words),
        lead,
    })
}

/// Whether all of them got a document that clients can read, and whose changes nobody sees here.
fn is_hidden(last: &[&Failure]) -> bool {
    !last.is_empty() && last.iter().all(|it| it.cause.hides_document())
}

/// Where most of what is watched fails alike, at servers that have nothing to do with each other,
/// what they have in common is the likelier cause.
pub(super) fn look_here(lead: &mut Lead) {
    lead.sentence = format!(
        "Look at this machine first: most of what it watches fails alike since the same minute. {}",
        lead.sentence
    );
    lead.advice = Some(
        "look at this machine first: its network, its resolver, its proxy, its clock and its \
         certificates. Nothing else is likely to have happened to all of them."
            .to_owned(),
    );
}

/// What to do about the last failure that there is something to be done about, or about an earlier
/// one that may be due to us.
fn advice(events: &[Event]) -> Cow<'static, str> {
    let of = |event: &Event, failure: &Failure| {
        failure::advice(failure, event.body.circumstance.last_good_at.is_some())
    };
    let last = events.iter();
    let mut last = last.filter_map(|event| of(event, last_failure(event)?));
    let mut limited = events.iter().flat_map(|event| {
        let polls = event.body.circumstance.failed_polls.iter();
        let failures = polls.map(|poll| &poll.failure);
        let limited = failures.filter(|failure| failure.status == Some(429));
        limited.filter_map(|failure| of(event, failure))
    });
    last.next()
        .or_else(|| limited.next())
        .unwrap_or(Cow::Borrowed(WAIT))
}

fn since(event: &Event) -> Timestamp {
    event
        .body
        .circumstance
        .failing_since
        .unwrap_or(event.body.at)
}

fn last_failure(event: &Event) -> Option<&Failure> {
    let last = event.body.circumstance.failed_polls.last();
    last.map(|poll| &poll.failure)
}

fn distinct(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all
}

/// When there was a good answer, and what document it was.
fn good(events: &[Event], is_of_many: bool) -> String {
    let goods = events
        .iter()
        .map(|event| event.body.circumstance.last_good_at);
    let Some(Some(last)) = goods.clone().max() else {
        return "it never answered".to_owned();
    };
    if is_of_many {
        let first = goods.flatten().min().unwrap_or(last);
        return if first == last {
            format!("last good answer {}", at(last))
        } else {
            format!("last good answers from {} to {}", at(first), at(last))
        };
    }
    let of_last = events
        .iter()
        .find(|event| event.body.circumstance.last_good_at == Some(last));
    let first = of_last.and_then(|event| event.body.circumstance.old_since);
    let document = first.map_or_else(String::new, |first| {
        let unchanged = last.duration_since(first);
        let words = match unchanged.as_secs() {
            0 => String::new(),
            _ => format!(" (unchanged for {})", duration_words(unchanged)),
        };
        format!(", the document of {}{words}", date(first))
    });
    format!("last good answer {}{document}", at(last))
}

/// `HTTP 503 (3 times)`; of several providers only what the causes are.
fn causes(events: &[Event], is_of_many: bool) -> String {
    let polls = events
        .iter()
        .flat_map(|event| &event.body.circumstance.failed_polls);
    let briefs = |event: &Event| -> Vec<String> {
        let polls = event.body.circumstance.failed_polls.iter();
        polls.map(|poll| poll.failure.brief()).collect()
    };
    let first = events.first().map(briefs);
    // How often each was met is said where it holds for all.
    if is_of_many || events.iter().any(|event| Some(briefs(event)) != first) {
        return list(&distinct(polls.map(|poll| poll.failure.brief())));
    }
    let Some(event) = events.first() else {
        return String::new();
    };
    let mut causes: Vec<(String, usize)> = Vec::new();
    for poll in &event.body.circumstance.failed_polls {
        let cause = poll.failure.brief();
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, times)) => *times += 1,
            None => causes.push((cause, 1)),
        }
    }
    let all = event.body.circumstance.failures;
    let is_alone = causes.len() == 1;
    let causes = causes.into_iter().map(|(cause, times)| match times {
        1 => cause,
        // Only the latest polls are kept of a long outage.
        times if is_alone && u64::try_from(times).ok() != all => cause,
        times => format!("{cause} ({} times)", count(times)),
    });
    list(&causes.collect::<Vec<_>>())
}

/// It is back.
pub(super) fn recovered(events: &[Event], who: &str) -> Option<Told> {
    let event = events.first()?;
    let are_many = several::providers(events).len() > 1;
    let never = |event: &Event| event.body.circumstance.last_good_at.is_none();
    let changed = |event: &Event| event.body.circumstance.is_changed;
    let state = match (events.iter().any(changed), events.len() > 1) {
        (_, false) if never(event) => "this is its first document",
        (false, false) => "the document is the same as before",
        (true, false) => "the document changed meanwhile, see the other mail",
        (false, true) if events.iter().any(never) => "some for the first time",
        (false, true) => "the documents are the same as before",
        (true, true) => "not all documents are the same as before, see the other mail",
    };
    let answers = if are_many { "answer" } else { "answers" };
    let lasted = events
        .iter()
        .map(|event| event.body.at.duration_since(since(event)));
    let lasted = range(lasted.clone().min()?, lasted.max()?, duration_words);
    let sentence = format!("{who} {answers} again, after {lasted}; {state}.");
    let polls = events
        .iter()
        .filter_map(|event| event.body.circumstance.failures);
    let polls = match (polls.clone().min(), polls.max()) {
        (Some(1), Some(1)) => "1 poll".to_owned(),
        (Some(least), Some(most)) => format!("{} polls", range(least, most, count)),
        _ => "the polls before".to_owned(),
    };
    let last = distinct(events.iter().filter_map(last_failure).map(Failure::brief));
    let last = match last.as_slice() {
        [one] => format!(" (last: {one})"),
        _ => String::new(),
    };
    // Without changes below, nothing else says which documents these are.
    let mut documents: Vec<String> = events.iter().map(|it| it.document.to_string()).collect();
    documents.sort_unstable();
    documents.dedup();
    let first = events.iter().map(|event| event.body.at).min()?;
    let when = format!(
        "First good answer {} ({}); {polls} failed{last}.",
        at(first),
        list(&documents)
    );
    Some(Told {
        what: What::plain(format!("{answers} again after {lasted}")),
        remark: None,
        lead: lead("RECOVERED", Tone::Good, sentence, when, None),
    })
}

/// `3`, `3 to 5`.
fn range<T>(least: T, most: T, words: impl Fn(T) -> String) -> String {
    let (least, most) = (words(least), words(most));
    if least == most {
        return least;
    }
    format!("{least} to {most}")
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
            let mut row = vec![at(poll.at), cut(&whole(&poll.failure), 160)];
            // A recording may not know.
            if poll.elapsed_ms > 0 {
                row.push(format!("{}.{:02} s", hundredths / 100, hundredths % 100));
            }
            row
        })
        .collect()
}

/// A failure in a table: what was said of it, which is more than what a subject has.
fn whole(failure: &Failure) -> String {
    match failure.detail.as_str() {
        "" => failure.brief(),
        said => visible(said),
    }
}

/// What each of several providers failed with: its name, since when, why.
pub(super) fn rows_of_many(events: &[Event]) -> Vec<Vec<String>> {
    let row = |event: &Event| {
        let polls = event.body.circumstance.failed_polls.iter();
        let causes = distinct(polls.map(|poll| poll.failure.brief()));
        let document = format!("{}/{}", name(&event.provider), event.document);
        vec![
            document,
            format!("since {}", at(since(event))),
            list(&causes),
        ]
    };
    events.iter().map(row).collect()
}
