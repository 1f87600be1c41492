//! The way to a site, phase by phase: its name, a connection, a proxy, TLS.
//!
//! Each phase says itself what went wrong in it, as long as it is known: nothing is dug out of the
//! error of a whole request afterwards.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::header::HeaderValue;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::dial::dial;
use super::failure::{of_connect, of_name, of_proxy, of_tls};
use super::guard::Reach;
use super::proxy::{Site, connect, socks};
use super::resolver::{ResolveFailure, lookup, routed};
use super::settings::Proxy;
use super::tls::Recorder;
use super::wire::{Meter, MeteredSocket, Wire};
use crate::document::failure::{Cause, Failure, ProxyTrouble, TlsTrouble};

/// One hop of a poll: where to, how far it may reach, and through what.
pub(super) struct Hop<'a> {
    pub(super) url: &'a Url,
    pub(super) reach: Reach,
    pub(super) proxy: Option<&'a Proxy>,
    pub(super) tls: Arc<ClientConfig>,
    /// Records the chain that the site showed, and the certificate that was refused.
    pub(super) recorder: &'a Recorder,
    pub(super) meter: &'a Arc<Meter>,
    /// Whether a resolver was asked and has not answered.
    pub(super) is_asking: &'a AtomicBool,
    pub(super) user_agent: &'a HeaderValue,
}

impl Hop<'_> {
    /// A connection to the site that can be asked.
    pub(super) async fn open(&self) -> Result<Wire, Failure> {
        let wire = match self.proxy {
            None => self.dial(&self.addresses().await?, None).await?,
            Some(proxy) => self.through(proxy).await?,
        };
        if self.url.scheme() != "https" {
            return Ok(wire);
        }
        let host = self.url.host_str().unwrap_or_default();
        self.shake_hands(wire, host, None).await
    }

    /// The addresses of the site that may be reached: these and no others are connected to.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, Failure> {
        let host = match self.url.host() {
            Some(Host::Domain(host)) => host,
            Some(Host::Ipv4(address)) => return Ok(vec![self.at(address.into())]),
            Some(Host::Ipv6(address)) => return Ok(vec![self.at(address.into())]),
            None => return Err(Failure::new(Cause::Blocked, "the address has no host")),
        };
        let found = self
            .ask(host)
            .await
            .map_err(|unresolved| of_name(unresolved, None))?;
        let refused = found.first().copied();
        let allowed: Vec<IpAddr> = found
            .into_iter()
            .filter(|it| self.reach.allows(*it))
            .collect();
        if let Some(address) = refused.filter(|_| allowed.is_empty()) {
            let detail = format!("address {address} of host {host} is not public");
            return Err(Failure::new(Cause::Blocked, &detail));
        }
        Ok(routed(allowed).into_iter().map(|it| self.at(it)).collect())
    }

    fn at(&self, address: IpAddr) -> SocketAddr {
        SocketAddr::new(address, self.port())
    }

    fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// The addresses of a name. A deadline that finds the question open is not the provider's fault.
    async fn ask(&self, host: &str) -> Result<Vec<IpAddr>, ResolveFailure> {
        self.is_asking.store(true, Ordering::Relaxed);
        let found = lookup(host).await;
        self.is_asking.store(false, Ordering::Relaxed);
        found
    }

    async fn dial(&self, to: &[SocketAddr], proxy: Option<&Proxy>) -> Result<Wire, Failure> {
        let socket = dial(to).await.map_err(|error| of_connect(&error, proxy))?;
        Ok(Box::new(MeteredSocket::new(socket, self.meter)))
    }

    /// A way to the site through a proxy, which the operator chose: it may be anywhere.
    async fn through(&self, proxy: &Proxy) -> Result<Wire, Failure> {
        // A proxy that is given addresses gets only those that may be reached.
        let address = match proxy.url.scheme() {
            "socks5" => self.addresses().await?.first().map(SocketAddr::ip),
            _ => None,
        };
        let host = proxy.host().trim_matches(['[', ']']);
        let found = match host.parse() {
            Ok(address) => vec![address],
            Err(_name) => {
                let found = self.ask(host).await;
                routed(found.map_err(|unresolved| of_name(unresolved, Some(proxy)))?)
            }
        };
        let to: Vec<_> = found
            .into_iter()
            .map(|it| SocketAddr::new(it, proxy.port()))
            .collect();
        let mut wire = self.dial(&to, Some(proxy)).await?;
        if proxy.url.scheme() == "https" {
            wire = self.shake_hands(wire, host, Some(proxy)).await?;
        }
        let site = Site {
            host: self.url.host_str().unwrap_or_default(),
            address: address.or_else(|| literal(self.url)),
            port: self.port(),
        };
        let opened = if proxy.is_socks() {
            socks(wire, proxy, &site).await
        } else {
            connect(wire, proxy, &site, self.user_agent, self.meter).await
        };
        opened.map_err(|trouble| of_proxy(proxy, trouble.unwrap_or(ProxyTrouble::NoTunnel)))
    }

    /// TLS with the site, or with a proxy that itself speaks it.
    async fn shake_hands(
        &self,
        wire: Wire,
        host: &str,
        with: Option<&Proxy>,
    ) -> Result<Wire, Failure> {
        let name = host.trim_matches(['[', ']']).to_owned();
        let Ok(name) = ServerName::try_from(name) else {
            let words = "no TLS session: its name cannot be asked for";
            return Err(Failure::new(Cause::Tls(TlsTrouble::NoSession), words));
        };
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        match connector.connect(name, wire).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(of_tls(&error, &self.recorder.refused(), self.proxy, with)),
        }
    }
}

/// The address that a URL has for a host.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}
