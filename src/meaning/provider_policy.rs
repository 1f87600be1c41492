//! What the operator decided about the changes of one provider.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use jsonptr::{PointerBuf, Token};
use serde::Serialize;

use crate::document::severity::{Group, Severity};
use crate::meaning::client::demand::Client;
use crate::meaning::rule::{Rule, RuleName};

/// The settings that decide about the changes of one provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Groups whose changes are mailed.
    pub alert_on: BTreeSet<Group>,
    /// Failed polls in a row before one is mailed; at least 1.
    pub failures_before_alert: u32,
    /// How long an outage must last to be told again, ascending; told once for each.
    pub remind_after: Vec<SignedDuration>,
    /// How long to wait before the fetch that confirms a change.
    pub confirm_after: SignedDuration,
    /// Whether members that never rest are damped.
    pub damping: bool,
    /// How long until a penalty has halved; more than zero.
    pub damping_half_life: SignedDuration,
    /// The time zone of `[defaults]`; summaries leave on Monday morning in it.
    pub zone: TimeZone,
    /// JSON Pointers (RFC 6901) to what is never an event.
    pub ignore: Vec<PointerBuf>,
    /// Where an object of any sort says what it describes.
    pub identity: Option<PointerBuf>,
    /// What `[severity]` says, by rule.
    pub severity: BTreeMap<Rule, RuleOverride>,
    /// What the clients rely on; `None` where it is not stated.
    pub uses: Option<Uses>,
}

impl Policy {
    /// The endpoints that are declared to be used.
    pub fn used_endpoints(&self) -> Vec<String> {
        let uses = self.uses.iter();
        let endpoints = uses.flat_map(|it| it.endpoints.iter().flatten());
        endpoints.cloned().collect()
    }

    /// What `[severity]` says of the rule of a change or finding.
    pub fn of_rule(&self, rule: &RuleName) -> Option<RuleOverride> {
        self.severity.get(&rule.known()?).copied()
    }

    /// Whether something is ignored by its place in an array: then it matters in which order it came.
    pub fn ignores_places(&self) -> bool {
        let is_place = |step: Token<'_>| {
            let step = step.encoded();
            !step.is_empty() && step.bytes().all(|c| c.is_ascii_digit())
        };
        let mut pointers = self.ignore.iter();
        pointers.any(|pointer| pointer.tokens().skip(1).any(is_place))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            alert_on: BTreeSet::from([Group::Endpoints, Group::Scopes, Group::Methods]),
            failures_before_alert: 3,
            remind_after: [7, 30]
                .map(|days| SignedDuration::from_hours(24 * days))
                .to_vec(),
            confirm_after: SignedDuration::from_secs(10),
            damping: true,
            damping_half_life: SignedDuration::from_hours(240),
            zone: TimeZone::UTC,
            ignore: Vec::new(),
            identity: None,
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
    /// Its changes are dropped.
    Ignore,
}

/// What the clients of a provider rely on. If a list is left out, nothing is known of its members.
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
    /// What is used to read its documents, with what it demands: another demand is another judge.
    pub clients: Vec<Client>,
}
