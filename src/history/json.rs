//! An event as JSON, in the order of members that other tools are promised.

use serde::Serialize;
use serde_json::Value;

use crate::model::change::Change;
use crate::model::diff::PatchText;
use crate::model::event::{Event, EventKind, FindingChange};
use crate::model::kind::Kind;
use crate::model::severity::Severity;

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
    patch: &'a Option<PatchText>,
    hash: &'a str,
}

fn line(event: &Event) -> Line<'_> {
    Line {
        event: event.id,
        at: event.body.at,
        kind: event.body.kind,
        provider: &event.provider,
        document: event.document,
        severity: event.body.severity,
        summary: &event.body.summary,
        from_snapshot: event.from_snapshot,
        to_snapshot: event.to_snapshot,
        acknowledged: event.acknowledged,
        changes: &event.body.changes,
        findings: &event.body.findings,
        patch: &event.body.patch,
        hash: &event.hash,
    }
}

/// As one line. JSON escapes control characters itself.
pub(super) fn text(event: &Event) -> serde_json::Result<String> {
    serde_json::to_string(&line(event))
}

/// As a value.
pub(super) fn event(event: &Event) -> Value {
    serde_json::to_value(line(event)).unwrap_or(Value::Null)
}
