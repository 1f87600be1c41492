//! Each member by itself: its name, its JSON type, its URLs.

use serde_json::{Value, json};
use url::{Host, Url};

use super::examination::Examination;
use crate::document::address;
use crate::document::member::names;
use crate::document::member::{self, Member, Shape};
use crate::meaning::required;
use crate::meaning::rule::Rule;

pub(super) fn check(examination: &mut Examination<'_>) {
    let document = examination.document;
    for (name, value) in document.members() {
        if value.is_null() {
            examination.add(Rule::NullMember, name);
            continue;
        }
        match member::member(document.kind(), name)
            .filter(|row| row.kinds.contains(&document.kind()))
        {
            Some(row) => check_value(examination, row, name, value),
            None => {
                check_name(examination, name);
                let text = value.as_str().filter(|_| name.ends_with("_endpoint"));
                if text.is_some_and(|text| address::is_url(text) && !address::is_plain(text)) {
                    examination.add_value(Rule::UrlMalformed, name, None, value);
                }
            }
        }
    }
}

/// A member that is not registered may be a registered one misspelled, or one in another language.
fn check_name(examination: &mut Examination<'_>, name: &str) {
    if let Some((base, tag)) = name.split_once('#') {
        let is_tag = !tag.is_empty()
            && tag.split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        let Some(row) = member::member(examination.document.kind(), base) else {
            return;
        };
        if !row.localized {
            examination.add(Rule::LanguageTagMisplaced, name);
        } else if !is_tag {
            examination.add(Rule::LanguageTagMalformed, name);
        } else if !examination.has(base) {
            examination.add(Rule::LanguageBaseMissing, base);
        }
    } else if member::members_of(examination.document.kind())
        .any(|row| row.name != name && row.name.eq_ignore_ascii_case(name))
    {
        examination.add(Rule::MisspelledMember, name);
    }
}

fn check_value(examination: &mut Examination<'_>, row: &Member, name: &str, value: &Value) {
    if !row.shape.fits(value) {
        examination.add_type(name, row, value);
        return;
    }
    // The one empty array that means something (RFC 9728 section 2).
    if value.as_array().is_some_and(Vec::is_empty) && name != names::BEARER_METHODS_SUPPORTED {
        examination.add(Rule::EmptyArray, name);
    }
    if let (Shape::Url, Some(text)) = (row.shape, value.as_str()) {
        check_url(examination, row, name, text, value);
    }
    if let (names::MTLS_ENDPOINT_ALIASES, Some(aliases)) = (name, value.as_object()) {
        for (alias, url) in aliases.iter().filter(|(_, url)| !url.is_null()) {
            let shown = json!({ alias.as_str(): url });
            check_url(
                examination,
                row,
                name,
                url.as_str().unwrap_or_default(),
                &shown,
            );
            // Mutual TLS is between the client and the server: a browser takes no part in it.
            let is_front = matches!(
                alias.as_str(),
                names::AUTHORIZATION_ENDPOINT | names::ISSUER | names::JWKS_URI
            );
            if is_front || !examination.has(alias) {
                examination.add_value(Rule::AliasWithoutEffect, name, None, &shown);
            }
        }
    }
    if let (names::AUTHORIZATION_SERVERS, Some(servers)) = (name, value.as_array()) {
        for (value, server) in servers.iter().filter_map(|it| Some((it, it.as_str()?))) {
            let url = Url::parse(server)
                .ok()
                .filter(|_| address::is_protected(server));
            let Some(url) = url else {
                examination.add_value(Rule::EndpointNotHttps, name, Some(row.reference), value);
                continue;
            };
            // `Url` writes the scheme in lower case, but clients that compare text do not.
            let is_capital = !server.starts_with(url.scheme());
            if server.contains(['?', '#']) || is_capital || !address::is_plain(server) {
                examination.add_value(Rule::IssuerMalformed, name, None, value);
            }
            if is_led_inward(&url) && !is_local(examination) {
                examination.add_value(Rule::UrlNotPublic, name, None, value);
            }
        }
    }
}

/// An address; `shown` is how it stands in the document.
fn check_url(
    examination: &mut Examination<'_>,
    row: &Member,
    name: &str,
    text: &str,
    shown: &Value,
) {
    let is_identity = matches!(name, names::ISSUER | names::RESOURCE)
        || examination.document.kind().row().identity == Some(name);
    if row.https && !address::is_protected(text) {
        examination.add_value(Rule::EndpointNotHttps, name, Some(row.reference), shown);
        return;
    }
    let Ok(url) = Url::parse(text) else {
        examination.add_value(Rule::UrlMalformed, name, Some(row.reference), shown);
        return;
    };
    if row.https && !is_identity && url.fragment().is_some() {
        examination.add_value(Rule::UrlFragment, name, None, shown);
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user && !is_identity {
        examination.add_value(Rule::UrlUserName, name, None, shown);
    }
    // Lenient parsers read something in it, but not all of them the same.
    if !has_user && url.has_host() && !address::is_plain(text) {
        examination.add_value(Rule::UrlMalformed, name, Some(row.reference), shown);
    }
    if is_led_inward(&url) && !is_local(examination) {
        examination.add_value(Rule::UrlNotPublic, name, None, shown);
    }
}

/// A provider on this machine may name addresses on this machine.
fn is_local(examination: &Examination<'_>) -> bool {
    let identity = examination
        .document
        .identity()
        .and_then(|text| Url::parse(text).ok());
    identity.is_some_and(|url| is_led_inward(&url))
}

fn is_led_inward(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_inner(address.octets()),
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|inner| is_inner(inner.octets()))
        }
        Some(Host::Domain(_)) => address::is_loopback(url),
        None => false,
    }
}

/// Private, loopback, link-local, unspecified, or shared by the customers of a carrier (RFC 6598).
fn is_inner(octets: [u8; 4]) -> bool {
    matches!(
        octets,
        [10 | 127, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            | [169, 254, ..]
            | [100, 64..=127, ..]
            | [0, 0, 0, 0]
    )
}

/// Members that this kind of document must have, or should.
pub(super) fn check_presence(examination: &mut Examination<'_>) {
    let kind = examination.document.kind();
    let has_endpoints = kind.is_of_server();
    for row in member::members_of(kind) {
        // The check in `identity` says more about these.
        let is_identity = kind.row().identity == Some(row.name);
        if is_identity || matches!(row.name, names::ISSUER | names::RESOURCE) {
            continue;
        }
        let is_required = row.required.contains(&kind);
        let is_recommended = row.recommended.contains(&kind);
        let at_times =
            required::is_required(examination.document, row.name).filter(|_| has_endpoints);
        if !is_required && !is_recommended && at_times.is_none() {
            continue;
        }
        let value = examination.document.effective(row.name);
        let is_empty = value.is_some_and(|value| value.as_array().is_some_and(Vec::is_empty));
        if value.is_some() && !(is_empty && is_required) {
            continue;
        }
        if is_required || at_times == Some(true) {
            examination.add_with(Rule::RequiredMemberMissing, row.name, row.reference);
        } else if is_recommended {
            examination.add_with(Rule::RecommendedMemberMissing, row.name, row.reference);
        }
    }
}
