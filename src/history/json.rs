//! Events as JSON over several lines, harmless to a terminal.

use serde::Serialize;

use crate::document::text::escaped_json;
use crate::policy::event::Event;
use crate::wording::event_json::EventJson;

/// An event on one line.
pub(super) fn text(event: &Event) -> serde_json::Result<String> {
    EventJson::of(event).line()
}

/// An event as an object over several lines.
pub(super) fn whole(event: &Event) -> serde_json::Result<String> {
    pretty(&EventJson::of(event))
}

/// Events as an array over several lines.
pub(super) fn all(events: &[Event]) -> serde_json::Result<String> {
    let lines: Vec<EventJson<'_>> = events.iter().map(EventJson::of).collect();
    pretty(&lines)
}

/// JSON over several lines, harmless to a terminal.
pub(super) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped_json(&serde_json::to_string_pretty(value)?))
}

/// JSON on one line, harmless to a terminal.
pub(super) fn compact(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped_json(&serde_json::to_string(value)?))
}
