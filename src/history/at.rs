//! `history at`: the document that a target had at a time.

use std::io::Write;

use jiff::Timestamp;
use serde_json::Value;

use super::json;
use super::target::{self, StateSelector};
use crate::clock::moment::TimeArgument;
use crate::document::text::visible;
use crate::store::Reader;
use crate::terminal::Style;
use crate::wording::text::utc;

/// The error for a state whose received bytes were dropped.
#[derive(Debug, thiserror::Error)]
#[error(
    "the bytes of {name} as it was first seen at {} are not kept any more (keep_bodies); without --raw \
     the document is shown",
    utc(*since)
)]
pub struct BodyDropped {
    name: String,
    since: Timestamp,
}

/// Prints the document a target had at a time; on a day, the one it was left with.
pub fn at(
    reader: &Reader,
    target: &str,
    when: TimeArgument,
    is_raw: bool,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let documents = reader.documents()?;
    let row = target::one(&documents, target)?;
    let snapshot = target::state(reader, row, StateSelector::Time(when))?;
    let again = format!("history at {}", row.name());
    target::note_day(reader, row, when, &snapshot, &again)?;
    if is_raw {
        let body = snapshot.body.ok_or(BodyDropped {
            name: row.name(),
            since: snapshot.first_seen_at,
        })?;
        if style.width.is_some() {
            // Control characters are escaped, because a terminal would act on them.
            for line in String::from_utf8_lossy(&body).lines() {
                writeln!(out, "{}", visible(line))?;
            }
        } else {
            out.write_all(&body)?;
        }
        return Ok(());
    }
    let value: Value = serde_json::from_str(&snapshot.canonical)?;
    writeln!(out, "{}", json::pretty(&value)?)?;
    Ok(())
}
