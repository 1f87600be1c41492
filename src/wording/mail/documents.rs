//! Which documents of a provider fail and which answer: the key set decides whether a provider is gone or
//! has only moved its metadata.

use jiff::{SignedDuration, Timestamp};

use super::input::{DocumentState, MailInput, NamedAddress};
use super::several;
use super::words::{at, cut, list, name, utc_beside};
use crate::document::member::names;
use crate::document::text::visible;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// What is known of the key set of a provider while an outage lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeysNow {
    /// It was read at its last poll.
    Answering,
    /// It has failed for so long, at so many polls.
    Failing(SignedDuration, u64),
    /// It is not polled, or nothing is known of it.
    Unknown,
}

impl KeysNow {
    /// The state of the key set, by the events of a mail and the last polls of the documents.
    pub(super) fn of(events: &[Event], documents: &[DocumentState]) -> Self {
        let failed = events.iter().filter(|event| event.document.is_key_set());
        let failing = failed.filter(|event| event.body.kind() == EventKind::Failing);
        if let Some((lasted, polls)) = failing.filter_map(lasted).max() {
            return Self::Failing(lasted, polls);
        }
        let Some(set) = key_set(events, documents) else {
            return Self::Unknown;
        };
        let since = outage_since(events);
        match (set.polled_at, set.read_at) {
            // What was read before the outage says nothing of it.
            (Some(polled), Some(read)) if polled == read => {
                if since.is_some_and(|since| read >= since) {
                    Self::Answering
                } else {
                    Self::Unknown
                }
            }
            // From the first poll that failed: between that and the last good one nobody knows.
            (Some(polled), Some(read)) => match &set.failed {
                Some(failed) => Self::Failing(polled.duration_since(failed.since), failed.count),
                None => Self::Failing(polled.duration_since(read), 1),
            },
            (None, _) | (_, None) => Self::Unknown,
        }
    }
}

/// The key set of these events, as its last poll left it. Of several authorization servers, each has keys of
/// its own.
fn key_set<'a>(events: &[Event], documents: &'a [DocumentState]) -> Option<&'a DocumentState> {
    let issuer = events.first().and_then(|event| event.document.issuer());
    let mut sets = documents.iter();
    sets.find(|it| it.document.is_key_set() && it.document.issuer() == issuer)
}

/// The key set of these events, where it fails and no event of them is about it.
pub(super) fn silent_keys<'a>(
    events: &[Event],
    documents: &'a [DocumentState],
) -> Option<&'a DocumentState> {
    let is_told = events.iter().any(|event| event.document.is_key_set());
    key_set(events, documents).filter(|set| !is_told && set.failed.is_some())
}

/// Longer than clients keep keys.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Fewer failed polls than these may be chance: nobody was alarmed by them.
const POLLS: u64 = 3;

impl KeysNow {
    /// How long the key set has failed, if that is longer than clients keep keys, and more than one or two
    /// polls saw it.
    pub(super) fn ran_out(self) -> Option<SignedDuration> {
        match self {
            Self::Failing(lasted, polls) if polls >= POLLS && lasted >= DAY => Some(lasted),
            Self::Failing(..) | Self::Answering | Self::Unknown => None,
        }
    }
}

/// When the first of these outages began.
fn outage_since(events: &[Event]) -> Option<Timestamp> {
    let failed = events.iter().filter_map(|event| event.body.failed());
    failed.map(|failed| failed.since).min()
}

fn lasted(event: &Event) -> Option<(SignedDuration, u64)> {
    let failed = event.body.failed()?;
    Some((event.body.at.duration_since(failed.since), failed.count))
}

/// `The key set answers: https://keys.example/jwks, read at 05:08 UTC.` Of one provider only.
pub(super) fn said(input: &MailInput<'_>) -> Option<String> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    let background = input.background?;
    let told = |state: &&DocumentState| {
        let mut events = input.events.iter();
        !events.any(|event| event.document == state.document)
    };
    let others: Vec<&DocumentState> = background.documents.iter().filter(told).collect();
    let seen = input.events.iter().map(|event| event.body.at).max()?;
    let words: Vec<String> = match input.kind {
        MailKind::Failing if others.is_empty() => {
            return unwatched(input.events, input.addresses);
        }
        MailKind::Failing => {
            let since = outage_since(input.events)?;
            let whose = input.events.first()?.document.issuer();
            // How many other servers there are, and how they are, stands in the first sentence (`among`).
            let is_near = |it: &&&DocumentState| {
                let issuer = it.document.issuer();
                issuer.is_none() || issuer == whose
            };
            let is_known = |it: &&&DocumentState| whose.is_none() || it.is_polled_since(since);
            let each = others.iter().filter(is_near).filter(is_known);
            each.map(|it| beside_outage(it, since, seen)).collect()
        }
        MailKind::Recovered => {
            let fails = |it: &&&DocumentState| it.polled_at != it.read_at;
            let down = others.iter().filter(fails);
            let names: Vec<String> = down.map(|it| called(it, "the")).collect();
            if names.is_empty() {
                return None;
            }
            vec![format!("Not read at the last poll: {}.", list(&names))]
        }
        _ => return None,
    };
    Some(words.join(" "))
}

/// `the authorization server https://a.example of acme`, where all these events are about one that a
/// resource leads to: the resource and its other servers may be well.
pub(super) fn whose(events: &[Event], who: &str, article: &str) -> String {
    match server(events) {
        Some(server) => format!("{article} {server} of {who}"),
        None => who.to_owned(),
    }
}

/// The authorization server that all these events are about, where a resource leads to it.
pub(super) fn server(events: &[Event]) -> Option<String> {
    let issuer = issuer(events)?;
    Some(format!(
        "authorization server {}",
        cut(&visible(issuer), 80)
    ))
}

/// The same in a subject, in which a host alone is mostly enough.
pub(super) fn short_server(events: &[Event]) -> Option<String> {
    let issuer = issuer(events)?;
    let bare = issuer.strip_prefix("https://").unwrap_or(issuer);
    Some(cut(&visible(bare), 40))
}

/// The issuer of that server.
fn issuer(events: &[Event]) -> Option<&str> {
    let first = events.first()?;
    let issuer = first.document.issuer()?;
    let is_of_it =
        |event: &Event| event.provider == first.provider && event.document.issuer() == Some(issuer);
    events.iter().all(is_of_it).then_some(issuer)
}

/// One document that the mail is not about.
fn beside_outage(state: &DocumentState, since: Timestamp, seen: Timestamp) -> String {
    let called = called(state, "The");
    match (state.polled_at, state.read_at) {
        (Some(polled), Some(read)) if polled == read && read < since => format!(
            "{called} was last read {}, before this outage, and was not polled since.",
            utc_beside(read, seen)
        ),
        (Some(polled), Some(read)) if polled == read => {
            format!("{called} answers: read {}.", utc_beside(read, seen))
        }
        (Some(_), Some(read)) if state.failed.as_ref().is_some_and(|it| it.count < POLLS) => {
            let polls = match state.failed.as_ref().map(|it| it.count) {
                Some(2) => "two polls",
                _ => "poll",
            };
            format!(
                "{called} failed too at its last {polls}; the one before read it, {}.",
                at(read)
            )
        }
        (Some(_), Some(read)) => format!(
            "{called} could not be read at its last poll either; last read {}.",
            at(read)
        ),
        (Some(_), None) => format!("{called} was never read."),
        (None, _) => format!("{called} was not polled yet."),
    }
}

/// What decides and is not polled.
fn unwatched(events: &[Event], addresses: &[NamedAddress]) -> Option<String> {
    if events.iter().any(|event| event.document.is_key_set()) {
        return None;
    }
    let keys = addresses.iter().find(|it| it.member == names::JWKS_URI)?;
    Some(format!(
        "Its key set ({}) is not polled from here.",
        cut(&visible(&keys.url), 120)
    ))
}

/// `the key set`, `openid-configuration`; the article is `article`.
fn called(state: &DocumentState, article: &str) -> String {
    let of = match state.document.issuer() {
        Some(issuer) => format!(" of {}", cut(&visible(issuer), 80)),
        None => String::new(),
    };
    if state.document.is_key_set() {
        return format!("{article} key set{of}");
    }
    format!("{}{of}", name(state.document.kind().as_str()))
}
