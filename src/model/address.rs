//! Differences between two URLs.

use url::{Host, Url};

/// How one URL differs from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Only as text: URL normalization removes the difference.
    Form,
    /// Path, query or fragment.
    Path,
    /// Scheme or port on the same host, or another host of the same registrable domain.
    Host,
    /// A host of another registrable domain.
    Domain,
}

/// Compares two different URL texts; `None` if one is no absolute URL.
pub fn compare(before: &str, after: &str) -> Option<Move> {
    // `Url` resolves dot segments, servers route by what is sent.
    let same_dots = has_dot_segments(before) == has_dot_segments(after);
    let (before, after) = (Url::parse(before).ok()?, Url::parse(after).ok()?);
    if normal(&before) == normal(&after) {
        return Some(if same_dots { Move::Form } else { Move::Path });
    }
    let authority = |url: &Url| (url.scheme().to_owned(), url.port_or_known_default());
    if before.host() == after.host() {
        let same = authority(&before) == authority(&after);
        return Some(if same { Move::Path } else { Move::Host });
    }
    let domain = |url: &Url| match url.host()? {
        Host::Domain(name) => registrable_domain(name),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    };
    match (domain(&before), domain(&after)) {
        (Some(one), Some(two)) if one == two => Some(Move::Host),
        _ => Some(Move::Domain),
    }
}

fn has_dot_segments(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/').skip(3);
    segments.any(|segment| {
        let plain = segment.replace("%2e", ".").replace("%2E", ".");
        plain == "." || plain == ".."
    })
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

/// The text after the normalization of RFC 3986 section 6.2.2 and 6.2.3. `url` does host case,
/// default port and empty path; percent-encoding is left to us.
fn normal(url: &Url) -> String {
    let text = url.as_str();
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
            Some(Move::Host),
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
    fn only_https_and_loopback_are_protected() {
        assert!(is_protected("https://a.example/x"));
        assert!(is_protected("http://127.0.0.1:8080/x"));
        assert!(!is_protected("http://a.example/x"));
        assert!(!is_protected("javascript:alert(1)"));
        assert!(!is_protected("--upload-pack=x"));
    }
}
