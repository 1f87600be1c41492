//! What `check` prints for programs: one object a document.
//!
//! Written change by change: what one document tells may be as large as itself, and as one text many times as
//! large.

use std::io::{BufWriter, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::poll_news::PollNews;
use super::row::{CheckFormat, CheckRow, RowState, failure};
use crate::document::failure::Failure;
use crate::document::text::escaped_json;
use crate::policy::event::{EventKind, NewEvent};
use crate::store::Store;

/// One object a document, each made when it is written.
pub(super) fn json(
    out: &mut dyn Write,
    format: CheckFormat,
    store: &Store,
    polled: &[CheckRow<'_>],
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(out);
    let is_array = format == CheckFormat::Json;
    let form = if is_array { &PRETTY } else { &LINE };
    if is_array {
        out.write_all(if polled.is_empty() { b"[]" } else { b"[\n  " })?;
    }
    for (place, row) in polled.iter().enumerate() {
        if is_array && place > 0 {
            out.write_all(b",\n  ")?;
        }
        let told = news_of(row, store)?;
        object(&mut out, form, row, told.as_ref())?;
        if !is_array {
            out.write_all(b"\n")?;
        }
    }
    if is_array {
        out.write_all(if polled.is_empty() { b"\n" } else { b"\n]\n" })?;
    }
    Ok(out.flush()?)
}

/// How an object is laid out: what begins a line in it, in a sequence of it, and behind a name.
struct Form {
    is_pretty: bool,
    end: &'static str,
    member: &'static str,
    element: &'static str,
    value: &'static str,
}

/// One line.
const LINE: Form = Form {
    is_pretty: false,
    end: "",
    member: "",
    element: "",
    value: "",
};

/// Several lines, in an array.
const PRETTY: Form = Form {
    is_pretty: true,
    end: "\n  ",
    member: "\n    ",
    element: "\n      ",
    value: " ",
};

impl Form {
    /// A value whose lines begin like this.
    fn text(&self, value: &impl Serialize, begin: &str) -> serde_json::Result<String> {
        if !self.is_pretty {
            return Ok(escaped_json(&serde_json::to_string(value)?));
        }
        let text = serde_json::to_string_pretty(value)?;
        Ok(escaped_json(&text).replace('\n', begin))
    }

    /// A member that is a sequence, each element made when it is written.
    fn sequence(
        &self,
        out: &mut dyn Write,
        name: &str,
        elements: &mut dyn Iterator<Item = serde_json::Result<String>>,
    ) -> anyhow::Result<()> {
        write!(out, ",{}\"{name}\":{}[", self.member, self.value)?;
        let mut comma = "";
        for element in elements {
            write!(out, "{comma}{}{}", self.element, element?)?;
            comma = ",";
        }
        let end = if comma.is_empty() { "" } else { self.member };
        write!(out, "{end}]")?;
        Ok(())
    }
}

/// All but the sequences, the fields in the order in which they are printed.
#[derive(Serialize)]
struct Head<'a> {
    provider: &'a str,
    document: &'a str,
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
}

fn news_of(polled: &CheckRow<'_>, store: &Store) -> anyhow::Result<Option<PollNews>> {
    let told = polled.report.map(|report| PollNews::of(store, report));
    told.transpose()
}

fn object(
    out: &mut dyn Write,
    form: &Form,
    polled: &CheckRow<'_>,
    told: Option<&PollNews>,
) -> anyhow::Result<()> {
    let target = &polled.watched.target;
    let report = polled.report;
    let reason = match polled.seen {
        RowState::Waits(wait) => Some(wait.to_string()),
        _ => None,
    };
    let head = Head {
        provider: &target.provider,
        document: target.kind.as_str(),
        url: report.and_then(|report| report.observation.url.as_deref()),
        at: report.map(|report| report.observation.at),
        elapsed_ms: report.and_then(|report| report.observation.elapsed_ms),
        outcome: polled.seen.as_str().replace(' ', "-"),
        reason,
        failure: report.and_then(failure),
        events: report.map_or(&[], |report| &report.events),
    };
    let text = form.text(&head, form.end)?;
    let open = text.strip_suffix('}').unwrap_or(&text).trim_end();
    out.write_all(open.as_bytes())?;
    let events = || told.into_iter().flat_map(|told| &told.events);
    let telling = events()
        .filter(|event| matches!(event.kind(), EventKind::Changed | EventKind::Inconsistent));
    let mut changes = telling
        .flat_map(NewEvent::changes)
        .map(|change| form.text(change, form.element));
    form.sequence(out, "changes", &mut changes)?;
    let mut findings = events()
        .flat_map(NewEvent::findings)
        .map(|finding| form.text(finding, form.element));
    form.sequence(out, "findings", &mut findings)?;
    write!(out, "{}}}", form.end)?;
    Ok(())
}
