//! What a mail says: from events to subject, text and HTML. Pure.
//!
//! One `page::Page` is built (`lead`, `item`) and rendered twice (`text`, `html`), so that both
//! parts say the same. Never here: whom to tell and when (`policy`), headers and
//! transport (`mailer`).

mod advice;
mod changes_told;
mod damped;
mod digest;
mod findings;
mod highlight;
mod host_move;
mod html;
mod inconsistent;
mod item;
mod lead;
mod less;
mod limits;
mod outage;
mod page;
mod phrase;
mod publication;
mod ranking;
mod revert;
pub mod sample;
mod section;
mod several;
mod subject;
mod summary;
#[cfg(test)]
mod tests;
mod text;
pub mod weekly;
mod words;

use jiff::{SignedDuration, Timestamp};

use self::page::{Foot, Page};
use self::revert::Return;
use super::text::utc;
use crate::document::severity::Group;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::{Content, Form, MailKind};

/// Largest patch that is attached, in bytes.
const MAX_PATCH: usize = 1 << 20;

/// What a mail is composed from.
#[derive(Debug, Clone, Copy)]
pub struct MailInput<'a> {
    /// What it is about.
    pub kind: MailKind,
    /// What it carries, oldest first; not empty.
    pub events: &'a [Event],
    /// What is known of the providers.
    pub providers: &'a [ProviderContext],
    /// Their key sets, where they are followed.
    pub key_sets: &'a [KeySet],
    /// Name of this machine.
    pub machine: &'a str,
    /// The mail it answers.
    pub answers: Option<&'a Answered>,
    /// Of an outage: whether most of what is watched fails alike since the same minute.
    pub is_widespread: bool,
    /// How late it is, if it is.
    pub late: Option<&'a Late>,
}

/// What is known of a provider, for the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderContext {
    /// Its name.
    pub name: String,
    /// `every 15 min`.
    pub schedule_words: String,
    /// When it was first configured.
    pub watched_since: Timestamp,
}

/// The key set of a provider as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    /// Name of the provider.
    pub provider: String,
    /// Where it is polled.
    pub url: String,
    /// How many keys it has.
    pub keys: usize,
    /// Since when it has been as it is.
    pub since: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
}

/// The mail that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The event it told of.
    pub event: i64,
    /// Its subject.
    pub subject: String,
}

/// A mail that leaves later than it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// When it should have left.
    pub due_at: Timestamp,
    /// When it leaves.
    pub now: Timestamp,
    /// What kept it, escaped.
    pub cause: String,
}

/// Composes a mail.
pub fn compose(input: &MailInput<'_>) -> Content {
    compose_as(input, Form::Whole)
}

/// Composes as much of a mail as a server takes.
pub fn compose_as(input: &MailInput<'_>, form: Form) -> Content {
    let (subject, lead) = lead::of(input);
    let whole = patch(input.events);
    let mut notes = notes(input);
    notes.extend(less::said(form, input.events, whole.is_some()));
    let patch = whole.filter(|_| form == Form::Whole);
    let mut page = Page {
        lead,
        sections: Vec::new(),
        notes,
        footer: footer(input, patch.as_ref()),
    };
    for limits in limits::tighter_and_tighter(patch.is_some()) {
        page.sections = section::all(input, &limits);
        if form == Form::Short {
            less::shorten(&mut page.sections);
        }
        let (text, html) = (text::render(&page), html::render(&subject, &page));
        if text.len() + html.len() <= limits::MAX_BYTES {
            return Content {
                subject,
                text,
                html,
                patch,
            };
        }
    }
    // The first lines are bounded, and say all that matters.
    page.sections.clear();
    page.notes = vec!["What happened is too much for a mail; the history tells it.".to_owned()];
    Content {
        text: text::render(&page),
        html: html::render(&subject, &page),
        subject,
        patch,
    }
}

/// What a reader may want to know and no item says.
fn notes(input: &MailInput<'_>) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for event in input.events {
        let members = changes_told::held_back(input.kind, event);
        if !members.is_empty() {
            notes.push(format!(
                "Held back, because damped: {}.",
                words::first(&members)
            ));
        }
        notes.extend(damped::told_all_the_same(event));
    }
    if input.kind != MailKind::Digest && input.kind != MailKind::Summary {
        notes.extend(several::notes(input.events));
    }
    if input.kind == MailKind::Damped {
        notes.extend(damped::damped_notes(input.events));
    }
    if input.kind == MailKind::Failing {
        let mut note = "You get one more mail, when it is back.".to_owned();
        if let [one] = input.providers {
            note.push_str(&format!(" It is polled {} as before.", one.schedule_words));
        }
        notes.push(note);
    }
    if input.kind != MailKind::Changed {
        return notes;
    }
    notes.extend(
        input
            .events
            .iter()
            .find_map(|event| same_keys(input, event)),
    );
    let changed: Vec<Group> = input
        .events
        .iter()
        .flat_map(|event| &event.body.changes)
        .map(|change| change.group)
        .collect();
    let rest: Vec<String> = [Group::Endpoints, Group::Scopes, Group::Methods]
        .into_iter()
        .filter(|group| !changed.contains(group))
        .map(|group| group.to_string())
        .collect();
    if !rest.is_empty() {
        notes.push(format!("Not changed: {}.", words::list(&rest)));
    }
    notes
}

/// A key set that moved and is the same: clients that fetch it anew find the keys they know.
fn same_keys(input: &MailInput<'_>, event: &Event) -> Option<String> {
    let mut changes = event.body.changes.iter();
    let moved = changes.find(|change| change.member == "jwks_uri")?;
    let url = moved.after.as_ref()?.as_str()?;
    moved.before.as_ref()?;
    let set = input.key_sets.iter().find(|set| {
        set.provider == event.provider
            && set.url == url
            && set.since < event.body.at
            && set.seen_at >= event.body.at
    })?;
    Some(match set.keys {
        1 => "The key set at its new address is the same: 1 key.".to_owned(),
        keys => format!("The key set at its new address is the same: {keys} keys."),
    })
}

fn footer(input: &MailInput<'_>, patch: Option<&String>) -> Vec<Foot> {
    let mut footer = Vec::new();
    let machine = crate::document::text::visible(input.machine);
    footer.push(Foot::Words(match input.providers {
        [one] => format!(
            "Watched by issuerwatch on {machine}, {} since {}.",
            one.schedule_words,
            words::date(one.watched_since)
        ),
        _ => format!("Watched by issuerwatch on {machine}."),
    }));
    if let Some(answered) = input.answers {
        footer.push(Foot::Words(format!("Answer to event {}.", answered.event)));
    }
    footer.extend(commands(input.events));
    if input.kind == MailKind::Damped {
        footer.extend(damped::history(input.events).map(|command| Foot::Command {
            label: "Earlier changes",
            command,
        }));
    }
    footer.extend(expected(input));
    if patch.is_some() {
        footer.push(Foot::Words("The RFC 6902 patch is attached.".to_owned()));
    }
    footer
}

/// How to say that it was expected, where one event is what there is to say it of.
fn expected(input: &MailInput<'_>) -> Option<Foot> {
    let mut asked = input
        .events
        .iter()
        .filter(|event| matches!(event.body.kind, EventKind::Changed | EventKind::Damped));
    // A change that is undone needs no excuse.
    let is_undone = Return::of(input.events, input.answers) == Some(Return::Undone);
    let event = asked.next().filter(|_| !is_undone)?;
    let is_one =
        asked.next().is_none() && matches!(input.kind, MailKind::Changed | MailKind::Damped);
    is_one.then(|| Foot::Command {
        label: "Was it expected",
        command: format!("issuerwatch accept {} --reason \"...\"", event.id),
    })
}

/// Where there is more: each event, or, if they are many, all of them.
fn commands(events: &[Event]) -> Vec<Foot> {
    let whole = |command: String| Foot::Command {
        label: "Whole story",
        command,
    };
    // What is told of one document at one moment is one story.
    let mut shown: Vec<&Event> = Vec::new();
    for event in events {
        let is_known = shown.iter().any(|known| {
            (&known.provider, known.document, known.body.at)
                == (&event.provider, event.document, event.body.at)
        });
        if !is_known {
            shown.push(event);
        }
    }
    if shown.len() <= 5 {
        let command = |event: &&Event| whole(format!("issuerwatch history show {}", event.id));
        return shown.iter().map(command).collect();
    }
    let times = || events.iter().map(|event| event.body.at);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Vec::new();
    };
    let after = last.saturating_add(SignedDuration::from_secs(1));
    let until = after.unwrap_or(last);
    vec![whole(format!(
        "issuerwatch history --since {first} --until {until} --limit 0"
    ))]
}

/// The patch of the one event that has one; several would be no patch.
fn patch(events: &[Event]) -> Option<String> {
    let mut patches = events.iter().filter_map(|event| event.body.patch.as_ref());
    let (Some(patch), None) = (patches.next(), patches.next()) else {
        return None;
    };
    if patch.as_str().len() > MAX_PATCH {
        return None;
    }
    let text = serde_json::to_string_pretty(&patch.operations()).ok();
    // White space must not be what keeps it from being attached.
    let text = text.filter(|text| text.len() <= MAX_PATCH);
    Some(text.unwrap_or_else(|| patch.as_str().to_owned()))
}

/// A time with its zone, as all mails write it.
fn at(at: Timestamp) -> String {
    utc(at)
}
