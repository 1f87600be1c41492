//! The command that shows the events that a list had no room for.

use jiff::SignedDuration;

use crate::policy::event::Event;
use crate::store::EventFilter;
use crate::wording::text::shell_word;

/// What the rest is (`older` or `newer`), and the same list again from where this one ends.
///
/// `command` is how the program was called: with the file that it read, where one was named.
///
/// It begins with the second that this one ends in, because times are whole seconds and a limit may
/// cut one: no event is lost, some are shown twice.
pub(super) fn continuation(
    command: &str,
    filter: &EventFilter,
    shown: &[Event],
) -> Option<(&'static str, String)> {
    let (first, last) = (shown.first()?, shown.last()?);
    let mut words = vec![format!("{command} history")];
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
        continuation("issuerwatch", filter, &[event(1, first), event(2, last)]).unwrap()
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
