//! Members that say something of another member and nothing by themselves.

use super::names;

/// The endpoint or the switch that a member describes and nothing else.
pub fn described_by(name: &str) -> Option<&'static str> {
    let of_ciba = [
        "backchannel_token_delivery_modes_supported",
        "backchannel_authentication_request_signing_alg_values_supported",
        "backchannel_user_code_parameter_supported",
    ];
    if of_ciba.contains(&name) {
        return Some(names::BACKCHANNEL_AUTHENTICATION_ENDPOINT);
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

/// Whether a member only adds a detail to another one, such as the algorithms of a method.
pub fn is_detail(name: &str) -> bool {
    described_by(name).is_some()
        || name.ends_with("_enc_values_supported")
        || name.ends_with("_auth_signing_alg_values_supported")
}
