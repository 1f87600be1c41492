//! Converts between rows and values of the program.

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Error, Row};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::diff::PatchText;
use crate::policy::channel::Channel;
use crate::policy::event::stored::{Circumstance, NoEvent, Record};
use crate::policy::event::{Event, EventKind, FindingChange, NewEvent};
use crate::policy::grouping::News;

pub(super) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(super) fn time(row: &Row<'_>, column: &str) -> Result<Timestamp, Error> {
    let millis: i64 = row.get(column)?;
    Timestamp::from_millisecond(millis).map_err(|error| corrupt(column, error))
}

pub(super) fn time_or_none(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, Error> {
    let millis: Option<i64> = row.get(column)?;
    let time = |millis| Timestamp::from_millisecond(millis).map_err(|error| corrupt(column, error));
    millis.map(time).transpose()
}

pub(super) fn corrupt(
    column: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    let what = format!("column {column}: {error}");
    Error::FromSqlConversionFailure(0, Type::Text, what.into())
}

pub(super) fn json<T: for<'de> Deserialize<'de>>(row: &Row<'_>, column: &str) -> Result<T, Error> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| corrupt(column, error))
}

pub(super) fn kind(row: &Row<'_>) -> Result<DocumentName, Error> {
    let text: String = row.get("document")?;
    DocumentName::parse(&text).ok_or_else(|| unknown("document", &text))
}

pub(super) fn channel(row: &Row<'_>) -> Result<Channel, Error> {
    let text: String = row.get("channel")?;
    Channel::parse(&text).ok_or_else(|| unknown("channel", &text))
}

/// The error for a word in a column that this program does not know.
pub(super) fn unknown(column: &str, text: &str) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, format!("column {column}: {text:?}").into())
}

pub(super) fn rank(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 0,
        Severity::Notice => 1,
        Severity::Breaking => 2,
        Severity::Security => 3,
    }
}

pub(super) fn severity(rank: Option<i64>) -> Option<Severity> {
    Severity::ALL
        .into_iter()
        .find(|severity| Some(self::rank(*severity)) == rank)
}

/// The part of an event that is stored and hashed: everything that the outbox, later events and
/// `keep_bodies` cannot change.
#[derive(Debug, Serialize)]
pub(super) struct EventContent<Body> {
    pub(super) event: i64,
    pub(super) provider: String,
    pub(super) document: DocumentName,
    pub(super) from_snapshot: Option<i64>,
    pub(super) to_snapshot: Option<i64>,
    #[serde(flatten)]
    pub(super) state_hashes: Option<StateHashes>,
    #[serde(flatten)]
    pub(super) body: Body,
}

/// The hashes of the state that an event brought: the chain covers the state through them, also the first
/// one of a target, which no patch leads to. Events of versions before these hashes have none.
///
/// The chain does not cover states that no event tells of, when a state was last seen, its content type,
/// addresses, and the outbox. Whoever may write the file can also rewrite the chain from some event on: note
/// the head elsewhere (the weekly mail and `status` name it).
#[derive(Debug, Clone, Serialize)]
pub(super) struct StateHashes {
    /// Hash of the canonical document.
    pub(super) to_fingerprint: String,
    /// Hash of the bytes as stored.
    pub(super) to_body: String,
}

impl EventContent<&NewEvent> {
    /// The canonical form: fields in the order of their types, names within values sorted.
    pub(super) fn canonical(&self) -> Result<String, serde_json::Error> {
        let patch = self.body.patch().map_or(0, |patch| patch.as_str().len());
        // Memory is reserved for all of it at once: keys are large, and are in both changes and patch.
        let mut text = Vec::with_capacity(4096 + patch);
        serde_json::to_writer(&mut text, self)?;
        String::from_utf8(text).map_err(serde::ser::Error::custom)
    }
}

/// The same for reading, field by field: a flattened struct would hold all of it a second time, and the
/// patch as a tree.
#[derive(Deserialize)]
pub(super) struct StoredContent<'a> {
    pub(super) event: i64,
    pub(super) provider: String,
    pub(super) document: DocumentName,
    pub(super) from_snapshot: Option<i64>,
    pub(super) to_snapshot: Option<i64>,
    #[serde(default)]
    pub(super) to_fingerprint: Option<String>,
    #[serde(default)]
    pub(super) to_body: Option<String>,
    pub(super) at: Timestamp,
    pub(super) kind: EventKind,
    pub(super) severity: Option<Severity>,
    summary: String,
    changes: Vec<Change>,
    findings: Vec<FindingChange>,
    #[serde(borrow)]
    patch: Option<&'a RawValue>,
    circumstance: Circumstance,
    alert: bool,
    #[serde(default)]
    summary_at: Option<Timestamp>,
}

impl StoredContent<'_> {
    /// The event, if the fields fit its kind.
    pub(super) fn body(self) -> Result<NewEvent, NoEvent> {
        NewEvent::try_from(Record {
            at: self.at,
            kind: self.kind,
            severity: self.severity,
            summary: self.summary,
            changes: self.changes,
            findings: self.findings,
            patch: self.patch.map(PatchText::of_text),
            circumstance: self.circumstance,
            alert: self.alert,
            summary_at: self.summary_at,
        })
    }
}

/// The columns that `event` needs.
pub(super) const EVENT: &str = "event.content, event.hash, accepted.at AS acknowledged";
/// The join that provides these columns.
pub(super) const ACCEPTED: &str = "LEFT JOIN accepted ON accepted.event_id = event.id";

/// The columns that `news` needs. The event itself is read only for an alert of a version that did not
/// store its news.
pub(super) const NEWS: &str = "alert.news, iif(alert.news IS NULL, event.content, NULL) AS content,
     event.hash, accepted.at AS acknowledged";

pub(super) fn news(row: &Row<'_>) -> Result<News, Error> {
    if row.get_ref("news")?.as_str_or_null()?.is_some() {
        return json(row, "news");
    }
    let size = row.get_ref("content")?.as_str()?.len();
    Ok(News::of_event(&event(row)?, size))
}

pub(super) fn event(row: &Row<'_>) -> Result<Event, Error> {
    let text = row.get_ref("content")?.as_str()?;
    let mut read: StoredContent<'_> =
        serde_json::from_str(text).map_err(|error| corrupt("content", error))?;
    Ok(Event {
        id: read.event,
        provider: std::mem::take(&mut read.provider),
        document: read.document.clone(),
        from_snapshot: read.from_snapshot,
        to_snapshot: read.to_snapshot,
        acknowledged: time_or_none(row, "acknowledged")?,
        body: read.body().map_err(|error| corrupt("content", error))?,
        hash: row.get("hash")?,
    })
}
