//! `[provider.uses]`: what the clients of a provider rely on.

use std::collections::BTreeSet;

use super::problem::{nearest, shown};
use super::reader::Section;
use super::{client, keys};
use crate::document::kind::Kind;
use crate::document::member::{Shape, members};
use crate::document::severity::Group;
use crate::meaning::client::demand::Client;
use crate::meaning::provider_policy::Uses;

// A value with a slip of the pen would never be found to be removed, so that what breaks a client
// would be told as `info`: what is nearly a registered value is refused.
const GRANTS: [&str; 12] = [
    "authorization_code",
    "implicit",
    "password",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:pre-authorized_code",
    "urn:ietf:params:oauth:grant-type:uma-ticket",
    "urn:openid:params:grant-type:ciba",
];
const AUTH_METHODS: [&str; 7] = [
    "none",
    "client_secret_post",
    "client_secret_basic",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];
const RESPONSE_WORDS: [&str; 4] = ["code", "token", "id_token", "none"];
// RFC 7518, RFC 8037, RFC 8812, RFC 9864 and RFC 9964.
const ALGS: [&str; 45] = [
    "none",
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
    "A128CBC-HS256",
    "A192CBC-HS384",
    "A256CBC-HS512",
    "A128GCM",
    "A192GCM",
    "A256GCM",
];

pub(super) fn read(section: &Section<'_>, clients: &[Client]) -> Option<Uses> {
    let table = section.child("uses")?;
    table.check_keys("uses", &keys::USES);
    Some(Uses {
        grants: values(&table, "grants", |text| slip(text, &GRANTS)),
        scopes: values(&table, "scopes", |_| None),
        auth_methods: values(&table, "auth_methods", |text| slip(text, &AUTH_METHODS)),
        algs: values(&table, "algs", alg),
        endpoints: values(&table, "endpoints", endpoint),
        response_types: response_types(&table),
        clients: client::used(&table, clients),
    })
}

/// A list of values that have no space; `wrong` says what else is wrong with one.
fn values(
    table: &Section<'_>,
    key: &str,
    wrong: impl Fn(&str) -> Option<String>,
) -> Option<BTreeSet<String>> {
    let mut values = BTreeSet::new();
    for text in table.texts(key)? {
        let value = *text.get_ref();
        let has_space = value.is_empty() || value.chars().any(char::is_whitespace);
        let reason = if has_space {
            Some("one value is one string without a space".to_owned())
        } else {
            wrong(value)
        };
        match reason {
            None => {
                values.insert(value.to_owned());
            }
            Some(reason) => {
                let what = format!("{key} \"{}\": {reason}", shown(value));
                table.problem(text.span(), what);
            }
        }
    }
    Some(values)
}

fn response_types(table: &Section<'_>) -> Option<BTreeSet<String>> {
    let mut types = BTreeSet::new();
    for text in table.texts("response_types")? {
        let value = *text.get_ref();
        let mut words = value.split_whitespace().peekable();
        let reason = if words.peek().is_none() {
            Some("it is empty".to_owned())
        } else {
            words.find_map(|word| slip(word, &RESPONSE_WORDS))
        };
        match reason {
            None => {
                types.insert(value.to_owned());
            }
            Some(reason) => {
                let what = format!("response_types \"{}\": {reason}", shown(value));
                table.problem(text.span(), what);
            }
        }
    }
    Some(types)
}

fn slip(value: &str, known: &[&str]) -> Option<String> {
    if known.contains(&value) || value.len() < 4 {
        return None;
    }
    let near = known
        .iter()
        .find(|one| strsim::damerau_levenshtein(value, one) <= 2)?;
    Some(format!("did you mean \"{near}\"?"))
}

/// Checks the name of an algorithm. They differ by one character or by case, so a near match is a slip.
fn alg(name: &str) -> Option<String> {
    if ALGS.contains(&name) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&lower, &known.to_ascii_lowercase());
    let near = ALGS.into_iter().map(|known| (distance(known), known));
    let (_, near) = near.filter(|(distance, _)| *distance <= 1).min()?;
    Some(format!("did you mean \"{near}\"?"))
}

/// Checks the name of a member that is a URL: a registered one, or one whose name says that it is.
fn endpoint(name: &str) -> Option<String> {
    let known: Vec<&str> = members()
        .filter(|member| member.group == Group::Endpoints && member.shape == Shape::Url)
        .map(|member| member.name)
        .filter(|name| {
            !Kind::ALL
                .iter()
                .any(|kind| kind.row().identity == Some(name))
        })
        .collect();
    let is_named = name.ends_with("_endpoint") || name.ends_with("_uri");
    if known.contains(&name) || (is_named && slip(name, &known).is_none()) {
        return None;
    }
    Some(match nearest(name, known.into_iter()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "expected the name of a member such as \"token_endpoint\"".to_owned(),
    })
}
