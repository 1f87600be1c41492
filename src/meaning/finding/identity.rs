//! What a document says it is about.

use url::Url;

use super::found::Found;
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::meaning::provider::Identity;
use crate::meaning::rule::Rule;

pub(super) fn check(found: &mut Found<'_>, identity: Option<&Identity>) {
    let name = match found.document.kind() {
        Kind::OauthAuthorizationServer | Kind::OpenidConfiguration => names::ISSUER,
        Kind::OauthProtectedResource => names::RESOURCE,
        Kind::Jwks => return,
    };
    let value = found.document.members().get(name);
    let Some(said) = found.document.identity().filter(|said| !said.is_empty()) else {
        let expected = identity.map(Identity::as_str);
        found.add_identity(Rule::IssuerMissing, name, expected, value);
        return;
    };
    let configured = identity.map(Identity::as_str);
    let is_mismatch = configured.is_some_and(|configured| said != configured);
    // A resource may have a query, though it should not (RFC 9728 section 1.2).
    let has_query = name == names::ISSUER && said.contains('?');
    let url = Url::parse(said).ok();
    let has_user = url
        .as_ref()
        .is_some_and(|url| !url.username().is_empty() || url.password().is_some());
    // `Url` writes the scheme in lower case; whoever compares text does not.
    let is_capital = url.is_some_and(|url| !said.starts_with(url.scheme()));
    let is_malformed = has_query || has_user || is_capital || said.contains('#');
    if name == names::RESOURCE && said.contains('?') {
        found.add_identity(Rule::ResourceQuery, name, None, value);
    }
    if is_mismatch {
        found.add_identity(Rule::IssuerMismatch, name, configured, value);
    }
    if is_malformed {
        found.add_identity(Rule::IssuerMalformed, name, None, value);
    }
}
