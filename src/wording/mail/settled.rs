//! Leads of mails about members that were damped and have come to rest.

use super::damped::{first, members_words};
use super::headline::headline_of_all;
use super::lead::{NewsText, lead};
use super::page::MailTone;
use super::subject_words::{Remark, SubjectStart, SubjectWords};
use super::words::{at, counted, date, list};
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventKind, UnstableMember};
use crate::wording::text::duration_words;

/// These members have come to rest.
pub(super) fn settled(events: &[Event], who: &str) -> Option<NewsText> {
    let (event, members) = first(events, EventKind::Settled)?;
    let since = members.iter().map(|it| it.since).min()?;
    let last = members.iter().map(|it| it.last_change_at).max()?;
    // Rest is what was watched.
    let watched = event
        .body
        .last_good_at()
        .filter(|_| event.body.is_after_gap());
    let rest = duration_words(watched.unwrap_or(event.body.at).duration_since(last));
    let headline = headline_of_all(event);
    let what = members_words(&members, "The");
    let (has, it) = match members.len() {
        1 => ("has", "it"),
        _ => ("have", "they"),
    };
    // First how it is now, then what was before.
    let net = match &headline {
        Some(headline) => format!(
            "Compared with the state before {}, {who} {}.{}",
            date(since),
            headline.predicate,
            headline.also
        ),
        None => format!("All is as it was before {}.", date(since)),
    };
    let sentence = format!(
        "{what} of {who} {has} not changed for {rest}, since {}: every change is mailed at once again. {net}",
        at(last)
    );
    let when = format!(
        "Held back since {}, because {it} changed too often: {}.",
        date(since),
        held_back(&members)
    );
    let net_words = headline.as_ref().map_or_else(
        || "as before".to_owned(),
        |headline| format!("{} meanwhile", headline.brief),
    );
    let advice = headline.map_or_else(|| "nothing.".to_owned(), |headline| headline.advice);
    Some(NewsText {
        what: SubjectWords::behind(
            SubjectStart::Settled,
            format!("{} stable for {rest}", members_words(&members, "the")),
        )
        .and(Some(&net_words)),
        remark: Some(Remark::Severity(
            event.body.told_severity().unwrap_or(Severity::Info),
        )),
        lead: lead("SETTLED", MailTone::Good, sentence, when, Some(advice)),
    })
}

/// `2 changes, which brought a and b for the first time`: what one has not heard of.
fn held_back(members: &[&UnstableMember]) -> String {
    let held: u64 = members.iter().map(|it| it.changes).sum();
    let new: u64 = members.iter().map(|it| it.new_values).sum();
    let named: Vec<String> = members
        .iter()
        .flat_map(|it| it.movement.came.clone())
        .collect();
    let brought = match new {
        0 => "no new value".to_owned(),
        _ if u64::try_from(named.len()) == Ok(new) => {
            format!("{} for the first time", list(&named))
        }
        _ => format!("{} for the first time", counted(new, "value")),
    };
    match held {
        0 => "none in fact, what came was mailed at once".to_owned(),
        // Nobody can add up what he was told unless this is said.
        _ => format!(
            "{}, which brought {brought}; what was mailed all the same is not among them",
            counted(held, "change")
        ),
    }
}

/// What rest means, beside other news.
pub(super) fn settled_sentence(members: &[&UnstableMember], who: &str) -> String {
    let last = members
        .iter()
        .map(|it| it.last_change_at)
        .max()
        .map(at)
        .unwrap_or_default();
    let (verb, them) = match members.len() {
        1 => ("has", "it"),
        _ => ("have", "them"),
    };
    format!(
        "{} of {who} {verb} not changed since {last}; mails about {them} come one by one again.",
        members_words(members, "the")
    )
}
