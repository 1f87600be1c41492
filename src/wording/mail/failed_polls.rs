//! The polls of an outage, as rows of a table.

use super::cause::latest;
use super::documents;
use super::down::reminded;
use super::input::MailInput;
use super::page::{Head, Section};
use super::several;
use super::source::ADDRESS;
use super::words::{at, counted, cut, date};
use crate::document::failure::{Cause, Failure, TextKind};
use crate::document::member::names;
use crate::document::text::visible;
use crate::policy::event::{Event, FailedPoll};

/// The latest polls of an outage, as rows of a table: when, how long it took, what came. What was said
/// at length is said once.
pub(super) fn rows(event: &Event) -> Vec<Vec<String>> {
    match alike(event) {
        Some(row) => vec![row],
        None => row_of_each(latest(event)),
    }
}

/// The key set of the provider, where it fails and has no event yet: a mail that speaks of its failure shows it.
pub(super) fn of_keys(input: &MailInput<'_>) -> Option<Section> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    let keys = documents::silent_keys(input.events, &input.background?.documents)?;
    let mut named = input.addresses.iter();
    let url = named.find(|it| it.member == names::JWKS_URI);
    Some(Section {
        heads: vec![Head {
            label: keys.document.to_string(),
            url: url.map_or_else(String::new, |it| cut(&visible(&it.url), ADDRESS)),
            redirect: None,
        }],
        rows: row_of_each(&keys.failed.as_ref()?.latest),
        ..Section::default()
    })
}

/// Each poll as a row.
fn row_of_each(polls: &[FailedPoll]) -> Vec<Vec<String>> {
    // A recording may not say how long a poll took.
    let is_timed = polls.iter().any(|poll| poll.elapsed_ms.is_some());
    let mut before = String::new();
    let rows = polls.iter().map(|poll| {
        let mut row = vec![at(poll.at)];
        if is_timed {
            let hundredths = poll.elapsed_ms.unwrap_or_default() / 10;
            row.push(format!("{}.{:02} s", hundredths / 100, hundredths % 100));
        }
        let said = cut(&whole(&poll.failure), 160);
        row.push(if said == before && said.len() > 30 {
            "the same".to_owned()
        } else {
            said.clone()
        });
        before = said;
        row
    });
    rows.collect()
}

/// The polls of an outage that lasts, in one row where all of them failed alike.
fn alike(event: &Event) -> Option<Vec<String>> {
    reminded(std::slice::from_ref(event))?;
    let (first, last) = (latest(event).first()?, latest(event).last()?);
    let mut polls = latest(event).iter();
    let is_alike = polls.all(|poll| poll.failure == last.failure);
    let number = counted(u64::try_from(latest(event).len()).ok()?, "poll");
    let times = format!("{} to {}", date(first.at), date(last.at));
    let what = cut(&whole(&last.failure), 160);
    is_alike.then(|| vec![format!("{times}, the last {number}"), what])
}

/// A failure in a table: what was said of it, which is more than what a subject has.
fn whole(failure: &Failure) -> String {
    match (&failure.cause, failure.detail.as_str()) {
        (Cause::NotJson(kind), said) => {
            let what = match kind {
                TextKind::Html { title: Some(title) } => {
                    format!("{}, titled \"{}\"", failure.brief(), visible(title))
                }
                TextKind::Html { title: None } => failure.brief(),
                // The words of another program's parser about the first character do not help.
                TextKind::Text => failure.brief(),
                // Our own parser says the media type and how it begins.
                _ if !said.is_empty() => visible(said),
                _ => failure.brief(),
            };
            match failure.status {
                Some(status) => format!("HTTP {status}, {what}"),
                None => what,
            }
        }
        (_, "") => failure.brief(),
        (_, said) => visible(said),
    }
}
