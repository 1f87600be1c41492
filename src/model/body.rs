//! What a body is that is not JSON, told by its first bytes: the parser's own words would only say
//! at which column it gave up.

use super::failure::{Cause, Failure, TextKind};
use super::text::{bounded, visible};

/// How much of a body is looked at.
const HEAD: usize = 4_096;
/// Most characters that are shown of it.
const SHOWN: usize = 60;

/// The failure that a body is which no JSON parser takes; `error` is where it gave up.
pub fn not_json(bytes: &[u8], error: &str) -> Failure {
    let head = bytes.get(..HEAD.min(bytes.len())).unwrap_or_default();
    if let Some(name) = compressed(head) {
        let detail = format!("{name} that no Content-Encoding announces, instead of JSON");
        let name = name.to_owned();
        return Failure::new(Cause::ContentCoding { name }, &detail);
    }
    let text = |kind, detail: &str| Failure::new(Cause::NotJson(kind), detail);
    if let Some(name) = wide(head) {
        return text(TextKind::Utf16, &format!("{name} instead of UTF-8"));
    }
    // What is cut off at the end of what is looked at is no fault of the text.
    let is_cut = |error: std::str::Utf8Error| error.error_len().is_none();
    let is_text = std::str::from_utf8(head).map_or_else(is_cut, |_| true);
    let lossy = String::from_utf8_lossy(head);
    let start = lossy.trim_start();
    if start.is_empty() {
        return text(TextKind::Empty, "empty body");
    }
    if start.starts_with('<') {
        let title = title(start);
        let detail = match &title {
            Some(title) => format!("HTML instead of JSON (title \"{title}\")"),
            None => "HTML or XML instead of JSON".to_owned(),
        };
        return text(TextKind::Html { title }, &detail);
    }
    if start.starts_with("-----BEGIN ") {
        let line = start.lines().next().unwrap_or_default();
        return text(
            TextKind::Pem,
            &format!("PEM instead of JSON: {}", first(line)),
        );
    }
    if is_jwt(start) {
        return text(TextKind::Jwt, "a signed token (JWT) instead of JSON");
    }
    let is_binary = head.contains(&0) || (!is_text && !start.starts_with(['{', '[']));
    if is_binary {
        return text(
            TextKind::Binary,
            &format!("not JSON but bytes: {}", hex(head)),
        );
    }
    if !is_text {
        return text(TextKind::Broken, "not JSON: not UTF-8");
    }
    if start.starts_with(['{', '[', '"']) {
        let detail = format!("not JSON: {} ({})", first(start), visible(error));
        return text(TextKind::Broken, &detail);
    }
    let detail = format!("not JSON but text: {}", first(start));
    text(TextKind::Text, &detail)
}

/// What a compressed body begins with (RFC 1952, RFC 1950, RFC 8878).
fn compressed(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        // A header of two bytes that is a multiple of 31.
        [0x78, flags @ (0x01 | 0x5e | 0x9c | 0xda), ..] => (0x7800 + u16::from(*flags))
            .is_multiple_of(31)
            .then_some("deflate"),
        _ => None,
    }
}

/// Text whose characters are two or four bytes wide, by its mark or by the zeros in it.
fn wide(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [b'{' | b'[', 0, 0, 0, ..] | [0, 0, 0, b'{' | b'[', ..] => Some("UTF-32"),
        [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => Some("UTF-16"),
        _ => None,
    }
}

/// Three or five parts in the alphabet of base64url, the first of which begins like a header.
fn is_jwt(text: &str) -> bool {
    let text = text.trim_end();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.starts_with("eyJ") && text.contains('.') && text.bytes().all(is_letter)
}

/// The first characters, in quotes.
fn first(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(20).collect();
    format!("\"{}\"", bounded(&visible(&words.join(" ")), SHOWN))
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().take(8).map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().join(" ")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        not_json(bytes, "expected value at line 1 column 1").detail
    }

    #[test]
    fn what_came_instead_of_json_is_told_by_its_kind_or_its_first_characters() {
        let wide: Vec<u8> = "{\"a\":1}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let marked = [&b"\xff\xfe"[..], &wide].concat();
        for (bytes, words) in [
            (&b""[..], "empty body"),
            (b" \r\n", "empty body"),
            (
                b"404 page not found\n",
                "not JSON but text: \"404 page not found\"",
            ),
            (
                b"\x1f\x8b\x08\x00\x00",
                "gzip that no Content-Encoding announces, instead of JSON",
            ),
            (
                b"\x78\x9c\x01",
                "deflate that no Content-Encoding announces, instead of JSON",
            ),
            (
                b"\x28\xb5\x2f\xfd\x04",
                "zstd that no Content-Encoding announces, instead of JSON",
            ),
            (
                b"\x1b\x2f\x00\xf8\x8d",
                "not JSON but bytes: 1b 2f 00 f8 8d",
            ),
            (&wide, "UTF-16 instead of UTF-8"),
            (&marked, "UTF-16 instead of UTF-8"),
            (
                b"eyJhbGciOiJSUzI1NiJ9.eyJrZXlzIjpbXX0.c2ln",
                "a signed token (JWT) instead of JSON",
            ),
            (
                b"-----BEGIN PUBLIC KEY-----\nMIIB",
                "PEM instead of JSON: \"-----BEGIN PUBLIC KEY-----\"",
            ),
            (b"{\"a\":\"\xff\"}", "not JSON: not UTF-8"),
            (
                b"{\"a\":}",
                "not JSON: \"{\"a\":}\" (expected value at line 1 column 1)",
            ),
            (
                b"issuer: https://a",
                "not JSON but text: \"issuer: https://a\"",
            ),
        ] {
            assert_eq!(said(bytes), words, "{bytes:?}");
        }
    }

    #[test]
    fn text_that_is_longer_than_what_is_looked_at_is_text() {
        let long = "ä".repeat(HEAD) + "x";
        assert!(said(long.as_bytes()).starts_with("not JSON but text: \"ää"));
        assert!(said(&[b"x", long.as_bytes()].concat()).starts_with("not JSON but text: \"xä"));
    }

    #[test]
    fn nothing_of_a_body_commands_a_terminal() {
        assert_eq!(said(b"\x1b[2Jx"), "not JSON but text: \"<U+001B>[2Jx\"");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            drop(not_json(&bytes, ""));
        }
    }
}
