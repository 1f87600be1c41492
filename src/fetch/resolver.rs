//! The system's resolver, less what may not be reached, and why it had no answer.
//!
//! It hands only allowed addresses to the connection, so there is nothing left to rebind between
//! check and use. The standard library hides why a name was not resolved: "there is no such name"
//! and "no resolver answered" are one kind of error to it. So `getaddrinfo` is asked by a crate that
//! keeps its number.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::Reach;

/// All addresses of a name may not be reached.
#[derive(Debug, thiserror::Error)]
#[error("address {address} of host {host} is not public")]
pub(super) struct Blocked {
    pub(super) address: IpAddr,
    pub(super) host: String,
}

/// A name was not resolved.
#[derive(Debug, thiserror::Error)]
#[error("{host} was not resolved")]
pub(super) struct Unresolved {
    /// Whose name it is: the site's, or the proxy's.
    pub(super) host: String,
    /// Whether a resolver said that it has no address. Else none answered.
    pub(super) is_unknown: bool,
}

/// The resolver of one request.
#[derive(Debug, Clone)]
pub(super) struct GuardedResolver {
    /// How far the request may reach.
    pub(super) reach: Reach,
    /// The host of the proxy: the operator chose it, so it may be anywhere.
    pub(super) proxy: Option<String>,
    /// Whether a question is open: what a deadline finds open is not the provider's fault.
    pub(super) is_asking: Arc<AtomicBool>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let reach = match &self.proxy {
            Some(proxy) if *proxy == host => Reach::Anywhere,
            Some(_) | None => self.reach,
        };
        let is_asking = Arc::clone(&self.is_asking);
        Box::pin(async move {
            is_asking.store(true, Ordering::Relaxed);
            let found = lookup(&host).await;
            is_asking.store(false, Ordering::Relaxed);
            let found = found?;
            let refused = found.first().copied();
            let allowed = found.into_iter();
            let allowed = routed(allowed.filter(|address| reach.allows(*address)).collect());
            match refused {
                Some(address) if allowed.is_empty() => Err(Blocked { address, host }.into()),
                Some(_) | None => {
                    let allowed = allowed.into_iter();
                    let allowed = allowed.map(|address| SocketAddr::new(address, 0));
                    Ok(Box::new(allowed) as Addrs)
                }
            }
        })
    }
}

/// The addresses of a name, one at least.
pub(super) async fn lookup(host: &str) -> Result<Vec<IpAddr>, Unresolved> {
    let asked = host.to_owned();
    let found = tokio::task::spawn_blocking(move || addresses(&asked)).await;
    let unresolved = |is_unknown| Unresolved {
        host: host.to_owned(),
        is_unknown,
    };
    // A lookup that panicked is no answer.
    match found.unwrap_or(Err(false)) {
        Ok(found) if found.is_empty() => Err(unresolved(true)),
        Ok(found) => Ok(found),
        Err(is_unknown) => Err(unresolved(is_unknown)),
    }
}

/// The addresses of a name, or whether a resolver said that it has none.
fn addresses(host: &str) -> Result<Vec<IpAddr>, bool> {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    match getaddrinfo(Some(host), None, Some(hints)) {
        Ok(found) => Ok(found.flatten().map(|found| found.sockaddr.ip()).collect()),
        Err(error) => Err(is_unknown(error.kind())),
    }
}

/// Whether an error of `getaddrinfo` is an answer. All others mean that there was none: no server,
/// one that could not be reached, one that could not answer, trouble of the machine itself.
fn is_unknown(kind: LookupErrorKind) -> bool {
    matches!(kind, LookupErrorKind::NoName | LookupErrorKind::NoData)
}

/// Of addresses of both families those that this machine has a route to, or all. A machine without
/// IPv6 would else report the address that it cannot reach, and not that the site refused the
/// other one.
fn routed(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let v4 = addresses.iter().any(IpAddr::is_ipv4);
    let v6 = addresses.iter().any(IpAddr::is_ipv6);
    if !(v4 && v6) {
        return addresses;
    }
    let all = addresses.iter().copied();
    let routed: Vec<IpAddr> = all.filter(has_route).collect();
    if routed.is_empty() { addresses } else { routed }
}

/// Whether there is a route to an address: a datagram socket is connected to it, which sends
/// nothing.
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
        assert!(is_unknown(LookupErrorKind::NoName));
        assert!(is_unknown(LookupErrorKind::NoData));
        for kind in [
            LookupErrorKind::Again,
            LookupErrorKind::Fail,
            LookupErrorKind::System,
            LookupErrorKind::Memory,
            LookupErrorKind::Unknown,
            LookupErrorKind::IO,
        ] {
            assert!(!is_unknown(kind), "{kind:?}");
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
