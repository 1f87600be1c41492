//! What the documents known now show together: printed, never recorded (see `meaning::finding`).

use std::io::Write;

use crate::document::text::visible;
use crate::meaning::finding::{self, CurrentDocument, DisagreeingPair};
use crate::store::Store;
use crate::watch::watched::WatchedTarget;

/// Prints what pairs of the chosen documents do not agree in.
pub(super) fn print_all<'a>(
    out: &mut dyn Write,
    store: &Store,
    chosen: impl Iterator<Item = &'a WatchedTarget>,
) -> anyhow::Result<()> {
    let chosen: Vec<&WatchedTarget> = chosen.collect();
    let known: Vec<CurrentDocument<'_>> = chosen
        .iter()
        .map(|watched| CurrentDocument {
            provider: &watched.target.provider,
            kind: watched.target.kind.clone(),
            policy: &watched.target.policy,
        })
        .collect();
    let read = |place: usize| {
        let Some(watched) = chosen.get(place) else {
            return Ok(None);
        };
        let baseline = store.tracking(watched.target_id)?.baseline;
        let text = baseline.map(|known| store.canonical(known.snapshot_id));
        Ok(text.transpose()?)
    };
    finding::related(&known, read, |pair| Ok(print(out, &pair)?))
}

fn print(out: &mut dyn Write, pair: &DisagreeingPair) -> std::io::Result<()> {
    let [one, other] = &pair.documents;
    writeln!(out, "{one} and {other}")?;
    for finding in &pair.findings {
        let member = visible(finding.subject.as_str());
        writeln!(
            out,
            "  finding   {} {member}: {}",
            finding.rule, finding.why
        )?;
        for line in finding::value_lines(finding) {
            writeln!(out, "              {line}")?;
        }
    }
    Ok(())
}
