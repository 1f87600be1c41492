//! Builds one page of what there is to tell, makes it small enough and renders it twice.

use super::footer::footer;
use super::input::MailInput;
use super::notes::notes;
use super::opening::Opening;
use super::page::Page;
use super::{html, limits, newest, opening, section, several, shortened, text};
use crate::policy::event::Event;
use crate::policy::mail::{Form, MailContent, NamedPatch};

/// Largest patch that is attached, in bytes.
const MAX_PATCH: usize = 1 << 20;
/// Most patches that are attached.
const FILES: usize = 8;

/// Composes a mail.
pub fn compose(input: &MailInput<'_>) -> MailContent {
    compose_as(input, Form::Whole)
}

/// Composes as much of a mail as a server takes.
pub fn compose_as(input: &MailInput<'_>, form: Form) -> MailContent {
    let sorted = newest::never_seen_first(input);
    let input = &MailInput {
        events: sorted.as_deref().unwrap_or(input.events),
        ..*input
    };
    let Opening {
        subject,
        topic,
        lead,
    } = opening::of(input);
    let whole = patch(input.events);
    let mut patches = match whole {
        Some(_) => Vec::new(),
        None => each_patch(input.events),
    };
    let mut notes = notes(input);
    notes.extend(shortened::note(
        form,
        input.events,
        whole.is_some() || !patches.is_empty(),
    ));
    let patch = whole.filter(|_| form == Form::Whole);
    if form != Form::Whole {
        patches.clear();
    }
    let attached = usize::from(patch.is_some()) + patches.len();
    let mut page = Page {
        lead,
        sections: Vec::new(),
        notes,
        footer: footer(input, attached),
    };
    for limits in limits::tighter_and_tighter(attached > 0) {
        page.sections = section::all(input, &limits);
        if form == Form::Short {
            shortened::shorten(&mut page.sections);
        }
        let (text, html) = (text::render(&page), html::render(&subject, &page));
        if text.len() + html.len() <= limits::MAX_BYTES {
            return MailContent {
                subject,
                text,
                html,
                patch,
                patches,
                topic: Some(topic),
            };
        }
    }
    // The first lines are bounded, and say all that matters.
    page.sections.clear();
    page.notes = vec!["What happened is too much for a mail; the history tells it.".to_owned()];
    MailContent {
        text: text::render(&page),
        html: html::render(&subject, &page),
        subject,
        patch,
        patches,
        topic: Some(topic),
    }
}

/// The patches of several documents of one provider, each as a file: together they are no valid patch. Of several
/// providers none is attached, and nor is half of what there is.
fn each_patch(events: &[Event]) -> Vec<NamedPatch> {
    let with_patch = events.iter().filter(|event| event.body.patch().is_some());
    let one_each = with_patch.filter_map(|event| {
        let document = event.document.as_str().chars();
        let plain = document.map(|it| if it.is_ascii_alphanumeric() { it } else { '-' });
        Some(NamedPatch {
            file: format!(
                "event-{}-{}.json-patch",
                event.id,
                plain.collect::<String>()
            ),
            patch: patch(std::slice::from_ref(event))?,
        })
    });
    let patches: Vec<NamedPatch> = one_each.collect();
    let all = events.iter().filter(|it| it.body.patch().is_some()).count();
    let bytes: usize = patches.iter().map(|it| it.patch.len()).sum();
    let is_of_one = several::providers(events).len() == 1;
    if is_of_one && patches.len() == all && all <= FILES && bytes <= MAX_PATCH {
        patches
    } else {
        Vec::new()
    }
}

/// The patch, if exactly one event has one: several together would not be a valid patch.
pub(super) fn patch(events: &[Event]) -> Option<String> {
    let mut patches = events.iter().filter_map(|event| event.body.patch());
    let (Some(patch), None) = (patches.next(), patches.next()) else {
        return None;
    };
    if patch.as_str().len() > MAX_PATCH {
        return None;
    }
    let text = serde_json::to_string_pretty(&patch.operations()).ok();
    // If the indented form is too large, the compact one is attached.
    Some(
        text.filter(|text| text.len() <= MAX_PATCH)
            .unwrap_or_else(|| patch.as_str().to_owned()),
    )
}
