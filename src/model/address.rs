//! Differences between two URLs.
//!
//! Two parsers may read two hosts in one text: `https://a.example\@evil.example/` is on `a.example`
//! by the rules of browsers and on `evil.example` by RFC 3986. Here a text is read by both, and what
//! only one of them can be right about is never called a difference of form.

use url::{Host, Url};

use super::text::visible;

/// How one URL differs from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Only as text: URL normalization removes the difference.
    Form,
    /// Path, query or fragment.
    Path,
    /// Scheme or port on the same host.
    Origin,
    /// Another host of the same registrable domain.
    Host,
    /// A host of another registrable domain, or one that clients may read differently.
    Domain,
}

/// Compares two different URL texts; `None` if one is no absolute URL.
pub fn compare(before: &str, after: &str) -> Option<Move> {
    let (one, two) = (Url::parse(before).ok()?, Url::parse(after).ok()?);
    let (old, new) = (Plain::of(before), Plain::of(after));
    if let (Some(old), Some(new)) = (&old, &new)
        && old.normal() == new.normal()
    {
        return Some(Move::Form);
    }
    if old.is_some() && new.is_none() {
        return Some(Move::Domain);
    }
    let authority = |url: &Url| (url.scheme().to_owned(), url.port_or_known_default());
    if one.host() == two.host() && plain_host(before) == plain_host(after) {
        let same = authority(&one) == authority(&two);
        return Some(if same { Move::Path } else { Move::Origin });
    }
    let domain = |url: &Url| match url.host()? {
        Host::Domain(name) => registrable_domain(name),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    };
    let plain_domain = |text: &str| registrable_domain(&plain_host(text));
    match (domain(&one), domain(&two)) {
        (Some(one), Some(two)) if one == two && plain_domain(before) == plain_domain(after) => {
            Some(Move::Host)
        }
        _ => Some(Move::Domain),
    }
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
        let is_clear = is_host && is_port && !text.contains(is_odd) && visible(text) == text;
        is_clear.then_some(Self {
            scheme,
            host,
            port,
            rest,
        })
    }

    /// The text after the normalization of RFC 3986 section 6.2.2 and 6.2.3, but for dot segments:
    /// servers route by what is sent.
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
    let encoded = Url::parse(&format!("https://{host}/")).ok();
    let encoded = encoded.filter(|_| !host.is_ascii() && host.chars().all(|c| c != '@'));
    let encoded = encoded.and_then(|url| url.host_str().map(str::to_owned));
    encoded.unwrap_or_else(|| host.to_ascii_lowercase())
}

/// The registrable domain of a host name by the public suffix list.
pub fn registrable_domain(host: &str) -> Option<String> {
    psl::domain_str(&host.to_ascii_lowercase()).map(str::to_owned)
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
mod tests {
    use super::*;

    fn check(before: &str, after: &str, expected: Option<Move>) {
        assert_eq!(compare(before, after), expected, "{before} -> {after}");
    }

    #[test]
    fn what_normalization_removes_is_form() {
        check(
            "https://A.example",
            "https://a.example:443/",
            Some(Move::Form),
        );
        check(
            "https://a.example/%7ex%2f",
            "https://a.example/~x%2F",
            Some(Move::Form),
        );
        check(
            "https://b\u{FC}cher.example/x",
            "https://xn--bcher-kva.example/x",
            Some(Move::Form),
        );
    }

    #[test]
    fn a_path_is_told_from_a_host_and_a_host_from_a_domain() {
        check(
            "https://a.example/x",
            "https://a.example/x/",
            Some(Move::Path),
        );
        check(
            "https://a.example/x",
            "https://a.example/y/../x",
            Some(Move::Path),
        );
        check(
            "https://a.example/x",
            "https://a.example:8443/x",
            Some(Move::Origin),
        );
        check(
            "https://id.apple.com/x",
            "https://account.apple.com/x",
            Some(Move::Host),
        );
        check("https://a.co.uk/x", "https://b.co.uk/x", Some(Move::Domain));
        check(
            "https://a.github.io/",
            "https://b.github.io/",
            Some(Move::Domain),
        );
        check("https://10.0.0.1/", "https://11.0.0.1/", Some(Move::Domain));
        check("https://a.example/", "to be decided", None);
    }

    #[test]
    fn what_two_parsers_read_differently_is_another_domain() {
        for after in [
            r"https://a.example\@evil.example/t",
            r"https://a.example\.evil.example/t",
            r"https:\\a.example/t",
            "https:/a.example/t",
            "https:a.example/t",
            "https:///a.example/t",
            "https://a.example/t ",
            " https://a.example/t",
            "https://a.exam\tple/t",
            "https://a.example/\nt",
            "https://a.exa\u{200B}mple/t",
            "https://a.example/t\u{200B}",
            "https://a%2eexample/t",
            "https://user@a.example/t",
            "https://:@a.example/t",
            "https://a.example:/\\t",
        ] {
            check("https://a.example/t", after, Some(Move::Domain));
            assert!(!is_plain(after), "{after}");
        }
        let odd = r"https://a.example\@evil.example/t";
        check(odd, "https://a.example/t", Some(Move::Domain));
        check(
            odd,
            r"https://a.example\@other.example/t",
            Some(Move::Domain),
        );
        check(
            r"https://u@a.example/t",
            r"https://u@a.example/u",
            Some(Move::Path),
        );
    }

    #[test]
    fn what_all_read_alike_is_plain() {
        for text in [
            "https://a.example",
            "HTTPS://A.example:443/x?y=%20#z",
            "https://a_b.example/\u{FC}",
            "https://[::1]:8443/x",
            "https://10.0.0.1/x",
        ] {
            assert!(is_plain(text), "{text}");
        }
    }

    #[test]
    fn only_https_and_loopback_are_protected() {
        assert!(is_protected("https://a.example/x"));
        assert!(is_protected("http://127.0.0.1:8080/x"));
        assert!(!is_protected("http://a.example/x"));
        assert!(!is_protected("javascript:alert(1)"));
        assert!(!is_protected("--upload-pack=x"));
    }
}
