//! What is told after a time in which nothing was polled: of whom, and what is missing below.

use jiff::Timestamp;

use super::input::MailInput;
use super::several::providers;
use super::words::{at, count, counted, date};
use crate::policy::event::{Event, all_after_gap};
use crate::wording::text::duration_words;

/// A long time in which nothing was polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// The last good poll before it.
    from: Timestamp,
    /// The first one after it.
    to: Timestamp,
}

impl Gap {
    /// The gap after which all changes were seen, if there was one.
    pub(super) fn of(events: &[Event]) -> Option<Self> {
        let each = events.iter();
        if !all_after_gap(each.map(|event| (event.body.kind(), event.body.is_after_gap()))) {
            return None;
        }
        let after = || events.iter().filter(|event| event.body.is_after_gap());
        let goods = after().filter_map(|event| event.body.last_good_at());
        let (from, to) = (goods.max()?, after().map(|event| event.body.at).min()?);
        (from < to).then_some(Self { from, to })
    }

    /// The words of the subject, the fullest first.
    pub(super) fn subject(self, changes: usize) -> Vec<String> {
        let when = format!("NOT WATCHED from {} to {}", date(self.from), date(self.to));
        let changes = counted(u64::try_from(changes).unwrap_or(u64::MAX), "change");
        vec![
            format!("{when}, {changes} since, none breaking"),
            format!("{when}, {changes}, none breaking"),
        ]
    }

    /// The first sentences: of whom it is, and that nothing grave is missing below.
    pub(super) fn sentence(self, input: &MailInput<'_>, changes: usize) -> String {
        let number = providers(input.events).len();
        let (watched, graver) = input
            .background
            .map_or((0, 0), |it| (it.watched, it.graver_mails));
        let of = if watched > u64::try_from(number).unwrap_or(u64::MAX) {
            format!(" (of {} that are watched)", count(watched))
        } else {
            String::new()
        };
        let breaking = match graver {
            0 => "None of it is breaking, and no mail of breaking news came beside it.".to_owned(),
            some => format!(
                "None of it is breaking; what is came in {} of its own.",
                counted(some, "mail")
            ),
        };
        format!(
            "The {} providers below{of} were not polled from {} to {} ({}); what came and went meanwhile is not \
             known. All that changed is below, {} in all, each as its own mail would have told it. {breaking}",
            count(number),
            at(self.from),
            at(self.to),
            duration_words(self.to.duration_since(self.from)),
            counted(u64::try_from(changes).unwrap_or(u64::MAX), "change")
        )
    }
}

/// What such a mail leaves out: keys are replaced all the time, and nobody saw how.
pub(super) fn left_out(events: &[Event]) -> Option<String> {
    Gap::of(events)?;
    Some(
        "Key sets that were replaced meanwhile are not told, because nobody saw whether old and new keys \
         overlapped: `issuerwatch history --group keys` lists them."
            .to_owned(),
    )
}
