//! What happens at one provider after the other.

use jiff::Timestamp;

use super::input::MailInput;
use super::several;
use super::words::{count, name};

/// `Already at 46 of your providers since 22 July; optimum-auth follows.`
pub(super) fn said(input: &MailInput<'_>) -> Option<String> {
    let (others, since) = input.wave?;
    // Who had it before follows nobody: it may have been the first, and others may have left since.
    let mut events = input.events.iter();
    if events.any(|event| event.body.returned_to().is_some()) {
        return None;
    }
    let of = match others {
        1 => "one".to_owned(),
        many => count(many),
    };
    let follows = match several::providers(input.events).as_slice() {
        [one] => format!("{} follows", name(one)),
        more => format!("{} more follow", count(more.len())),
    };
    Some(format!(
        "Already at {of} of your providers since {}; {follows}.",
        day(since)
    ))
}

/// Whether a mail stands in the thread of the first of its wave: what goes back stands in that of the
/// mail it answers.
pub(super) fn is_threaded(input: &MailInput<'_>) -> bool {
    let mut events = input.events.iter();
    input.wave.is_some() && events.all(|event| event.body.answers().is_none())
}

/// `22 July`: it is less than a year ago.
fn day(at: Timestamp) -> String {
    at.strftime("%-d %B").to_string()
}
