//! What came instead of a document: told apart by type, put into words in one place.
//!
//! The words name what a person would recognize (a title, a media type, the first characters, the
//! members), never where a parser stopped. All of it is foreign: escaped, cut, and without private
//! key material.

use std::fmt;

use serde_json::Value;

use super::{Parsed, secret};
use crate::model::kind::Kind;
use crate::model::observation::{Failure, FailureKind};
use crate::model::text::{bounded, visible};

/// How much of a body is looked at.
const HEAD: usize = 4096;
/// Most members that are named.
const MAX_MEMBERS: usize = 6;

/// What came instead of a document of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Nothing, or nothing but white space.
    Nothing,
    /// A page for people, by its title.
    Page(Option<String>),
    /// XML of another sort, by its root element.
    Xml(Option<String>),
    /// A PEM text, by its label.
    Pem(String),
    /// A signed or encrypted token.
    Token,
    /// Bytes of a format that begins with a signature.
    Binary(&'static str),
    /// Text in another encoding than UTF-8.
    Encoded(&'static str),
    /// Bytes that are no text in UTF-8.
    NoText,
    /// JSON that ends before its end.
    CutOff,
    /// JSON with a mistake, in the parser's words.
    Broken(String),
    /// A JSON text with something behind it.
    Followed(String),
    /// Text of another format: its media type and its first characters.
    Text(Option<String>, String),
    /// JSON nested too deeply.
    Deep(usize),
    /// JSON, but no object: the type in words.
    NoObject(&'static str),
    /// An object, but no document of the kind: names of members, and whether a private key is in it.
    OtherObject(Kind, Vec<String>, bool),
}

impl Came {
    /// What the bytes are, if they are no JSON. `error` is the parser's.
    pub(super) fn of_bytes(
        bytes: &[u8],
        content_type: Option<&str>,
        error: &serde_json::Error,
    ) -> Self {
        let head = bytes.get(..HEAD.min(bytes.len())).unwrap_or_default();
        if let Some(found) = signature(head) {
            return found;
        }
        let Ok(text) = text_of(head) else {
            return Self::NoText;
        };
        let start = text.trim_start();
        if start.is_empty() {
            return Self::Nothing;
        }
        if start.starts_with('<') {
            return markup(start);
        }
        if let Some(label) = start.strip_prefix("-----BEGIN ") {
            let label = label.split("-----").next().unwrap_or_default();
            return Self::Pem(bounded(&visible(label), 40));
        }
        let whole = std::str::from_utf8(bytes).map(str::trim);
        if whole.is_ok_and(is_token) {
            return Self::Token;
        }
        if start.starts_with(['{', '[', '"']) {
            return of_json(bytes, error);
        }
        Self::Text(content_type.map(media_type), first_characters(start))
    }

    /// The object that is no document of its kind, if it is none.
    ///
    /// An object is metadata if it says whose it is or where anything is: a document that lost its
    /// issuer and kept its endpoints is one, and what it lost is news. A key set is what has keys.
    pub(super) fn instead_of(kind: Kind, parsed: &Parsed) -> Option<Self> {
        let members = &parsed.members;
        let is_named = |name: &str| has_text(members.get(name));
        let is_list = |name: &str| members.get(name).and_then(Value::as_array);
        let is_document = match kind {
            Kind::Jwks => is_list("keys").is_some(),
            Kind::OauthAuthorizationServer | Kind::OpenidConfiguration => {
                is_named("issuer") || members.iter().any(is_address)
            }
            // Metadata of a server has addresses too: they make no resource of it.
            Kind::OauthProtectedResource => {
                is_named("resource")
                    || is_list("authorization_servers").is_some_and(|list| !list.is_empty())
            }
        };
        if is_document {
            return None;
        }
        let mut names: Vec<String> = members
            .keys()
            .take(MAX_MEMBERS)
            .map(|name| harmless_name(name))
            .collect();
        if let more @ 1.. = members.len().saturating_sub(MAX_MEMBERS) {
            names.push(format!("{more} more"));
        }
        Some(Self::OtherObject(kind, names, !parsed.secrets.is_empty()))
    }

    /// The class of the failure.
    fn kind(&self) -> FailureKind {
        match self {
            Self::Deep(_) => FailureKind::TooLarge,
            Self::NoObject(_) | Self::OtherObject(..) => FailureKind::NotAnObject,
            Self::Nothing
            | Self::Page(_)
            | Self::Xml(_)
            | Self::Pem(_)
            | Self::Token
            | Self::Binary(_)
            | Self::Encoded(_)
            | Self::NoText
            | Self::CutOff
            | Self::Broken(_)
            | Self::Followed(_)
            | Self::Text(..) => FailureKind::NotJson,
        }
    }

    /// The failure of a poll that got this.
    pub fn failure(&self) -> Failure {
        Failure {
            kind: self.kind(),
            status: None,
            detail: bounded(&self.to_string(), 300),
        }
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("empty body"),
            Self::Page(Some(title)) => write!(f, "HTML instead of JSON (title \"{title}\")"),
            Self::Page(None) => f.write_str("HTML or XML instead of JSON"),
            Self::Xml(Some(root)) => write!(f, "XML instead of JSON (root element {root})"),
            Self::Xml(None) => f.write_str("XML instead of JSON"),
            Self::Pem(label) => write!(f, "PEM instead of JSON (BEGIN {label})"),
            Self::Token => f.write_str("a signed token (JWT) instead of JSON"),
            Self::Binary(format) => write!(f, "{format} instead of JSON"),
            Self::Encoded(encoding) => {
                write!(f, "text encoded as {encoding}: JSON must be UTF-8")
            }
            Self::NoText => f.write_str(
                "not JSON: bytes that are no text in UTF-8, perhaps compressed (br, deflate) \
                 or in another encoding",
            ),
            Self::CutOff => f.write_str("JSON that is cut off before its end"),
            Self::Broken(words) => write!(f, "not JSON: {words}"),
            Self::Followed(rest) => {
                write!(
                    f,
                    "not JSON: something stands behind it, beginning \"{rest}\""
                )
            }
            Self::Text(Some(media_type), start) => {
                write!(f, "not JSON but {media_type}, beginning \"{start}\"")
            }
            Self::Text(None, start) => write!(f, "not JSON but text beginning \"{start}\""),
            Self::Deep(most) => write!(f, "nested more deeply than {most}"),
            Self::NoObject(type_words) => {
                write!(f, "JSON, but {type_words} instead of an object")
            }
            Self::OtherObject(kind, members, is_secret) => {
                let (what, lacks) = match kind {
                    Kind::Jwks => ("key set", "no keys"),
                    Kind::OauthAuthorizationServer | Kind::OpenidConfiguration => {
                        ("metadata", "neither issuer nor an endpoint")
                    }
                    Kind::OauthProtectedResource => (
                        "metadata of a resource",
                        "neither resource nor authorization_servers",
                    ),
                };
                let members = match members.as_slice() {
                    [] => "it is empty".to_owned(),
                    names => format!("members: {}", names.join(", ")),
                };
                let secret = if *is_secret {
                    "; a private key is in it"
                } else {
                    ""
                };
                write!(
                    f,
                    "a JSON object, but no {what}: {lacks} ({members}){secret}"
                )
            }
        }
    }
}

/// A member that says where something is.
fn is_address((name, value): (&String, &Value)) -> bool {
    (name == "jwks_uri" || name.ends_with("_endpoint")) && has_text(Some(value))
}

fn has_text(value: Option<&Value>) -> bool {
    value
        .and_then(Value::as_str)
        .is_some_and(|text| !text.trim().is_empty())
}

fn harmless_name(name: &str) -> String {
    if secret::hides_in(name, 0, true) {
        return super::REMOVED.to_owned();
    }
    let shown = bounded(&visible(name), 40);
    let is_plain = !shown.is_empty() && !shown.contains([' ', ',', '(', ')']);
    if is_plain {
        shown
    } else {
        format!("\"{shown}\"")
    }
}

/// Formats that are told by their first bytes.
fn signature(head: &[u8]) -> Option<Came> {
    let known: [(&[u8], Came); 12] = [
        (b"\x1f\x8b", Came::Binary("gzip that was not declared")),
        (
            b"\x28\xb5\x2f\xfd",
            Came::Binary("zstd (a compressed encoding)"),
        ),
        (b"\x78\x01", Came::Binary("deflate (a compressed encoding)")),
        (b"\x78\x5e", Came::Binary("deflate (a compressed encoding)")),
        (b"\x78\x9c", Came::Binary("deflate (a compressed encoding)")),
        (b"\x78\xda", Came::Binary("deflate (a compressed encoding)")),
        (b"PK\x03\x04", Came::Binary("a zip archive")),
        (b"%PDF-", Came::Binary("a PDF file")),
        (b"\xff\xfe\x00\x00", Came::Encoded("UTF-32")),
        (b"\x00\x00\xfe\xff", Came::Encoded("UTF-32")),
        (b"\xff\xfe", Came::Encoded("UTF-16")),
        (b"\xfe\xff", Came::Encoded("UTF-16")),
    ];
    let mut known = known.into_iter();
    if let Some((_, came)) = known.find(|(start, _)| head.starts_with(start)) {
        return Some(came);
    }
    // JSON begins with two ASCII characters: zeros beside them tell a wider encoding (RFC 4627
    // section 3).
    match head {
        [0, 0, 0, c, ..] | [c, 0, 0, 0, ..] if *c != 0 => Some(Came::Encoded("UTF-32")),
        [0, c, 0, d, ..] | [c, 0, d, 0, ..] if *c != 0 && *d != 0 => Some(Came::Encoded("UTF-16")),
        _ => None,
    }
}

/// The head as text: a character that the cut went through is none of its faults.
fn text_of(head: &[u8]) -> Result<&str, std::str::Utf8Error> {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() && head.len() == HEAD => {
            std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or_default())
        }
        read => read,
    }
}

fn markup(start: &str) -> Came {
    let lower = start.to_ascii_lowercase();
    if let Some(title) = title(start, &lower) {
        return Came::Page(Some(title));
    }
    if !lower.starts_with("<?xml") || lower.contains("<html") {
        return Came::Page(None);
    }
    let is_root = |tag: &&str| tag.starts_with(|c: char| c.is_ascii_alphabetic());
    let root = start.split('<').find(is_root);
    let name = root.and_then(|tag| tag.split([' ', '>', '/', '\t', '\r', '\n']).next());
    Came::Xml(name.map(|name| bounded(&visible(name), 60)))
}

/// The title of a page: what people recognize a login page or a captive portal by.
fn title(page: &str, lower: &str) -> Option<String> {
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let words: Vec<&str> = page.get(start..end)?.split_whitespace().collect();
    (!words.is_empty()).then(|| bounded(&visible(&words.join(" ")), 80))
}

/// Three or five parts of base64url with dots between, of which the first is a JSON object.
fn is_token(text: &str) -> bool {
    let is_part = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte))
    };
    let count = text.split('.').take(6).count();
    text.starts_with("eyJ") && (count == 3 || count == 5) && text.split('.').all(is_part)
}

fn of_json(bytes: &[u8], error: &serde_json::Error) -> Came {
    if error.is_eof() {
        return Came::CutOff;
    }
    let mut values =
        serde_json::Deserializer::from_slice(bytes).into_iter::<serde::de::IgnoredAny>();
    if let Some(Ok(_)) = values.next() {
        let rest = bytes.get(values.byte_offset()..).unwrap_or_default();
        let rest = rest.get(..HEAD.min(rest.len())).unwrap_or_default();
        let rest = String::from_utf8_lossy(rest);
        return Came::Followed(first_characters(rest.trim_start()));
    }
    if std::str::from_utf8(bytes).is_err() {
        return Came::NoText;
    }
    Came::Broken(bounded(&visible(&error.to_string()), 200))
}

fn media_type(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    bounded(&visible(essence), 60)
}

/// What a text begins with, on one line; a secret is not quoted.
fn first_characters(text: &str) -> String {
    if secret::hides_in(text, 0, true) {
        return super::REMOVED.to_owned();
    }
    let line = text.lines().next().unwrap_or_default().trim_end();
    bounded(&visible(line), 60)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const K: Kind = Kind::OpenidConfiguration;

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
    }

    #[test]
    fn what_is_no_json_is_told_by_what_it_is_and_not_by_where_a_parser_stopped() {
        for (bytes, expected) in [
            (
                &b"\x1f\x8b\x08\0"[..],
                "gzip that was not declared instead of JSON",
            ),
            (
                b"\x78\x9c\xab\x56",
                "deflate (a compressed encoding) instead of JSON",
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
            refused(Kind::OauthAuthorizationServer, text);
        }
        for text in [
            "{}",
            r#"{"keys":{}}"#,
            r#"{"keys":null}"#,
            r#"{"kty":"RSA"}"#,
            r#"{"issuer":"https://a.example","jwks_uri":"https://a.example/k"}"#,
        ] {
            refused(Kind::Jwks, text);
        }
        let server = r#"{"issuer":"https://a.example","jwks_uri":"https://a.example/k"}"#;
        refused(Kind::OauthProtectedResource, server);
        assert_eq!(
            refused(K, r#"{"error":"x","a b":1,"c":1,"d":1,"e":1,"f":1,"g":1}"#),
            "a JSON object, but no metadata: neither issuer nor an endpoint \
             (members: \"a b\", c, d, e, error, f, 1 more)"
        );
        assert_eq!(
            refused(Kind::Jwks, "{}"),
            "a JSON object, but no key set: no keys (it is empty)"
        );
        assert_eq!(
            refused(Kind::Jwks, r#"{"kty":"EC","d":"HUSH"}"#),
            "a JSON object, but no key set: no keys (members: d, kty); a private key is in it"
        );
    }

    #[test]
    fn a_document_that_lost_its_identity_alone_is_one() {
        for (kind, text) in [
            (K, r#"{"token_endpoint":"https://a.example/t"}"#),
            (K, r#"{"issuer":null,"jwks_uri":"https://a.example/k"}"#),
            (K, r#"{"issuer":"https://a.example"}"#),
            (Kind::Jwks, r#"{"keys":[]}"#),
            (
                Kind::OauthProtectedResource,
                r#"{"authorization_servers":["https://a.example"]}"#,
            ),
        ] {
            assert!(parse(kind, text.as_bytes(), None).is_ok(), "{text}");
        }
    }
}
