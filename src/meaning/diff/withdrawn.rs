//! Members that describe an endpoint and went together with it: only the endpoint is news.

use crate::document::canonical::Document;
use crate::document::severity::Severity;
use crate::meaning::change::Change;

/// Says of members that are gone with the endpoint they describe that they were withdrawn together: what
/// a server must publish beside an endpoint says nothing once the endpoint is gone.
pub(super) fn say_what_went_together(changes: &mut [Change], old: &Document, new: &Document) {
    let is_there = |document: &Document, name: &str| {
        let value = document.members().get(name);
        value.is_some_and(|value| !value.is_null())
    };
    let went = |name: &str| is_there(old, name) && !is_there(new, name);
    for change in changes {
        let name = change.subject.as_str();
        let Some(endpoint) = described_by(name).filter(|it| went(it) && went(name)) else {
            continue;
        };
        change.why = format!("Withdrawn together with {endpoint}, which it describes.");
        change.severity = change.severity.min(Severity::Info);
        change.advice = None;
    }
}

/// The endpoint that a member describes and nothing else.
pub fn described_by(name: &str) -> Option<&'static str> {
    let of_ciba = [
        "backchannel_token_delivery_modes_supported",
        "backchannel_authentication_request_signing_alg_values_supported",
        "backchannel_user_code_parameter_supported",
    ];
    if of_ciba.contains(&name) {
        return Some("backchannel_authentication_endpoint");
    }
    match name {
        "frontchannel_logout_session_supported" => return Some("frontchannel_logout_supported"),
        "backchannel_logout_session_supported" => return Some("backchannel_logout_supported"),
        _ => {}
    }
    let endpoints = ["introspection_endpoint", "revocation_endpoint"];
    endpoints.into_iter().find(|it| {
        name.strip_prefix(it)
            .is_some_and(|rest| rest.starts_with('_'))
    })
}
