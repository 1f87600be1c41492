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
