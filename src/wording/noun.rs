//! What a value of a set is called: one word for one thing, in summaries as in mails.

use crate::document::member::names;

/// What one value of a set is, where it has a name of its own.
pub(super) fn noun(member: &str) -> Option<&'static str> {
    Some(match member {
        names::SCOPES_SUPPORTED => "scope",
        names::GRANT_TYPES_SUPPORTED => "grant",
        names::RESPONSE_TYPES_SUPPORTED => "response type",
        names::RESPONSE_MODES_SUPPORTED => "response mode",
        names::CODE_CHALLENGE_METHODS_SUPPORTED => "PKCE method",
        names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED => "client authentication method",
        names::AUTHORIZATION_SERVERS => "authorization server",
        names::BEARER_METHODS_SUPPORTED => "bearer method",
        names::CLAIMS_SUPPORTED => "claim",
        names::KEYS | names::JWKS => "key",
        _ => return None,
    })
}

/// What advice is about, in a sentence.
pub(super) fn topic(member: &str) -> &str {
    match member {
        names::SCOPES_SUPPORTED => "scopes",
        names::GRANT_TYPES_SUPPORTED => "grants",
        names::RESPONSE_TYPES_SUPPORTED => "response types",
        names::RESPONSE_MODES_SUPPORTED => "response modes",
        names::CODE_CHALLENGE_METHODS_SUPPORTED => "PKCE",
        names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED => "client authentication",
        names::KEYS | names::JWKS => "keys",
        "dpop_signing_alg_values_supported" => "DPoP",
        "authorization_grant_profiles_supported" => "cross-app grants",
        names::REQUEST_OBJECT_SIGNING_ALG_VALUES_SUPPORTED => "request objects",
        "pushed_authorization_request_endpoint" => "pushed requests",
        other => other,
    }
}

/// What a member is for, in the words that people search for, where its name does not say it.
pub(super) fn term(member: &str) -> Option<&'static str> {
    Some(match member {
        names::CODE_CHALLENGE_METHODS_SUPPORTED => "PKCE methods",
        names::GRANT_TYPES_SUPPORTED => "list of grants",
        names::RESPONSE_TYPES_SUPPORTED => "list of response types",
        names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED => "list of client authentication methods",
        "backchannel_authentication_endpoint" => "CIBA endpoint",
        "backchannel_token_delivery_modes_supported" => "CIBA delivery modes",
        "dpop_signing_alg_values_supported" => "DPoP algorithms",
        "client_id_metadata_document_supported" => "clients identified by a URL (CIMD)",
        "id_token_encryption_alg_values_supported" => "key algorithms of encrypted ID tokens",
        "id_token_encryption_enc_values_supported" => "content algorithms of encrypted ID tokens",
        "authorization_grant_profiles_supported" => "cross-app grants",
        _ => return None,
    })
}
