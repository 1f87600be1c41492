//! Why a poll failed, in words: what it means, not what a library says about it.
//!
//! A recording of another program knows fewer kinds of failure than ours; then its detail tells.

use crate::model::observation::{Failure, FailureKind};
use crate::model::text::visible;

/// A failure in the words of a subject.
pub(super) fn brief(failure: &Failure) -> String {
    match (failure.kind, failure.status) {
        (FailureKind::Status, Some(status)) => format!("HTTP {status}"),
        (kind, _) => certificate(&failure.detail)
            .or_else(|| known(&failure.detail).map(str::to_owned))
            .unwrap_or_else(|| of_kind(kind).to_owned()),
    }
}

/// A failure in a table: what it means, and what was said where that says more.
pub(super) fn whole(failure: &Failure) -> String {
    let brief = brief(failure);
    let said = visible(said(&failure.detail));
    let is_known = known(&failure.detail).is_some();
    if said.is_empty() || said == brief {
        return brief;
    }
    if said.starts_with(&brief) {
        return said;
    }
    if is_known || brief.starts_with("certificate expired") {
        return brief;
    }
    format!("{brief}: {said}")
}

/// What was said, without the address that stands above it anyway.
fn said(detail: &str) -> &str {
    let rest = detail.strip_prefix("Get \"");
    let rest = rest.and_then(|rest| rest.split_once("\": "));
    rest.map_or(detail, |(_, said)| said)
}

/// What a detail says in the words of other programs.
fn known(detail: &str) -> Option<&'static str> {
    let words = [
        ("no such host", "its name has no address"),
        ("TLS handshake timeout", "no TLS session in time"),
        ("Client.Timeout", "no answer in time"),
        ("deadline exceeded", "no answer in time"),
    ];
    let found = words.iter().find(|(said, _)| detail.contains(said));
    found.map(|(_, words)| *words)
}

/// What is wrong with a certificate, and since when if it is said.
fn certificate(detail: &str) -> Option<String> {
    if !detail.contains("certificate") {
        return None;
    }
    // Ours, said in words already.
    if detail.starts_with("certificate ") {
        return Some(detail.split(" (").next().map(visible).unwrap_or_default());
    }
    let (_, why) = detail.split_once("x509: ")?;
    if let Some((_, end)) = why.split_once(" is after ") {
        let day = end.get(..10).filter(|day| day.is_ascii());
        return Some(match day {
            Some(day) => format!("certificate expired on {}", visible(day)),
            None => "certificate expired".to_owned(),
        });
    }
    Some(match why {
        why if why.contains("is before ") => "certificate is not valid yet".to_owned(),
        why if why.contains("is valid for ") => "certificate is for another name".to_owned(),
        _ => "certificate that cannot be trusted".to_owned(),
    })
}

fn of_kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unresolved => "its name has no address",
        FailureKind::Unreachable => "no connection",
        FailureKind::Tls => "no TLS that can be trusted",
        FailureKind::Timeout => "no answer in time",
        FailureKind::Status => "a bad status",
        FailureKind::Redirect => "a redirect that leads nowhere",
        FailureKind::TooLarge => "too large",
        FailureKind::NotJson => "not JSON",
        FailureKind::NotAnObject => "no JSON object",
        FailureKind::Blocked => "an address that may not be reached",
        FailureKind::UnexpectedNotModified => "304 without a condition",
    }
}

/// What to do about a document that cannot be had for this cause.
pub(super) fn advice(failure: &Failure) -> &'static str {
    let brief = brief(failure);
    // A name that shows the certificate of another one often belongs to somebody else by now.
    if brief.starts_with("certificate is for another name") {
        return MOVED;
    }
    if brief.starts_with("certificate ") && brief.contains("trusted") {
        return "look whether your clients trust its certificate: a private CA is named by `ca_file`.";
    }
    if brief.starts_with("certificate ") {
        return "tell the provider. Clients that verify certificates fail as well; do not turn the \
                verification off.";
    }
    match failure.status {
        Some(404 | 410) => MOVED,
        Some(429) => {
            "look whether your clients get it: it may be issuerwatch that is limited, and then a \
             rarer `schedule` helps."
        }
        Some(401 | 403) => {
            "look whether your clients get it: it may be issuerwatch alone that is refused."
        }
        Some(_) | None if brief == of_kind(FailureKind::Unresolved) => MOVED,
        Some(_) | None => WAIT,
    }
}

/// What to do where time will tell.
pub(super) const WAIT: &str =
    "nothing yet. Clients that hold the document in their cache go on; new ones cannot start.";

const MOVED: &str = "find out whether it moved or was shut down. Clients that hold the document in \
                     their cache go on; new ones cannot start.";
