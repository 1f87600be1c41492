//! What `check` prints: a table whose columns line up over all documents.

use std::collections::BTreeSet;
use std::io::Write;

use super::poll_news::PollNews;
use super::row::{CheckRow, RowState, failure};
use super::tree;
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::meaning::change::{Finding, FindingState};
use crate::meaning::finding;
use crate::meaning::key_set::about;
use crate::policy::event::{EventKind, NewEvent};
use crate::store::Store;
use crate::terminal::Style;
use crate::watch::flight::{DeliveryCount, DeliveryRun};
use crate::watch::report::PollReport;
use crate::wording::text::{change_lines, counted, duration_words};
use crate::wording::tree::branch;
use crate::wording::{failure, summary};

/// The columns that give way on a narrow terminal: provider, document, and why it failed.
const NAMES: [usize; 3] = [0, 1, 3];

/// One row a document, and below it what is new.
pub(super) fn table(
    out: &mut dyn Write,
    style: Style,
    store: &Store,
    polled: &[CheckRow<'_>],
) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = polled.iter().map(|polled| row(style, polled)).collect();
    for (lines, polled) in style.table(&rows, &NAMES).iter().zip(polled) {
        for line in lines {
            writeln!(out, "{line}")?;
        }
        if let Some(report) = polled.report {
            details(out, style, polled, report, &PollNews::of(store, report)?)?;
        }
        for words in tree::not_followed(store, polled.watched)? {
            block(out, style, "  note      ", &words)?;
        }
    }
    Ok(())
}

/// The severity that the row of a document names.
fn gravest(polled: &CheckRow<'_>) -> Option<Severity> {
    let events = &polled.report?.transition.events;
    events.iter().filter_map(|event| event.severity).max()
}

fn row(style: Style, polled: &CheckRow<'_>) -> Vec<String> {
    let target = &polled.watched.target;
    let mut row = vec![
        target.provider.clone(),
        branch(&target.kind).unwrap_or_else(|| target.kind.to_string()),
        style.toned(polled.seen.as_str(), polled.seen.tone()),
    ];
    let Some(report) = polled.report else {
        if let RowState::Waits(wait) = polled.seen {
            row.push(wait.to_string());
        }
        return row;
    };
    let outage = report.transition.tracking.state.outage.as_ref();
    row.push(match (failure(report), gravest(polled)) {
        (Some(failure), _) if polled.seen == RowState::Unconfirmed => {
            format!("the second fetch failed: {}", visible(&failure.detail))
        }
        (Some(failure), _) => visible(&failure.detail),
        (None, Some(severity)) => style.severity(severity),
        (None, None) => String::new(),
    });
    let hundredths = report.observation.elapsed_ms.unwrap_or_default() / 10;
    row.push(format!("{}.{:02} s", hundredths / 100, hundredths % 100));
    row.push(match (outage, report.known_since, polled.seen) {
        (Some(outage), ..) => format!("{} in a row", outage.failures),
        (None, Some(known_since), RowState::Unchanged) => {
            let since = report.observation.at.duration_since(known_since);
            format!("since {}", duration_words(since))
        }
        _ => String::new(),
    });
    row
}

/// How many documents there are of each outcome, in one line.
pub(super) fn total(rows: &[CheckRow<'_>]) -> String {
    let always = ["changed", "unchanged", "failed"];
    let words = [
        "changed",
        "unchanged",
        "first seen",
        "unconfirmed",
        "inconsistent",
        "waits",
        "failed",
    ];
    let parts: Vec<String> = words
        .into_iter()
        .filter_map(|word| {
            let count = rows.iter().filter(|row| row.seen.as_str() == word).count();
            (count > 0 || always.contains(&word)).then(|| format!("{count} {word}"))
        })
        .collect();
    format!(
        "{}: {}",
        counted(rows.len() as u64, "document"),
        parts.join(", ")
    )
}

fn details(
    out: &mut dyn Write,
    style: Style,
    polled: &CheckRow<'_>,
    report: &PollReport,
    told: &PollNews,
) -> std::io::Result<()> {
    for event in &told.events {
        news(out, style, event)?;
    }
    let tracking = &report.transition.tracking;
    let last = tracking.state.outage.as_ref();
    if let Some(poll) = last.and_then(|outage| outage.polls.last())
        && let Some(advice) = failure::advice(
            &poll.failure,
            &polled.watched.target.kind,
            tracking.last_good_at.is_some(),
        )
    {
        block(out, style, "  do        ", &advice)?;
    }
    if polled.seen == RowState::First {
        let events = told.events.iter();
        let of_events: BTreeSet<_> = events
            .flat_map(|event| event.findings().iter().map(|moved| moved.finding.fact()))
            .collect();
        let findings = told.findings.iter();
        for finding in findings.filter(|finding| !of_events.contains(&finding.fact())) {
            let member = visible(finding.subject.as_str());
            let named = format!("{} {member}", finding.rule);
            let line = format!("{}: {}", named.trim_end(), finding.why);
            block(out, style, "  finding   ", &line)?;
            values(out, style, finding, false)?;
        }
    }
    for (id, event) in report.events.iter().zip(&report.transition.events) {
        let mail = match polled.recipients {
            _ if !event.alert => String::new(),
            0 => ", mailed to nobody".to_owned(),
            1 => ", mail to 1 recipient".to_owned(),
            many => format!(", mail to {many} recipients"),
        };
        writeln!(out, "  event {id}{mail}: issuerwatch history show {id}")?;
    }
    Ok(())
}

/// A finding by its rule and, if it is about one, its member; and the keys that it is about.
fn named(finding: &Finding) -> String {
    if finding.client.is_some() {
        return format!("{}: {}", finding.rule, finding.why);
    }
    let (rule, member) = (&finding.rule, visible(finding.subject.as_str()));
    let named = format!("{rule} {member}").trim_end().to_owned();
    match about::words(finding) {
        Some(keys) => format!("{named}: {keys}"),
        None => named,
    }
}

/// The values that a finding is about, and what to look at first.
fn values(
    out: &mut dyn Write,
    style: Style,
    finding: &Finding,
    is_first: bool,
) -> std::io::Result<()> {
    for line in finding::value_lines(finding) {
        for part in style.folded(&line, 14) {
            writeln!(out, "              {part}")?;
        }
    }
    match finding::advice(finding, is_first) {
        Some(advice) => block(out, style, "            ", &advice),
        None => Ok(()),
    }
}

/// Words behind a head of twelve columns, and below them what does not fit beside it.
fn block(out: &mut dyn Write, style: Style, head: &str, text: &str) -> std::io::Result<()> {
    let mut head = head;
    for line in style.wrap(text, 12) {
        writeln!(out, "{head}{line}")?;
        head = "            ";
    }
    Ok(())
}

fn news(out: &mut dyn Write, style: Style, event: &NewEvent) -> std::io::Result<()> {
    let head = |severity: Severity| {
        // The blanks are counted from the bare word, because escape codes take no columns.
        let blanks = 8_usize.saturating_sub(severity.as_str().len());
        format!("  {}{}  ", style.severity(severity), " ".repeat(blanks))
    };
    // A damped event repeats the changes of the changed event beside it, so they are not printed again.
    if !matches!(event.kind(), EventKind::Damped) {
        for change in event.changes() {
            let used = if change.used { "  you use this" } else { "" };
            let collected = if change.damped { "  held back" } else { "" };
            let words = format!("{}{used}{collected}", summary::words(change));
            block(out, style, &head(change.severity), &words)?;
            for (sign, value) in change_lines(change) {
                let mut sign = sign;
                for part in style.folded(&value, 16) {
                    writeln!(out, "              {sign} {part}")?;
                    sign = ' ';
                }
            }
            let why = format!("{} [{}]", change.why, change.rule);
            block(out, style, "            ", &why)?;
        }
    }
    for moved in event.findings() {
        let state = match moved.state {
            FindingState::New => "new finding",
            FindingState::Cured => "cured",
        };
        let line = format!("{state}: {}", named(&moved.finding));
        block(out, style, &head(moved.finding.severity), &line)?;
        if moved.state == FindingState::New {
            values(out, style, &moved.finding, event.is_of_first_document())?;
        }
    }
    let is_told_by_its_summary = matches!(
        event.kind(),
        EventKind::Failing
            | EventKind::Inconsistent
            | EventKind::Recovered
            | EventKind::Damped
            | EventKind::Settled
    );
    if is_told_by_its_summary {
        for line in style.wrap(&event.summary, 2) {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

/// Prints what became of the mails, if not all of them were delivered.
pub(super) fn round(out: &mut dyn Write, style: Style, round: &DeliveryRun) -> std::io::Result<()> {
    count(out, style, "mail", &round.mails)?;
    count(out, style, "post", &round.posts)
}

fn count(
    out: &mut dyn Write,
    style: Style,
    what: &str,
    count: &DeliveryCount,
) -> std::io::Result<()> {
    let told = [
        (
            &count.deferred,
            "deferred",
            "tried again by `run` or the next `check`",
        ),
        (
            &count.lost,
            "refused or given up",
            "see `issuerwatch outbox`",
        ),
    ];
    for (these, how, then) in told.into_iter().filter(|(these, ..)| these.count > 0) {
        let all = counted(these.count as u64, what);
        let mut lines = style.wrap(&format!("{all} {how}; {then}"), 0);
        for (to, why) in &these.first {
            let words = format!("{}: {}", visible(to), visible(why));
            let own = style.wrap(&words, 2);
            lines.extend(own.into_iter().map(|line| format!("  {line}")));
        }
        if let more @ 1.. = these.count - these.first.len() {
            lines.push(format!("  {more} more"));
        }
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}
