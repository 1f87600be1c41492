//! `history blame`: since when each member has been what it is, and who said that it was expected.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::json;
use super::proof::at_one_moment;
use super::target::{self, UsageError};
use crate::config::nearest;
use crate::document::canonical::Document;
use crate::document::text::{grouped, visible};
use crate::document::value::{visible_name, visible_value};
use crate::meaning::blame::{BlameScope, BlameState, BlameWalk, MemberSince};
use crate::store::{DocumentRow, Order, Reader};
use crate::terminal::{Aside, Style, width_of};
use crate::wording::text::duration_words;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct BlameOptions {
    /// Name of the document.
    pub target: String,
    /// Only this member.
    pub member: Option<String>,
    /// Each element of a set by itself.
    pub elements: bool,
    /// Whether it is printed as one JSON array.
    pub is_json: bool,
}

#[derive(Serialize)]
struct BlameJson<'a> {
    member: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<ElementJson<'a>>,
    value: &'a Value,
    since: Timestamp,
    event: Option<i64>,
    accepted: Option<AcceptedJson<'a>>,
    before_for: Option<i64>,
}

/// An element of a set; `null` for a member that is not a set.
#[derive(Serialize)]
#[serde(transparent)]
struct ElementJson<'a>(Option<&'a Value>);

#[derive(Serialize)]
struct AcceptedJson<'a> {
    event: i64,
    reason: &'a str,
}

/// For the number of an event: the number of the event that accepted it, and the reason given.
type AcceptedBy = BTreeMap<i64, (i64, String)>;

/// Prints since when each member has had its value.
pub fn blame(
    reader: &Reader,
    options: &BlameOptions,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    at_one_moment(reader, out, |reader, out| {
        answered(reader, options, style, out)
    })
}

fn answered(
    reader: &Reader,
    options: &BlameOptions,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let documents = reader.documents()?;
    let row = meant(reader, &documents, options)?;
    let scope = BlameScope {
        member: options.member.as_deref(),
        elements: options.elements,
    };
    let found = found(reader, row, scope)?;
    if let (true, Some(member)) = (found.is_empty(), scope.member) {
        writeln!(Aside, "{}", hint(reader, row, member)?)?;
    }
    let mut accepted = AcceptedBy::new();
    for event in found.iter().filter_map(|since| since.event) {
        if !accepted.contains_key(&event) {
            accepted.extend(reader.accepted(event)?.map(|by| (event, by)));
        }
    }
    if options.is_json {
        let lines: Vec<BlameJson<'_>> = found
            .iter()
            .map(|since| line(since, options, &accepted))
            .collect();
        writeln!(out, "{}", json::pretty(&lines)?)?;
        return Ok(());
    }
    table(&found, &accepted, style, out)
}

/// The document that is meant: of several, the one that has the member which is asked for.
fn meant<'d>(
    reader: &Reader,
    documents: &'d [DocumentRow],
    options: &BlameOptions,
) -> anyhow::Result<&'d DocumentRow> {
    let mut found = target::called(documents, &options.target)?;
    if let (true, Some(member)) = (found.len() > 1, &options.member) {
        let (mut having, mut hints) = (Vec::new(), Vec::new());
        for row in &found {
            if newest(reader, row)?.members().contains_key(member) {
                having.push(*row);
            } else {
                hints.push(hint(reader, row, member)?);
            }
        }
        if having.is_empty() {
            return Err(UsageError(hints.join("\n")).into());
        }
        found = having;
    }
    Ok(target::only(&found, &options.target)?)
}

fn newest(reader: &Reader, row: &DocumentRow) -> anyhow::Result<Document> {
    let state = target::state(reader, row, target::StateSelector::Now)?;
    of_state(row, &state.canonical)
}

fn of_state(row: &DocumentRow, canonical: &str) -> anyhow::Result<Document> {
    Document::from_canonical(row.kind.kind(), canonical)
        .with_context(|| format!("what is stored of {} is no document", row.name()))
}

fn found(
    reader: &Reader,
    row: &DocumentRow,
    scope: BlameScope<'_>,
) -> anyhow::Result<Vec<MemberSince>> {
    let baseline = target::state(reader, row, target::StateSelector::Now)?;
    let newest = of_state(row, &baseline.canonical)?;
    let mut walk: Option<BlameWalk> = None;
    // States that are dated later than the one that stands: the clock was ahead for a moment. They were
    // there before it.
    let mut dated_ahead: Vec<AheadState> = Vec::new();
    reader.walk_states(row.target_id, Order::NewestFirst, |state| {
        let state = BlameState {
            since: state.first_seen_at,
            event: state.event,
            is_first: state.is_first,
            canonical: state.canonical,
        };
        let walk = match &mut walk {
            None if state.since > baseline.first_seen_at => {
                dated_ahead.push(AheadState::of(&state));
                return ControlFlow::Continue(());
            }
            None => {
                let mut begun = BlameWalk::of(&newest, &state, scope);
                for ahead in dated_ahead.drain(..) {
                    if begun.goes_on() {
                        begun.back(&ahead.as_state());
                    }
                }
                walk.insert(begun)
            }
            Some(walk) => {
                walk.back(&state);
                walk
            }
        };
        if walk.goes_on() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok(walk.map(BlameWalk::end).unwrap_or_default())
}

/// A state that waits until the one that stands was visited.
struct AheadState {
    since: Timestamp,
    event: Option<i64>,
    is_first: bool,
    canonical: String,
}

impl AheadState {
    fn of(state: &BlameState<'_>) -> Self {
        Self {
            since: state.since,
            event: state.event,
            is_first: state.is_first,
            canonical: state.canonical.to_owned(),
        }
    }

    fn as_state(&self) -> BlameState<'_> {
        BlameState {
            since: self.since,
            event: self.event,
            is_first: self.is_first,
            canonical: &self.canonical,
        }
    }
}

/// The message for a member that the document does not have.
fn hint(reader: &Reader, row: &DocumentRow, member: &str) -> anyhow::Result<String> {
    let newest = newest(reader, row)?;
    let near = nearest(member, newest.members().keys().map(String::as_str));
    let hint = match near {
        Some(near) => format!("; did you mean \"{}\"?", visible(near)),
        None => String::new(),
    };
    let (name, member) = (row.name(), visible(member));
    Ok(format!("{name} has no member \"{member}\" now{hint}"))
}

fn line<'a>(
    since: &'a MemberSince,
    options: &BlameOptions,
    accepted: &'a AcceptedBy,
) -> BlameJson<'a> {
    let by = since.event.and_then(|event| accepted.get(&event));
    BlameJson {
        member: &since.member,
        element: options
            .elements
            .then_some(ElementJson(since.is_element.then_some(&since.value))),
        value: &since.value,
        since: since.since,
        event: since.event,
        accepted: by.map(|(event, reason)| AcceptedJson {
            event: *event,
            reason,
        }),
        before_for: since.before_for.map(|stood| stood.as_secs()),
    }
}

/// Room that a value needs beside the rest; with less it gets a line of its own.
const ROOM: usize = 24;
/// Longest value that is shown, in characters.
const LONGEST: usize = 300;

fn table(
    found: &[MemberSince],
    accepted: &AcceptedBy,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut rows = vec![
        ["MEMBER", "SINCE (UTC)", "EVENT"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for since in found {
        rows.push(vec![
            visible_name(&since.member),
            since.since.strftime("%Y-%m-%d %H:%M").to_string(),
            format!(
                "{:>5}",
                since.event.map(|it| it.to_string()).unwrap_or_default()
            ),
        ]);
    }
    // A member whose name is hostile does not push out since when the others are what they are.
    let fitted = style.table(&rows, &[0]);
    let widest = fitted.iter().flatten().map(|line| width_of(line)).max();
    let rest = widest.unwrap_or_default() + 2;
    let is_below = style.width.is_some_and(|width| width < rest + ROOM);
    let indent = if is_below { 4 } else { rest };
    let mut lines = fitted.into_iter();
    let head = lines.next().unwrap_or_default();
    for (place, line) in head.iter().enumerate() {
        let value = if place == 0 && !is_below { "VALUE" } else { "" };
        writeln!(out, "{}", style.fit(beside(line, rest, value).trim_end()))?;
    }
    for (lines, since) in lines.zip(found) {
        let by = since
            .event
            .and_then(|event| accepted.get(&event))
            .map(|(event, reason)| format!("expected: \"{}\" (event {event})", visible(reason)));
        let texts = std::iter::once(words(since)).chain(by);
        let wrapped: Vec<String> = texts.flat_map(|text| style.wrap(&text, indent)).collect();
        let mut parts = wrapped.into_iter();
        for line in &lines {
            let first = if is_below { None } else { parts.next() };
            let line = beside(line, rest, &first.unwrap_or_default());
            writeln!(out, "{}", style.fit(line.trim_end()))?;
        }
        for part in parts {
            writeln!(out, "{}{part}", " ".repeat(indent))?;
        }
    }
    Ok(())
}

/// A line with a text in the column after it.
fn beside(line: &str, column: usize, text: &str) -> String {
    let gap = " ".repeat(column.saturating_sub(width_of(line)));
    format!("{line}{gap}{text}")
}

/// A value in words, and how long another one stood before it.
fn words(since: &MemberSince) -> String {
    let value = match &since.value {
        Value::Array(all) if !since.is_element && all.len() > 1 => {
            format!("{} values", grouped(all.len()))
        }
        Value::Array(all) if !since.is_element && all.len() == 1 => {
            let only = all.first().unwrap_or(&Value::Null);
            visible_value(only, LONGEST)
        }
        value => visible_value(value, LONGEST),
    };
    match since.before_for {
        Some(stood) => format!("{value}; {} the same before", duration_words(stood)),
        None => value,
    }
}
