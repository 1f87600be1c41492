//! A wave: the same change at one provider after the other. Who was told of the first ones has to see at once
//! that it is no other change.

use jiff::Timestamp;

use super::input::MailInput;
use super::page::Section;
use super::subject::is_counted;
use super::subject_words::SubjectWords;
use super::words::count;
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

    /// `, as already at 46 of your providers since 22 July`, behind what one does; nothing where nobody did it
    /// before.
    pub(super) fn before(wave: Option<&Self>) -> String {
        wave.map_or_else(String::new, |wave| {
            format!(
                ", as already at {} of your providers since {}",
                count(wave.others),
                day(wave.since)
            )
        })
    }

    /// Whether so many were told before that the reader knows all of it.
    fn is_known(&self) -> bool {
        self.others >= KNOWN
    }

    /// What the reader knows already is not told at length: why and the values stand in the first mail.
    pub(super) fn shorten(&self, sections: &mut [Section]) {
        if !self.is_known() {
            return;
        }
        let items = sections.iter_mut().flat_map(|section| &mut section.items);
        let mut is_whole = true;
        for (place, item) in items.enumerate() {
            is_whole &= item.more.is_empty();
            item.more.clear();
            if place > 0 {
                is_whole &= item.why.is_empty();
                item.why.clear();
                item.tag.clear();
            }
            if item.lines.len() > FEW {
                is_whole = false;
                item.lines.clear();
            }
        }
        let rest = if is_whole {
            ""
        } else {
            "; all values and reasons are there"
        };
        if let Some(last) = sections.last_mut() {
            last.more.push(format!(
                "Follows the first mail of this thread, about the change of {}{rest}.",
                day(self.since)
            ));
        }
    }

    /// The words of the subject, with how many it are by now where that has room.
    pub(super) fn what(&self, what: SubjectWords, providers: &[&str]) -> SubjectWords {
        let others = usize::try_from(self.others).unwrap_or(usize::MAX);
        let all = others.saturating_add(providers.len());
        if is_counted(providers) {
            what.and_after(&format!("{} by now", count(all)))
        } else if self.is_known() {
            what.and_after(&format!("as at {} others", count(self.others)))
        } else {
            what
        }
    }
}

/// From so many others on, a reader knows what it is.
const KNOWN: u32 = 10;

/// Most lines of values that are shown to him again.
const FEW: usize = 3;

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
