//! What came instead of a document: told apart by type, put into words in one place.
//!
//! The words name what a person would recognize (a title, a media type, the first characters, the
//! members), never where a parser stopped. All of it is foreign: escaped, cut, and without private
//! key material.
//!
//! Metadata that lost its issuer and kept an endpoint is a document, and what it lost is news; one
//! that lost both is an outage.

use std::fmt;

use serde_json::Value;

use super::parsed::Parsed;
use super::removed::REMOVED;
use super::secret;
use crate::document::failure::{Cause, Excess, Failure, TextKind};
use crate::document::kind::{Kind, Shape};
use crate::document::member::names;
use crate::document::text::{bounded, visible};

/// How much of a body is looked at.
const HEAD: usize = 4096;
/// Most members that are named.
const MAX_MEMBERS: usize = 6;

/// What came instead of a document of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherContent {
    /// An empty body, or one of white space.
    Nothing,
    /// A page for people, by its title.
    Page(Option<String>),
    /// XML of another sort, by its root element.
    Xml(Option<String>),
    /// A PEM text, by its label.
    Pem(String),
    /// A signed or encrypted token.
    Token,
    /// A body in a content coding that was not declared.
    Compressed(&'static str),
    /// Bytes of a format that begins with a signature.
    Binary(&'static str),
    /// Text in another encoding than UTF-8.
    Encoded(&'static str),
    /// Bytes that are not text in UTF-8.
    NoText,
    /// JSON that is cut off before its end.
    CutOff,
    /// JSON with a mistake, in the parser's words.
    Broken(String),
    /// A JSON text with something behind it.
    Followed(String),
    /// Text of another format: its media type and its first characters.
    Text(Option<String>, String),
    /// More members, keys, values or levels than are read.
    Many(Excess),
    /// JSON, but no object: the type in words.
    NoObject(&'static str),
    /// An object, but no document of the kind: names of members, and whether a private key is in it.
    OtherObject(Kind, Vec<String>, bool),
}

impl OtherContent {
    /// What the bytes are if they are not JSON. `error` is that of the parser.
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

    /// What an object is if it is not a document of this kind; `None` if it is one.
    ///
    /// An object is metadata if it says whose it is or where anything is: a document that lost its
    /// issuer and kept its endpoints is one, and what it lost is news. An object with keys is a key set.
    pub(super) fn instead_of(kind: Kind, parsed: &Parsed) -> Option<Self> {
        let members = &parsed.members;
        let is_named = |name: &str| has_text(members.get(name));
        let row = kind.row();
        let is_document = match row.shape {
            Shape::KeySet => members.get(names::KEYS).is_some_and(Value::is_array),
            // Metadata of a server has addresses too, but they do not make it that of a resource.
            Shape::Metadata => {
                row.identity.is_some_and(is_named)
                    || row.marks.iter().any(|name| holds(members.get(*name)))
                    || (row.endpoints
                        && members.iter().any(|(name, value)| is_address(name, value)))
            }
            Shape::Object => true,
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

    /// The cause, which all decisions are made on.
    fn cause(&self) -> Cause {
        match self {
            Self::Many(excess) => Cause::TooMany(*excess),
            Self::NoObject(_) => Cause::NotAnObject,
            Self::OtherObject(..) => Cause::NotMetadata,
            Self::Compressed(name) => Cause::ContentCoding {
                name: (*name).to_owned(),
            },
            Self::Nothing => Cause::NotJson(TextKind::Empty),
            Self::Page(title) => Cause::NotJson(TextKind::Html {
                title: title.clone(),
            }),
            Self::Pem(_) => Cause::NotJson(TextKind::Pem),
            Self::Token => Cause::NotJson(TextKind::Jwt),
            Self::Encoded(_) => Cause::NotJson(TextKind::Utf16),
            Self::Binary(_) | Self::NoText => Cause::NotJson(TextKind::Binary),
            Self::CutOff | Self::Broken(_) | Self::Followed(_) => Cause::NotJson(TextKind::Broken),
            Self::Text(Some(media_type), _) => Cause::NotJson(TextKind::Typed {
                media_type: media_type.clone(),
            }),
            Self::Xml(_) | Self::Text(None, _) => Cause::NotJson(TextKind::Text),
        }
    }

    /// The failure of a poll that got this.
    pub fn failure(&self) -> Failure {
        Failure::new(self.cause(), &self.to_string())
    }
}

impl fmt::Display for OtherContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("empty body"),
            Self::Page(Some(title)) => write!(f, "HTML instead of JSON (title \"{title}\")"),
            Self::Page(None) => f.write_str("HTML instead of JSON"),
            Self::Xml(Some(root)) => write!(f, "XML instead of JSON (root element {root})"),
            Self::Xml(None) => f.write_str("XML instead of JSON"),
            Self::Pem(label) => write!(f, "PEM instead of JSON (BEGIN {label})"),
            Self::Token => f.write_str("a signed token (JWT) instead of JSON"),
            Self::Compressed(name) => {
                write!(
                    f,
                    "{name} that no Content-Encoding announces, instead of JSON"
                )
            }
            Self::Binary(format) => write!(f, "{format} instead of JSON"),
            Self::Encoded(encoding) => {
                write!(f, "text encoded as {encoding}: JSON must be UTF-8")
            }
            Self::NoText => f.write_str(
                "not JSON: bytes that are no text in UTF-8, perhaps compressed (br, deflate) \
                 or in another encoding",
            ),
            Self::Many(excess) => write!(f, "{excess}"),
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
            Self::NoObject(type_words) => {
                write!(f, "JSON, but {type_words} instead of an object")
            }
            Self::OtherObject(kind, members, is_secret) => {
                let (what, lacks) = (kind.row().title, lacks(*kind));
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

/// What an object lacks that would make it a document of this kind, in words.
fn lacks(kind: Kind) -> String {
    let row = kind.row();
    if row.shape == Shape::KeySet {
        return "no keys".to_owned();
    }
    let endpoint = row.endpoints.then_some("an endpoint");
    let names = row.identity.iter().chain(row.marks).copied();
    match names.chain(endpoint).collect::<Vec<_>>().as_slice() {
        [] => "nothing".to_owned(),
        [one] => format!("no {one}"),
        several => format!("neither {}", several.join(" nor ")),
    }
}

/// A list or an object that is not empty.
fn holds(value: Option<&Value>) -> bool {
    value.is_some_and(|value| match value {
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    })
}

/// A member that says where something is.
fn is_address(name: &str, value: &Value) -> bool {
    (name == names::JWKS_URI || name.ends_with("_jwks_uri") || name.ends_with("_endpoint"))
        && has_text(Some(value))
}

fn has_text(value: Option<&Value>) -> bool {
    value
        .and_then(Value::as_str)
        .is_some_and(|text| !text.trim().is_empty())
}

fn harmless_name(name: &str) -> String {
    if secret::hidden(name, true).is_some() {
        return REMOVED.to_owned();
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
fn signature(head: &[u8]) -> Option<OtherContent> {
    let known: [(&[u8], OtherContent); 12] = [
        (b"\x1f\x8b", OtherContent::Compressed("gzip")),
        (b"\x28\xb5\x2f\xfd", OtherContent::Compressed("zstd")),
        (b"\x78\x01", OtherContent::Compressed("deflate")),
        (b"\x78\x5e", OtherContent::Compressed("deflate")),
        (b"\x78\x9c", OtherContent::Compressed("deflate")),
        (b"\x78\xda", OtherContent::Compressed("deflate")),
        (b"PK\x03\x04", OtherContent::Binary("a zip archive")),
        (b"%PDF-", OtherContent::Binary("a PDF file")),
        (b"\xff\xfe\x00\x00", OtherContent::Encoded("UTF-32")),
        (b"\x00\x00\xfe\xff", OtherContent::Encoded("UTF-32")),
        (b"\xff\xfe", OtherContent::Encoded("UTF-16")),
        (b"\xfe\xff", OtherContent::Encoded("UTF-16")),
    ];
    let mut known = known.into_iter();
    if let Some((_, came)) = known.find(|(start, _)| head.starts_with(start)) {
        return Some(came);
    }
    // JSON begins with two ASCII characters: zeros beside them tell a wider encoding (RFC 4627
    // section 3).
    match head {
        [0, 0, 0, c, ..] | [c, 0, 0, 0, ..] if *c != 0 => Some(OtherContent::Encoded("UTF-32")),
        [0, c, 0, d, ..] | [c, 0, d, 0, ..] if *c != 0 && *d != 0 => {
            Some(OtherContent::Encoded("UTF-16"))
        }
        _ => None,
    }
}

/// The head as text: a character that was split by the cut does not make it invalid.
fn text_of(head: &[u8]) -> Result<&str, std::str::Utf8Error> {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() && head.len() == HEAD => {
            std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or_default())
        }
        read => read,
    }
}

fn markup(start: &str) -> OtherContent {
    let lower = start.to_ascii_lowercase();
    if let Some(title) = title(start) {
        return OtherContent::Page(Some(title));
    }
    if is_page(&lower) {
        return OtherContent::Page(None);
    }
    let is_root = |tag: &&str| tag.starts_with(|c: char| c.is_ascii_alphabetic());
    let root = start.split('<').find(is_root);
    let name = root.and_then(|tag| tag.split([' ', '>', '/', '\t', '\r', '\n']).next());
    OtherContent::Xml(name.map(|name| bounded(&visible(name), 60)))
}

/// Whether markup in small letters is a page: a comment or a part of one may stand before `<html>`, which may
/// be left out, and what declares itself as XML may be a page as well.
fn is_page(markup: &str) -> bool {
    let parts = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<div",
        "<h1",
        "<p>",
    ];
    parts.iter().any(|part| markup.contains(part))
}

/// The title of a page: what people recognize a login page or a captive portal by.
pub fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
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

fn of_json(bytes: &[u8], error: &serde_json::Error) -> OtherContent {
    if error.is_eof() {
        return OtherContent::CutOff;
    }
    let mut values =
        serde_json::Deserializer::from_slice(bytes).into_iter::<serde::de::IgnoredAny>();
    if let Some(Ok(_)) = values.next() {
        let rest = bytes.get(values.byte_offset()..).unwrap_or_default();
        let head = rest.get(..HEAD.min(rest.len())).unwrap_or_default();
        let text = String::from_utf8_lossy(head);
        return OtherContent::Followed(first_characters(text.trim_start()));
    }
    if std::str::from_utf8(bytes).is_err() {
        return OtherContent::NoText;
    }
    OtherContent::Broken(bounded(&visible(&error.to_string()), 200))
}

fn media_type(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    bounded(&visible(essence), 60)
}

/// What a text begins with, on one line; a secret is not quoted.
fn first_characters(text: &str) -> String {
    if secret::hidden(text, true).is_some() {
        return REMOVED.to_owned();
    }
    let line = text.lines().next().unwrap_or_default().trim_end();
    bounded(&visible(line), 60)
}

#[cfg(test)]
mod tests;
