//! An event as JSON, in the order of members that other tools are promised.

use serde::Serialize;

use crate::document::kind::Kind;
use crate::document::severity::Severity;
use crate::document::text::escaped_json;
use crate::meaning::change::Change;
use crate::meaning::diff::PatchText;
use crate::policy::event::{Event, EventKind, FindingChange};

#[derive(Serialize)]
struct Line<'a> {
    event: i64,
    at: jiff::Timestamp,
    kind: EventKind,
    provider: &'a str,
    document: Kind,
    severity: Option<Severity>,
    summary: &'a str,
    from_snapshot: Option<i64>,
    to_snapshot: Option<i64>,
    acknowledged: Option<jiff::Timestamp>,
    changes: &'a [Change],
    findings: &'a [FindingChange],
    patch: Option<&'a PatchText>,
    hash: &'a str,
}

fn line(event: &Event) -> Line<'_> {
    Line {
        event: event.id,
        at: event.body.at,
        kind: event.body.kind(),
        provider: &event.provider,
        document: event.document,
        severity: event.body.severity,
        summary: &event.body.summary,
        from_snapshot: event.from_snapshot,
        to_snapshot: event.to_snapshot,
        acknowledged: event.acknowledged,
        changes: event.body.changes(),
        findings: event.body.findings(),
        patch: event.body.patch(),
        hash: &event.hash,
    }
}

/// As one line.
pub(super) fn text(event: &Event) -> serde_json::Result<String> {
    compact(&line(event))
}

/// As an object over several lines.
pub(super) fn whole(event: &Event) -> serde_json::Result<String> {
    pretty(&line(event))
}

/// As an array.
pub(super) fn all(events: &[Event]) -> serde_json::Result<String> {
    let lines: Vec<Line<'_>> = events.iter().map(line).collect();
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
