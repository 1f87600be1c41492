//! For every rule a document that shows it and one that does not: `tests/fixtures/rules`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::meaning::client::table;
use crate::meaning::key_set;
use crate::meaning::provider::Identity;
use crate::meaning::provider_policy::{Policy, RuleOverride};
use crate::meaning::{diff, finding};

const FILES: [(&str, &str); 5] = [
    (
        "finding",
        include_str!("../../../tests/fixtures/rules/finding.txt"),
    ),
    (
        "between",
        include_str!("../../../tests/fixtures/rules/between.txt"),
    ),
    (
        "profile",
        include_str!("../../../tests/fixtures/rules/profile.txt"),
    ),
    ("key", include_str!("../../../tests/fixtures/rules/key.txt")),
    (
        "change",
        include_str!("../../../tests/fixtures/rules/change.txt"),
    ),
];

/// Rules about the connection and the clock, which no document can show.
const NOT_OF_DOCUMENTS: [&str; 6] = [
    "certificate-expiring",
    "document-sunset",
    "document-unavailable",
    "document-unusable",
    "issuing-ca-changed",
    "trouble-here",
];

/// All ten members of the first provider.
const OAUTH: &str = r#"{"issuer":"https://api.archera.ai",
    "authorization_endpoint":"https://api.archera.ai/oauth/authorize",
    "token_endpoint":"https://api.archera.ai/oauth/token",
    "jwks_uri":"https://api.archera.ai/.well-known/jwks.json",
    "response_types_supported":["code"],
    "grant_types_supported":["authorization_code","refresh_token"],
    "code_challenge_methods_supported":["S256"],
    "token_endpoint_auth_methods_supported":["none","client_secret_post"],
    "scopes_supported":["billing:read","billing:write","openid"],
    "service_documentation":"https://docs.archera.ai/oauth"}"#;
/// What a large OpenID provider publishes.
const OPENID: &str = r#"{"issuer":"https://accounts.example",
    "authorization_endpoint":"https://accounts.example/o/oauth2/v2/auth",
    "device_authorization_endpoint":"https://oauth2.apis.example/device/code",
    "token_endpoint":"https://oauth2.apis.example/token",
    "userinfo_endpoint":"https://openidconnect.apis.example/v1/userinfo",
    "revocation_endpoint":"https://oauth2.apis.example/revoke",
    "jwks_uri":"https://www.apis.example/oauth2/v3/certs",
    "response_types_supported":["code","id_token","code id_token","none"],
    "response_modes_supported":["query","fragment","form_post"],
    "subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],
    "scopes_supported":["openid","email","profile"],
    "token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"],
    "claims_supported":["aud","email","exp","iat","iss","name","sub"],
    "code_challenge_methods_supported":["S256"],
    "grant_types_supported":["authorization_code","refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer"]}"#;
const RESOURCE: &str = r#"{"resource":"https://mcp.example/mcp","resource_name":"A resource",
    "authorization_servers":["https://accounts.example"],"scopes_supported":["read"],
    "bearer_methods_supported":["header"]}"#;

#[derive(Default)]
struct Case {
    file: &'static str,
    rule: &'static str,
    kind: &'static str,
    member: &'static str,
    severity: Option<&'static str>,
    old: Option<&'static str>,
    with: Option<&'static str>,
    has: &'static str,
    lacks: &'static str,
    media_type: Option<&'static str>,
    also: Vec<&'static str>,
    also_lacks: Vec<&'static str>,
    back: bool,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (file, text) in FILES {
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            let Some(line) = line.strip_prefix("  ") else {
                let words: Vec<&str> = line.split(' ').collect();
                cases.push(Case {
                    file,
                    rule: words[0],
                    kind: words[1],
                    member: words[2],
                    severity: words.get(3).copied(),
                    ..Case::default()
                });
                continue;
            };
            let case = cases.last_mut().unwrap();
            let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
            let rest = rest.trim();
            match what {
                "old" => case.old = Some(rest),
                "with" => case.with = Some(rest),
                "has" => case.has = rest,
                "lacks" => case.lacks = rest,
                "as" => case.media_type = Some(rest),
                "also" => case.also.push(rest),
                "also-lacks" => case.also_lacks.push(rest),
                "back" => case.back = true,
                _ => panic!("{file}: {line}"),
            }
        }
    }
    cases
}

/// The text with its shorthands written out.
fn written_out(text: &str) -> String {
    let number = |bits: usize| URL_SAFE_NO_PAD.encode(vec![0xC5; bits / 8]);
    let certificate = |octet: u8| [vec![0x30, 0x82], vec![octet; 256]].concat();
    let mut text = text.replace("<BOM>", "\u{FEFF}");
    for bits in [1024, 2048, 4096, 9216] {
        text = text.replace(&format!("$N{bits}"), &number(bits));
    }
    text = text
        .replace("$X32", &URL_SAFE_NO_PAD.encode([0x51; 32]))
        .replace("$OTHERCERT", &STANDARD.encode(certificate(0x11)))
        .replace("$CERT", &STANDARD.encode(certificate(0xC5)))
        .replace(
            "$SHA256",
            &URL_SAFE_NO_PAD.encode(Sha256::digest(certificate(0xC5))),
        )
        .replace("$SHA1", &crate::document::key_set::x5t(&certificate(0xC5)));
    while let Some((before, rest)) = text.split_once("$JWS(") {
        let (inside, after) = rest.split_once(")\"").unwrap();
        let (header, claims) = inside.split_once("},{").unwrap();
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let (header, claims) = (part(format!("{header}}}")), part(format!("{{{claims}")));
        text = format!("{before}{header}.{claims}.c2ln\"{after}");
    }
    text
}

fn kind(word: &str) -> (Kind, &'static str, &'static str) {
    match word {
        "oauth" => (
            Kind::OAUTH_AUTHORIZATION_SERVER,
            OAUTH,
            "https://api.archera.ai",
        ),
        "openid" => (
            Kind::OPENID_CONFIGURATION,
            OPENID,
            "https://accounts.example",
        ),
        "resource" => (
            Kind::OAUTH_PROTECTED_RESOURCE,
            RESOURCE,
            "https://mcp.example/mcp",
        ),
        // As a resource writes its issuer.
        "announced" => (
            Kind::OAUTH_AUTHORIZATION_SERVER,
            OAUTH,
            "https://api.archera.ai",
        ),
        "jwks" => (Kind::JWKS, "{}", ""),
        _ => panic!("{word}"),
    }
}

fn document(word: &str, text: &str, media_type: Option<&str>) -> Document {
    let (kind, good, _) = kind(word);
    let text = written_out(text);
    let body = match text.strip_prefix("= ") {
        Some(body) => body.to_owned(),
        None => {
            let mut document: Value = serde_json::from_str(good).unwrap();
            let members: Value = serde_json::from_str(&text).unwrap();
            let document = document.as_object_mut().unwrap();
            for (name, value) in members.as_object().unwrap() {
                document.insert(name.clone(), value.clone());
            }
            document.retain(|_, value| value != "-");
            Value::Object(document.clone()).to_string()
        }
    };
    Document::parse(kind, body.as_bytes(), media_type).unwrap()
}

fn identity(word: &str) -> Option<Identity> {
    let (kind, _, identity) = kind(word);
    if word == "announced" {
        return Some(Identity::Announced(identity.into()));
    }
    Identity::named_by(kind, identity).of(kind)
}

/// A policy that asks for the rule, if it must be asked for; a client is declared.
fn policy(rule: Rule) -> Policy {
    let mut policy = Policy::default();
    if let Some(severity) = rule.row().severity.filter(|_| rule.row().on_request) {
        let asked = RuleOverride::Severity(severity);
        policy.severity.insert(rule, asked);
    }
    if rule == Rule::ClientRefuses {
        let uses = policy.uses.get_or_insert_default();
        uses.clients.extend(table::find("mcp").cloned());
    }
    policy
}

fn found(case: &Case, text: &str, media_type: Option<&str>) -> BTreeSet<String> {
    let policy = policy(Rule::find(case.rule).unwrap());
    let found = match (case.with, case.kind.split_once('+')) {
        (Some(with), Some((kind, other))) => {
            let one = document(kind, text, None);
            let other = document(other, with, None);
            // What is told of two polls is looked for apart.
            if case.rule == "twins-disagree" {
                finding::twins(&one, &other, &policy)
            } else {
                let found = finding::between(&one, &other, &policy);
                assert_eq!(found, finding::between(&other, &one, &policy));
                found
            }
        }
        _ => {
            let document = document(case.kind, text, media_type);
            finding::findings(&document, identity(case.kind).as_ref(), &policy)
        }
    };
    for finding in &found {
        assert!(!finding.why.is_empty(), "{}", finding.rule);
    }
    found
        .iter()
        .map(|finding| format!("{} {}", finding.rule, finding.subject))
        .collect()
}

/// The rule and the member of each change, and how grave the change is.
fn changed(case: &Case, text: &str) -> BTreeSet<(String, String)> {
    let old = case.old.unwrap();
    let policy = Policy::default();
    let mut changes = if case.kind == "retrieval" {
        let asked = "https://a.example/m";
        let change = diff::redirect_change(asked, Some(old), Some(text), &policy);
        change.into_iter().collect()
    } else {
        let old = document(case.kind, old, None);
        let new = document(case.kind, text, None);
        diff::changes(&old, &new, identity(case.kind).as_ref(), &policy)
    };
    let remembered = key_set::RememberedKeys::NOTHING;
    key_set::tell_returned(&mut changes, |_| case.back, remembered, &policy);
    for change in &changes {
        assert!(!change.why.is_empty(), "{}: {}", case.rule, change.rule);
    }
    changes
        .iter()
        .map(|it| {
            (
                format!("{} {}", it.rule, it.subject),
                it.severity.to_string(),
            )
        })
        .collect()
}

#[test]
fn the_document_that_shows_a_rule_shows_it_and_nothing_else() {
    for case in cases() {
        let member = if case.member == "-" { "" } else { case.member };
        let told = format!("{} {member}", case.rule);
        let also = case.also.iter().map(|&also| also.to_owned());
        let expected: BTreeSet<String> = also.chain([told.clone()]).collect();
        if case.old.is_some() {
            let changed = changed(&case, case.has);
            let rules: BTreeSet<String> = changed.iter().map(|(rule, _)| rule.clone()).collect();
            assert_eq!(rules, expected, "{}: {}", case.rule, case.has);
            let severity = case.severity.unwrap().to_owned();
            assert!(
                changed.contains(&(told, severity)),
                "{}: {changed:?}",
                case.rule
            );
        } else {
            let found = found(&case, case.has, case.media_type);
            assert_eq!(found, expected, "{}: {}", case.rule, case.has);
        }
    }
}

#[test]
fn the_document_that_does_not_show_it_shows_nothing() {
    for case in cases() {
        if case.old.is_some() {
            let changed = changed(&case, case.lacks);
            assert!(changed.is_empty(), "{}: {changed:?}", case.rule);
        } else {
            let found = found(&case, case.lacks, None);
            let expected = case
                .also_lacks
                .iter()
                .map(|&also| also.to_owned())
                .collect();
            assert_eq!(found, expected, "{}: {}", case.rule, case.lacks);
        }
    }
}

#[test]
fn every_rule_has_a_case() {
    let cases = cases();
    let covered: BTreeSet<&str> = cases.iter().map(|case| case.rule).collect();
    let missing: Vec<&str> = Rule::all()
        .into_iter()
        .map(Rule::id)
        .filter(|id| !covered.contains(id) && !NOT_OF_DOCUMENTS.contains(id))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
    for case in &cases {
        assert!(
            Rule::find(case.rule).is_some(),
            "{}: no rule {}",
            case.file,
            case.rule
        );
    }
    // A rule for both findings and changes has a case for each.
    for rule in ["issuer-mismatch", "endpoint-not-https"] {
        for file in ["finding", "change"] {
            let has = |case: &Case| case.rule == rule && case.file == file;
            assert!(cases.iter().any(has), "{rule} in {file}");
        }
    }
}

#[test]
fn good_documents_have_no_finding() {
    for word in ["oauth", "openid", "resource"] {
        let document = document(word, "{}", Some("application/json"));
        let found = finding::findings(&document, identity(word).as_ref(), &Policy::default());
        assert_eq!(found, []);
    }
}
