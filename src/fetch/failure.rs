//! What went wrong, as a failure: the chain of causes of an error, read once, by the types in it.

use std::error::Error;
use std::io;

use super::Proxy;
use super::resolver::{Blocked, Unresolved};
use super::tls::Recorder;
use super::trouble::tls;
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

/// Classifies an error of the client; the recorder knows whose certificate was refused.
pub(super) fn classify(
    error: &reqwest::Error,
    recorder: &Recorder,
    proxy: Option<&Proxy>,
) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = String::new();
    let is_body = error.is_body() || error.is_decode();
    while let Some(current) = cause {
        if let Some(failure) = of_type(current, is_body, recorder, proxy) {
            return failure;
        }
        last = current.to_string();
        cause = current.source();
    }
    if error.is_timeout() {
        return Failure::of(Cause::Timeout);
    }
    if is_body {
        let detail = format!("the answer was cut off or is not as announced: {last}");
        return Failure::new(Cause::CutOff, &detail);
    }
    if let Some(proxy) = proxy.filter(|_| error.is_connect()) {
        return of_proxy(proxy, ProxyTrouble::NoTunnel);
    }
    Failure::new(Cause::NoConnection, &last)
}

/// What an error is by its type, if its type says it.
fn of_type(
    error: &(dyn Error + 'static),
    is_body: bool,
    recorder: &Recorder,
    proxy: Option<&Proxy>,
) -> Option<Failure> {
    if let Some(blocked) = error.downcast_ref::<Blocked>() {
        return Some(Failure::new(Cause::Blocked, &blocked.to_string()));
    }
    if let Some(unresolved) = error.downcast_ref::<Unresolved>() {
        return Some(of_name(unresolved, proxy));
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error, recorder, proxy));
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return of_http(error).filter(|_| !is_body);
    }
    let error = error.downcast_ref::<io::Error>()?;
    let inside = inner(error).map(|error| of_tls(error, recorder, proxy));
    inside.or_else(|| of_io(error, proxy).filter(|_| !is_body))
}

pub(super) fn of_name(unresolved: &Unresolved, proxy: Option<&Proxy>) -> Failure {
    if !unresolved.is_unknown {
        return Failure::of(Cause::ResolverDown);
    }
    match proxy.filter(|proxy| proxy.host() == unresolved.host) {
        Some(proxy) => of_proxy(proxy, ProxyTrouble::NameUnknown),
        None => Failure::new(Cause::NameUnknown, "name has no address"),
    }
}

/// A fault of the proxy, in words that name it.
pub(super) fn of_proxy(proxy: &Proxy, trouble: ProxyTrouble) -> Failure {
    let proxy = bounded(&visible(&proxy.name()), 100);
    Failure::of(Cause::Proxy { proxy, trouble })
}

pub(super) fn of_io(error: &io::Error, proxy: Option<&Proxy>) -> Option<Failure> {
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

fn of_http(error: &hyper::Error) -> Option<Failure> {
    if error.is_parse_too_large() {
        let detail = format!("more than {MAX_HEADERS} response headers, or too long ones");
        return Some(Failure::new(Cause::TooLarge, &detail));
    }
    if error.is_parse_version_h2() {
        let detail = "what answers speaks HTTP/2 only, without having agreed on it";
        return Some(Failure::new(Cause::NotHttp, detail));
    }
    if error.is_parse() {
        let detail = "what answers does not speak HTTP/1.1 (another service, or HTTP/2 only)";
        return Some(Failure::new(Cause::NotHttp, detail));
    }
    if error.is_incomplete_message() {
        let detail = "the connection was closed before an answer came";
        return Some(Failure::new(Cause::CutOff, detail));
    }
    None
}

/// A TLS error hides inside one or two I/O errors, whose `source` skips it.
fn inner(error: &io::Error) -> Option<&rustls::Error> {
    let found = error.get_ref()?;
    if let Some(error) = found.downcast_ref::<rustls::Error>() {
        return Some(error);
    }
    found.downcast_ref::<io::Error>().and_then(inner)
}

fn of_tls(error: &rustls::Error, recorder: &Recorder, proxy: Option<&Proxy>) -> Failure {
    let refused = recorder.refused();
    let (trouble, words) = tls(error, &refused);
    // A proxy that itself speaks TLS comes first, and was asked by its own name.
    let at_proxy = proxy.filter(|proxy| {
        let is_itself = refused.asked.as_deref() == Some(proxy.host());
        let has_not_met = refused.asked.is_none() && !refused.has_verified;
        proxy.url.scheme() == "https" && (is_itself || has_not_met)
    });
    match at_proxy {
        Some(proxy) => {
            let mut failure = of_proxy(proxy, ProxyTrouble::Tls);
            let proxy = visible(&proxy.name());
            failure.detail = bounded(&visible(&format!("the proxy {proxy}: {words}")), 300);
            failure
        }
        None => Failure::new(Cause::Tls(trouble), &words),
    }
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
