//! Names of targets and members that nothing in the history has, and what may have been meant.

use crate::config::nearest;
use crate::config::unknown_name::{self, UsageError};
use crate::document::member::members;
use crate::document::name::DocumentName;
use crate::document::text::visible;
use crate::meaning::provider::is_called;
use crate::store::TargetRow;

/// Why a name means no target, and what may have been meant.
pub(super) fn unknown_target<'a>(
    name: &str,
    all: impl Iterator<Item = (&'a str, DocumentName)>,
) -> UsageError {
    unknown_name::error(name, "in the history", all)
}

/// Refuses a name that no target has.
pub(super) fn check_targets(targets: &[TargetRow], names: &[String]) -> Result<(), UsageError> {
    for name in names {
        if !targets
            .iter()
            .any(|row| is_called(&row.provider, &row.kind, name))
        {
            let all = targets
                .iter()
                .map(|row| (row.provider.as_str(), row.kind.clone()));
            return Err(unknown_target(name, all));
        }
    }
    Ok(())
}

/// A hint for a member that no event is about; `None` if the name needs no hint.
pub(super) fn member_hint(member: &str, in_history: &[String]) -> Option<String> {
    if in_history.iter().any(|known| known == member) {
        return None;
    }
    // Names of members are the provider's: none that people type is so long.
    let there = in_history
        .iter()
        .map(String::as_str)
        .filter(|name| name.len() <= 100);
    let registered = || members().map(|member| member.name);
    let is_registered = registered().any(|name| name == member);
    let near = nearest(member, there).or_else(|| nearest(member, registered()));
    let hint = match near.filter(|_| !is_registered) {
        Some(near) => format!("; did you mean \"{}\"?", visible(near)),
        None => String::new(),
    };
    Some(format!("no event is about \"{}\"{hint}", visible(member)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_no_event_is_about_is_answered_with_the_nearest_one() {
        let there = ["requestid".to_owned()];
        for (member, said) in [
            (
                "scopes",
                "no event is about \"scopes\"; did you mean \"scopes_supported\"?",
            ),
            (
                "reqestid",
                "no event is about \"reqestid\"; did you mean \"requestid\"?",
            ),
            ("jwks_uri", "no event is about \"jwks_uri\""),
            ("zzzzzz\u{1b}", "no event is about \"zzzzzz<U+001B>\""),
        ] {
            assert_eq!(member_hint(member, &there).as_deref(), Some(said));
        }
        assert_eq!(member_hint("requestid", &there), None);
    }
}
