//! What went wrong in a phase of a hop, as a failure: told by the type of its error.

use std::error::Error;
use std::io;

use super::resolver::ResolveFailure;
use super::settings::Proxy;
use super::tls::RefusedCertificate;
use super::tls_words::tls;
use crate::document::failure::{Cause, Failure, ProxyTrouble};
use crate::document::text::{bounded, visible};

/// Most headers of an answer; real ones have some 30, generated ones over a hundred.
pub(super) const MAX_HEADERS: usize = 512;

/// Files that a process may not open any more (`ENFILE`, `EMFILE`), which the standard library has
/// no name for.
const NO_FILES: [i32; 2] = [23, 24];

/// A number of bytes as the configuration writes it: `1 MiB`.
pub(super) fn size_words(bytes: u64) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

/// A name, the site's or the proxy's, that was not resolved.
pub(super) fn of_name(unresolved: ResolveFailure, proxy: Option<&Proxy>) -> Failure {
    match (unresolved, proxy) {
        (ResolveFailure::NoAnswer, _) => Failure::of(Cause::ResolverDown),
        (ResolveFailure::Unknown, Some(proxy)) => of_proxy(proxy, ProxyTrouble::NameUnknown),
        (ResolveFailure::Unknown, None) => Failure::new(Cause::NameUnknown, "name has no address"),
    }
}

/// A fault of the proxy, in words that name it.
pub(super) fn of_proxy(proxy: &Proxy, trouble: ProxyTrouble) -> Failure {
    let proxy = bounded(&visible(&proxy.name()), 100);
    Failure::of(Cause::Proxy { proxy, trouble })
}

/// What kept the first connection from being made.
pub(super) fn of_connect(error: &io::Error, proxy: Option<&Proxy>) -> Failure {
    of_io(error, proxy).unwrap_or_else(|| match proxy {
        Some(proxy) => of_proxy(proxy, ProxyTrouble::Unreachable),
        None => Failure::new(Cause::NoConnection, &error.to_string()),
    })
}

/// What ended a handshake of TLS: with the site, perhaps through a proxy, or with the proxy itself.
pub(super) fn of_tls(
    error: &io::Error,
    refused: &RefusedCertificate,
    through: Option<&Proxy>,
    with: Option<&Proxy>,
) -> Failure {
    let Some(inside) = inside(error) else {
        return of_connect(error, through);
    };
    let (trouble, words) = tls(inside, refused);
    match with {
        Some(proxy) => {
            let mut failure = of_proxy(proxy, ProxyTrouble::Tls);
            let proxy = visible(&proxy.name());
            failure.detail = bounded(&visible(&format!("the proxy {proxy}: {words}")), 300);
            failure
        }
        None => Failure::new(Cause::Tls(trouble), &words),
    }
}

/// Why no answer came over a connection that was there.
pub(super) fn of_http(error: &hyper::Error, proxy: Option<&Proxy>) -> Failure {
    // A request that was not sent counts as canceled; the cause is what ended the connection.
    let before = error.source().and_then(<dyn Error>::downcast_ref);
    let ended: &hyper::Error = before.unwrap_or(error);
    if let Some(error) = io_of(ended) {
        return of_tls(error, &RefusedCertificate::default(), proxy, None);
    }
    if ended.is_parse_too_large() {
        let detail = format!("more than {MAX_HEADERS} response headers, or too long ones");
        return Failure::new(Cause::TooLarge, &detail);
    }
    if ended.is_parse_version_h2() {
        let detail = "what answers speaks HTTP/2 only, without having agreed on it";
        return Failure::new(Cause::NotHttp, detail);
    }
    let is_closed = ended.is_incomplete_message() || ended.is_closed();
    // An HTTP/1.1 server never sends anything before the request.
    if ended.is_parse() || before.is_some() && !is_closed {
        let detail = "what answers does not speak HTTP/1.1 (another service, or HTTP/2 only)";
        return Failure::new(Cause::NotHttp, detail);
    }
    let detail = "the connection was closed before an answer came";
    Failure::new(Cause::CutOff, detail)
}

/// Why a body did not come whole.
pub(super) fn of_body(error: &hyper::Error) -> Failure {
    let io = io_of(error);
    if let Some(inside) = io.and_then(inside) {
        let (trouble, words) = tls(inside, &RefusedCertificate::default());
        return Failure::new(Cause::Tls(trouble), &words);
    }
    let words = io.map_or_else(|| error.to_string(), ToString::to_string);
    let detail = format!("the answer was cut off or is not as announced: {words}");
    Failure::new(Cause::CutOff, &detail)
}

fn io_of(error: &hyper::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

/// The TLS error that an I/O error wraps: readers and writers pass it on inside an error of their own.
fn inside(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn of_io(error: &io::Error, proxy: Option<&Proxy>) -> Option<Failure> {
    let is_full = error
        .raw_os_error()
        .is_some_and(|it| NO_FILES.contains(&it));
    if is_full {
        return Some(Failure::of(Cause::NoSocket));
    }
    // Only the first hop is connected to from here.
    let to_first = |cause: Cause, trouble: ProxyTrouble, words: &str| match proxy {
        Some(proxy) => of_proxy(proxy, trouble),
        None => Failure::new(cause, words),
    };
    let through = proxy.map_or_else(String::new, |proxy| {
        format!(", through the proxy {}", visible(&proxy.name()))
    });
    Some(match error.kind() {
        io::ErrorKind::ConnectionRefused => to_first(
            Cause::ConnectionRefused,
            ProxyTrouble::Refused,
            "connection refused",
        ),
        io::ErrorKind::HostUnreachable => to_first(
            Cause::NoRoute,
            ProxyTrouble::Unreachable,
            "no route from this machine to the host",
        ),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => to_first(
            Cause::NoRoute,
            ProxyTrouble::Unreachable,
            "no route from this machine to its network",
        ),
        io::ErrorKind::AddrNotAvailable => to_first(
            Cause::NoRoute,
            ProxyTrouble::Unreachable,
            "this machine has no address to ask from",
        ),
        io::ErrorKind::PermissionDenied => to_first(
            Cause::NoRoute,
            ProxyTrouble::Unreachable,
            "this machine does not allow the connection",
        ),
        io::ErrorKind::TimedOut => to_first(
            Cause::Timeout,
            ProxyTrouble::Unreachable,
            "no answer to the connection in time",
        ),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => {
            Failure::new(Cause::Reset, &format!("the connection was reset{through}"))
        }
        io::ErrorKind::UnexpectedEof => Failure::new(
            Cause::CutOff,
            &format!("the connection was closed in the middle{through}"),
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_they_are_configured() {
        assert_eq!(size_words(1 << 20), "1 MiB");
        assert_eq!(size_words(512 << 10), "512 KiB");
        assert_eq!(size_words(1_000), "1000 bytes");
    }

    #[test]
    fn what_this_machine_lacks_is_told_as_its_own() {
        let of = |kind: io::ErrorKind| of_io(&kind.into(), None).unwrap().cause;
        for kind in [
            io::ErrorKind::HostUnreachable,
            io::ErrorKind::NetworkUnreachable,
            io::ErrorKind::NetworkDown,
            io::ErrorKind::AddrNotAvailable,
            io::ErrorKind::PermissionDenied,
        ] {
            assert_eq!(of(kind), Cause::NoRoute, "{kind:?}");
        }
        assert_eq!(
            of(io::ErrorKind::ConnectionRefused),
            Cause::ConnectionRefused
        );
        let full = io::Error::from_raw_os_error(24);
        assert_eq!(of_io(&full, None).unwrap().cause, Cause::NoSocket);
    }

    #[test]
    fn what_refuses_the_first_hop_is_the_proxy() {
        let proxy = Proxy {
            url: "http://proxy.example:3128".parse().unwrap(),
            login: None,
        };
        let failure = of_io(&io::ErrorKind::ConnectionRefused.into(), Some(&proxy)).unwrap();
        assert_eq!(
            failure.detail,
            "the proxy proxy.example:3128: connection refused"
        );
    }
}
