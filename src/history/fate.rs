//! What became of an event: held back, waiting, mailed, answered.

use std::collections::BTreeSet;
use std::io::Write;

use super::time::seconds;
use crate::document::text::visible;
use crate::policy::channel::Channel;
use crate::policy::event::{Event, EventKind};
use crate::store::{AlertRow, DeliveryRow, Reader};
use crate::terminal::Style;

/// Prints what became of an event, one fact per line.
pub(super) fn fate(
    reader: &Reader,
    event: &Event,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut facts: Vec<(&str, String)> = Vec::new();
    let alerts = reader.alerts_of(event.id)?;
    // A damped event has a mail of its own, so only changes that were held back are named here.
    let is_held = event.body.kind() == EventKind::Changed;
    let damped: Vec<String> = event
        .body
        .changes()
        .iter()
        .filter(|change| is_held && change.damped)
        .map(|change| visible(change.subject.as_str()))
        .collect::<BTreeSet<String>>()
        .into_iter()
        .collect();
    let collected: Vec<String> = alerts
        .iter()
        .filter(|alert| alert.is_collected)
        .map(summary)
        .collect();
    if !damped.is_empty() {
        let until = if collected.is_empty() {
            "nothing in it was new, no summary tells of it".to_owned()
        } else {
            collected.join("; ")
        };
        facts.push(("held", format!("{} (damped): {until}", damped.join(", "))));
    }
    let is_waiting = |alert: &&AlertRow| !alert.is_collected && alert.composed_at.is_none();
    for alert in alerts.iter().filter(is_waiting) {
        let (to, due) = (recipients(alert), seconds(alert.due_at));
        let words = if alert.is_left_to_weekly {
            format!("collected until the weekly mail of {due} UTC, to {to}")
        } else {
            format!("waits for others until {due} UTC, to {to}")
        };
        facts.push((head(alert.channel), words));
    }
    for row in reader.deliveries_of(event.id)? {
        facts.push((head(row.channel), delivery(&row)));
    }
    for answer in reader.answers_to(event.id)? {
        let (at, kind) = (seconds(answer.at), answer.kind.as_str());
        let (id, summary) = (answer.event, visible(&answer.summary));
        let words = format!("by event {id}, {kind} {at} UTC: {summary}");
        facts.push(("answer", words));
    }
    for (title, words) in facts {
        let mut head = format!("{title:<8}");
        for line in style.wrap(&words, head.len()) {
            writeln!(out, "{head}{line}")?;
            head = " ".repeat(8);
        }
    }
    Ok(())
}

fn head(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => "mail",
        Channel::Webhook => "webhook",
    }
}

fn recipients(alert: &AlertRow) -> String {
    let all = alert.recipients.iter().map(|one| visible(one));
    all.collect::<Vec<_>>().join(", ")
}

/// The summary that tells of the event.
fn summary(alert: &AlertRow) -> String {
    let to = recipients(alert);
    match alert.composed_at {
        Some(at) => format!("told in the summary of {} UTC to {to}", seconds(at)),
        None => format!("until the summary of {} UTC to {to}", seconds(alert.due_at)),
    }
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
