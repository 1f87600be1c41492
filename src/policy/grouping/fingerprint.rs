//! Decides by fingerprint whether two providers have the same news.
//!
//! The values of replaced keys are left out: when several providers replace their keys, that is the same
//! news whatever the keys are.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::failure::Side;
use crate::document::fingerprint::{sha256_half, sha256_hex};
use crate::document::name::DocumentName;
use crate::document::severity::Group as Members;
use crate::meaning::change::Change;
use crate::policy::event::{Event, EventBody, FailedPolls, Failing, NewEvent, Recovered};
use crate::policy::mail::MailKind;

/// The fingerprint by which news of several providers goes into one mail of this kind.
pub fn loose_fingerprint(kind: MailKind, events: &[&Event]) -> String {
    let parts = events.iter().map(|event| {
        let about = FingerprintedEvent {
            id: event.id,
            provider: &event.provider,
            document: &event.document,
            body: &event.body,
        };
        event_hash(&about, alike)
    });
    fingerprint(kind, parts)
}

/// The fingerprint of the news of a provider whose events have these parts.
pub(super) fn fingerprint(kind: MailKind, parts: impl Iterator<Item = String>) -> String {
    let parts: BTreeSet<String> = match kind {
        // All summaries of a recipient have the same fingerprint.
        MailKind::Summary => BTreeSet::new(),
        _ => parts.collect(),
    };
    let whole = json!([kind, parts]);
    sha256_hex(whole.to_string().as_bytes())
}

/// An event that is stored, or is about to be.
pub(super) struct FingerprintedEvent<'a> {
    pub(super) id: i64,
    pub(super) provider: &'a str,
    pub(super) document: &'a DocumentName,
    pub(super) body: &'a NewEvent,
}

/// The part of one event: a hash of what it tells, where `change` gives the value of each change.
pub(super) fn event_hash(event: &FingerprintedEvent<'_>, change: fn(&Change) -> Value) -> String {
    sha256_half(&content(event, change).to_string())
}

/// The part of an outage and of its end.
fn outage(failed: &FailedPolls, reminder: Option<u64>) -> Value {
    let last = failed.latest.last().map(|poll| &poll.failure);
    // Any fault of this machine is the same news, whatever error it causes.
    if last.is_some_and(|failure| failure.cause.side() == Side::Here) {
        return json!(["here"]);
    }
    // The documents concerned differ between providers and are left out: the cause is the news. How often
    // it was told is included, because a reminder is other news.
    json!([
        // Disagreement was once stored as a failure; this field stays so that hashes do not change.
        false,
        last.map(|failure| (failure.kind, failure.status)),
        reminder,
    ])
}

fn content(event: &FingerprintedEvent<'_>, change: fn(&Change) -> Value) -> Value {
    let body = event.body;
    match &body.body {
        EventBody::Failing(Failing {
            failed, reminder, ..
        }) => outage(failed, *reminder),
        EventBody::Recovered(Recovered { failed, .. }) => outage(failed, None),
        EventBody::Changed(it) => {
            let told = it.changes.iter().filter(|change| !change.damped);
            // Each is hashed alone, because together they may be as large as two documents.
            let changes = told.map(|one| sha256_half(&change(one).to_string()));
            json!([event.document, changes.collect::<Vec<_>>()])
        }
        EventBody::Finding(found) => {
            let mut findings: Vec<Value> = found
                .findings
                .iter()
                .map(|moved| {
                    let finding = &moved.finding;
                    let told = (
                        &finding.rule,
                        &finding.subject,
                        finding.severity,
                        moved.state,
                    );
                    match &finding.client {
                        Some(client) => json!([told, client]),
                        None => json!(told),
                    }
                })
                .collect();
            findings.sort_by_key(Value::to_string);
            json!([event.document, findings])
        }
        _ => json!([event.provider, event.id]),
    }
}

/// A change without the values of keys, because every key has other values.
pub(super) fn alike(change: &Change) -> Value {
    match change.group {
        Members::Keys => json!([change.rule, change.subject, change.severity, change.used]),
        _ => exactly(change),
    }
}

pub(super) fn exactly(change: &Change) -> Value {
    let all = |values: &[Value]| values.iter().map(hostless).collect::<Vec<_>>();
    json!([
        change.rule,
        change.subject,
        change.severity,
        change.used,
        change.before.as_ref().map(hostless),
        change.after.as_ref().map(hostless),
        all(&change.added),
        all(&change.removed),
    ])
}

/// A value with the hosts of its URLs taken out.
fn hostless(value: &Value) -> Value {
    match value {
        Value::String(text) => match url::Url::parse(text) {
            Ok(url) if url.has_host() => {
                let rest = text.split_once("://").map_or("", |(_, rest)| rest);
                let path = rest.find('/').and_then(|at| rest.get(at..));
                Value::from(format!("{}://*{}", url.scheme(), path.unwrap_or("")))
            }
            Ok(_) | Err(_) => value.clone(),
        },
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), hostless(value)))
            .collect(),
        Value::Array(values) => values.iter().map(hostless).collect(),
        other => other.clone(),
    }
}
