//! Subject and first lines of a mail.

use super::input::{Late, MailInput};
use super::news::{finding, told};
use super::page::Lead;
use super::revert::Return;
use super::{digest, outage, several, subject};
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;
use crate::wording::text::duration_words;

/// Subject and first lines.
pub(super) fn of(input: &MailInput<'_>) -> (String, Lead) {
    let who = who(input.events);
    let (what, remark, mut lead) = match input.kind {
        MailKind::Digest => digest::digest(input).unwrap_or_else(|| finding(input.events, &who)),
        kind => told(kind, input.events, &who, input.answers),
    };
    if input.is_widespread && input.kind == MailKind::Failing {
        outage::look_here(&mut lead);
    }
    lead.about = about(input.events, &who);
    lead.late = input.late.map(late);
    let subject = match input.answers {
        // The subject of a mail about others would say the wrong thing here.
        Some(answered)
            if is_answer(input)
                && subject::is_about(answered, &who)
                && !subject::says_less(answered, remark.as_deref()) =>
        {
            subject::answer(answered)
        }
        Some(_) | None => subject::subject(&who, &what, remark.as_deref()),
    };
    (subject, lead)
}

/// Whether a mail says how what was told went on; others only stand in the same thread.
fn is_answer(input: &MailInput<'_>) -> bool {
    match input.kind {
        MailKind::Recovered | MailKind::Settled | MailKind::Summary => true,
        MailKind::Changed => Return::of(input.events, input.answers) == Some(Return::Undone),
        _ => false,
    }
}

fn who(events: &[Event]) -> String {
    subject::who(&several::providers(events))
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

fn late(late: &Late) -> String {
    let lateness = duration_words(late.now.duration_since(late.due_at));
    format!("This mail is {lateness} late: {}.", visible(&late.cause))
}
