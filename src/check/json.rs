//! What `check` prints for programs: one object a document.
//!
//! Written change by change: what one document tells may be as large as itself, and as a tree and as a
//! text many times as large.

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::Serializer as Json;

use super::poll_news::PollNews;
use super::row::{CheckFormat, CheckRow, RowState, failure};
use crate::document::failure::Failure;
use crate::document::name::DocumentName;
use crate::document::text::escaped_json;
use crate::meaning::change::Change;
use crate::policy::event::{EventKind, FindingChange, NewEvent};
use crate::store::Store;

/// One object a document, each made when it is written.
pub(super) fn json(
    out: &mut dyn Write,
    format: CheckFormat,
    store: &Store,
    polled: &[CheckRow<'_>],
) -> anyhow::Result<()> {
    let mut out = Escaped(BufWriter::new(out));
    if format == CheckFormat::Json {
        let all = AllDocuments { store, polled };
        all.serialize(&mut Json::pretty(&mut out)).map_err(why)?;
        out.write_all(b"\n")?;
    } else {
        for row in polled {
            let told = news_of(row, store)?;
            let object = object(row, told.as_ref());
            object.serialize(&mut Json::new(&mut out)).map_err(why)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(out.flush()?)
}

/// Turns a JSON error back into the I/O error behind it: a reader that has gone is not an error of ours.
fn why(error: serde_json::Error) -> anyhow::Error {
    if error.is_io() {
        return io::Error::from(error).into();
    }
    error.into()
}

/// Writes text with what a terminal could take for a command escaped.
struct Escaped<'a>(BufWriter<&'a mut dyn Write>);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // serde_json writes whole characters only, so each piece is valid UTF-8.
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.0.write_all(escaped_json(text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// All documents, of which one is in hand at a time.
struct AllDocuments<'a> {
    store: &'a Store,
    polled: &'a [CheckRow<'a>],
}

impl Serialize for AllDocuments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_seq(Some(self.polled.len()))?;
        for row in self.polled {
            let told = news_of(row, self.store).map_err(S::Error::custom)?;
            all.serialize_element(&object(row, told.as_ref()))?;
        }
        all.end()
    }
}

/// The fields in the order in which they are printed.
#[derive(Serialize)]
struct Object<'a> {
    provider: &'a str,
    document: &'a DocumentName,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
    outcome: String,
    /// Why the document was not polled.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    failure: Option<&'a Failure>,
    events: &'a [i64],
    changes: Vec<&'a Change>,
    findings: Vec<&'a FindingChange>,
}

fn news_of(polled: &CheckRow<'_>, store: &Store) -> anyhow::Result<Option<PollNews>> {
    let told = polled.report.map(|report| PollNews::of(store, report));
    told.transpose()
}

fn object<'a>(polled: &'a CheckRow<'_>, told: Option<&'a PollNews>) -> Object<'a> {
    let target = &polled.watched.target;
    let report = polled.report;
    let reason = match polled.seen {
        RowState::Waits(wait) => Some(wait.to_string()),
        _ => None,
    };
    let events = || told.into_iter().flat_map(|told| &told.events);
    let telling = events()
        .filter(|event| matches!(event.kind(), EventKind::Changed | EventKind::Inconsistent));
    Object {
        provider: &target.provider,
        document: &target.kind,
        url: report.and_then(|report| report.observation.url.as_deref()),
        at: report.map(|report| report.observation.at),
        elapsed_ms: report.and_then(|report| report.observation.elapsed_ms),
        outcome: polled.seen.as_str().replace(' ', "-"),
        reason,
        failure: report.and_then(failure),
        events: report.map_or(&[], |report| &report.events),
        changes: telling.flat_map(NewEvent::changes).collect(),
        findings: events().flat_map(NewEvent::findings).collect(),
    }
}
