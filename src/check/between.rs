//! What the documents known now show together: printed, never recorded (see `meaning::finding`).

use std::io::Write;

use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::text::visible;
use crate::meaning::finding;
use crate::store::{Store, StoreError};
use crate::watch::poll::Watched;

/// A document as it is known now, with what it is.
struct Known<'a> {
    watched: &'a Watched,
    document: Document,
}

/// Prints what pairs of the chosen documents do not agree in.
pub(super) fn told<'a>(
    out: &mut dyn Write,
    store: &Store,
    chosen: impl Iterator<Item = &'a Watched>,
) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for watched in chosen {
        all.extend(known(store, watched)?);
    }
    let resources = |it: &Known<'_>| it.watched.target.kind == Kind::OauthProtectedResource;
    for (position, one) in all.iter().enumerate() {
        for other in all.iter().skip(position + 1) {
            let is_own = one.watched.target.provider == other.watched.target.provider;
            // A resource and its authorization server are two providers.
            if is_own || resources(one) != resources(other) {
                pair(out, one, other)?;
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
    Ok(document.map(|document| Known { watched, document }))
}

fn pair(out: &mut dyn Write, one: &Known<'_>, other: &Known<'_>) -> std::io::Result<()> {
    let is_own = one.watched.target.provider == other.watched.target.provider;
    let is_key_set = |it: &Known<'_>| it.document.kind() == Kind::Jwks;
    // The keys of another provider are nobody's business.
    if !is_own && (is_key_set(one) || is_key_set(other)) {
        return Ok(());
    }
    let found = finding::between(&one.document, &other.document, &one.watched.target.policy);
    if !found.is_empty() {
        writeln!(out, "{} and {}", one.watched.name(), other.watched.name())?;
    }
    for finding in found {
        let member = visible(&finding.member);
        writeln!(
            out,
            "  finding   {} {member}: {}",
            finding.rule, finding.why
        )?;
        for line in finding::value_lines(&finding) {
            writeln!(out, "              {line}")?;
        }
    }
    Ok(())
}
