//! A flow that a document lists without the endpoint that it needs: nobody can use it yet.

use serde_json::Value;

use super::fact::Fact;
use crate::document::member::{self, names};
use crate::meaning::change::{Change, FindingState};
use crate::meaning::rule::Rule;
use crate::policy::event::Event;

/// A flow without its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HalfFlow {
    /// What the flow is called.
    pub(super) name: &'static str,
    endpoint: &'static str,
    grant: &'static str,
    rule: Rule,
}

const FLOWS: [HalfFlow; 2] = [
    HalfFlow {
        name: "CIBA",
        endpoint: names::BACKCHANNEL_AUTHENTICATION_ENDPOINT,
        grant: "urn:openid:params:grant-type:ciba",
        rule: Rule::CibaIncomplete,
    },
    HalfFlow {
        name: "the device flow",
        endpoint: names::DEVICE_AUTHORIZATION_ENDPOINT,
        grant: "urn:ietf:params:oauth:grant-type:device_code",
        rule: Rule::DeviceFlowIncomplete,
    },
];

impl HalfFlow {
    /// The flow that these events list for the first time without its endpoint: it is newly incomplete, a
    /// part of it came and none went. Were the endpoint there, it would have been incomplete before, or
    /// another part would have gone.
    pub(super) fn of(events: &[&Event], changes: &[&Change]) -> Option<Self> {
        let is_found = |rule: Rule| {
            let mut all = events.iter().flat_map(|event| event.body.findings());
            all.any(|moved| moved.state == FindingState::New && moved.finding.rule == rule)
        };
        FLOWS.into_iter().find(|flow| {
            let is_endpoint = |change: &&Change| change.subject == flow.endpoint;
            let came = changes.iter().any(|change| flow.is_part(change));
            let went = changes.iter().any(|change| flow.was_part(change));
            is_found(flow.rule) && came && !went && !changes.iter().any(is_endpoint)
        })
    }

    /// Whether a change lists a part of the flow, and perhaps other things.
    fn is_part(self, change: &Change) -> bool {
        let is_grant = |value: &Value| value == self.grant;
        let describes = member::described_by(change.subject.as_str()) == Some(self.endpoint);
        // More values of a member that was there do not make the flow new.
        let is_new = change.before.is_none() && change.size_before.unwrap_or_default() == 0;
        let is_gain = change.removed.is_empty();
        is_gain && (describes && is_new || change.added.iter().any(is_grant))
    }

    /// Whether a change takes a part of the flow away.
    fn was_part(self, change: &Change) -> bool {
        let describes = member::described_by(change.subject.as_str()) == Some(self.endpoint);
        let is_loss =
            !change.removed.is_empty() || change.after.is_none() && change.before.is_some();
        is_loss && (describes || change.removed.iter().any(|value| value == self.grant))
    }

    /// Whether a fact is about nothing but the flow.
    pub(super) fn is_all_of(self, fact: &Fact<'_>) -> bool {
        fact.changes().iter().all(|change| {
            let is_only =
                !change.added.is_empty() && change.added.iter().all(|it| it == self.grant);
            let describes = member::described_by(change.subject.as_str()) == Some(self.endpoint);
            self.is_part(change) && (is_only || describes)
        })
    }

    /// `CIBA listed without its endpoint`.
    pub(super) fn subject(self) -> String {
        format!("{} listed without its endpoint", self.name)
    }

    /// The same after the provider in a sentence.
    pub(super) fn predicate(self) -> String {
        format!(
            "lists {}, but no {}: it cannot be used yet",
            self.name, self.endpoint
        )
    }

    /// The same beside other news.
    pub(super) fn beside(self) -> String {
        format!(
            "{} is listed without {} and cannot be used yet",
            self.name, self.endpoint
        )
    }

    /// What to do about it.
    pub(super) fn advice(self) -> String {
        format!(
            "nothing: nobody can use {} before its endpoint is named.",
            self.name
        )
    }
}
