//! Why polls failed, in few words.

use super::several;
use super::words::{list, name};
use crate::document::failure::Failure;
use crate::policy::event::{Event, FailedPoll};

/// Why, in a few words. What the other side wrote may be long, and does not belong into a header.
pub(super) fn briefly(events: &[Event]) -> String {
    if let Some(each) = causes_of_each(events) {
        return each;
    }
    let briefs = by_count(events);
    match briefs.as_slice() {
        [] => "no document".to_owned(),
        [one] => one.clone(),
        [one, two] if one.len() + two.len() <= 30 => format!("{one} and {two}"),
        // The one that came most.
        [most, ..] if several::providers(events).len() == 1 => most.clone(),
        _ => "several causes".to_owned(),
    }
}

/// Most providers whose causes are told one by one in a subject.
const EACH: usize = 3;
/// Most characters of that.
const NAMED: usize = 75;

/// `gamma-id (its name has no address) and mts-oauth (no answer in time)`, where causes differ and fit.
pub(super) fn causes_of_each(events: &[Event]) -> Option<String> {
    let providers = several::providers(events);
    let is_mixed = by_count(events).len() > 1;
    if !is_mixed || !(2..=EACH).contains(&providers.len()) {
        return None;
    }
    let words = providers.into_iter().map(|provider| {
        let own = several::of_provider(events, provider);
        let brief = by_count(&own).into_iter().next()?;
        (brief.len() <= 30).then(|| format!("{} ({brief})", name(provider)))
    });
    let words = list(&words.collect::<Option<Vec<_>>>()?);
    (words.len() <= NAMED).then_some(words)
}

/// The causes of the latest polls of an outage, the one that came most first. Of several providers the
/// last of each.
fn by_count(events: &[Event]) -> Vec<String> {
    if several::providers(events).len() != 1 {
        return distinct(events.iter().filter_map(last_failure).map(Failure::brief));
    }
    let polls = events.iter().flat_map(latest);
    let all: Vec<String> = polls.map(|poll| poll.failure.brief()).collect();
    let mut causes = distinct(all.iter().rev().cloned());
    causes.sort_by_key(|cause| std::cmp::Reverse(all.iter().filter(|it| *it == cause).count()));
    causes
}

/// The latest polls of an outage.
pub(super) fn latest(event: &Event) -> &[FailedPoll] {
    let failed = event.body.failed();
    failed.map_or(&[], |failed| &failed.latest)
}

/// How the last poll failed.
pub(super) fn last_failure(event: &Event) -> Option<&Failure> {
    let last = latest(event).last();
    last.map(|poll| &poll.failure)
}

/// Words, each once.
pub(super) fn distinct(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all
}
