//! What is watched: providers, their targets, and the policy that holds for each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::judge::Judge;
use super::pattern::{is_pattern, matches};
use crate::document::kind::Kind;
use crate::document::severity::{Group, Severity};

/// The URL that identifies what a document is about, compared character by character.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// An authorization server (RFC 8414 section 2).
    Issuer(String),
    /// A protected resource (RFC 9728 section 1.2).
    Resource(String),
}

impl Identity {
    /// The URL as configured.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Issuer(url) | Self::Resource(url) => url,
        }
    }
}

/// One `[[provider]]` of the configuration, valid and with its defaults filled in.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, so that it is safe in a subject, a path, a log.
    pub name: String,
    /// Names it had before: what is stored under them is its history. No provider has one of them now.
    pub formerly: Vec<String>,
    /// What its documents must say they are about.
    pub identity: Identity,
    /// The documents to follow, in configured order, without duplicates.
    pub documents: Vec<Kind>,
    /// Addresses that the operator named, by document. All others are derived from the identity, or
    /// named by the metadata.
    pub urls: BTreeMap<Kind, String>,
    /// Cron expression as configured, valid.
    pub schedule: String,
    /// IANA zone of the schedule, known to the system.
    pub timezone: String,
    /// Headers sent to the configured host only, never across a redirect to another one.
    pub headers: Vec<(String, Secret)>,
    /// Hosts, besides the configured one, that may resolve to addresses that are not public.
    pub allow_hosts: Vec<String>,
    /// What decides about its changes.
    pub policy: Arc<Policy>,
}

impl Provider {
    /// The URL that the operator named for a document: its own, or the one it is derived from. A key
    /// set that the metadata names is trusted as far as the first metadata document is.
    pub fn named_for(&self, kind: Kind) -> &str {
        let own = |kind| self.urls.get(&kind).map(String::as_str);
        let leads = self.documents.iter().find(|one| **one != Kind::Jwks);
        own(kind)
            .or_else(|| own(*leads.filter(|_| kind == Kind::Jwks)?))
            .unwrap_or(self.identity.as_str())
    }
}

/// What decides about the changes of one provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Groups whose changes are mailed.
    pub alert_on: BTreeSet<Group>,
    /// Failed polls in a row before one is mailed; at least 1.
    pub failures_before_alert: u32,
    /// How long to wait before the fetch that confirms a change.
    pub confirm_after: SignedDuration,
    /// Whether members that never rest are damped.
    pub damping: bool,
    /// How long until a penalty has halved; more than zero.
    pub damping_half_life: SignedDuration,
    /// Whose Monday morning it is when summaries leave: the zone of `[defaults]`.
    pub zone: TimeZone,
    /// JSON Pointers (RFC 6901) to what is never an event.
    pub ignore: Vec<String>,
    /// Severity of a rule, by rule id.
    pub severity: BTreeMap<String, RuleOverride>,
    /// What the clients rely on; `None` where it is not stated.
    pub uses: Option<Uses>,
}

impl Policy {
    /// Whether something is ignored by its place in an array: then it matters in which order it came.
    pub fn ignores_places(&self) -> bool {
        let is_place = |step: &str| !step.is_empty() && step.bytes().all(|c| c.is_ascii_digit());
        let mut pointers = self.ignore.iter();
        pointers.any(|pointer| pointer.split('/').skip(2).any(is_place))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            alert_on: BTreeSet::from([Group::Endpoints, Group::Scopes, Group::Methods]),
            failures_before_alert: 3,
            confirm_after: SignedDuration::from_secs(10),
            damping: true,
            damping_half_life: SignedDuration::from_hours(240),
            zone: TimeZone::UTC,
            ignore: Vec::new(),
            severity: BTreeMap::new(),
            uses: None,
        }
    }
}

/// What `[severity]` says about one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum RuleOverride {
    /// Its changes have this severity.
    Severity(Severity),
    /// Its changes are no changes.
    Ignore,
}

/// What the clients of a provider rely on. A list left out says nothing about its members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Uses {
    /// Values of `grant_types_supported`.
    pub grants: Option<BTreeSet<String>>,
    /// Values of `scopes_supported`.
    pub scopes: Option<BTreeSet<String>>,
    /// Values of every `*_auth_methods_supported`.
    pub auth_methods: Option<BTreeSet<String>>,
    /// Values of every `*_alg_values_supported` and `*_enc_values_supported`.
    pub algs: Option<BTreeSet<String>>,
    /// Names of members that are URLs clients call.
    pub endpoints: Option<BTreeSet<String>>,
    /// Values of `response_types_supported`.
    pub response_types: Option<BTreeSet<String>>,
}

/// One document of one provider at one URL: what is polled. Shown as `provider/document`.
#[derive(Debug, Clone)]
pub struct Target {
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: Kind,
    /// Where it is; `None` for a key set whose `jwks_uri` is not known yet.
    pub url: Option<String>,
    /// What the document must say it is about; `None` where the first document seen decides
    /// (a replayed provider that no configuration names) and for key sets.
    pub identity: Option<Identity>,
    /// What decides about its changes.
    pub policy: Arc<Policy>,
    /// As whose document it is read, and by which rules.
    pub judge: Judge,
}

impl Target {
    /// Whether people mean it by this: the name of its provider, or `provider/document`.
    pub fn is_called(&self, name: &str) -> bool {
        is_called(&self.provider, self.kind, name)
    }
}

/// Whether people mean a document of a provider by this: `provider` or `provider/document`, in which
/// `*` stands for any characters.
pub fn is_called(provider: &str, kind: Kind, name: &str) -> bool {
    if is_pattern(name) {
        return matches(name, provider) || matches(name, &format!("{provider}/{kind}"));
    }
    let rest = name.strip_prefix(provider);
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/') == Some(kind.as_str()))
}

/// A value that must not be shown. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}
