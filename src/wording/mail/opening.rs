//! Subject and first lines of a mail.
//!
//! A mail begins with `Re:` only if the mail that it answers is about the same provider; its
//! headers thread it in any case, but for digests, which answer nothing.

use super::input::{Late, MailInput};
use super::news::{self, finding};
use super::page::Lead;
use super::what::Remark;
use super::{digest, outage, several, subject, tally, wave};
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::policy::mail::{MailKind, Topic};
use crate::wording::text::duration_words;

/// What a mail begins with.
#[derive(Debug)]
pub(super) struct Opening {
    /// The subject.
    pub(super) subject: String,
    /// What it says.
    pub(super) topic: Topic,
    /// The first lines.
    pub(super) lead: Lead,
}

/// Subject and first lines.
pub(super) fn of(input: &MailInput<'_>) -> Opening {
    let providers = several::providers(input.events);
    let who = subject::who(&providers);
    let text = match input.kind {
        MailKind::Digest => digest::digest(input).unwrap_or_else(|| finding(input.events, &who)),
        kind => news::text(kind, input.events, &who, input.answers),
    };
    let (remark, mut lead) = (text.remark.as_ref(), text.lead);
    let what = if input.is_widespread && input.kind == MailKind::Failing {
        outage::look_here(&mut lead);
        outage::of_machine(input.events)
    } else {
        text.what
    };
    let is_outage = input.kind == MailKind::Failing && !input.is_widespread;
    if is_outage && providers.len() == 1 {
        let known = outage::has_token_endpoint(input.events, input.addresses);
        if known.is_some() {
            lead.advice = Some(outage::advice(input.events, known));
        }
    }
    // What many did in the same way is told of once.
    let declares_use = input.providers.iter().any(|it| it.declares_use);
    let is_counted = matches!(input.kind, MailKind::Changed | MailKind::Finding);
    if is_counted && providers.len() == 1 {
        lead.tally = tally::tally(input.kind, input.events, declares_use);
    }
    lead.about = about(input.events, &who);
    if let Some(wave) = wave::said(input) {
        lead.when.push(' ');
        lead.when.push_str(&wave);
    }
    lead.late = input.late.map(late);
    let is_return = news::return_of(input.kind, input.events, input.answers).is_some();
    let answered = input.answers.filter(|_| is_answer(input));
    match answered.and_then(|it| subject::answerable(it, &providers, remark)) {
        Some(topic) => Opening {
            subject: subject::answer(topic),
            topic: Topic {
                is_return,
                ..topic.clone()
            },
            lead,
        },
        None => {
            let mut subject = subject::subject(&who, &what, remark);
            let topic = Topic {
                subject: subject.clone(),
                severity: remark.map(Remark::severity),
                is_return,
            };
            let end = input.answers.filter(|_| input.kind == MailKind::Recovered);
            let is_end = end.and_then(|it| subject::about(it, &providers)).is_some();
            if is_end || wave::is_threaded(input) {
                subject = subject::reply(&subject);
            }
            Opening {
                subject,
                topic,
                lead,
            }
        }
    }
}

/// Whether a mail says how what was told went on; others only stand in the same thread.
fn is_answer(input: &MailInput<'_>) -> bool {
    match input.kind {
        // That it is back is read in the subject: the one of the outage would say the contrary.
        MailKind::Settled | MailKind::Summary => true,
        // What is undone is read there too: what is there now, and how grave that is.
        _ => false,
    }
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
