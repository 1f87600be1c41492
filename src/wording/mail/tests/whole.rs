//! Whole mails as a recipient reads them: the subject and the text part, one for each kind of mail
//! and for what is hard to say. A change of wording is reviewed here.

mod change;
mod damped;
mod finding;
mod form;
mod hard;
mod key_sets;
mod outage;
mod several;

use super::*;

/// A mail as a reader shows it, and whether something is attached.
fn shown(content: &MailContent) -> String {
    let attached = match &content.patch {
        Some(_) => "\nAttached: patch",
        None => "",
    };
    format!("Subject: {}{attached}\n\n{}", content.subject, content.text)
}

/// The same event at another provider, under another number.
fn at_provider(mut event: Event, provider: &str, id: i64) -> Event {
    provider.clone_into(&mut event.provider);
    event.id = id;
    event
}

/// What a mail of events is composed from, with nothing known of their providers.
pub(super) fn input(kind: MailKind, events: &[Event]) -> MailInput<'_> {
    MailInput {
        kind,
        events,
        digest: None,
        left_out: 0,
        providers: &[],
        key_sets: &[],
        machine: "mon1.example.com",
        answers: None,
        addresses: &[],
        background: None,
        follows: &[],
        wave: None,
        has_weekly: false,
        is_widespread: false,
        late: None,
    }
}
