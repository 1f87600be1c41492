//! The command that shows the events that a list had no room for.

use jiff::SignedDuration;

use crate::config::nearest;
use crate::document::member::members;
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::store::EventFilter;
use crate::wording::text::shell_word;

/// What the rest is (`older` or `newer`), and the same list again from where this one ends.
///
/// It begins with the second that this one ends in, because times are whole seconds and a limit may
/// cut one: no event is lost, some are shown twice.
pub(super) fn command(filter: &EventFilter, shown: &[Event]) -> Option<(&'static str, String)> {
    let (first, last) = (shown.first()?, shown.last()?);
    let mut words = vec!["issuerwatch history".to_owned()];
    words.extend(filter.providers.iter().map(|name| shell_word(name)));
    let member = filter.member.as_deref().map(shell_word);
    let since = filter.since.map(|since| since.to_string());
    let until = filter.until.map(|until| until.to_string());
    let after = last.body.at.saturating_add(SignedDuration::from_secs(1));
    let edge = (first.body.at != last.body.at).then_some(last.body.at);
    let (what, since, until) = if filter.oldest_first {
        ("newer", edge.map(|at| at.to_string()).or(since), until)
    } else {
        let before = edge.and(after.ok()).map(|at| at.to_string());
        ("older", since, before.or(until))
    };
    let options = [
        ("--since", since),
        ("--until", until),
        ("--member", member),
        ("--group", filter.group.map(|group| group.to_string())),
        ("--severity", filter.severity.map(|it| it.to_string())),
        ("--event", filter.kind.map(|kind| kind.as_str().to_owned())),
    ];
    let given = options.into_iter();
    words.extend(given.filter_map(|(name, value)| Some(format!("{name} {}", value?))));
    if filter.oldest_first {
        words.push("--reverse".to_owned());
    }
    // More events in one second than the list has lines: only a longer list gets past them.
    let limit = match (edge, filter.limit) {
        (None, _) => Some(0),
        (Some(_), limit) => limit.filter(|limit| *limit != 50),
    };
    words.extend(limit.map(|limit| format!("--limit {limit}")));
    Some((what, words.join(" ")))
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
    use crate::document::kind::Kind;
    use crate::policy::event::{Changed, EventBody, NewEvent};

    fn event(id: i64, at: &str) -> Event {
        Event {
            id,
            provider: "acme".to_owned(),
            document: Kind::JWKS.into(),
            from_snapshot: None,
            to_snapshot: None,
            acknowledged: None,
            body: NewEvent::new(at.parse().unwrap(), EventBody::Changed(Changed::default())),
            hash: String::new(),
        }
    }

    fn said(filter: &EventFilter, times: [&str; 2]) -> (&'static str, String) {
        let [first, last] = times;
        command(filter, &[event(1, first), event(2, last)]).unwrap()
    }

    const EARLY: &str = "2026-03-01T00:00:00Z";
    const LATE: &str = "2026-03-02T00:00:00Z";

    #[test]
    fn the_rest_is_asked_for_as_the_list_was_and_no_second_is_cut() {
        let mut filter = EventFilter {
            providers: vec!["acme".to_owned()],
            member: Some("it's".to_owned()),
            limit: Some(2),
            ..EventFilter::default()
        };
        let (what, command) = said(&filter, [LATE, EARLY]);
        let args = "--member 'it'\\''s'";
        assert_eq!(what, "older");
        assert_eq!(
            command,
            format!("issuerwatch history acme --until 2026-03-01T00:00:01Z {args} --limit 2")
        );
        filter.oldest_first = true;
        let (what, command) = said(&filter, [EARLY, LATE]);
        assert_eq!(what, "newer");
        assert_eq!(
            command,
            format!("issuerwatch history acme --since {LATE} {args} --reverse --limit 2")
        );
    }

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

    #[test]
    fn a_pattern_is_quoted_for_the_shell() {
        let filter = EventFilter {
            providers: vec!["kc*".to_owned()],
            ..EventFilter::default()
        };
        let (_, command) = said(&filter, [LATE, LATE]);
        assert_eq!(command, "issuerwatch history 'kc*' --limit 0");
    }

    #[test]
    fn a_second_with_more_events_than_lines_takes_a_list_without_a_limit() {
        let (_, command) = said(&EventFilter::default(), [LATE, LATE]);
        assert_eq!(command, "issuerwatch history --limit 0");
    }
}
