//! What `check` prints: a table whose columns line up over all documents, or JSON Lines.

use std::io::Write;

use serde_json::{Value, json};

use super::{Format, Polled, Seen};
use crate::model::change::{Finding, FindingState};
use crate::model::event::{EventKind, NewEvent};
use crate::model::summary;
use crate::model::text::{change_lines, duration_words, visible};
use crate::terminal::{Style, columns};
use crate::watch::courier::Round;

/// One row a document, and below it what is new.
pub(super) fn table(
    out: &mut dyn Write,
    style: Style,
    polled: &[Polled<'_>],
) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = polled.iter().map(row).collect();
    for (line, polled) in columns(&rows).iter().zip(polled) {
        writeln!(out, "{}", style.fit(line))?;
        details(out, style, polled)?;
    }
    Ok(())
}

fn row(polled: &Polled<'_>) -> Vec<String> {
    let target = &polled.watched.target;
    let mut row = vec![
        target.provider.clone(),
        target.kind.to_string(),
        polled.seen.as_str().to_owned(),
    ];
    let Some(report) = polled.report else {
        row.push("it is not known yet where it is".to_owned());
        return row;
    };
    let transition = &report.transition;
    let severity = transition.events.iter().filter_map(|it| it.severity).max();
    let outage = transition.tracking.state.outage.as_ref();
    let cause = outage.and_then(|outage| outage.polls.last());
    row.push(match (cause, severity) {
        (Some(poll), _) => visible(&poll.failure.detail),
        (None, Some(severity)) => severity.to_string(),
        (None, None) => String::new(),
    });
    let hundredths = report.observation.elapsed_ms / 10;
    row.push(format!("{}.{:02} s", hundredths / 100, hundredths % 100));
    row.push(match (outage, &report.before.baseline, polled.seen) {
        (Some(outage), ..) => format!("{} in a row", outage.failures),
        (None, Some(baseline), Seen::Unchanged) => {
            let since = report.observation.at.duration_since(baseline.first_seen_at);
            format!("since {}", duration_words(since))
        }
        _ => String::new(),
    });
    row
}

fn details(out: &mut dyn Write, style: Style, polled: &Polled<'_>) -> std::io::Result<()> {
    let Some(report) = polled.report else {
        return Ok(());
    };
    for event in &report.transition.events {
        news(out, style, event)?;
    }
    if polled.seen == Seen::First {
        let told = report.transition.events.iter();
        let told: Vec<&Finding> = told
            .flat_map(|event| event.findings.iter().map(|moved| &moved.finding))
            .collect();
        let findings = report.transition.tracking.state.findings.iter();
        for finding in findings.filter(|finding| !told.contains(finding)) {
            let member = visible(&finding.member);
            writeln!(
                out,
                "  finding   {} {member}: {}",
                finding.rule, finding.why
            )?;
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

fn news(out: &mut dyn Write, style: Style, event: &NewEvent) -> std::io::Result<()> {
    let word = |severity: crate::model::severity::Severity| {
        // The escape codes have no width.
        let blanks = 8_usize.saturating_sub(severity.as_str().len());
        format!("{}{}", style.severity(severity), " ".repeat(blanks))
    };
    // The changed event beside it shows the same changes.
    if !matches!(event.kind, EventKind::Damped) {
        for change in &event.changes {
            let used = if change.used { "  you use this" } else { "" };
            let held = if change.damped { "  held back" } else { "" };
            let words = summary::words(change);
            writeln!(out, "  {}  {words}{used}{held}", word(change.severity))?;
            for (sign, value) in change_lines(change) {
                writeln!(out, "              {sign} {value}")?;
            }
            writeln!(out, "            {} [{}]", change.why, change.rule)?;
        }
    }
    for moved in &event.findings {
        let state = match moved.state {
            FindingState::New => "new finding",
            FindingState::Cured => "cured",
        };
        let finding = &moved.finding;
        let member = visible(&finding.member);
        writeln!(
            out,
            "  {}  {state}: {} {member}",
            word(finding.severity),
            finding.rule
        )?;
    }
    let is_told_by_its_summary = matches!(
        event.kind,
        EventKind::Failing | EventKind::Recovered | EventKind::Damped | EventKind::Settled
    );
    if is_told_by_its_summary {
        writeln!(out, "  {}", event.summary)?;
    }
    Ok(())
}

/// What became of the mails, where they did not all leave.
pub(super) fn round(out: &mut dyn Write, round: Round) -> std::io::Result<()> {
    let told = [
        (
            round.deferred,
            "not sent yet; `run` or the next `check` tries again",
        ),
        (round.lost, "refused or given up"),
    ];
    for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
        let plural = if count == 1 { "" } else { "s" };
        writeln!(out, "{count} mail{plural} {what}: issuerwatch status")?;
    }
    Ok(())
}

/// One object a document.
pub(super) fn json(
    out: &mut dyn Write,
    format: Format,
    polled: &[Polled<'_>],
) -> std::io::Result<()> {
    let all: Vec<Value> = polled.iter().map(object).collect();
    if format == Format::Json {
        return writeln!(out, "{:#}", Value::from(all));
    }
    for one in all {
        writeln!(out, "{one}")?;
    }
    Ok(())
}

fn object(polled: &Polled<'_>) -> Value {
    let target = &polled.watched.target;
    let outcome = polled.seen.as_str().replace(' ', "-");
    let Some(report) = polled.report else {
        return json!({
            "provider": target.provider, "document": target.kind, "outcome": outcome,
            "events": [], "changes": [], "findings": [],
            "failure": {"kind": "unresolved", "detail": "it is not known yet where it is"},
        });
    };
    let transition = &report.transition;
    let outage = transition.tracking.state.outage.as_ref();
    let failure = outage.and_then(|outage| outage.polls.last());
    let events = || transition.events.iter();
    let telling = events().filter(|event| event.kind == EventKind::Changed);
    let changes: Vec<_> = telling.flat_map(|event| &event.changes).collect();
    let findings: Vec<_> = events().flat_map(|event| &event.findings).collect();
    json!({
        "provider": target.provider,
        "document": target.kind,
        "url": report.observation.url,
        "at": report.observation.at,
        "outcome": outcome,
        "elapsed_ms": report.observation.elapsed_ms,
        "events": report.events,
        "changes": changes,
        "findings": findings,
        "failure": failure.map(|poll| &poll.failure),
    })
}
