//! A wave: the same change at one provider after the other.

use jiff::Timestamp;

use super::input::MailInput;
use super::several;
use super::words::{count, name};

/// `Already at 46 of your providers since 22 July; now also at optimum-auth.` Takes at least two others.
pub(super) fn said(input: &MailInput<'_>) -> Option<String> {
    let (others, since) = input.wave?;
    // A provider that returns to an earlier state does not follow the others: it may have been the first.
    let mut events = input.events.iter();
    if events.any(|event| event.body.returned_to().is_some()) {
        return None;
    }
    if others < 2 {
        return None;
    }
    let here = match several::providers(input.events).as_slice() {
        [one] => name(one),
        more => format!("these {}", count(more.len())),
    };
    Some(format!(
        "Already at {} of your providers since {}; now also at {here}.",
        count(others),
        day(since)
    ))
}

/// `22 July`, without the year, because a wave began less than a year ago.
fn day(at: Timestamp) -> String {
    at.strftime("%-d %B").to_string()
}
