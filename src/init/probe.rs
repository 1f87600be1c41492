//! Asks addresses, with all guards of a poll: bounded, and at public addresses only, but for loopback.

use tokio::task::JoinSet;

use crate::clock;
use crate::document::canonical::Document;
use crate::document::kind::{Kind, Place};
use crate::document::member;
use crate::document::observation::{Failure, FailureKind, Outcome};
use crate::document::text::{bounded, visible};
use crate::fetch::{Fetcher, Request};

/// What an address answered.
#[derive(Debug, Clone)]
pub(super) struct ProbeAnswer {
    pub(super) url: String,
    /// The document that was read, or why there is none.
    pub(super) seen: Result<Document, Failure>,
}

/// Asks addresses; only one host, the one in `loopback`, may be on this machine.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub(super) fetcher: Fetcher,
    /// The host that may be on this machine; empty if there is none.
    pub(super) loopback: String,
    /// The address that was given.
    pub(super) home: String,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct ProbeAddress {
    /// The kind of document expected at the address, if it is known.
    pub(super) kind: Option<Kind>,
    pub(super) url: String,
}

impl Probe {
    /// Asks one address.
    pub(super) async fn one(&self, address: ProbeAddress) -> ProbeAnswer {
        let ProbeAddress { kind, url } = address;
        let request = Request {
            url: &url,
            trusted_host: &self.loopback,
            home: &self.home,
            allow_hosts: &[],
            headers: &[],
            validators: None,
        };
        let seen = self.fetcher.observe(request, clock::now).await;
        let seen = match seen.outcome {
            Outcome::Body {
                content_type,
                bytes,
            } => read(kind, &bytes, content_type.as_deref()),
            Outcome::Failed(failure) => Err(failure),
            Outcome::Unmodified => Err(Failure::new(
                crate::document::failure::Cause::UnexpectedNotModified,
                "304 to a request that was not conditional",
            )),
        };
        ProbeAnswer { url, seen }
    }

    /// Asks addresses at one host. Where the first cannot be reached, the others are not asked.
    pub(super) async fn all(&self, addresses: Vec<ProbeAddress>) -> Vec<ProbeAnswer> {
        let mut rest = addresses.into_iter();
        let Some(first) = rest.next() else {
            return Vec::new();
        };
        let mut answers = vec![self.one(first).await];
        if answers.iter().any(is_out_of_reach) {
            return answers;
        }
        let mut tasks = JoinSet::new();
        for (index, address) in rest.enumerate() {
            let probe = self.clone();
            tasks.spawn(async move { (index, probe.one(address).await) });
        }
        let mut others = tasks.join_all().await;
        others.sort_by_key(|(index, _)| *index);
        answers.extend(others.into_iter().map(|(_, answer)| answer));
        answers
    }
}

/// Whether the host itself does not answer, whatever is asked of it.
pub(super) fn is_out_of_reach(answer: &ProbeAnswer) -> bool {
    answer.seen.as_ref().err().is_some_and(|failure| {
        matches!(
            failure.kind,
            FailureKind::Unresolved
                | FailureKind::Unreachable
                | FailureKind::Tls
                | FailureKind::Timeout
                | FailureKind::Blocked
        )
    })
}

/// Why an address has no document, on one line.
pub(super) fn why(failure: &Failure) -> String {
    bounded(&visible(&failure.detail), 160)
}

/// Reads a body; of an unknown kind it is the one that knows most of its members.
fn read(kind: Option<Kind>, bytes: &[u8], content_type: Option<&str>) -> Result<Document, Failure> {
    if let Some(kind) = kind {
        return Document::parse(kind, bytes, content_type);
    }
    let kinds = Kind::ALL.iter().copied();
    let mut best: Option<(usize, Document)> = None;
    let mut failed = None;
    for kind in kinds.filter(|kind| kind.row().place != Place::Given) {
        match Document::parse(kind, bytes, content_type) {
            Ok(document) => {
                let score = fit(kind, &document);
                if best.as_ref().is_none_or(|(most, _)| score > *most) {
                    best = Some((score, document));
                }
            }
            Err(failure) => {
                failed.get_or_insert(failure);
            }
        }
    }
    let nothing = || Failure::new(crate::document::failure::Cause::NotAnObject, "no document");
    best.map(|(_, document)| document)
        .ok_or_else(|| failed.unwrap_or_else(nothing))
}

/// How much a document is one of this kind: what it must have and has, then what it may have.
fn fit(kind: Kind, document: &Document) -> usize {
    let has = |name: &str| document.members().contains_key(name);
    let members = member::members_of(kind).filter(|row| has(row.name));
    let of_kind = members.filter(|row| row.kinds.contains(&kind));
    let points = of_kind.map(|row| 1 + 10 * usize::from(row.required.contains(&kind)));
    let named = usize::from(document.identity().is_some() || kind.is_key_set());
    points.sum::<usize>() + 100 * named
}
