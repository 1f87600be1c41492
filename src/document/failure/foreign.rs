//! What recordings of other programs say of a failure, as a cause.
//!
//! They know fewer kinds of failure than ours, and tell the rest in the words of their libraries.
//! This is the one place that reads such words, once, when a line comes in.

use jiff::Timestamp;

use super::cause::{Cause, TextKind, TlsTrouble};

/// The cause that a detail in the words of another program names; `None` where it names none.
pub fn of_foreign_words(detail: &str) -> Option<Cause> {
    if let Some((_, why)) = detail.split_once("x509: ") {
        return Some(Cause::Tls(certificate(why)));
    }
    let words = [
        ("server misbehaving", Cause::ResolverDown),
        ("Temporary failure in name resolution", Cause::ResolverDown),
        ("no such host", Cause::NameUnknown),
        ("network is unreachable", Cause::NoRoute),
        ("no route to host", Cause::NoRoute),
        ("too many open files", Cause::NoSocket),
        ("TLS handshake timeout", Cause::Tls(TlsTrouble::Timeout)),
        (
            "first record does not look like a TLS",
            Cause::Tls(TlsTrouble::NotTls),
        ),
        (
            "server gave HTTP response to HTTPS",
            Cause::Tls(TlsTrouble::NotTls),
        ),
        ("Client.Timeout", Cause::Timeout),
        ("deadline exceeded", Cause::Timeout),
        ("i/o timeout", Cause::Timeout),
        ("connect: connection refused", Cause::ConnectionRefused),
        ("connection reset by peer", Cause::Reset),
        ("malformed HTTP", Cause::NotHttp),
        // What begins so is markup; its title is not told.
        (
            "invalid character '<' looking for beginning of value",
            Cause::NotJson(TextKind::Html { title: None }),
        ),
    ];
    let found = words.into_iter().find(|(said, _)| detail.contains(said));
    found.map(|(_, cause)| cause)
}

fn certificate(why: &str) -> TlsTrouble {
    let time = |text: &str| {
        let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
        text.get(..end)?.parse::<Timestamp>().ok()
    };
    if let Some((_, end)) = why.split_once(" is after ") {
        return TlsTrouble::Expired { since: time(end) };
    }
    if let Some((_, start)) = why.split_once(" is before ") {
        return TlsTrouble::NotYetValid { from: time(start) };
    }
    if let Some((_, names)) = why.split_once(" is valid for ") {
        let (names, expected) = names.split_once(", not ").unwrap_or((names, ""));
        return TlsTrouble::OtherName {
            names: names.split(", ").map(str::to_owned).collect(),
            expected: expected.into(),
        };
    }
    if why.contains("unknown authority") {
        return TlsTrouble::UntrustedIssuer { issuer: None };
    }
    TlsTrouble::BadCertificate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_programs_say_is_read_as_a_cause() {
        let read = of_foreign_words;
        let lookup = "Get \"https://a\": dial tcp: lookup a on 127.0.0.53:53: ";
        assert_eq!(
            read(&format!("{lookup}no such host")),
            Some(Cause::NameUnknown)
        );
        assert_eq!(
            read(&format!("{lookup}server misbehaving")),
            Some(Cause::ResolverDown)
        );
        assert_eq!(
            read("dial tcp 192.0.2.1:443: connect: connection refused"),
            Some(Cause::ConnectionRefused)
        );
        let names = "tls: failed to verify certificate: x509: certificate is valid for \
                     a.example, b.example, not c.example";
        let other = TlsTrouble::OtherName {
            names: vec!["a.example".to_owned(), "b.example".to_owned()],
            expected: "c.example".into(),
        };
        assert_eq!(read(names), Some(Cause::Tls(other)));
        let page = "invalid JSON: invalid character '<' looking for beginning of value";
        let html = TextKind::Html { title: None };
        assert_eq!(read(page), Some(Cause::NotJson(html)));
        assert_eq!(read("HTTP 503"), None);
    }
}
