//! A product that was replaced by a newer one: many changes that only add something. What it offers now is
//! told in plain words, by what a client gains, and not by whichever of its members comes first.

use serde_json::Value;

use super::words::list;
use crate::document::member::names;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;

/// Fewer changes than these are read one by one.
const MANY: usize = 8;

/// From this many features on they are the news, and not one of them.
const FEATURES: usize = 3;

/// What many additions bring, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Upgrade {
    features: Vec<&'static str>,
}

impl Upgrade {
    /// The features that came, those first that a client can use soonest; `None` where the changes are few,
    /// take something away or bring nothing that has a name.
    pub(super) fn of(changes: &[&Change]) -> Option<Self> {
        if changes.len() < MANY || !changes.iter().all(|change| is_addition(change)) {
            return None;
        }
        let came = FEATURES_BY_USE
            .into_iter()
            .filter(|feature| changes.iter().any(|change| feature.is_of(change)));
        let features: Vec<&str> = came.map(|feature| feature.name).collect();
        (!features.is_empty()).then_some(Self { features })
    }

    /// Whether it is told as one thing that happened.
    pub(super) fn is_news(&self) -> bool {
        self.features.len() >= FEATURES
    }

    /// Whether requests can be pushed now, which some libraries do without being told to.
    pub(super) fn has_pushed_requests(&self) -> bool {
        self.features.contains(&PAR)
    }

    /// `PAR, DPoP and mutual TLS`.
    pub(super) fn words(&self) -> String {
        let names: Vec<String> = self.features.iter().map(|it| (*it).to_owned()).collect();
        list(&names)
    }

    /// `PAR, DPoP, mutual TLS and 4 more features offered now`, the fullest words first.
    pub(super) fn subject(&self) -> Vec<String> {
        let all = self.features.len();
        let shortened = (2..all).rev().map(|shown| {
            let first: Vec<&str> = self.features.iter().take(shown).copied().collect();
            format!("{} and {} more offered now", first.join(", "), all - shown)
        });
        let whole = format!("{} offered now", self.words());
        std::iter::once(whole).chain(shortened).collect()
    }
}

const PAR: &str = "PAR";

/// Something that standards name, and by which values of which member it is known.
struct Feature {
    name: &'static str,
    member: &'static str,
    /// One of these; no values where the member alone says it.
    values: &'static [&'static str],
}

impl Feature {
    fn is_of(&self, change: &Change) -> bool {
        let mut added = change.added.iter().filter_map(Value::as_str);
        change.subject == self.member
            && (self.values.is_empty() || added.any(|value| self.values.contains(&value)))
    }
}

const fn feature(
    name: &'static str,
    member: &'static str,
    values: &'static [&'static str],
) -> Feature {
    Feature {
        name,
        member,
        values,
    }
}

const FEATURES_BY_USE: [Feature; 11] = [
    feature("PKCE", names::CODE_CHALLENGE_METHODS_SUPPORTED, &["S256"]),
    feature(PAR, "pushed_authorization_request_endpoint", &[]),
    feature("DPoP", "dpop_signing_alg_values_supported", &[]),
    feature(
        "mutual TLS",
        names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED,
        &["tls_client_auth", "self_signed_tls_client_auth"],
    ),
    feature(
        "signed responses (JARM)",
        names::RESPONSE_MODES_SUPPORTED,
        &["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"],
    ),
    feature(
        "token exchange",
        names::GRANT_TYPES_SUPPORTED,
        &["urn:ietf:params:oauth:grant-type:token-exchange"],
    ),
    feature(
        "public clients (\"none\")",
        names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED,
        &["none"],
    ),
    feature(
        "rich authorization requests",
        "authorization_details_types_supported",
        &[],
    ),
    feature("CIBA", "backchannel_authentication_endpoint", &[]),
    feature("the device flow", "device_authorization_endpoint", &[]),
    feature("back-channel logout", "backchannel_logout_supported", &[]),
];

/// Whether a change only adds something.
pub(super) fn is_addition(change: &Change) -> bool {
    let came = change.after.is_some() || !change.added.is_empty();
    let is_demand = change.rule == Rule::RequirementRaised;
    // A flag that was `false` and is `true` takes nothing away, unless it demands something.
    let was_off = change.before == Some(Value::Bool(false)) && !is_demand;
    let is_on = change.after == Some(Value::Bool(true));
    let is_new = change.before.is_none() || was_off && is_on;
    came && is_new && change.removed.is_empty()
}
