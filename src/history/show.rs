//! `history show`: one event, with all that is known of it.

use std::io::Write;

use anyhow::{Context as _, bail};

use super::format::EventFormat;
use super::time::seconds;
use super::{fate, json, target};
use crate::document::text::visible;
use crate::document::value::visible_name;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::finding;
use crate::policy::event::Event;
use crate::store::Reader;
use crate::terminal::{Style, width_of};
use crate::wording::text::{change_lines, duration_words};

/// Prints events whole. JSON is one object for one event and an array of them for several; a patch is
/// printed of one event only, because two patches one after the other are no JSON.
pub fn show(
    reader: &Reader,
    ids: &[i64],
    format: EventFormat,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let find = |id: &i64| reader.event(*id)?.with_context(|| target::no_event(*id));
    let events = ids
        .iter()
        .map(find)
        .collect::<anyhow::Result<Vec<Event>>>()?;
    match (format, events.as_slice()) {
        (EventFormat::Json, [event]) => writeln!(out, "{}", json::whole(event)?)?,
        (EventFormat::Json, several) => {
            let wholes = several.iter().map(json::whole);
            let objects = wholes.collect::<Result<Vec<String>, _>>()?;
            writeln!(out, "[\n{}\n]", objects.join(",\n"))?;
        }
        (EventFormat::Jsonl, _) => {
            for event in &events {
                writeln!(out, "{}", json::text(event)?)?;
            }
        }
        (EventFormat::Patch, [event]) => {
            let patch = event.body.patch().context("this event has no patch")?;
            let patch = json::pretty(&patch.operations())?;
            writeln!(out, "{patch}")?;
        }
        (EventFormat::Patch, _) => bail!("--format patch prints the patch of one event"),
        (EventFormat::Table | EventFormat::Markdown, _) => {
            for (number, event) in events.iter().enumerate() {
                if number > 0 {
                    writeln!(out)?;
                }
                print_event(reader, event, style, out)?;
            }
        }
    }
    Ok(())
}

fn print_event(
    reader: &Reader,
    event: &Event,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let body = &event.body;
    print_title(out, style, event)?;
    print_times(out, style, event, reader.accepted(event.id)?)?;
    print_changes(out, style, event.body.changes())?;
    print_findings(out, style, event)?;
    for poll in body.failed().into_iter().flat_map(|failed| &failed.latest) {
        let line = format!(
            "  {} UTC  {}",
            seconds(poll.at),
            visible(&poll.failure.detail)
        );
        writeln!(out, "{}", style.fit(&line))?;
    }
    writeln!(out)?;
    fate::fate(reader, event, style, out)?;
    if body.patch().is_some() {
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

fn print_title(out: &mut dyn Write, style: Style, event: &Event) -> std::io::Result<()> {
    let body = &event.body;
    let source = body.source();
    let severity = body
        .severity
        .map(|severity| style.severity(severity))
        .unwrap_or_default();
    let line = format!(
        "event {}   {} / {}   {}   {severity}",
        event.id,
        event.provider,
        event.document,
        body.kind().as_str()
    );
    for line in title_lines(style, &line) {
        writeln!(out, "{line}")?;
    }
    if let Some(url) = source.and_then(|source| source.url.as_ref()) {
        for part in style.folded(&visible(url), 2) {
            writeln!(out, "  {part}")?;
        }
    }
    if let Some(url) = source.and_then(|source| source.final_url.as_ref()) {
        for part in style.folded(&format!("answered from {}", visible(url)), 2) {
            writeln!(out, "  {part}")?;
        }
    }
    for line in style.wrap(&visible(&body.summary), 2) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// The title, whose parts stand apart where there is room for it.
fn title_lines(style: Style, line: &str) -> Vec<String> {
    let line = line.trim_end();
    if style.width.is_none_or(|width| width_of(line) <= width) {
        return vec![line.to_owned()];
    }
    let mut lines = style.wrap(line, 2);
    for more in lines.iter_mut().skip(1) {
        more.insert_str(0, "  ");
    }
    lines
}

/// When it was seen, when somebody expected it, how long what was before had been there.
fn print_times(
    out: &mut dyn Write,
    style: Style,
    event: &Event,
    accepted: Option<(i64, String)>,
) -> std::io::Result<()> {
    let body = &event.body;
    let confirmed = body
        .provenance()
        .and_then(|seen| seen.confirmed_at)
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
    if let (Some(since), Some(until)) = (body.old_since(), body.last_good_at()) {
        let lasted = duration_words(until.duration_since(since));
        let (since, until) = (seconds(since), seconds(until));
        writeln!(out, "  old state      {since} to {until} UTC ({lasted})")?;
    }
    Ok(())
}

/// Prints each change with all its values.
pub(super) fn print_changes(
    out: &mut dyn Write,
    style: Style,
    changes: &[Change],
) -> std::io::Result<()> {
    for (number, change) in (1..).zip(changes) {
        let used = if change.used { "   you use this" } else { "" };
        let severity = style.severity(change.severity);
        let member = visible_name(change.subject.as_str());
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
        let texts = [change.advice.as_ref(), change.reference.as_ref()];
        for text in std::iter::once(&change.why).chain(texts.into_iter().flatten()) {
            for line in style.wrap(text, 4) {
                writeln!(out, "    {line}")?;
            }
        }
    }
    Ok(())
}

fn print_findings(out: &mut dyn Write, style: Style, event: &Event) -> std::io::Result<()> {
    let body = &event.body;
    for moved in body.findings() {
        let state = match moved.state {
            FindingState::New => "new finding",
            FindingState::Cured => "cured",
        };
        let (rule, why) = (&moved.finding.rule, &moved.finding.why);
        let member = visible(moved.finding.subject.as_str());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_fits_the_terminal_and_is_one_line_where_it_does() {
        let style = |width| Style {
            is_colored: false,
            width,
        };
        let line =
            "event 2   entra-common-prod / oauth-authorization-server   changed   breaking   ";
        assert_eq!(title_lines(style(None), line), [line.trim_end()]);
        assert_eq!(title_lines(style(Some(80)), line), [line.trim_end()]);
        assert_eq!(
            title_lines(style(Some(60)), line),
            [
                "event 2 entra-common-prod / oauth-authorization-server",
                "  changed breaking"
            ]
        );
    }
}
