//! Numbers, times and lists in words.

use jiff::Timestamp;

use crate::document::text::visible;
use crate::wording::text::utc;

pub(super) use crate::document::text::grouped as count;

/// `1 poll`, `3 polls`.
pub(super) fn counted(number: u64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {one}{plural}", count(number))
}

/// `2026-11-23`.
pub(super) fn date(at: Timestamp) -> String {
    utc(at).chars().take(10).collect()
}

/// A time beside another one: without its date if that is the same.
pub(super) fn utc_beside(at: Timestamp, other: Timestamp) -> String {
    let whole = utc(at);
    match whole.split_once(' ') {
        Some((day, rest)) if day == date(other) => rest.to_owned(),
        _ => whole,
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// The first twenty of them, and how many more.
pub(super) fn first(words: &[String]) -> String {
    match words.split_at_checked(20) {
        Some((shown, left_out)) if left_out.len() > 1 => {
            format!("{} and {} more", shown.join(", "), count(left_out.len()))
        }
        Some(_) | None => list(words),
    }
}

/// A word from a document that may stand in a subject or between our own words: printable ASCII
/// without spaces, at most 40 characters.
pub(super) fn is_harmless(word: &str) -> bool {
    !word.is_empty() && word.len() <= 40 && word.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The part of a registered name that tells it from others: `device_code` of RFC 8628.
pub(super) fn registered(word: &str) -> &str {
    let prefixes = [
        "urn:ietf:params:oauth:grant-type:",
        "urn:openid:params:grant-type:",
        "urn:ietf:params:oauth:grant-profile:",
        "urn:okta:params:oauth:grant-type:",
        "http://auth0.com/oauth/grant-type/",
    ];
    let rest = prefixes.iter().find_map(|prefix| word.strip_prefix(prefix));
    // Who defines a grant for himself names it in the same way.
    let own = || {
        let (_, name) = word
            .strip_prefix("urn:")?
            .split_once(":oauth:grant-type:")?;
        (!name.is_empty()).then_some(name)
    };
    rest.or_else(own).unwrap_or(word)
}

/// The name of a member between our own words: as it is if it looks like a name, else escaped and
/// cut.
pub(super) fn name(member: &str) -> String {
    let is_name = member.len() <= 64 && !member.is_empty();
    if is_name && member.bytes().all(|byte| byte.is_ascii_graphic()) {
        return member.to_owned();
    }
    match member {
        "" => "\"\" (no name)".to_owned(),
        _ => format!("\"{}\"", cut(member, 60)),
    }
}

/// A name or address from the configuration, or a sentence of ours, escaped all the same and
/// bounded.
pub(super) fn own(text: &str) -> String {
    cut(text, 600)
}

/// A string escaped and cut to `max` characters, with how long it is.
pub(super) fn cut(text: &str, max: usize) -> String {
    // Escaping only lengthens: what is beyond `max` here is beyond it there too, and a value of a
    // megabyte is not escaped as a whole.
    let head: String = text.chars().take(max + 1).collect();
    let escaped = visible(&head);
    if escaped.chars().count() <= max {
        return escaped;
    }
    let kept: String = escaped.chars().take(max).collect();
    format!("{kept}... ({} characters)", count(text.chars().count()))
}

/// A time with its zone, as all mails write it.
pub(super) fn at(at: Timestamp) -> String {
    utc(at)
}

pub(super) fn tag(rule: &str, reference: Option<&str>) -> String {
    match reference {
        Some(reference) => format!("{}; {}", own(rule), own(reference)),
        None => own(rule),
    }
}

/// The start of a text of our own, at most so many characters.
pub(super) fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(3)).collect();
    // Between words, unless that would leave little.
    let whole = kept.rsplit_once(' ').map_or("", |(whole, _)| whole);
    let kept = if 2 * whole.len() >= kept.len() {
        whole
    } else {
        kept.as_str()
    };
    format!("{}...", kept.trim_end_matches([' ', ',', ':']))
}

/// With a capital letter in front, as a sentence begins.
pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// `third`, `11th`: a word where there is one.
pub(super) fn ordinal(number: u64) -> String {
    let words = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
    ];
    let position = usize::try_from(number)
        .ok()
        .and_then(|it| it.checked_sub(1));
    if let Some(word) = position.and_then(|position| words.get(position)) {
        return (*word).to_owned();
    }
    numbered(number)
}

/// `3rd`, `11th`.
pub(super) fn numbered(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{}{ending}", count(number))
}
