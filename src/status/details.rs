//! What stands below the line of a target in `status`.

use std::io::Write;

use super::health::{Health, schedule};
use crate::config::Outline;
use crate::document::text::visible;
use crate::meaning::finding;
use crate::meaning::key_set::about;
use crate::policy::followed::NamedTargets;
use crate::store::TargetRow;
use crate::terminal::Style;
use crate::wording::text::{counted, shell_word, utc};
use crate::wording::tree;

/// Prints why it fails, and its findings.
pub(super) fn details(
    out: &mut dyn Write,
    style: Style,
    row: &TargetRow,
    health: Health,
) -> std::io::Result<()> {
    let state = &row.tracking.state;
    if let Some(outage) = state.outage.as_ref().filter(|_| health == Health::Failing) {
        let cause = outage
            .polls
            .last()
            .map(|poll| visible(&poll.failure.detail));
        let good = match row.tracking.last_good_at {
            Some(good) => format!("last good answer {}", utc(good)),
            None => "it never answered".to_owned(),
        };
        let (cause, since) = (cause.unwrap_or_default(), utc(outage.since));
        let polls = counted(outage.failures, "poll");
        let line = format!("  {cause} since {since}, {polls}; {good}");
        writeln!(out, "{}", style.fit(&line))?;
    }
    for finding in row.tracking.findings() {
        let member = visible(finding.subject.as_str());
        let severity = style.severity(finding.severity);
        let line = format!("  {severity}: {} {member}", finding.rule);
        let of_client = finding
            .client
            .as_ref()
            .map(|_| format!(": {}", finding.why));
        let keys = about::words(finding).map(|keys| format!(": {keys}"));
        let more = keys.or(of_client).unwrap_or_default();
        let line = format!("{}{more}", line.trim_end());
        writeln!(out, "{}", style.fit(&line))?;
        for line in finding::value_lines(finding) {
            writeln!(out, "{}", style.fit(&format!("    {line}")))?;
        }
    }
    Ok(())
}

/// Prints how it comes to its first poll, where it does not wait for another document that names it.
pub(super) fn never_polled(
    out: &mut dyn Write,
    style: Style,
    row: &TargetRow,
    health: Health,
) -> std::io::Result<()> {
    if health != Health::Unknown || row.kind.is_named_by_another() {
        return Ok(());
    }
    let provider = shell_word(&row.provider);
    let words = format!(
        "never polled: the daemon does so when it starts or reloads, and so does issuerwatch check {provider}"
    );
    for line in style.wrap(&words, 2) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// Prints since when nothing was polled, and how often the schedule asks for it.
pub(super) fn overdue(
    out: &mut dyn Write,
    style: Style,
    outline: &Outline,
    row: &TargetRow,
    health: Health,
) -> std::io::Result<()> {
    let schedule = schedule(outline, row).filter(|_| health == Health::Overdue);
    let Some((last, schedule)) = row.tracking.last_poll_at.zip(schedule) else {
        return Ok(());
    };
    let (last, often) = (utc(last), schedule.words());
    let words = format!("no poll since {last}, the schedule asks for one {often}");
    for line in style.wrap(&words, 2) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// Prints what a resource names and does not lead to.
pub(super) fn not_followed(
    out: &mut dyn Write,
    style: Style,
    named: &NamedTargets,
) -> std::io::Result<()> {
    for words in tree::not_followed(named) {
        for line in style.wrap(&words, 2) {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}
