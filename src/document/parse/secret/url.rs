//! A URL without the password and the secret parameters in it. Where it leads is no secret, and must be
//! seen: an endpoint could else move unseen behind a password.
//!
//! Only of one plain URL can it be told where a secret ends. Of every other text the whole goes, and so it
//! does where anything is left that looks like a secret.

use super::super::removed::REMOVED_IN_URL;
use super::{name, text, user};

/// The URL with a mark in place of each secret; `None` if the text is no plain URL, or holds another
/// secret.
pub(super) fn without_secrets(url: &str) -> Option<String> {
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "\\\"'<>{}`".contains(c);
    let (scheme, rest) = url.split_once("://")?;
    // RFC 3986 section 3.1.
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(is_of_scheme);
    if !is_scheme || url.contains(is_odd) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let mut kept = format!("{scheme}://");
    match authority.rsplit_once('@') {
        Some((before, host)) if user::is_secret_user(before.as_bytes()) => {
            kept.push_str(REMOVED_IN_URL);
            kept.push('@');
            kept.push_str(host);
        }
        Some(_) | None => kept.push_str(authority),
    }
    let place = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, parameters) = rest.split_at_checked(place)?;
    kept.push_str(path);
    // A value ends at the next `&` and not before: whatever stands there may be part of it.
    for (number, parameter) in parameters.split('&').enumerate() {
        if number > 0 {
            kept.push('&');
        }
        match parameter.split_once('=') {
            Some((name, value)) if !value.is_empty() && is_secret(name) => {
                kept.push_str(name);
                kept.push('=');
                kept.push_str(REMOVED_IN_URL);
            }
            Some(_) | None => kept.push_str(parameter),
        }
    }
    let is_clean = text::hidden(&kept, false).is_none();
    (is_clean && kept != url).then_some(kept)
}

/// Whether a URL has lost a secret before.
pub(super) fn has_mark(text: &str) -> bool {
    text.contains("://") && text.contains(REMOVED_IN_URL)
}

fn is_secret(parameter: &str) -> bool {
    let last = parameter.rsplit(['?', '#', ';']).next();
    last.is_some_and(name::is_secret_parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_url_leads_is_kept_and_what_is_secret_in_it_goes() {
        for (url, kept) in [
            ("https://u:pw@a.example/t", "https://-@a.example/t"),
            ("https://u:p@w@a.example:8443", "https://-@a.example:8443"),
            ("ftp://u:pw@a.example/f", "ftp://-@a.example/f"),
            (
                "mongodb+srv://u:pw@a.example,b.example/db",
                "mongodb+srv://-@a.example,b.example/db",
            ),
            (
                "redis://:pw@[2001:db8::1]:6379",
                "redis://-@[2001:db8::1]:6379",
            ),
            (
                "https://a.example/t?x=1&client_secret=abc;d#e&y=2",
                "https://a.example/t?x=1&client_secret=-&y=2",
            ),
            (
                "https://u:p@a.example/#password=q",
                "https://-@a.example/#password=-",
            ),
        ] {
            let found = without_secrets(url).unwrap();
            assert_eq!(found.replace(REMOVED_IN_URL, "-"), kept);
            assert!(has_mark(&found));
            assert_eq!(without_secrets(&found), None, "{found}");
        }
    }

    #[test]
    fn of_what_is_no_plain_url_the_whole_goes() {
        for text in [
            "https://u:pw@a.example/ and more",
            "see https://u:pw@a.example/",
            "https://a.example/?next=https://u:pw@b.example/",
            "https%3A%2F%2Fu%3Apw%40a.example",
            "https:\\/\\/u:pw@a.example",
            "jdbc:mysql://u:pw@a.example/db",
            "https://a.example/t",
        ] {
            assert_eq!(without_secrets(text), None, "{text}");
        }
    }
}
