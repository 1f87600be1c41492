//! `status` as one JSON object. The fields stand in the order in which they are printed.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::daemon::DaemonJson;
use super::health::next_poll;
use super::related::{self, PairJson};
use super::warnings::{self, CertificateJson};
use super::whole::Status;
use crate::document::text::escaped_json;
use crate::meaning::change::Finding;
use crate::store::UndeliveredMessage;

#[derive(Serialize)]
struct StatusJson<'a> {
    daemon: DaemonJson,
    targets: Vec<TargetJson<'a>>,
    related: Vec<PairJson<'a>>,
    outbox: OutboxJson<'a>,
    bodies: BodiesJson,
    events: i64,
    head: Option<&'a str>,
}

#[derive(Serialize)]
struct TargetJson<'a> {
    provider: &'a str,
    document: &'a str,
    url: Option<&'a str>,
    health: &'static str,
    last_poll: Option<Timestamp>,
    last_good: Option<Timestamp>,
    next_poll: Option<Timestamp>,
    unchanged_since: Option<Timestamp>,
    polls: u64,
    failed_polls: u64,
    findings: &'a [Finding],
    certificate: Option<CertificateJson<'a>>,
    sunset: Option<&'a str>,
    deprecation: Option<&'a str>,
    max_age: Option<u64>,
    not_followed: u64,
}

#[derive(Serialize)]
struct OutboxJson<'a> {
    waiting: u64,
    oldest: Option<Timestamp>,
    collected: u64,
    next_summary: Option<Timestamp>,
    expired: u64,
    refused: u64,
    troubles: Vec<TroubleJson<'a>>,
}

#[derive(Serialize)]
struct TroubleJson<'a> {
    id: Option<i64>,
    channel: &'static str,
    to: &'a str,
    state: &'static str,
    events: &'a [i64],
    subject: Option<&'a str>,
    due_at: Timestamp,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct BodiesJson {
    kept: u64,
    dropped: u64,
}

pub(super) fn print(status: &Status<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let outbox = &status.outbox;
    let report = StatusJson {
        daemon: status.daemon.json(),
        targets: targets(status).collect(),
        related: related::json(&status.related),
        outbox: OutboxJson {
            waiting: outbox.waiting,
            oldest: outbox.oldest_at,
            collected: outbox.collected,
            next_summary: outbox.next_summary_at,
            expired: outbox.expired,
            refused: outbox.refused,
            troubles: status.troubles.iter().map(|one| trouble(one)).collect(),
        },
        bodies: BodiesJson {
            kept: status.body_counts.with_body,
            dropped: status.body_counts.without_body,
        },
        events: status.head.as_ref().map_or(0, |(id, _)| *id),
        head: status.head.as_ref().map(|(_, hash)| hash.as_str()),
    };
    let text = serde_json::to_string_pretty(&report)?;
    writeln!(out, "{}", escaped_json(&text))?;
    Ok(())
}

fn targets<'a>(status: &'a Status<'_>) -> impl Iterator<Item = TargetJson<'a>> {
    let each = status.targets.iter().zip(status.healths);
    each.zip(&status.named).map(|((row, health), named)| {
        let (tracking, state) = (&row.tracking, &row.tracking.state);
        TargetJson {
            provider: &row.provider,
            document: row.kind.as_str(),
            url: row.url.as_deref(),
            health: health.as_str(),
            last_poll: tracking.last_poll_at,
            last_good: tracking.last_good_at,
            next_poll: next_poll(status.outline, row, *health, status.now),
            unchanged_since: tracking.baseline.as_ref().map(|it| it.first_seen_at),
            polls: tracking.polls,
            failed_polls: tracking.failed_polls,
            findings: tracking.findings(),
            certificate: warnings::certificate(state),
            sunset: state.facts.sunset.as_deref(),
            deprecation: state.facts.deprecation.as_deref(),
            max_age: state.facts.max_age,
            not_followed: (named.left_out.count + named.unfit.count) as u64,
        }
    })
}

fn trouble(one: &UndeliveredMessage) -> TroubleJson<'_> {
    TroubleJson {
        id: one.id,
        channel: one.channel.as_str(),
        to: &one.recipient,
        state: one.state.as_str(),
        events: &one.events,
        subject: one.subject.as_deref(),
        due_at: one.due_at,
        reason: one.reason.as_deref(),
    }
}
