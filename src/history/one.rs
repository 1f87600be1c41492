//! One event, one document, and the proof of all.

use std::io::Write;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::asked::{Format, unknown};
use super::json;
use crate::clock::moment::When;
use crate::document::kind::Kind;
use crate::document::text::visible;
use crate::document::value::visible_name;
use crate::meaning::change::FindingState;
use crate::meaning::finding;
use crate::meaning::provider::is_called;
use crate::policy::channel::Channel;
use crate::policy::event::Event;
use crate::store::{DeliveryRow, Reader};
use crate::terminal::Style;
use crate::wording::text::{change_lines, counted, duration_words, utc};

/// Prints one event whole.
pub fn show(
    reader: &Reader,
    id: i64,
    format: Format,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let event = reader
        .event(id)?
        .with_context(|| format!("there is no event {id}"))?;
    match format {
        Format::Json => writeln!(out, "{}", json::whole(&event)?)?,
        Format::Jsonl => writeln!(out, "{}", json::text(&event)?)?,
        Format::Patch => {
            let patch = event.body.patch.context("this event has no patch")?;
            let patch = json::pretty(&patch.operations())?;
            writeln!(out, "{patch}")?;
        }
        Format::Table | Format::Markdown => whole(reader, &event, style, out)?,
    }
    Ok(())
}

fn whole(reader: &Reader, event: &Event, style: Style, out: &mut dyn Write) -> anyhow::Result<()> {
    let body = &event.body;
    title(out, style, event)?;
    times(out, style, event, reader.accepted(event.id)?)?;
    changes(out, style, event)?;
    findings(out, style, event)?;
    for poll in &body.circumstance.failed_polls {
        let line = format!(
            "  {} UTC  {}",
            seconds(poll.at),
            visible(&poll.failure.detail)
        );
        writeln!(out, "{}", style.fit(&line))?;
    }
    writeln!(out)?;
    for row in reader.deliveries_of(event.id)? {
        let mut head = match row.channel {
            Channel::Mail => "mail    ",
            Channel::Webhook => "webhook ",
        };
        for line in style.wrap(&delivery(&row), head.len()) {
            writeln!(out, "{head}{line}")?;
            head = "        ";
        }
    }
    if body.patch.is_some() {
        writeln!(
            out,
            "patch   issuerwatch history show {} --format patch",
            event.id
        )?;
    }
    let hash = style.hash(&event.hash);
    match event.id - 1 {
        0 => writeln!(out, "hash    {hash}, the first of the chain")?,
        before => writeln!(out, "hash    {hash}, chained to event {before}")?,
    }
    Ok(())
}

fn title(out: &mut dyn Write, style: Style, event: &Event) -> std::io::Result<()> {
    let body = &event.body;
    let about = &body.circumstance;
    let severity = body
        .severity
        .map(|severity| style.severity(severity))
        .unwrap_or_default();
    let line = format!(
        "event {}   {} / {}   {}   {severity}",
        event.id,
        event.provider,
        event.document,
        body.kind.as_str()
    );
    writeln!(out, "{}", line.trim_end())?;
    if let Some(url) = &about.url {
        for part in style.folded(&visible(url), 2) {
            writeln!(out, "  {part}")?;
        }
    }
    if let Some(url) = &about.final_url {
        for part in style.folded(&format!("answered from {}", visible(url)), 2) {
            writeln!(out, "  {part}")?;
        }
    }
    for line in style.wrap(&visible(&body.summary), 2) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// When it was seen, when somebody expected it, how long what was before had been there.
fn times(
    out: &mut dyn Write,
    style: Style,
    event: &Event,
    accepted: Option<(i64, String)>,
) -> std::io::Result<()> {
    let body = &event.body;
    let about = &body.circumstance;
    let confirmed = about
        .confirmed_at
        .map(|at| format!(", confirmed {}", at.strftime("%H:%M:%S")));
    let first = body.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    writeln!(
        out,
        "  first seen     {first}{}",
        confirmed.unwrap_or_default()
    )?;
    if let (Some(at), Some((by, reason))) = (event.acknowledged, accepted) {
        let line = format!("{} UTC (event {by}): {}", seconds(at), visible(&reason));
        let mut title = "accepted      ";
        for line in style.wrap(&line, 17) {
            writeln!(out, "  {title} {line}")?;
            title = "              ";
        }
    }
    if let (Some(since), Some(until)) = (about.old_since, about.last_good_at) {
        let lasted = duration_words(until.duration_since(since));
        let (since, until) = (seconds(since), seconds(until));
        writeln!(out, "  old state      {since} to {until} UTC ({lasted})")?;
    }
    Ok(())
}

fn changes(out: &mut dyn Write, style: Style, event: &Event) -> std::io::Result<()> {
    for (number, change) in (1..).zip(&event.body.changes) {
        let used = if change.used { "   you use this" } else { "" };
        let severity = style.severity(change.severity);
        let member = visible_name(&change.member);
        writeln!(
            out,
            "\n{number} {severity}  {}  {member}{used}",
            change.rule
        )?;
        for (mut sign, value) in change_lines(change) {
            for part in style.folded(&value, 6) {
                writeln!(out, "    {sign} {part}")?;
                sign = ' ';
            }
        }
        for text in [&change.why, &change.advice, &change.reference] {
            for line in style.wrap(text, 4) {
                writeln!(out, "    {line}")?;
            }
        }
    }
    Ok(())
}

fn findings(out: &mut dyn Write, style: Style, event: &Event) -> std::io::Result<()> {
    let body = &event.body;
    for moved in &body.findings {
        let state = match moved.state {
            FindingState::New => "new finding",
            FindingState::Cured => "cured",
        };
        let (rule, why) = (&moved.finding.rule, &moved.finding.why);
        let member = visible(&moved.finding.member);
        let severity = style.severity(moved.finding.severity);
        writeln!(out, "\n{state}  {severity}  {rule}  {member}")?;
        for line in finding::value_lines(&moved.finding) {
            for part in style.folded(&line, 4) {
                writeln!(out, "    {part}")?;
            }
        }
        for line in style.wrap(why, 4) {
            writeln!(out, "    {line}")?;
        }
        let is_new = moved.state == FindingState::New;
        let advice = finding::advice(&moved.finding, is_new && body.is_of_first_document());
        for line in style.wrap(&advice.unwrap_or_default(), 4) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// What became of a mail to one recipient.
fn delivery(row: &DeliveryRow) -> String {
    let reason = visible(row.reason.as_deref().unwrap_or_default());
    let reason = match reason.as_str() {
        "" => String::new(),
        reason => format!(" ({reason})"),
    };
    let to = visible(&row.recipient);
    let tries = match row.attempts {
        1 => "1 try".to_owned(),
        many => format!("{many} tries"),
    };
    match row.settled_at {
        Some(at) => format!("{} {} UTC to {to}{reason}", row.state, seconds(at)),
        None if row.attempts == 0 => format!("waits for {to}"),
        None => {
            let next = seconds(row.next_attempt_at);
            format!("deferred to {to}, {tries}, next {next} UTC{reason}")
        }
    }
}

fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Most documents that are named where one is meant.
const SEVERAL: usize = 10;

fn said(when: When) -> String {
    match when {
        When::Instant(at) => format!("at {}", utc(at)),
        When::Day(day) => format!("on {day}"),
    }
}

/// Prints the document a target had at a time; on a day, the one it was left with.
pub fn at(
    reader: &Reader,
    target: &str,
    when: When,
    is_raw: bool,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let targets = reader.targets()?;
    let meant: Vec<(&str, Kind)> = targets
        .iter()
        .filter(|row| is_called(&row.provider, row.kind, target))
        .map(|row| (row.provider.as_str(), row.kind))
        .collect();
    let (name, kind) = match meant.as_slice() {
        [] => bail!(unknown(target, &targets)),
        [one] => *one,
        many => {
            let names = many.iter().take(SEVERAL);
            let names: Vec<String> = names.map(|(name, kind)| format!("{name}/{kind}")).collect();
            bail!(
                "{} has several documents: name one of {}",
                visible(target),
                names.join(", ")
            )
        }
    };
    let snapshot = reader
        .snapshot_at(name, kind, when.last())?
        .with_context(|| format!("{name}/{kind} was not known {}", said(when)))?;
    if let When::Day(day) = when {
        let before = reader.snapshot_at(name, kind, when.start())?;
        if before.is_some_and(|before| before.snapshot_id != snapshot.snapshot_id) {
            // Not into the document: it may be read by a program.
            writeln!(
                std::io::stderr(),
                "{name}/{kind} changed on {day}; this is how it was left. \
                 Before: issuerwatch history at {name}/{kind} {}",
                when.start()
            )?;
        }
    }
    if is_raw {
        let body = snapshot.body.context("the bytes are not kept any more")?;
        if style.width.is_some() {
            // A terminal is an interpreter: what the bytes say is shown, not done.
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

/// Proves the history; whether it holds.
pub fn verify(reader: &Reader, out: &mut dyn Write) -> anyhow::Result<bool> {
    let proved = reader.verify()?;
    match proved.broken {
        Some(broken) => {
            writeln!(
                out,
                "{} {} does not hold: {}",
                broken.table, broken.id, broken.what
            )?;
            Ok(false)
        }
        None => {
            let head = reader.head()?.map(|(_, hash)| hash).unwrap_or_default();
            let events = counted(proved.events, "event");
            let bodies = match proved.bodies {
                1 => "1 body".to_owned(),
                many => format!("{many} bodies"),
            };
            writeln!(out, "{events} and {bodies} hold; head {head}")?;
            Ok(true)
        }
    }
}
