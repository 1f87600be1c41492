//! The system's resolver, and why it had no answer.
//!
//! What it hands out is what is connected to, less what may not be reached (`hop`), so there is
//! nothing left to rebind between check and use. The standard library hides why a name was not
//! resolved: "there is no such name" and "no resolver answered" are one kind of error to it. So
//! `getaddrinfo` is asked by a crate that keeps its number.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};

/// Why a name was not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResolveFailure {
    /// A resolver answered that the name has no address.
    Unknown,
    /// No resolver answered.
    NoAnswer,
}

/// Looks up the addresses of a name; at least one is returned.
pub(super) async fn lookup(host: &str) -> Result<Vec<IpAddr>, ResolveFailure> {
    let host = host.to_owned();
    let found = tokio::task::spawn_blocking(move || addresses(&host)).await;
    // A lookup that panicked counts as not answered.
    match found.unwrap_or(Err(ResolveFailure::NoAnswer)) {
        Ok(found) if found.is_empty() => Err(ResolveFailure::Unknown),
        found => found,
    }
}

fn addresses(host: &str) -> Result<Vec<IpAddr>, ResolveFailure> {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    match getaddrinfo(Some(host), None, Some(hints)) {
        Ok(found) => Ok(found.flatten().map(|found| found.sockaddr.ip()).collect()),
        Err(error) => Err(of(error.kind())),
    }
}

/// What an error of `getaddrinfo` says. All but two mean that nobody answered: no server, one that
/// could not be reached, one that could not answer, trouble of the machine itself.
fn of(kind: LookupErrorKind) -> ResolveFailure {
    match kind {
        LookupErrorKind::NoName | LookupErrorKind::NoData => ResolveFailure::Unknown,
        _ => ResolveFailure::NoAnswer,
    }
}

/// If there are addresses of both families: those that this machine has a route to, or all if it has
/// none. Otherwise a machine without IPv6 would report the address that it cannot reach, and not that
/// the site refused the other one.
pub(super) fn routed(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let v4 = addresses.iter().any(IpAddr::is_ipv4);
    let v6 = addresses.iter().any(IpAddr::is_ipv6);
    if !(v4 && v6) {
        return addresses;
    }
    let all = addresses.iter().copied();
    let routed: Vec<IpAddr> = all.filter(has_route).collect();
    if routed.is_empty() { addresses } else { routed }
}

/// Whether there is a route to an address: a datagram socket is connected to it, which sends no
/// packet.
fn has_route(address: &IpAddr) -> bool {
    let any: SocketAddr = if address.is_ipv4() {
        ([0; 4], 0).into()
    } else {
        ([0; 16], 0).into()
    };
    let to = SocketAddr::new(*address, 443);
    UdpSocket::bind(any).is_ok_and(|socket| socket.connect(to).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_resolver_that_answered_says_that_a_name_has_no_address() {
        assert_eq!(of(LookupErrorKind::NoName), ResolveFailure::Unknown);
        assert_eq!(of(LookupErrorKind::NoData), ResolveFailure::Unknown);
        for kind in [
            LookupErrorKind::Again,
            LookupErrorKind::Fail,
            LookupErrorKind::System,
            LookupErrorKind::Memory,
            LookupErrorKind::Unknown,
            LookupErrorKind::IO,
        ] {
            assert_eq!(of(kind), ResolveFailure::NoAnswer, "{kind:?}");
        }
    }

    #[test]
    fn a_name_of_this_machine_is_resolved() {
        let found = addresses("localhost").unwrap();
        assert!(found.iter().all(IpAddr::is_loopback));
        assert!(!found.is_empty());
    }

    #[test]
    fn an_address_without_a_route_is_left_out_where_another_has_one() {
        let to = |text: &str| -> IpAddr { text.parse().unwrap() };
        let both = vec![to("127.0.0.1"), to("::1")];
        assert!(!routed(both).is_empty());
        let one = vec![to("2001:db8::1")];
        assert_eq!(routed(one.clone()), one, "it is for the connection to say");
    }
}
