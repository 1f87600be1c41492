//! What a replay counted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use super::batch_writer::WrittenBatch;
use crate::document::severity::Severity;
use crate::policy::event::EventKind;
use crate::policy::tracking::{SnapshotStep, Transition};
use crate::wording::text::counted;

/// Counts while a recording is played.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) observations: u64,
    pub(super) skipped: u64,
    providers: BTreeSet<String>,
    targets: u64,
    snapshots: u64,
    events: BTreeMap<&'static str, u64>,
    changes: BTreeMap<Severity, u64>,
    damped: u64,
}

/// The summary, its fields in the order in which they are printed.
#[derive(Serialize)]
struct SummaryJson<'a> {
    observations: u64,
    skipped: u64,
    providers: usize,
    targets: u64,
    snapshots: u64,
    events: u64,
    events_by_kind: &'a BTreeMap<&'static str, u64>,
    changes_by_severity: BTreeMap<&'static str, u64>,
    alerts: usize,
    mails: usize,
    held_back: HeldBack,
    elapsed_seconds: f64,
}

#[derive(Serialize)]
struct HeldBack {
    damped: u64,
    grouped: usize,
}

impl Tally {
    pub(super) fn target(&mut self, provider: &str) {
        self.targets += 1;
        if !self.providers.contains(provider) {
            self.providers.insert(provider.to_owned());
        }
    }

    pub(super) fn count(&mut self, transition: &Transition) {
        if matches!(transition.snapshot, SnapshotStep::New { .. }) {
            self.snapshots += 1;
        }
        for event in &transition.events {
            *self.events.entry(event.kind().as_str()).or_default() += 1;
            // Other events repeat changes.
            if event.kind() != EventKind::Changed {
                continue;
            }
            for change in event.changes() {
                *self.changes.entry(change.severity).or_default() += 1;
                self.damped += u64::from(change.damped);
            }
        }
    }

    pub(super) fn print(
        &self,
        written: &WrittenBatch,
        is_json: bool,
        elapsed: Duration,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        let events: u64 = self.events.values().sum();
        let seconds = elapsed.as_secs_f64();
        if is_json {
            let each = self.changes.iter();
            let summary = SummaryJson {
                observations: self.observations,
                skipped: self.skipped,
                providers: self.providers.len(),
                targets: self.targets,
                snapshots: self.snapshots,
                events,
                events_by_kind: &self.events,
                changes_by_severity: each
                    .map(|(severity, count)| (severity.as_str(), *count))
                    .collect(),
                alerts: written.alerts,
                mails: written.mailed.mails,
                held_back: HeldBack {
                    damped: self.damped,
                    grouped: written.mailed.grouped,
                },
                elapsed_seconds: (seconds * 1000.0).round() / 1000.0,
            };
            let summary = serde_json::to_string(&summary)?;
            return writeln!(out, "{summary}");
        }
        let rate = u128::from(self.observations) * 1000 / elapsed.as_millis().max(1);
        writeln!(
            out,
            "{} of {} of {} in {seconds:.1} s ({rate} a second)",
            counted(self.observations, "observation"),
            counted(self.targets, "target"),
            counted(self.providers.len() as u64, "provider")
        )?;
        let list = |counts: Vec<String>| {
            if counts.is_empty() {
                String::new()
            } else {
                format!(": {}", counts.join(", "))
            }
        };
        let kinds = self
            .events
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"));
        writeln!(out, "{}{}", counted(events, "event"), list(kinds.collect()))?;
        let grave = self
            .changes
            .iter()
            .rev()
            .map(|(severity, count)| format!("{count} {severity}"));
        let changes: u64 = self.changes.values().sum();
        writeln!(
            out,
            "{}{}",
            counted(changes, "change"),
            list(grave.collect())
        )?;
        writeln!(
            out,
            "{} for {}; held back: {} damped, {} grouped",
            counted(written.mailed.mails as u64, "mail"),
            counted(written.alerts as u64, "alert"),
            counted(self.damped, "change"),
            counted(written.mailed.grouped as u64, "alert")
        )?;
        if self.skipped > 0 {
            writeln!(out, "{} skipped", counted(self.skipped, "line"))?;
        }
        Ok(())
    }
}
