//! Which addresses may be reached: checked on the address that is connected to (`resolver`).
//!
//! URLs that come out of a document or a redirect are not trusted. Through a proxy it is the proxy
//! that resolves and connects: then literal addresses are all that can be guarded here, and what
//! names may lead to is for the proxy to say.
//!
//! Behind a proxy the guard sees little: the proxy resolves and connects, so only literal addresses
//! are refused here (`socks5` is given addresses, which are guarded). Loopback is never asked
//! through the proxy.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::Request;
use crate::document::address;
use crate::document::failure::{Cause, Failure};

/// How far a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The operator named the host: any address may be reached.
    Anywhere,
    /// A provider on loopback named the URL: public addresses and loopback may be reached.
    PublicOrLoopback,
    /// Only public addresses may be reached.
    Public,
}

impl Reach {
    /// Whether an address may be reached.
    pub(super) fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::PublicOrLoopback => is_public(address) || address.is_loopback(),
            Self::Public => is_public(address),
        }
    }

    /// Refuses a URL whose host is an address that may not be reached.
    pub(super) fn check_literal(self, url: &Url) -> Result<(), Failure> {
        let literal: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.allows(literal) {
            return Ok(());
        }
        let detail = format!("address {literal} is not public");
        Err(Failure::new(Cause::Blocked, &detail))
    }
}

impl Request<'_> {
    /// Whether the operator watches a server on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let url = Url::parse(&format!("https://{}/", self.trusted_host));
        url.is_ok_and(|url| address::is_loopback(&url))
    }
}

/// How far a request may reach when it asks `url`.
pub(super) fn reach(request: &Request<'_>, url: &Url) -> Reach {
    let host = url.host_str().unwrap_or_default();
    let bare = |host: &str| host.trim_matches(['[', ']']).to_ascii_lowercase();
    let is_allowed = |allowed: &String| bare(allowed) == bare(host);
    if host == request.trusted_host || request.allow_hosts.iter().any(is_allowed) {
        Reach::Anywhere
    } else if request.is_loopback() {
        Reach::PublicOrLoopback
    } else {
        Reach::Public
    }
}

/// Whether an address is on the public internet (IANA special-purpose registries).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        // This network, private, loopback, and 240/4 with the broadcast address.
        (0 | 10 | 127 | 240.., ..) => true,
        // Shared address space (CGNAT), RFC 6598.
        (100, 64..=127, _) => true,
        (169, 254, _) | (192, 168, _) | (172, 16..=31, _) => true,
        // Protocol assignments, documentation, 6to4 relay, AS112, benchmarks.
        (192, 0, 0 | 2) | (192, 88, 99) | (192, 31, 196) | (192, 52, 193) | (192, 175, 48) => true,
        (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => true,
        // Multicast.
        (224..=239, ..) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    match (a, b) {
        // Teredo, benchmarks, ORCHID and other protocol assignments; documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // 6to4 embeds an IPv4 address. NAT64 and IPv4-mapped addresses lie outside 2000::/3.
        (0x2002, _) => false,
        // Global unicast is 2000::/3; all else is local, mapped, translated, multicast or reserved.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        let public = ["8.8.8.8", "172.15.0.1", "100.128.0.1", "2606:4700::1111"];
        let special = [
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "0.0.0.0",
            "10.0.0.5",
            "127.0.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ];
        for text in public {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        for text in special {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_loopback_provider_may_lead_to_loopback_but_not_inward() {
        let reach = Reach::PublicOrLoopback;
        assert!(reach.allows("127.0.0.2".parse().unwrap()));
        assert!(!reach.allows("10.0.0.1".parse().unwrap()));
    }
}
