//! Documents and key sets: read, compared, kept.

use issuerwatch::document::canonical::Document;
use issuerwatch::document::kind::Kind;
use issuerwatch::meaning::diff;
use issuerwatch::meaning::finding;
use issuerwatch::meaning::provider_policy::Policy;
use serde_json::Value;

use super::{Judge, Target, hold, hold_harmless};

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "false",
    "-0",
    "1e400",
    "0.1",
    "123456789012345678901234567890",
    "\"\"",
    "{}",
    "[]",
    "\"a\":",
    "\\u0000",
    "\\ud800",
    "\\u202e",
    "\u{feff}",
    "\"issuer\":",
    "\"keys\":[",
    "\"d\":\"AQ\",",
    "\"$serde_json::private::Number\":",
    "https://",
    "javascript:",
    "~1",
    "#fr",
    "S256",
    "none",
    "\"jwks\":{\"keys\":[]},",
    "-----BEGIN PRIVATE KEY-----",
    "\"scopes_supported\":[\"a\"],",
    "%00",
];
const KEY_TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "{}",
    "[]",
    "\"kid\":\"a\",",
    "\"kid\":null,",
    "\"kty\":\"oct\",",
    "\"k\":\"AQ\",",
    "\"d\":\"AQ\",",
    "\"kty\":\"RSA\",",
    "\"kty\":\"EC\",",
    "\"kty\":\"OKP\",",
    "\"x5c\":[\"MII\"],",
    "\"x5t\":\"\",",
    "\"n\":\"AQAB\",",
    "\"e\":\"AQAB\",",
    "\"e\":\"AAEAAQ\",",
    "\"x\":\"\",",
    "\"use\":\"enc\",",
    "\"key_ops\":[\"sign\"],",
    "\"alg\":\"none\",",
    "=",
    "A",
    "+/",
];

pub(super) const DOCUMENT: Target = Target {
    name: "document",
    tokens: TOKENS,
    prepare: || -> Judge { Box::new(|seed, input| judge(kind(seed), seed, input)) },
};

pub(super) const KEY_SET: Target = Target {
    name: "key-set",
    tokens: KEY_TOKENS,
    prepare: || -> Judge { Box::new(|seed, input| judge(Kind::JWKS, seed, input)) },
};

/// Which kind of metadata a seed is.
fn kind(seed: &[u8]) -> Kind {
    let has = |word: &str| seed.windows(word.len()).any(|it| it == word.as_bytes());
    if has("\"resource\"") {
        Kind::OAUTH_PROTECTED_RESOURCE
    } else if has("subject_types_supported") {
        Kind::OPENID_CONFIGURATION
    } else {
        Kind::OAUTH_AUTHORIZATION_SERVER
    }
}

fn judge(kind: Kind, seed: &[u8], input: &[u8]) -> Result<(), String> {
    let document = match Document::parse(kind, input, Some("application/json")) {
        Ok(document) => document,
        Err(failure) => return hold_harmless(&failure.brief(), 400),
    };
    hold_round(kind, &document, input)?;
    let policy = Policy::default();
    hold(
        diff::changes(&document, &document, None, &policy).is_empty(),
        || "it differs from itself".to_owned(),
    )?;
    hold(diff::patch(&document, &document).as_str() == "[]", || {
        "a patch of nothing".to_owned()
    })?;
    for finding in finding::findings(&document, None, &policy) {
        hold(finding.rule.known().is_some(), || {
            "a finding of no rule".to_owned()
        })?;
    }
    let Ok(before) = Document::parse(kind, seed, None) else {
        return Ok(());
    };
    for (one, other) in [(&before, &document), (&document, &before)] {
        let changes = diff::changes(one, other, None, &policy);
        let is_same = one.fingerprint() == other.fingerprint();
        hold(!is_same || changes.is_empty(), || {
            "one fingerprint and changes".to_owned()
        })?;
        let mut patched = Value::Object(one.members().clone());
        let patch = diff::patch(one, other);
        let patch: json_patch::Patch =
            serde_json::from_str(patch.as_str()).map_err(|it| it.to_string())?;
        json_patch::patch(&mut patched, &patch)
            .map_err(|error| format!("the patch does not apply: {error}"))?;
        let patched = patched.to_string();
        hold(patched == other.canonical(), || {
            format!("the patch makes {patched}")
        })?;
    }
    Ok(())
}

/// What is kept of a document is that document.
fn hold_round(kind: Kind, document: &Document, input: &[u8]) -> Result<(), String> {
    let same = |what: &str, again: Option<&Document>| {
        let again = again.map(Document::canonical);
        hold(again == Some(document.canonical()), || {
            format!("{what}: {again:?}, not {}", document.canonical())
        })
    };
    let again = Document::from_canonical(kind, document.canonical());
    same("its canonical form reads as", again.as_ref())?;
    let again = Document::parse(kind, document.canonical().as_bytes(), None).ok();
    same("its canonical form, as a body, reads as", again.as_ref())?;
    let body = document.stored_body(input);
    let again = Document::parse(kind, &body, None).ok();
    same("the body that is kept reads as", again.as_ref())
}
