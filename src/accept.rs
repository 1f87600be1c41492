//! `accept`: an event was expected.

use std::io::Write;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::config::Config;
use crate::policy::accept;
use crate::policy::event::Event;
use crate::store::{AlertPlan, Reader, Store, StoreError, TargetRow};
use crate::wording::summary;

/// How often it is tried again when a poll comes between.
const TRIES: usize = 20;
/// Longest reason, in characters.
const MAX_REASON: usize = 500;

/// Records that events were expected, and quiets what follows from them. Nothing is recorded unless all of
/// them can be accepted.
pub async fn accept(
    config: &Config,
    events: &[i64],
    reason: &str,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        bail!("--reason says why the event was expected: it is empty");
    }
    if reason.chars().count() > MAX_REASON {
        bail!("--reason is longer than {MAX_REASON} characters");
    }
    let reader = Reader::open(&config.store)?;
    let mut expected: Vec<Event> = Vec::new();
    for event in events {
        if !expected.iter().any(|known| known.id == *event) {
            expected.push(acceptable(&reader, *event)?);
        }
    }
    let targets = reader.targets()?;
    let store = Store::open(&config.store)?;
    let done = each(&store, &targets, &expected, reason, now, out).await;
    // The store is closed also after a failure, so that everything recorded is in one file.
    drop(reader);
    store.close().await;
    done
}

/// The event of this number, if it can be accepted.
fn acceptable(reader: &Reader, event: i64) -> anyhow::Result<Event> {
    let Some(accepted) = reader.event(event)? else {
        bail!("there is no event {event}; see: issuerwatch history");
    };
    let kind = accepted.body.kind();
    if !accept::can_be_accepted(kind) {
        bail!(
            "event {event} is of the kind \"{}\": there is nothing in it to expect",
            kind.as_str()
        );
    }
    if let Some(at) = accepted.acknowledged {
        bail!(
            "event {event} was accepted on {}",
            crate::wording::text::utc(at)
        );
    }
    Ok(accepted)
}

async fn each(
    store: &Store,
    targets: &[TargetRow],
    expected: &[Event],
    reason: &str,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for accepted in expected {
        let of_provider: Vec<&TargetRow> = targets
            .iter()
            .filter(|it| it.provider == accepted.provider)
            .collect();
        recorded(store, &of_provider, accepted, reason, now, out).await?;
    }
    Ok(())
}

async fn recorded(
    store: &Store,
    targets: &[&TargetRow],
    accepted: &Event,
    reason: &str,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let event = accepted.id;
    for target in targets {
        let is_own = target.kind == accepted.document;
        let reason = is_own.then_some(reason);
        let mut tries = 0;
        loop {
            let tracking = store.tracking(target.target_id)?;
            let transition = accept::accept(&tracking, accepted, reason, now).worded(summary::of);
            let nobody = AlertPlan {
                due_at: now,
                ..AlertPlan::default()
            };
            match store.record(transition, nobody).await {
                Ok(recorded) => {
                    for id in recorded.events {
                        writeln!(out, "event {id}: event {event} is accepted")?;
                    }
                    break;
                }
                // A poll was recorded in between, so its result is read and the step is tried again.
                Err(StoreError::Stale { .. }) if tries < TRIES => tries += 1,
                Err(error) => return Err(error).context("the event is not accepted"),
            }
        }
    }
    Ok(())
}
