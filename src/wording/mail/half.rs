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
    /// The flow that these events list for the first time without its endpoint. That it is newly incomplete
    /// though something of it came means that the endpoint is not there: with the endpoint alone it would
    /// have been incomplete before.
    pub(super) fn of(events: &[&Event], changes: &[&Change]) -> Option<Self> {
        let is_found = |rule: Rule| {
            let mut all = events.iter().flat_map(|event| event.body.findings());
            all.any(|moved| moved.state == FindingState::New && moved.finding.rule == rule)
        };
        FLOWS.into_iter().find(|flow| {
            let is_endpoint = |change: &&Change| change.subject == flow.endpoint;
            let came = changes.iter().any(|change| flow.is_part(change));
            is_found(flow.rule) && came && !changes.iter().any(is_endpoint)
        })
    }

    /// Whether a change lists a part of the flow, and perhaps other things.
    fn is_part(self, change: &Change) -> bool {
        let is_grant = |value: &Value| value == self.grant;
        let describes = member::described_by(change.subject.as_str()) == Some(self.endpoint);
        let is_gain = change.removed.is_empty() && change.before.is_none();
        is_gain && (describes || change.added.iter().any(is_grant))
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
