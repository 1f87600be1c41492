//! `history export`: the observations behind the history, as `replay` reads them.
//!
//! Only what made a difference is written: each state when it was first and last seen, and the polls of
//! outages that were told; unchanged polls are counted, not kept. `confirmed_at`, `elapsed_ms` and
//! `unrecorded` (failed polls that are counted and not kept) are more than the format needs: with
//! them, and the order of events within one second, a replay gives the same hashes and a second
//! export the same bytes.

use std::io::Write;

use anyhow::Context as _;

use super::order::in_order;
use super::unknown_name::check_targets;
use crate::document::recording::RecordingLine;
use crate::document::text::escaped_json;
use crate::meaning::provider::is_called;
use crate::store::{Moment, Reader, StateSeen, TargetRow};
use crate::terminal::Aside;
use crate::wording::text::counted;

/// Writes the observations of these providers, or of all, oldest first.
pub fn export(reader: &Reader, names: &[String], out: &mut dyn Write) -> anyhow::Result<()> {
    let targets = reader.targets()?;
    check_targets(&targets, names)?;
    let is_asked = |target: &&TargetRow| {
        let mut names = names.iter();
        names.len() == 0 || names.any(|name| is_called(&target.provider, &target.kind, name))
    };
    let mut moments: Vec<(&TargetRow, Moment)> = Vec::new();
    for target in targets.iter().filter(is_asked) {
        let own = reader.timeline(target)?.into_iter();
        moments.extend(own.map(|moment| (target, moment)));
    }
    let mut dropped = 0;
    for (target, moment) in in_order(moments) {
        let (line, is_whole) = line(reader, target, moment)?;
        dropped += u64::from(!is_whole);
        writeln!(out, "{}", escaped_json(&serde_json::to_string(&line)?))?;
    }
    if dropped > 0 {
        let states = counted(dropped, "state");
        writeln!(
            Aside,
            "{states} in canonical form: the bytes are not kept any more (keep_bodies)"
        )?;
    }
    Ok(())
}

/// A moment as a line, and whether what was received is in it as it came.
fn line(
    reader: &Reader,
    target: &TargetRow,
    moment: Moment,
) -> anyhow::Result<(RecordingLine, bool)> {
    let mut line = RecordingLine::new(moment.at, &target.provider, target.kind.clone());
    line.url = moment.url;
    line.final_url = moment.final_url;
    line.elapsed_ms = moment.elapsed_ms;
    line.confirmed_at = moment.confirmed_at;
    line.candidate_since = moment.candidate_since;
    line.unrecorded = moment.unrecorded;
    line.response_facts = moment.response_facts;
    let mut is_whole = true;
    match moment.seen {
        StateSeen::New(id) => {
            let snapshot = reader
                .snapshot(id)?
                .with_context(|| format!("snapshot {id} is gone"))?;
            // A state whose body was dropped is exported in canonical form.
            is_whole = snapshot.body.is_some();
            let body = snapshot.body.map(String::from_utf8);
            line.status = Some(200);
            line.content_type = snapshot.content_type;
            line.body = Some(match body {
                Some(Ok(body)) => body,
                Some(Err(_)) | None => snapshot.canonical,
            });
        }
        StateSeen::Again => line.unmodified = true,
        StateSeen::Failed(failure) => line.failure = Some(failure),
    }
    Ok((line, is_whole))
}
