//! What is said of a key that is published with its secret part.

use super::words::{count, counted};
use crate::document::key_set;
use crate::meaning::change::Finding;
use crate::meaning::rule::Rule;
use crate::policy::event::Event;

/// The words for a private key in a key set.
pub(super) const PRIVATE: &str = "PRIVATE KEY published in its key set";

/// A published secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublishedSecret {
    /// The private part of keys.
    Private(&'static str),
    /// Keys that both sides share.
    Symmetric(usize),
}

impl PublishedSecret {
    /// The secret that a finding reports; `None` for any other finding.
    pub(super) fn of(finding: &Finding) -> Option<Self> {
        if finding.rule != Rule::KeySecretPublished {
            return None;
        }
        let mut keys = finding.about_keys.iter();
        let is_symmetric = !finding.about_keys.is_empty();
        let is_symmetric = is_symmetric && keys.all(|key| key.kty.as_deref() == Some("oct"));
        Some(match (is_symmetric, finding.subject.as_str()) {
            (true, _) => Self::Symmetric(finding.about_keys.len()),
            (false, "keys") => Self::Private(PRIVATE),
            (false, _) => Self::Private("PRIVATE KEY published in its metadata"),
        })
    }

    /// The words for a subject, the fullest first; `was_before` says that the set had such keys before.
    pub(super) fn subject(&self, was_before: bool) -> Vec<String> {
        let words = match self {
            Self::Private(words) => return vec![(*words).to_owned()],
            Self::Symmetric(1) => "SYMMETRIC KEY published".to_owned(),
            Self::Symmetric(many) => format!("{} SYMMETRIC KEYS published", count(*many)),
        };
        if was_before {
            vec![
                format!("{words} again, with new values"),
                format!("{words} again"),
            ]
        } else {
            vec![words]
        }
    }
}

/// The first sentence about `number` symmetric keys; the set before had `before` of them.
pub(super) fn symmetric(who: &str, number: usize, before: usize) -> String {
    let keys = |number: usize| counted(u64::try_from(number).unwrap_or(u64::MAX), "symmetric key");
    let before = match before {
        0 => String::new(),
        some => format!(" The set before had {} too.", keys(some)),
    };
    let (its, reads) = match number {
        1 => ("its", "it"),
        _ => ("their", "them"),
    };
    format!(
        "{who} publishes {} (oct, with {its} secret k): whoever reads {reads} can write tokens that a client \
         accepts if it takes HS256, HS384 or HS512.{before}",
        keys(number)
    )
}

/// What to do about published symmetric keys.
pub(super) const OF_SYMMETRIC: &str = "make sure that each client accepts only the asymmetric algorithm that it \
                            expects, and none that begins with HS: then these keys are of no use \
                            against it. Tell the provider.";

/// How many symmetric keys went from a set while others came.
pub(super) fn symmetric_before(events: &[Event]) -> usize {
    let changes = events.iter().flat_map(|event| event.body.changes());
    let removed = changes.filter(|change| change.rule == Rule::KeyRemoved);
    let keys = removed.flat_map(|change| &change.removed);
    keys.filter(|key| key_set::is_symmetric(key)).count()
}
