//! How a document was judged: as the document of which identity it was read, and by which rules.
//!
//! The rules are known by a hash of their source (the rooms `document` and `meaning`, made by
//! `build.rs`): a version number kept by hand would be forgotten at the first small change. Another
//! identity makes another baseline: what was there before stays in the history. The price is that a
//! replay of an export of such a history makes other events from there on, because a recording does
//! not say what was configured.

use std::sync::Arc;

use super::provider_policy::Policy;
use crate::document::fingerprint::sha256_half;

/// The identity as whose document it is read, and the rules it is judged by.
///
/// A baseline that another judge judged is judged again at the next poll; one of another identity
/// is not a baseline for this document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judge {
    /// The configured issuer or resource whose document was asked for. `None` where that is not
    /// known: in a recording, or in a store of an earlier version.
    pub identity: Option<Arc<str>>,
    /// The address that is configured or follows from the identity; `None` for a key set that the
    /// metadata names.
    pub address: Option<Arc<str>>,
    /// A hash of the rules of this program and of what the configuration says about them. Empty
    /// where it is not known: no judge is equal to it.
    pub rules: Arc<str>,
}

/// Names the rules of this program: a hash of their source, so that no change of them is forgotten.
const RULES: &str = env!("ISSUERWATCH_RULES");

/// Names the rules of this program together with what a policy says about them.
pub fn rules_of(policy: &Policy) -> Arc<str> {
    let decided = serde_json::json!([
        RULES,
        policy.severity,
        policy.ignore,
        policy.identity,
        policy.uses
    ]);
    sha256_half(&decided.to_string()).into()
}

impl Judge {
    /// The judge of the documents of this identity at this address under this policy.
    pub fn of(identity: Option<&str>, address: Option<&str>, policy: &Policy) -> Self {
        let shared = |url: Option<&str>| url.map(Arc::from);
        Self::by(rules_of(policy), shared(identity), shared(address))
    }

    /// The same by the name of the rules.
    pub fn by(rules: Arc<str>, identity: Option<Arc<str>>, address: Option<Arc<str>>) -> Self {
        Self {
            identity,
            address,
            rules,
        }
    }

    /// Whether the other judge judged a document of another identity or address.
    pub fn is_of_another(&self, other: &Self) -> bool {
        let differ = |one: &Option<Arc<str>>, two: &Option<Arc<str>>| {
            one.as_ref()
                .zip(two.as_ref())
                .is_some_and(|(one, two)| one != two)
        };
        differ(&self.identity, &other.identity) || differ(&self.address, &other.address)
    }
}
