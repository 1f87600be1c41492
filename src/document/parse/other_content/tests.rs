//! What is said of bodies that are not documents.

use super::*;
use crate::document::failure::FailureKind;
use crate::document::parse::parse;

const K: Kind = Kind::OPENID_CONFIGURATION;

fn said(bytes: &[u8], content_type: Option<&str>) -> String {
    let failure = parse(K, bytes, content_type).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotJson);
    failure.detail
}

#[test]
fn a_page_is_called_by_its_title_and_xml_by_its_root() {
    let page = b" <!DOCTYPE html><html><Title lang=en>\n Sign\x1b in</title>";
    let title = "HTML instead of JSON (title \"Sign<U+001B> in\")";
    assert_eq!(said(page, None), title);
    let saml = b"<?xml version=\"1.0\"?><md:EntityDescriptor entityID='x'/>";
    let root = "XML instead of JSON (root element md:EntityDescriptor)";
    assert_eq!(said(saml, None), root);
    let refused = b"<Error><Code>AccessDenied</Code></Error>";
    let root = "XML instead of JSON (root element Error)";
    assert_eq!(said(refused, None), root);
    for page in [&b"<h1>Oops</h1>"[..], b"<!-- moved -->\n<HTML><body>"] {
        assert_eq!(said(page, None), "HTML instead of JSON");
    }
}

#[test]
fn what_is_no_json_is_told_by_what_it_is_and_not_by_where_a_parser_stopped() {
    for (bytes, expected) in [
        (
            &b"\x1f\x8b\x08\0"[..],
            "gzip that no Content-Encoding announces, instead of JSON",
        ),
        (
            b"\x78\x9c\xab\x56",
            "deflate that no Content-Encoding announces, instead of JSON",
        ),
        (
            b"\xff\xfe{\0\"\0",
            "text encoded as UTF-16: JSON must be UTF-8",
        ),
        (b"{\0\"\0a\0", "text encoded as UTF-16: JSON must be UTF-8"),
        (b"\0{\0\"\0a", "text encoded as UTF-16: JSON must be UTF-8"),
        (
            b"-----BEGIN PUBLIC KEY-----\nMIIB",
            "PEM instead of JSON (BEGIN PUBLIC KEY)",
        ),
        (
            b" eyJhbGciOiJSUzI1NiJ9.eyJrZXlzIjpbXX0.c2ln\n",
            "a signed token (JWT) instead of JSON",
        ),
        (
            b"{\"issuer\":\"https://a.ex",
            "JSON that is cut off before its end",
        ),
        (
            b"{} {}",
            "not JSON: something stands behind it, beginning \"{}\"",
        ),
        (b"{\"a\":1,}", "not JSON: trailing comma at line 1 column 8"),
        (
            b"callback({})",
            "not JSON but text beginning \"callback({})\"",
        ),
        (b"", "empty body"),
    ] {
        assert_eq!(said(bytes, None), expected);
    }
    let text = said(b"404 page not found\n", Some("text/plain; charset=utf-8"));
    assert_eq!(
        text,
        "not JSON but text/plain, beginning \"404 page not found\""
    );
    for bytes in [&b"\x1b\x2f\0\xf8\x8d\x94\x6e"[..], b"{\"a\":\"\xe9\"}"] {
        assert!(said(bytes, None).contains("no text in UTF-8"));
    }
}

#[test]
fn nothing_that_is_said_of_a_body_has_a_secret_in_it() {
    let pem = b"-----BEGIN PRIVATE KEY-----\nHUSH";
    assert_eq!(said(pem, None), "PEM instead of JSON (BEGIN PRIVATE KEY)");
    let behind = said(b"{} [{\"kty\":\"oct\",\"k\":\"HUSH\"}]", None);
    let before = said(b"key: -----BEGIN PRIVATE KEY-----\nHUSH", None);
    assert!(!behind.contains("HUSH") && !before.contains("PRIVATE"));
    let name = br#"{"-----BEGIN PRIVATE KEY-----HUSH":1}"#;
    let detail = parse(K, name, None).unwrap_err().detail;
    assert!(!detail.contains("HUSH"), "{detail}");
}

#[test]
fn an_object_is_a_document_only_if_it_is_one_of_its_kind() {
    let refused = |kind, text: &str| {
        let failure = parse(kind, text.as_bytes(), None).unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotAnObject, "{text}");
        failure.detail
    };
    for text in [
        "{}",
        r#"{"error":"x","message":"y"}"#,
        r#"{"data":{"issuer":"https://a.example"}}"#,
        r#"{"issuer":null,"token_endpoint":null}"#,
        r#"{"issuer":"","jwks_uri":" "}"#,
        r#"{"issuer":["https://a.example"]}"#,
        r#"{"keys":[]}"#,
        r#"{"resource":"https://a.example"}"#,
        r#"{"endpoint":"https://a.example/t"}"#,
    ] {
        refused(K, text);
        refused(Kind::OAUTH_AUTHORIZATION_SERVER, text);
    }
    for text in [
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":null}"#,
        r#"{"kty":"RSA"}"#,
        r#"{"issuer":"https://a.example","jwks_uri":"https://a.example/k"}"#,
    ] {
        refused(Kind::JWKS, text);
    }
    let server = r#"{"issuer":"https://a.example","jwks_uri":"https://a.example/k"}"#;
    refused(Kind::OAUTH_PROTECTED_RESOURCE, server);
    assert_eq!(
        refused(K, r#"{"error":"x","a b":1,"c":1,"d":1,"e":1,"f":1,"g":1}"#),
        "a JSON object, but no metadata: neither issuer nor an endpoint \
         (members: \"a b\", c, d, e, error, f, 1 more)"
    );
    assert_eq!(
        refused(Kind::JWKS, "{}"),
        "a JSON object, but no key set: no keys (it is empty)"
    );
    assert_eq!(
        refused(Kind::JWKS, r#"{"kty":"EC","d":"HUSH"}"#),
        "a JSON object, but no key set: no keys (members: d, kty); a private key is in it"
    );
}

#[test]
fn a_document_that_lost_its_identity_alone_is_one() {
    for (kind, text) in [
        (K, r#"{"token_endpoint":"https://a.example/t"}"#),
        (K, r#"{"issuer":null,"jwks_uri":"https://a.example/k"}"#),
        (K, r#"{"issuer":"https://a.example"}"#),
        (Kind::JWKS, r#"{"keys":[]}"#),
        (
            Kind::OAUTH_PROTECTED_RESOURCE,
            r#"{"authorization_servers":["https://a.example"]}"#,
        ),
    ] {
        assert!(parse(kind, text.as_bytes(), None).is_ok(), "{text}");
    }
}
