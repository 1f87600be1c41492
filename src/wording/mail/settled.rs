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
    let sentence = settled_sentence(&members, who);
    let since = members.iter().map(|it| it.since).min()?;
    let held: u64 = members.iter().map(|it| it.changes).sum();
    let new: u64 = members.iter().map(|it| it.new_values).sum();
    let held_back = match held {
        0 => "Nothing was held back; what changed was mailed at once.".to_owned(),
        1 => format!("1 change was held back. {}", brought("It", &members, new)),
        _ => format!(
            "{} were held back. {}",
            counted(held, "change"),
            brought("They", &members, new)
        ),
    };
    let when = format!(
        "Damped from {} on, because of many changes; that is over. {held_back}",
        date(since)
    );
    let net = if event.body.changes().is_empty() {
        "It is as it was before it was damped."
    } else if held > 0 && new == 0 {
        "Below is the difference to the state before it was damped; you had its values in earlier mails."
    } else if held > 0 {
        "Below is the difference to the state before it was damped; you had its other values in earlier mails."
    } else {
        "Below is the difference to the state before it was damped."
    };
    let when = format!("{when} {net}");
    let last = members.iter().map(|it| it.last_change_at).max()?;
    // Rest is what was watched.
    let watched = event
        .body
        .last_good_at()
        .filter(|_| event.body.is_after_gap());
    let rest = duration_words(watched.unwrap_or(event.body.at).duration_since(last));
    let headline = headline_of_all(event);
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

/// `They brought for the first time: a and b.`: what was never seen before in the changes held back.
fn brought(they: &str, members: &[&UnstableMember], new: u64) -> String {
    let named: Vec<String> = members
        .iter()
        .flat_map(|it| it.movement.came.clone())
        .collect();
    match new {
        0 => format!("{they} brought no new value."),
        _ if u64::try_from(named.len()) == Ok(new) => {
            format!("{they} brought for the first time: {}.", list(&named))
        }
        _ => format!(
            "{they} brought {} for the first time.",
            counted(new, "value")
        ),
    }
}

/// What rest means, for a mail of its own or beside other news.
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
