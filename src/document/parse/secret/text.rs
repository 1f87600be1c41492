//! Secrets written in a text: PEM and its like, JSON at any depth, DER as base64 or hexadecimal,
//! passwords in URLs.
//!
//! Nothing is parsed here, because a text that is cut off, has other text before it or is quoted ten
//! times over holds the secret as well. What a text encodes is looked at in turn. Every decoding is
//! shorter than its source, except for escapes within escapes. A budget in proportion to the text ends
//! those, and a text that needs more than the budget counts as a secret.

use std::borrow::Cow;

use super::{decode, name, user};

/// What is secret in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::document::parse) enum Hidden {
    /// A password or another secret in a URL.
    Url,
    /// A secret by its name, such as that of a client.
    Named,
    /// Key material.
    Key,
    /// The first line of a key alone: the key is in the texts that follow.
    Begin,
    /// A mark in place of a secret that was removed before, when the texts around it were judged too.
    Removed,
    /// A text that lost a password before.
    RemovedPassword,
}

/// How much is looked at of what a text decodes to, as a multiple of the size of the text.
const MAX_WORK: usize = 16;
/// The least budget that any text has, in bytes.
const MIN_WORK: usize = 4096;

/// What is secret in a text that stands where keys stand, or elsewhere.
pub(super) fn hidden(text: &str, in_keys: bool) -> Option<Hidden> {
    if text.len() < decode::SHORTEST {
        return None;
    }
    let mut left = text.len().saturating_mul(MAX_WORK).max(MIN_WORK);
    let mut found = None;
    let mut waiting: Vec<Cow<'_, [u8]>> = Vec::new();
    let mut next = Some(Cow::Borrowed(text.as_bytes()));
    while let Some(bytes) = next.take().or_else(|| waiting.pop()) {
        match left.checked_sub(bytes.len()) {
            Some(rest) => left = rest,
            None => return Some(Hidden::Key),
        }
        let marks = Marks::in_text(&bytes);
        let plain = if marks.escapes {
            Cow::Owned(decode::unescaped(&bytes))
        } else {
            Cow::Borrowed(&*bytes)
        };
        if decode::is_private_der(&plain) {
            return Some(Hidden::Key);
        }
        if let armor @ Some(_) = armor(&plain) {
            return armor;
        }
        // An escape may stand for any of these.
        if marks.escapes || marks.others {
            match named(&plain, in_keys) {
                Some(named @ (Hidden::Url | Hidden::Named)) => found = found.max(Some(named)),
                Some(other) => return Some(other),
                None => {}
            }
            if user::has_password(&plain) {
                found = found.max(Some(Hidden::Url));
            }
            if let Some(decoded) = decode::percent(&plain) {
                waiting.push(Cow::Owned(decoded));
            }
        }
        for decoded in decode::runs(&plain) {
            if decode::is_private_der(&decoded) {
                return Some(Hidden::Key);
            }
            if decode::is_text(&decoded) {
                waiting.push(Cow::Owned(decoded));
            }
        }
    }
    found
}

/// What most texts have nothing of. All bytes are looked at without a branch, several at once: most
/// texts would be looked through five times else.
struct Marks {
    /// A backslash, or a zero octet of UTF-16.
    escapes: bool,
    /// What stands behind a name, before a host, or in place of an octet.
    others: bool,
}

impl Marks {
    fn in_text(bytes: &[u8]) -> Self {
        let found = bytes.iter().fold((0, 0), |(escapes, others), byte| {
            (
                escapes | u8::from(*byte == b'\\') | u8::from(*byte == 0),
                others
                    | u8::from(*byte == b':')
                    | u8::from(*byte == b'=')
                    | u8::from(*byte == b'@')
                    | u8::from(*byte == b'%'),
            )
        });
        Self {
            escapes: found.0 != 0,
            others: found.1 != 0,
        }
    }
}

/// Whether a text can be one more line of a key that was begun.
pub(super) fn continues(text: &str) -> bool {
    let is_data = |byte: u8| decode::is_base64(byte) || byte.is_ascii_whitespace();
    !text.is_empty() && text.bytes().all(is_data)
}

/// Texts that only private keys have, in lower case; blanks, `-` and `_` are left out.
const MARKS: [&str; 9] = [
    "puttyuserkeyfile",
    "privatelines:",
    "privatemac:",
    "sshprivatekeyfileformat",
    "opensshkeyv1",
    "agesecretkey1",
    "privatekey:(",
    "<rsakeyvalue>",
    "<privatekey>",
];
/// Longest label between BEGIN and PRIVATE KEY.
const MAX_LABEL: usize = 48;
/// Text behind the first line of a key that is longer than this is the key itself.
const MAX_BEHIND: usize = 16;

/// `-----BEGIN PRIVATE KEY-----` and its like, in any case.
fn armor(bytes: &[u8]) -> Option<Hidden> {
    // `key` or `riv` stand in each of them. They are looked for without a branch, several at once.
    let (second, third) = (bytes.get(1..)?, bytes.get(2..)?);
    let words = bytes.iter().zip(second).zip(third);
    let may_tell = words.fold(0, |found, ((first, second), third)| {
        let is = |word: [u8; 3]| {
            let [one, two, three] = word;
            u8::from(first | 0x20 == one)
                & u8::from(second | 0x20 == two)
                & u8::from(third | 0x20 == three)
        };
        found | is(*b"key") | is(*b"riv")
    });
    if may_tell == 0 {
        return None;
    }
    for (at, byte) in bytes.iter().enumerate() {
        if !is_start(*byte) {
            continue;
        }
        let (before, rest) = bytes.split_at_checked(at)?;
        if (starts(rest, b"begin") || starts(rest, b"end")) && is_label(before, rest) {
            return Some(behind(rest));
        }
        if MARKS.iter().any(|mark| starts_squeezed(rest, mark)) {
            return Some(Hidden::Key);
        }
    }
    None
}

/// Whether it is a line of dashes that begins or ends a private key. A sentence about a key is not.
fn is_label(before: &[u8], rest: &[u8]) -> bool {
    let label = squeezed(rest, MAX_LABEL + 16);
    let end = ["privatekey", "secretkey"].iter().find_map(|words| {
        let end = label.find(words)?;
        (end <= MAX_LABEL).then_some(end + words.len())
    });
    let is_word = |end: usize| {
        label
            .bytes()
            .take(end)
            .all(|byte| byte.is_ascii_alphanumeric())
    };
    let line = rest
        .get(..rest.len().min(MAX_LABEL + 32))
        .unwrap_or_default();
    let has_dashes = before.trim_ascii_end().last() == Some(&b'-')
        || line.windows(3).any(|dashes| dashes == b"---");
    has_dashes && end.is_some_and(is_word)
}

/// Where a mark can begin.
fn is_start(byte: u8) -> bool {
    matches!(
        byte.to_ascii_lowercase(),
        b'b' | b'e' | b'p' | b's' | b'o' | b'a' | b'<'
    )
}

fn starts(bytes: &[u8], word: &[u8]) -> bool {
    let start = bytes.get(..word.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Whether the key is behind its first line, or is to follow in other texts.
fn behind(rest: &[u8]) -> Hidden {
    let is_data = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != b'-';
    let is_end = rest
        .get(..3)
        .is_some_and(|end| end.eq_ignore_ascii_case(b"end"));
    let label = MAX_LABEL;
    if is_end
        || rest
            .iter()
            .filter(is_data)
            .nth(label + MAX_BEHIND)
            .is_some()
    {
        Hidden::Key
    } else {
        Hidden::Begin
    }
}

/// The start of a text in lower case, without blanks, dashes and the like.
fn squeezed(bytes: &[u8], most: usize) -> String {
    let kept = bytes.iter().take(most).filter(|byte| !is_filler(**byte));
    kept.map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

fn is_filler(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'-' | b'_' | b'.')
}

fn starts_squeezed(bytes: &[u8], mark: &str) -> bool {
    let most = mark.len() * 2;
    let mut kept = bytes.iter().take(most).filter(|byte| !is_filler(**byte));
    mark.bytes().all(|wanted| {
        kept.next()
            .is_some_and(|byte| byte.to_ascii_lowercase() == wanted)
    })
}

/// Secrets that are known by the name before them: members of keys, `client_secret`, parameters.
fn named(bytes: &[u8], in_keys: bool) -> Option<Hidden> {
    let (mut has_type, mut is_typical, mut in_url) = (false, false, false);
    let (mut private, mut has_bare) = (ValueForm::Nothing, false);
    let mut has_secret = false;
    for (at, byte) in bytes.iter().enumerate() {
        if !matches!(byte, b':' | b'=') {
            continue;
        }
        let before = bytes
            .get(at.saturating_sub(MAX_NAME)..at)
            .unwrap_or_default();
        let Some(name) = TextName::before(before) else {
            continue;
        };
        let value = bytes.get(at + 1..).unwrap_or_default();
        if *byte == b'=' {
            in_url |= name.is_parameter() && is_filled(value);
            continue;
        }
        let held = ValueForm::of(value);
        if name.is_quoted && held == ValueForm::Text && name::is_secret_name(name.text) {
            if name::is_private_key_name(name.text) {
                return Some(Hidden::Key);
            }
            has_secret = true;
        }
        has_type |= name::is_type(name.text);
        is_typical |= name.is_quoted && name::is_typical(name.text);
        if name::is_private_name(name.text) {
            // A letter before a colon is in many texts: without quotes it needs a type beside it.
            if name.is_quoted {
                private = private.max(held);
            } else {
                has_bare |= held != ValueForm::Nothing;
            }
        }
    }
    let is_key = match private {
        ValueForm::Nothing => false,
        ValueForm::Number => in_keys || has_type,
        ValueForm::Text => in_keys || has_type || is_typical,
    };
    if is_key || has_bare && has_type {
        return Some(Hidden::Key);
    }
    if has_secret {
        return Some(Hidden::Named);
    }
    in_url.then_some(Hidden::Url)
}

/// Longest name that is read, with its quotes.
const MAX_NAME: usize = 48;

/// A name that stands before a colon or an equals sign.
struct TextName<'a> {
    text: &'a str,
    is_quoted: bool,
    /// What stands before it.
    after: Option<u8>,
}

impl<'a> TextName<'a> {
    fn before(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii_end();
        let is_quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
        let is_quoted = is_quote(bytes.last());
        let inner = bytes
            .get(..bytes.len() - usize::from(is_quoted))
            .unwrap_or_default();
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let length = inner.iter().rev().take_while(|byte| is_part(byte)).count();
        let (before, text) = inner.split_at_checked(inner.len() - length)?;
        let text = std::str::from_utf8(text)
            .ok()
            .filter(|text| !text.is_empty())?;
        Some(Self {
            text,
            is_quoted,
            after: before.last().copied(),
        })
    }

    /// Whether it is a secret parameter of a query, a fragment or a form.
    fn is_parameter(&self) -> bool {
        let stands_so = match self.after {
            None => true,
            Some(byte) => byte.is_ascii_whitespace() || b"?&;#\"'".contains(&byte),
        };
        stands_so && name::is_secret_parameter(self.text)
    }
}

/// What stands behind a colon.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum ValueForm {
    Nothing,
    Number,
    Text,
}

impl ValueForm {
    fn of(value: &[u8]) -> Self {
        let value = value.trim_ascii_start();
        match value {
            [] | [b'/', b'/', ..] => Self::Nothing,
            [quote @ (b'"' | b'\''), next, ..] if quote == next => Self::Nothing,
            [b'"' | b'\''] => Self::Nothing,
            [b'-' | b'0'..=b'9', ..] => Self::Number,
            [b'[' | b'{', inner @ ..] => match inner.trim_ascii_start() {
                [] | [b']' | b'}', ..] => Self::Nothing,
                _ => Self::Text,
            },
            _ if [b"null".as_slice(), b"true", b"false"]
                .iter()
                .any(|word| value.starts_with(word)) =>
            {
                Self::Nothing
            }
            _ => Self::Text,
        }
    }
}

/// Whether a parameter has a value, and no placeholder for one.
fn is_filled(value: &[u8]) -> bool {
    value.first().is_some_and(|byte| {
        !byte.is_ascii_whitespace() && !b"&;#\"'{<[$)%,".contains(byte)
            || *byte == b'%' && !starts(value, b"%7b") && !starts(value, b"%3c")
    })
}
