//! What the documents that are stored now show together (see `meaning::finding`).

use std::io::Write;

use serde::Serialize;

use crate::config::Outline;
use crate::document::text::visible;
use crate::meaning::change::Finding;
use crate::meaning::finding::{self, CurrentDocument, DisagreeingPair};
use crate::meaning::provider_policy::Policy;
use crate::store::{Reader, StoreError, TargetRow};
use crate::terminal::Style;

/// What pairs of these targets do not agree in.
pub(super) fn of(
    outline: &Outline,
    reader: &Reader,
    targets: &[TargetRow],
) -> Result<Vec<DisagreeingPair>, StoreError> {
    let usual = Policy::default();
    let known: Vec<CurrentDocument<'_>> = targets
        .iter()
        .map(|row| {
            let mut providers = outline.providers.iter();
            let configured = providers.find(|provider| provider.name == row.provider);
            CurrentDocument {
                provider: &row.provider,
                kind: row.kind.clone(),
                policy: configured.map_or(&usual, |provider| &provider.policy),
            }
        })
        .collect();
    let read = |place: usize| {
        let baseline = targets
            .get(place)
            .and_then(|row| row.tracking.baseline.as_ref());
        let Some(baseline) = baseline else {
            return Ok(None);
        };
        let snapshot = reader.snapshot(baseline.snapshot_id)?;
        Ok(snapshot.map(|snapshot| snapshot.canonical))
    };
    let mut pairs = Vec::new();
    finding::related(&known, read, |pair| {
        pairs.push(pair);
        Ok(())
    })?;
    Ok(pairs)
}

/// Prints them, each pair with what is found.
pub(super) fn table(
    out: &mut dyn Write,
    style: Style,
    pairs: &[DisagreeingPair],
) -> std::io::Result<()> {
    for pair in pairs {
        let [one, other] = &pair.documents;
        writeln!(out, "{}", style.fit(&format!("{one} and {other}")))?;
        for finding in &pair.findings {
            let member = visible(finding.subject.as_str());
            let severity = style.severity(finding.severity);
            let line = format!("  {severity}: {} {member}", finding.rule);
            writeln!(out, "{}", style.fit(line.trim_end()))?;
            for line in finding::value_lines(finding) {
                writeln!(out, "{}", style.fit(&format!("    {line}")))?;
            }
        }
    }
    Ok(())
}

/// A pair as JSON.
#[derive(Serialize)]
pub(super) struct PairJson<'a> {
    documents: &'a [String; 2],
    findings: &'a [Finding],
}

/// The same as JSON.
pub(super) fn json<'a>(pairs: &'a [DisagreeingPair]) -> Vec<PairJson<'a>> {
    let pair = |it: &'a DisagreeingPair| PairJson {
        documents: &it.documents,
        findings: &it.findings,
    };
    pairs.iter().map(pair).collect()
}
