//! `history`: what happened, as a table or for machines.

mod at;
mod blame;
mod continuation;
mod diff;
mod export;
mod fate;
mod format;
mod input;
mod json;
mod keys;
mod keys_table;
mod markdown;
mod order;
mod proof;
mod show;
mod target;
mod time;
mod token;
mod unknown_name;
mod verify;

use std::io::Write;

use serde_json::{Value, json};

pub use self::at::{BodyDropped, at};
pub use self::blame::{BlameOptions, blame};
pub use self::diff::{DiffOptions, DiffOutcome, diff};
pub use self::export::export;
pub use self::format::EventFormat;
pub use self::keys::{KeysFormat, KeysOptions, keys};
pub use self::show::show;
pub use self::target::UsageError;
pub use self::token::{TokenOptions, token};
use self::unknown_name::check_targets;
pub use self::verify::verify;
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::store::{EventFilter, Reader};
use crate::terminal::{Aside, Style, columns, width_of};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Which events.
    pub filter: EventFilter,
    /// How the program was called: with the file that it reads, where one was named.
    pub command: String,
}

/// Prints the events that are asked for.
pub fn list(
    reader: &Reader,
    options: &ListOptions,
    format: EventFormat,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let filter = &options.filter;
    check_targets(&reader.targets()?, &filter.providers)?;
    let events = reader.events(filter)?;
    if let (true, Some(member)) = (events.is_empty(), &filter.member)
        && let Some(hint) = unknown_name::member_hint(member, &reader.members()?)
    {
        // Hints go to standard error, so that standard output stays readable by programs.
        writeln!(Aside, "{hint}")?;
    }
    match format {
        EventFormat::Table => table(reader, options, &events, style, out)?,
        EventFormat::Json => {
            writeln!(out, "{}", json::all(&events)?)?;
        }
        EventFormat::Jsonl => {
            for event in &events {
                writeln!(out, "{}", json::text(event)?)?;
            }
        }
        EventFormat::Markdown => {
            writeln!(
                out,
                "| event | time (UTC) | provider | document | severity | what |"
            )?;
            writeln!(out, "|---|---|---|---|---|---|")?;
            for event in &events {
                let what = markdown::cell(&visible(&event.body.summary));
                let at = event.body.at.strftime("%Y-%m-%d %H:%M:%S");
                let severity = event.body.severity.map_or("", |severity| severity.as_str());
                let (id, name, kind) = (event.id, &event.provider, event.document.clone());
                writeln!(
                    out,
                    "| {id} | {at} | {name} | {kind} | {severity} | {what} |"
                )?;
            }
        }
        EventFormat::Patch => {
            let all: Vec<Value> = events
                .iter()
                .filter(|event| event.body.patch().is_some())
                .map(|event| json!({"event": event.id, "patch": event.body.patch()}))
                .collect();
            writeln!(out, "{}", json::pretty(&all)?)?;
        }
    }
    Ok(())
}

/// Room that what happened needs beside the rest; with less it gets a line of its own.
const ROOM: usize = 36;

/// Whether the words of an event get a line of their own, because a narrow terminal would cut them.
fn is_below(style: Style, rows: &[Vec<String>]) -> bool {
    let rest: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.split_last().map_or(&[][..], |(_, rest)| rest).to_vec())
        .collect();
    let taken = columns(&rest).iter().map(|line| width_of(line)).max();
    let longest = rows
        .iter()
        .filter_map(|row| row.last())
        .map(|what| what.chars().count())
        .max();
    style.width.is_some_and(|width| {
        let room = width.saturating_sub(taken.unwrap_or_default() + 2);
        room < ROOM && room < longest.unwrap_or_default()
    })
}

fn table(
    reader: &Reader,
    options: &ListOptions,
    events: &[Event],
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let filter = &options.filter;
    let head = [
        "EVENT",
        "TIME (UTC)",
        "PROVIDER",
        "DOCUMENT",
        "SEVERITY",
        "WHAT",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for event in events {
        let time = if style.width.is_some() {
            "%m-%d %H:%M"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        rows.push(vec![
            format!("{:>5}", event.id),
            event.body.at.strftime(time).to_string(),
            event.provider.clone(),
            event.document.to_string(),
            event
                .body
                .severity
                .map(|severity| style.severity(severity))
                .unwrap_or_default(),
            visible(&event.body.summary),
        ]);
    }
    let below = is_below(style, &rows);
    let mut what = rows
        .iter_mut()
        .filter_map(|row| below.then(|| row.pop())?)
        .collect::<Vec<String>>()
        .into_iter();
    // Provider and document give way.
    for lines in style.table(&rows, &[2, 3]) {
        for line in lines {
            writeln!(out, "{}", style.fit(&line))?;
        }
        if let Some(what) = what.next() {
            writeln!(out, "{}", style.fit(&format!("       {what}")))?;
        }
    }
    let all = reader.count(filter)?;
    let shown = events.len();
    let plural = if all == 1 { "" } else { "s" };
    match continuation::continuation(&options.command, filter, events)
        .filter(|_| (shown as u64) < all)
    {
        Some((what, command)) => {
            writeln!(out, "{shown} of {all} event{plural}; {what}: {command}")?;
        }
        None => writeln!(out, "{shown} of {all} event{plural}")?,
    }
    Ok(())
}
