//! A wave: the same change at one provider after the other. Who was told of the first ones has to see at once
//! that it is no other change.

use jiff::Timestamp;

use super::input::MailInput;
use super::subject::is_counted;
use super::subject_words::SubjectWords;
use super::words::{count, name};
use crate::policy::mail::MailKind;

/// A change that others made already.
pub(super) struct Wave {
    others: u32,
    since: Timestamp,
}

impl Wave {
    /// The wave that a mail goes on with; `None` if less than two others made the change.
    pub(super) fn of(input: &MailInput<'_>) -> Option<Self> {
        let (others, since) = input.wave?;
        // A provider that returns to an earlier state does not follow the others: it may have been the first.
        let mut events = input.events.iter();
        if events.any(|event| event.body.returned_to().is_some()) {
            return None;
        }
        let is_told = others >= 2 && input.kind != MailKind::Digest;
        is_told.then_some(Self { others, since })
    }

    /// `Already at 46 of your providers since 22 July; now also at optimum-auth.`, before anything else.
    pub(super) fn sentence(&self, providers: &[&str]) -> String {
        let already = format!(
            "Already at {} of your providers since {}",
            count(self.others),
            day(self.since)
        );
        match providers {
            [one] => format!("{already}; now also at {}.", name(one)),
            _ => format!("{already}."),
        }
    }

    /// The words of the subject, with how many it are by now where that has room.
    pub(super) fn what(&self, what: SubjectWords, providers: &[&str]) -> SubjectWords {
        let others = usize::try_from(self.others).unwrap_or(usize::MAX);
        let all = others.saturating_add(providers.len());
        if is_counted(providers) {
            what.and_after(&format!("{} by now", count(all)))
        } else {
            what
        }
    }
}

/// Who a mail is about: `20 more providers`, where they are counted and go on with a wave.
pub(super) fn who(wave: Option<&Wave>, who: String, providers: &[&str]) -> String {
    if wave.is_some() && is_counted(providers) {
        format!("{} more providers", count(providers.len()))
    } else {
        who
    }
}

/// `22 July`, without the year, because a wave began less than a year ago.
fn day(at: Timestamp) -> String {
    at.strftime("%-d %B").to_string()
}
