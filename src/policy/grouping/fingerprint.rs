//! What makes the news of two providers the same news.
//!
//! Of replaced keys the values are left out: that several providers replace their keys is the same
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

/// What is the same in the news of providers that are told of in one mail of this kind.
pub fn loose_fingerprint(kind: MailKind, events: &[&Event]) -> String {
    let parts = events.iter().map(|event| {
        let about = About {
            id: event.id,
            provider: &event.provider,
            document: &event.document,
            body: &event.body,
        };
        event_hash(&about, alike)
    });
    fingerprint(kind, parts)
}

/// What is the same in the news of two providers whose events have these parts.
pub(super) fn fingerprint(kind: MailKind, parts: impl Iterator<Item = String>) -> String {
    let parts: BTreeSet<String> = match kind {
        // A summary is one of a kind.
        MailKind::Summary => BTreeSet::new(),
        _ => parts.collect(),
    };
    let whole = json!([kind, parts]);
    sha256_hex(whole.to_string().as_bytes())
}

/// An event that is stored, or is about to be.
pub(super) struct About<'a> {
    pub(super) id: i64,
    pub(super) provider: &'a str,
    pub(super) document: &'a DocumentName,
    pub(super) body: &'a NewEvent,
}

/// What one event contributes: the hash of what it tells, as `change` sees its changes.
pub(super) fn event_hash(event: &About<'_>, change: fn(&Change) -> Value) -> String {
    sha256_half(&content(event, change).to_string())
}

/// What an outage and its end contribute.
fn outage(failed: &FailedPolls, reminder: Option<u64>) -> Value {
    let last = failed.latest.last().map(|poll| &poll.failure);
    // What is wrong with this machine is one piece of news, however it shows.
    if last.is_some_and(|failure| failure.cause.side() == Side::Here) {
        return json!(["here"]);
    }
    // Which documents are concerned is each provider's own: the cause is the news. How often it
    // was told is another piece of it.
    json!([
        // Whether answers disagree, which was a failure once: hashes stay as they are.
        false,
        last.map(|failure| (failure.kind, failure.status)),
        reminder,
    ])
}

fn content(event: &About<'_>, change: fn(&Change) -> Value) -> Value {
    let body = event.body;
    match &body.body {
        EventBody::Failing(Failing {
            failed, reminder, ..
        }) => outage(failed, *reminder),
        EventBody::Recovered(Recovered { failed, .. }) => outage(failed, None),
        EventBody::Changed(it) => {
            let told = it.changes.iter().filter(|change| !change.damped);
            // Hashed one by one: together they may be as large as two documents.
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

/// Of keys only that they changed: every key is another one.
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
