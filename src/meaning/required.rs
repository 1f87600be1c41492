//! Members that are required only by what the document offers (RFC 8414 section 2).

use crate::document::canonical::Document;
use crate::document::kind::Checks;
use crate::document::member::names;

/// Whether what the document offers requires the member; `None` for a member that is always or never
/// required.
pub fn is_required(document: &Document, member: &str) -> Option<bool> {
    match member {
        names::AUTHORIZATION_ENDPOINT => Some(needs_authorization_endpoint(document)),
        names::TOKEN_ENDPOINT => Some(needs_token_endpoint(document)),
        _ => None,
    }
}

fn needs_authorization_endpoint(document: &Document) -> bool {
    let grants = document.values(names::GRANT_TYPES_SUPPORTED);
    grants.contains(&"authorization_code") || grants.contains(&"implicit")
}

fn needs_token_endpoint(document: &Document) -> bool {
    let is_openid = document.kind().row().checks == Checks::OpenidProvider;
    let grants = document.members().get(names::GRANT_TYPES_SUPPORTED);
    if is_openid && grants.is_none_or(serde_json::Value::is_null) {
        // OpenID Connect knows which flows there are by the response types.
        let kinds = document.values(names::RESPONSE_TYPES_SUPPORTED);
        return kinds
            .iter()
            .any(|kind| kind.split(' ').any(|word| word == "code"));
    }
    let grants = document.values(names::GRANT_TYPES_SUPPORTED);
    grants.iter().any(|grant| *grant != "implicit")
}
