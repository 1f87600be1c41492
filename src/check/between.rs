//! What the documents known now show together: printed, never recorded (see `meaning::finding`).

use std::io::Write;

use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::text::visible;
use crate::meaning::finding::{self, Known};
use crate::store::{Store, StoreError};
use crate::watch::watched::Watched;

/// Prints what pairs of the chosen documents do not agree in.
pub(super) fn told<'a>(
    out: &mut dyn Write,
    store: &Store,
    chosen: impl Iterator<Item = &'a Watched>,
) -> anyhow::Result<()> {
    let chosen: Vec<&Watched> = chosen.collect();
    let place = |it: &'a Watched| (it.target.provider.as_str(), it.target.kind);
    let places: Vec<(&str, Kind)> = chosen.iter().map(|it| place(it)).collect();
    let mut all = Vec::new();
    for watched in chosen {
        if finding::has_partner(place(watched), &places) {
            all.extend(known(store, watched)?);
        }
    }
    for pair in finding::related(&all) {
        let [one, other] = &pair.documents;
        writeln!(out, "{one} and {other}")?;
        for finding in &pair.findings {
            let member = visible(&finding.member);
            writeln!(
                out,
                "  finding   {} {member}: {}",
                finding.rule, finding.why
            )?;
            for line in finding::value_lines(finding) {
                writeln!(out, "              {line}")?;
            }
        }
    }
    Ok(())
}

fn known<'a>(store: &Store, watched: &'a Watched) -> Result<Option<Known<'a>>, StoreError> {
    let Some(baseline) = store.tracking(watched.target_id)?.baseline else {
        return Ok(None);
    };
    let canonical = store.canonical(baseline.snapshot_id)?;
    let document = Document::from_canonical(watched.target.kind, &canonical);
    Ok(document.map(|document| Known {
        provider: &watched.target.provider,
        policy: &watched.target.policy,
        document,
    }))
}
