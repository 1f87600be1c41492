//! What is left of a mail that a server did not take for its size.

use super::page::Section;
use crate::policy::event::Event;
use crate::policy::mail::Form;

/// How many titles of changes a short mail has at most.
const TITLES: usize = 40;

/// Shortens the sections to the titles of the changes, which are already sorted by severity.
pub(super) fn shorten(sections: &mut Vec<Section>) {
    let mut room = TITLES;
    for section in sections.iter_mut() {
        section.items.truncate(room);
        room -= section.items.len();
        for item in &mut section.items {
            item.lines.clear();
            item.rows.clear();
            item.more.clear();
            item.why.clear();
            item.tag.clear();
        }
        section.heads.truncate(TITLES);
        section.rows.truncate(TITLES);
        section.names.truncate(TITLES);
        section.more.truncate(4);
    }
    sections.truncate(TITLES);
}

/// What the mail says about what is not in it.
pub(super) fn note(form: Form, events: &[Event], has_patch: bool) -> Option<String> {
    let one = match events {
        [one] => format!(
            ": `issuerwatch history show {} --format patch` prints it",
            one.id
        ),
        _ => String::new(),
    };
    match form {
        Form::Whole => None,
        Form::NoPatch if has_patch => Some(format!(
            "The patch is not attached, because the mail server did not take a mail of that \
             size{one}."
        )),
        Form::NoPatch => None,
        Form::Short => Some(
            "This is a short list without values, because the mail server did not take a mail with \
             all of them: the history has the rest."
                .to_owned(),
        ),
    }
}
