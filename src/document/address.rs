//! Differences between two URLs.
//!
//! Two parsers may read two hosts in one text: `https://a.example\@evil.example/` is on `a.example`
//! by the rules of browsers and on `evil.example` by RFC 3986. This module reads a text in both ways,
//! and never calls it a difference of form where the two disagree.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;
use url::{Host, Url};

use super::text::visible;

/// How one URL differs from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlDifference {
    /// Only as text: URL normalization removes the difference.
    Form,
    /// Path, query or fragment.
    Path,
    /// Scheme or port on the same host.
    Origin,
    /// Another host of the same registrable domain.
    Host,
    /// A host of another registrable domain.
    Domain,
    /// One of the two is not a plain URL, so that clients read different addresses in it, or none at
    /// all. Some clients may stay on the same host as before, others may not.
    Unclear,
}

/// Compares two different URL texts; `None` if one of them is not an absolute URL.
pub fn compare(before: &str, after: &str) -> Option<UrlDifference> {
    let (old, new) = (Plain::of(before), Plain::of(after));
    if let (Some(old), Some(new)) = (&old, &new)
        && old.normal() == new.normal()
    {
        return Some(UrlDifference::Form);
    }
    // Every parser that reads the text at all cuts these characters off: they cannot hide a host.
    let (bare_before, bare_after) = (bare(before), bare(after));
    let moved = between(&bare_before, &bare_after)?;
    let is_new_plain = new.is_some();
    Some(match moved {
        UrlDifference::Form | UrlDifference::Path
            if is_new_plain != old.is_some() && hides_host(before) =>
        {
            UrlDifference::Unclear
        }
        UrlDifference::Form | UrlDifference::Path if !is_new_plain && old.is_some() => {
            UrlDifference::Unclear
        }
        // The new text is what clients already read in the old one.
        UrlDifference::Path if bare_before == bare_after && is_new_plain => UrlDifference::Form,
        UrlDifference::Path if bare_before == bare_after => UrlDifference::Unclear,
        moved => moved,
    })
}

/// Compares two URLs by what clients read in them.
fn between(before: &str, after: &str) -> Option<UrlDifference> {
    let (one, two) = (Url::parse(before).ok()?, Url::parse(after).ok()?);
    let authority = |url: &Url| (url.scheme().to_owned(), url.port_or_known_default());
    let is_same = (
        one.host() == two.host(),
        plain_host(before) == plain_host(after),
    );
    if is_same == (true, true) {
        let same = authority(&one) == authority(&two);
        return Some(if same {
            UrlDifference::Path
        } else {
            UrlDifference::Origin
        });
    }
    if hides_host(before) || hides_host(after) {
        // If one host is in both, some clients may still be sent to a host that was used before.
        let (old, new) = (hosts(before, &one), hosts(after, &two));
        if old.iter().any(|host| new.contains(host)) {
            return Some(UrlDifference::Unclear);
        }
    }
    let domain = |url: &Url| match url.host()? {
        Host::Domain(name) => registrable_domain(name),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    };
    let plain_domain = |text: &str| registrable_domain(&plain_host(text));
    match (domain(&one), domain(&two)) {
        (Some(one), Some(two)) if one == two && plain_domain(before) == plain_domain(after) => {
            Some(UrlDifference::Host)
        }
        _ => Some(UrlDifference::Domain),
    }
}

/// The hosts that two ways of reading find in a text.
fn hosts(text: &str, url: &Url) -> [String; 2] {
    [
        url.host_str().unwrap_or_default().to_owned(),
        plain_host(text),
    ]
}

/// The text without what the URL parser of browsers silently removes: control characters and spaces
/// at its ends, tabs and line breaks anywhere.
fn bare(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    if trimmed.contains(['\t', '\n', '\r']) {
        return Cow::from(trimmed.replace(['\t', '\n', '\r'], ""));
    }
    Cow::from(trimmed)
}

/// Whether clients may read different hosts in a text, or a user name hides which one it is.
pub fn hides_host(text: &str) -> bool {
    let text = bare(text);
    let Some((_, authority, _)) = parts(&text) else {
        return true;
    };
    Authority::of(authority).is_none() || visible(authority) != authority
}

/// Whether all clients read the same address in a text: no backslash, white space, control or
/// invisible character, no user name, two slashes, a host made of letters and digits.
pub fn is_plain(text: &str) -> bool {
    Plain::of(text).is_some()
}

/// A URL in which all clients read the same, in its parts as they are written (RFC 3986 section 3).
struct Plain<'a> {
    scheme: &'a str,
    host: &'a str,
    port: &'a str,
    rest: &'a str,
}

impl<'a> Plain<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let is_odd = |c: char| c == '\\' || c.is_whitespace();
        let (scheme, authority, rest) = parts(text)?;
        let Authority { host, port } = Authority::of(authority)?;
        let is_clear = !text.contains(is_odd) && visible(text) == text;
        is_clear.then_some(Self {
            scheme,
            host,
            port,
            rest,
        })
    }

    /// The text after the normalization of RFC 3986 section 6.2.2 and 6.2.3, except that dot segments
    /// stay: servers route by the path that is sent.
    fn normal(&self) -> String {
        let scheme = self.scheme.to_ascii_lowercase();
        let port = match (scheme.as_str(), self.port) {
            ("https", "443") | ("http", "80") => "",
            (_, port) => port,
        };
        let host = ascii(self.host);
        let slash = if self.rest.starts_with('/') { "" } else { "/" };
        format!("{scheme}://{host}:{port}{slash}{}", decoded(self.rest))
    }
}

/// An authority in which all clients read the same host: letters and digits, no user name.
struct Authority<'a> {
    host: &'a str,
    port: &'a str,
}

impl<'a> Authority<'a> {
    fn of(authority: &'a str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            Some(_) | None => (authority, ""),
        };
        let is_name = |c: char| c.is_alphanumeric() || "-._".contains(c);
        let is_literal = host.starts_with('[')
            && host.ends_with(']')
            && host
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || b"[]:.".contains(&byte));
        let is_host = !host.is_empty() && (is_literal || host.chars().all(is_name));
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
        (is_host && is_port).then_some(Self { host, port })
    }
}

/// Scheme, authority, and what follows, as RFC 3986 reads them.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    is_scheme.then_some((scheme, authority, rest))
}

/// The host as RFC 3986 reads it: behind the last `@`.
fn plain_host(text: &str) -> String {
    let authority = parts(text).map_or("", |(_, authority, _)| authority);
    let place = authority.rsplit('@').next().unwrap_or_default();
    let host = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        Some(_) | None => place,
    };
    ascii(host)
}

/// A host in the form that is looked up: in lower case, an international name encoded.
fn ascii(host: &str) -> String {
    let encoded = Url::parse(&format!("https://{host}/"))
        .ok()
        .filter(|_| !host.is_ascii() && host.chars().all(|c| c != '@'))
        .and_then(|url| url.host_str().map(str::to_owned));
    encoded.unwrap_or_else(|| host.to_ascii_lowercase())
}

/// The registrable domain of a host name by the public suffix list.
pub fn registrable_domain(host: &str) -> Option<String> {
    psl::domain_str(&host.to_ascii_lowercase()).map(str::to_owned)
}

/// The registrable domain of an address, or the whole host where it has none: a literal address, a
/// public suffix itself, a name of one label.
pub fn domain_or_host(text: &str) -> Option<String> {
    match Url::parse(text).ok()?.host()? {
        Host::Domain(name) => {
            Some(registrable_domain(name).unwrap_or_else(|| name.to_ascii_lowercase()))
        }
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

/// The domains of all addresses in a value, at any depth: aliases of endpoints are objects.
pub fn domains_in(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => domain_or_host(text).into_iter().collect(),
        Value::Array(values) => values.iter().flat_map(domains_in).collect(),
        Value::Object(members) => members.values().flat_map(domains_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => BTreeSet::new(),
    }
}

/// Whether a text is an https URL with a host, or http to a loopback address.
pub fn is_protected(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)))
}

/// Whether a text is an absolute http or https URL.
pub fn is_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether an address looks like that of a page for people, by a word in its path.
pub fn is_for_people(text: &str) -> bool {
    let words = ["console", "dashboard", "docs", "documentation", "portal"];
    let url = Url::parse(text).ok();
    let steps = url.as_ref().and_then(Url::path_segments);
    steps.is_some_and(|mut all| all.any(|step| words.contains(&step)))
}

/// Whether the host is a loopback address or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Percent-encoding in one form: only where it is needed, in capitals.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('%') {
        out.push_str(head);
        let digits: String = tail.chars().take(2).collect();
        match u8::from_str_radix(&digits, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
            }
            _ => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
            }
        }
        rest = tail.get(digits.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
