//! What a document says it is about.

use serde_json::Value;
use url::Url;

use super::examination::Examination;
use crate::document::kind::Naming;
use crate::document::member::names;
use crate::meaning::declared_identity::{DeclaredIdentity, declared_identity};
use crate::meaning::provider::Identity;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;

pub(super) fn check(
    examination: &mut Examination<'_>,
    identity: Option<&Identity>,
    policy: &Policy,
) {
    let document = examination.document;
    let Some(DeclaredIdentity { member, value }) = declared_identity(document, policy) else {
        return;
    };
    let name = member.as_ref();
    let rule = document.kind().row().rule;
    let identity = identity.filter(|_| document.kind().must_name_itself());
    let text = value.and_then(Value::as_str);
    let Some(declared) = text.filter(|declared| !declared.is_empty()) else {
        // A document that only states whose it is may leave the member out.
        if rule != Naming::Stated {
            let expected = identity.map(Identity::as_str);
            examination.add_identity(Rule::IssuerMissing, name, expected, value);
        }
        return;
    };
    let configured = identity.map(Identity::as_str);
    let mismatch = identity.map_or(Rule::IssuerMismatch, Identity::mismatch);
    let is_mismatch = configured.is_some_and(|configured| declared != configured);
    if rule == Naming::Pointed {
        // The name that an object of any sort gives itself need not be a URL.
        if is_mismatch {
            examination.add_identity(mismatch, name, configured, value);
        }
        return;
    }
    // A resource may have a query, though it should not (RFC 9728 section 1.2).
    let has_query = name != names::RESOURCE && declared.contains('?');
    let url = Url::parse(declared).ok();
    let has_user = url
        .as_ref()
        .is_some_and(|url| !url.username().is_empty() || url.password().is_some());
    // `Url` writes the scheme in lower case, but clients that compare text do not.
    let is_capital = url.is_some_and(|url| !declared.starts_with(url.scheme()));
    let is_malformed = has_query || has_user || is_capital || declared.contains('#');
    if name == names::RESOURCE && declared.contains('?') {
        examination.add_identity(Rule::ResourceQuery, name, None, value);
    }
    if is_mismatch {
        examination.add_identity(mismatch, name, configured, value);
    }
    if is_malformed {
        examination.add_identity(Rule::IssuerMalformed, name, None, value);
    }
}
