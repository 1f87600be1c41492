//! Why polls failed: counted and grouped as values, and put in few words last.

use super::several;
use super::words::name;
use crate::document::failure::{Cause, Failure, Reason, Side};
use crate::policy::event::{Event, FailedPoll};

/// Why polls failed, in a few words: text from the other side may be long and does not belong in a header.
pub(super) fn briefly(events: &[Event]) -> String {
    let briefs: Vec<String> = by_count(events).iter().map(Reason::to_string).collect();
    match briefs.as_slice() {
        [] => "no document".to_owned(),
        [one] => one.clone(),
        [one, two] if one.len() + two.len() <= 30 => format!("{one} and {two}"),
        // The most frequent cause comes first.
        [most, ..] if several::providers(events).len() == 1 => most.clone(),
        all if all.join("; ").len() <= NAMED => all.join("; "),
        _ => "several causes".to_owned(),
    }
}

/// How many providers a subject may name with a cause each.
const EACH: usize = 3;
/// The most characters these names and causes may take in a subject.
const NAMED: usize = 84;

/// `gamma-id: its name has no address; mts-oauth: no answer in time`, where causes differ and fit; `sign` is
/// what stands behind each name. A name with its cause in parentheses would stand before the severity, which
/// has parentheses of its own.
pub(super) fn causes_of_each(events: &[Event], sign: &str) -> Option<String> {
    let is_mixed = by_count(events).len() > 1;
    if !is_mixed || !(2..=EACH).contains(&several::providers(events).len()) {
        return None;
    }
    let each = graver_first(events).into_iter().map(|(provider, own)| {
        let reason = by_count(&own).into_iter().next()?;
        Some(format!("{}{sign} {reason}", name(provider)))
    });
    let words = each.collect::<Option<Vec<_>>>()?.join("; ");
    (words.len() <= NAMED).then_some(words)
}

/// The providers with their events, those first of which most is gone: a name without an address takes all
/// on it along, and a refusal may have met this machine alone.
pub(super) fn graver_first(events: &[Event]) -> Vec<(&str, Vec<Event>)> {
    let mut each = several::by_provider(events);
    each.sort_by_key(|(_, own)| {
        if is_nameless(own) {
            0
        } else if is_refused(own) {
            2
        } else {
            1
        }
    });
    each
}

/// Whether the last answers say that the name of the host has no address.
pub(super) fn is_nameless(events: &[Event]) -> bool {
    let mut last = events.iter().filter_map(last_failure).peekable();
    last.peek().is_some() && last.all(|failure| failure.cause == Cause::NameUnknown)
}

/// Whether the last answers may have been meant for this caller alone.
pub(super) fn is_refused(events: &[Event]) -> bool {
    let mut last = events.iter().filter_map(last_failure);
    last.all(|failure| failure.status.is_some_and(is_refusal))
}

/// Whether a status says that this caller is not wanted, at least not so often or from where it is.
pub(super) fn is_refusal(status: u16) -> bool {
    matches!(status, 401 | 403 | 429 | 451)
}

/// `openid-configuration: HTTP 404; jwks: HTTP 503`, where the documents of one provider fail for one cause
/// each, and not all for the same one.
pub(super) fn causes_of_documents(events: &[Event]) -> Option<String> {
    if several::providers(events).len() != 1 || by_count(events).len() < 2 {
        return None;
    }
    let words = events.iter().map(|event| {
        let met = distinct(reasons(event));
        let [reason] = met.as_slice() else {
            return None;
        };
        Some(format!("{}: {reason}", name(event.document.as_str())))
    });
    Some(words.collect::<Option<Vec<_>>>()?.join("; "))
}

/// The causes of the latest polls of an outage, the one that came most first. Of several providers the
/// last of each.
pub(super) fn by_count(events: &[Event]) -> Vec<Reason> {
    if several::providers(events).len() != 1 {
        return distinct(events.iter().filter_map(last_failure).map(Failure::reason));
    }
    let all: Vec<Reason> = events.iter().flat_map(reasons).collect();
    let mut causes = distinct(all.iter().rev().cloned());
    causes.sort_by_key(|cause| std::cmp::Reverse(all.iter().filter(|it| *it == cause).count()));
    causes
}

/// Why the latest polls of an outage failed, each of them.
pub(super) fn reasons(event: &Event) -> impl Iterator<Item = Reason> {
    latest(event).iter().map(|poll| poll.failure.reason())
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

/// Reasons, each once.
pub(super) fn distinct(reasons: impl Iterator<Item = Reason>) -> Vec<Reason> {
    let mut all: Vec<Reason> = Vec::new();
    for reason in reasons {
        if !all.contains(&reason) {
            all.push(reason);
        }
    }
    all
}

/// Whether this machine was the reason that polls failed.
pub(super) fn is_here(events: &[Event]) -> bool {
    let mut last = events.iter().filter_map(last_failure).peekable();
    last.peek().is_some() && last.all(|it| it.cause.side() == Side::Here)
}
