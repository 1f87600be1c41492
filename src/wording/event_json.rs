//! An event as JSON, in the order of members that other tools are promised: what `history` prints and
//! webhooks are sent.

use serde::Serialize;

use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::document::text::escaped_json;
use crate::meaning::change::Change;
use crate::meaning::diff::PatchText;
use crate::policy::event::{Event, EventKind, FindingChange};

/// An event as other tools read it.
#[derive(Serialize)]
pub struct EventJson<'a> {
    event: i64,
    at: jiff::Timestamp,
    kind: EventKind,
    provider: &'a str,
    document: DocumentName,
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

impl<'a> EventJson<'a> {
    /// The JSON form of a recorded event.
    pub fn of(event: &'a Event) -> Self {
        Self {
            event: event.id,
            at: event.body.at,
            kind: event.body.kind(),
            provider: &event.provider,
            document: event.document.clone(),
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

    /// The event on one line, with control characters escaped for a terminal.
    pub fn line(&self) -> serde_json::Result<String> {
        Ok(escaped_json(&serde_json::to_string(self)?))
    }
}
