//! Reads an observation against what is known; `decide` decides what follows from it.
//!
//! Bytes identical to those seen last are not parsed again, and a body that differs only in form
//! (order, white space) reads as unmodified.

use std::sync::Arc;

use jiff::Timestamp;

use super::baseline::Baseline;
use super::damping;
pub use super::parsed_document::{BodyRead, ParsedDocument};
use super::tracking::Tracking;
use crate::document::canonical::Document;
use crate::document::failure::{Cause, Failure};
use crate::document::member::names;
use crate::document::observation::{Observation, Outcome};
use crate::meaning::change::{Change, Finding};
use crate::meaning::diff::Connection;
use crate::meaning::key_set::{self, RememberedKeys};
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider::Target;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;
use crate::meaning::{diff, finding};

/// An observation after reading.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// The baseline still holds, and so do its findings.
    Unmodified {
        /// SHA-256 of the bytes received, less secrets, hexadecimal; `None` if none came.
        body: Option<String>,
    },
    /// A document that differs from the baseline, or the first one.
    Document(Box<ParsedDocument>),
    /// Nothing usable came.
    Failed(Failure),
}

impl Reading {
    /// SHA-256 of the bytes that stand for the document, if any came.
    pub fn body(&self) -> Option<Arc<str>> {
        match self {
            Self::Unmodified { body } => body.as_deref().map(Arc::from),
            Self::Document(seen) => Some(Arc::from(seen.body_sha256.as_str())),
            Self::Failed(_) => None,
        }
    }
}

/// Reads an observation of a target. Total: bytes that are no document are a failure.
///
/// If another judge made the findings, the document is read anew even if the bytes are the same; the
/// document of another identity is not a baseline of this target.
pub fn read(target: &Target, tracking: &Tracking, outcome: &Outcome) -> Reading {
    read_further(target, tracking, outcome, None)
}

/// The same where the bytes were read as far as `body` says.
pub fn read_further(
    target: &Target,
    tracking: &Tracking,
    outcome: &Outcome,
    body: Option<BodyRead>,
) -> Reading {
    let baseline = tracking.baseline_of(target);
    let judged = baseline.filter(|baseline| baseline.judgement.judge == target.judge);
    let (content_type, bytes) = match outcome {
        Outcome::Failed(failure) => return Reading::Failed(failure.clone()),
        // Without a baseline a 304 proves nothing: the validators came from a row that no longer exists.
        Outcome::Unmodified if baseline.is_none() => {
            let detail = "304 although no document is known yet";
            let failure = Failure::new(Cause::UnexpectedNotModified, detail);
            return Reading::Failed(Failure {
                status: Some(304),
                ..failure
            });
        }
        Outcome::Unmodified => return Reading::Unmodified { body: None },
        Outcome::Body {
            content_type,
            bytes,
        } => (content_type.as_deref(), bytes),
    };
    let mut body = body.unwrap_or_else(|| BodyRead::hash(bytes));
    let is_known = |baseline: &Baseline| baseline.answer.body.as_deref() == Some(&*body.sha256);
    if judged.is_some_and(is_known) {
        return Reading::Unmodified {
            body: Some(body.sha256),
        };
    }
    let kind = target.kind.kind();
    let in_order = target.policy.ignores_places();
    let parsed = match body.parsed.take().filter(|_| !in_order) {
        Some(parsed) => parsed,
        None => {
            let parse = if in_order {
                Document::parse_in_order
            } else {
                Document::parse
            };
            let document = parse(kind, bytes, content_type);
            document.map(|it| Box::new(body.whole(it, bytes, content_type)))
        }
    };
    match parsed {
        Err(failure) => Reading::Failed(failure),
        Ok(parsed)
            if judged.is_some_and(|it| *it.fingerprint == *parsed.document.fingerprint())
                && !is_odd_otherwise(target, tracking, &parsed.document) =>
        {
            Reading::Unmodified {
                body: Some(parsed.body_sha256),
            }
        }
        Ok(parsed) => Reading::Document(parsed),
    }
}

/// Whether bytes that mean the same are odd in another way: a name that now stands twice shows
/// clients that take the first value another document.
fn is_odd_otherwise(target: &Target, tracking: &Tracking, document: &Document) -> bool {
    let known: Vec<&Finding> = tracking
        .findings()
        .iter()
        .filter(|finding| finding::is_of_bytes(&finding.rule))
        .collect();
    let now = finding::of_bytes(document, &target.policy);
    now.iter().collect::<Vec<_>>() != known || is_secret_otherwise(target, tracking, document)
}

/// Whether a secret in the bytes came or went although the parsed document is the same.
fn is_secret_otherwise(target: &Target, tracking: &Tracking, document: &Document) -> bool {
    let secrets = |findings: &[Finding]| -> Vec<Finding> {
        let secrets = findings
            .iter()
            .filter(|finding| finding::is_of_secret(&finding.rule));
        secrets.cloned().collect()
    };
    let known = secrets(tracking.findings());
    if known.is_empty() && document.secrets().is_empty() {
        return false;
    }
    let now = finding::findings(document, target.identity.as_ref(), &target.policy);
    secrets(&now) != known
}

/// How the observation differs from what is known. Empty for the first document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// Changes of members and of the place of retrieval, in order of presentation.
    pub changes: Vec<Change>,
    /// Requirements that the document does not meet; `None` if no document was read anew.
    pub findings: Option<Vec<Finding>>,
    /// Whether the document is the known one and only its judge differs: then its findings need no second
    /// fetch.
    pub is_known_document: bool,
    /// What is to be remembered about the keys that differ, as hashes of `key_set::recall`.
    pub of_keys: Vec<String>,
}

impl Difference {
    /// Whether there is a difference that must be confirmed before it is believed.
    pub fn is_news(&self, known: &[Finding]) -> bool {
        !self.changes.is_empty()
            || (!self.is_known_document
                && self
                    .findings
                    .as_ref()
                    .is_some_and(|findings| !findings.iter().eq(of_one(known))))
    }

    /// Whether the document becomes the state of its target. What differs from the baseline only in members
    /// that the configuration ignores does not: a member that is new at every request must not fill the
    /// disk. `known` are the findings of the baseline.
    pub fn is_kept(&self, target: &Target, known: &[Finding]) -> bool {
        target.policy.ignore.is_empty() || self.is_news(known)
    }
}

/// The findings that a single document shows, without those about two documents.
pub fn of_one(known: &[Finding]) -> impl Iterator<Item = &Finding> {
    known.iter().filter(|it| it.rule != Rule::TwinsDisagree)
}

/// Compares what was read with the baseline document, which is needed only for a document.
pub fn differ(
    target: &Target,
    tracking: &Tracking,
    baseline: Option<&Document>,
    observation: &Observation,
    reading: &Reading,
) -> Difference {
    let identity = target.identity.as_ref();
    let known = tracking.baseline_of(target);
    let mut difference = Difference::default();
    if let Reading::Document(parsed) = reading {
        difference.findings = Some(finding::findings(
            &parsed.document,
            identity,
            &target.policy,
        ));
        if let Some(baseline) = baseline.filter(|_| known.is_some()) {
            difference.changes =
                diff::changes(baseline, &parsed.document, identity, &target.policy);
        }
        difference.is_known_document = known.is_some_and(|known| {
            known.judgement.judge != target.judge
                && *known.fingerprint == *parsed.document.fingerprint()
        });
    }
    // A line of a recording need not say where the document was seen.
    let url = observation
        .url
        .as_deref()
        .filter(|_| known.is_some() && !matches!(reading, Reading::Failed(_)));
    if let Some(url) = url {
        let before = tracking.state.final_url.as_deref();
        let after = observation.final_url.as_deref();
        difference
            .changes
            .extend(diff::redirect_change(url, before, after, &target.policy));
    }
    if known.is_some() && !matches!(reading, Reading::Failed(_)) {
        let state = &tracking.state;
        let leaf = observation.chain.first().or(state.chain.first());
        let mut warnings = state.expiry_told.iter();
        let last_warning = warnings.find(|it| leaf.is_some_and(|leaf| leaf.sha256 == it.leaf));
        let before = Connection {
            chain: &state.chain,
            facts: &state.facts,
            told: last_warning.map(|it| (it.leaf.as_str(), it.severity)),
            known: &state.issuing,
        };
        let facts = observation.facts.as_ref();
        let (chain, at) = (&observation.chain, observation.at);
        let of_connection = diff::connection_changes(before, chain, facts, at, &target.policy);
        difference.changes.extend(of_connection);
    }
    difference
}

/// The values to be looked up before a difference can be told.
pub fn asked(
    target: &Target,
    difference: &Difference,
    baseline: Option<&Document>,
    reading: &Reading,
) -> MemberValues {
    let mut asked = damping::asked(&difference.changes);
    if let (Reading::Document(parsed), Some(baseline)) = (reading, baseline) {
        let of_keys = diff::asked_of_keys(baseline, &parsed.document, &target.policy);
        if !of_keys.is_empty() {
            asked.insert(Subject::KeyNames, of_keys);
        }
    }
    asked
}

/// Adds what two documents alone do not show: which keys are back, which have a kid that another key had
/// before, which authorization servers are on a domain that their list never named, and which endpoints
/// came back on a domain where they never stood.
pub fn recall(
    target: &Target,
    difference: &mut Difference,
    baseline: Option<&Document>,
    reading: &Reading,
    known: &MemberValues,
) {
    let remembered = RememberedKeys::of(known);
    let changes = &mut difference.changes;
    if let (Reading::Document(parsed), Some(baseline)) = (reading, baseline) {
        let new = parsed.document.as_ref();
        difference.of_keys = diff::recall(baseline, new, changes, remembered, &target.policy);
        let was_seen = |change: &Change, domain: &str| {
            let seen = known.get(&change.subject)?;
            Some(damping::is_domain_seen(domain, seen))
        };
        diff::rate_again(baseline, changes, was_seen, &target.policy);
        diff::rate_endpoints_again(baseline, changes, was_seen, &target.policy);
    }
    let Some(seen) = known.get(&Subject::of(names::KEYS)) else {
        return;
    };
    let was_seen = |thumbprint: &str| seen.contains(thumbprint);
    key_set::tell_returned(changes, was_seen, remembered, &target.policy);
}

/// How a sighting was confirmed, so that it is not a passing error.
#[derive(Debug, Clone, PartialEq)]
pub enum Confirmation {
    /// There was nothing to confirm, or a recording is replayed, which has no second fetch.
    NotNeeded,
    /// A second fetch of this poll saw the same.
    Agreed {
        /// When it was made.
        at: Timestamp,
    },
    /// A fetch of an earlier poll saw the same, and no poll saw the baseline since.
    Earlier {
        /// When that fetch was made.
        first_seen_at: Timestamp,
    },
    /// A second fetch of this poll saw something else.
    Disagreed {
        /// The other state, if it was not the baseline: its name and its changes.
        other: Option<(String, Vec<Change>)>,
    },
    /// A second fetch of this poll failed.
    Failed(Failure),
}
