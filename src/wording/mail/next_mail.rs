//! When one hears of a damped member next.

use super::words::date;
use crate::policy::event::UnstableMember;

/// The same in a subject: who is told of a silence wants to know how long it is.
pub(super) fn from_now_on(members: &[&UnstableMember]) -> String {
    let rests_at = members.iter().filter_map(|it| it.rests_at).max();
    let summary = members.iter().filter_map(|it| it.summary_at).min();
    rests_at.map_or_else(
        || "collected from now on".to_owned(),
        |at| {
            format!(
                "next mail {} or later",
                date(summary.map_or(at, |it| it.min(at)))
            )
        },
    )
}

/// When one hears of it next.
pub(super) fn next(members: &[&UnstableMember]) -> Option<String> {
    let rests_at = members.iter().filter_map(|it| it.rests_at).max()?;
    Some(match members.iter().filter_map(|it| it.summary_at).min() {
        Some(summary) => format!(
            "Next mail about it: not before {}, with what is new by then or once it rests.",
            date(summary.min(rests_at))
        ),
        None => format!(
            "Next mail about it: once it rests, not before {}.",
            date(rests_at)
        ),
    })
}
