//! The way through a proxy: CONNECT (RFC 9110 section 9.3.6), or SOCKS version 5 (RFC 1928, RFC 1929).
//!
//! What a proxy answers is told as it is, because it says whose fault it was. Rejected: `Tunnel` and
//! `SocksV5` of `hyper-util`, which hide the status and the type of the reply.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Uri};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::http1::{HttpRequest, send};
use super::settings::Proxy;
use super::wire::{Meter, Wire};
use crate::document::failure::ProxyTrouble;

/// A connection to the site, or the reason that the proxy gives, if it gives one.
type ProxyReply = Result<Wire, Option<ProxyTrouble>>;

/// The site that the proxy is asked to connect to.
pub(super) struct Site<'a> {
    /// The host as it is written in the URL.
    pub(super) host: &'a str,
    /// The address of the site, if it is known here: a SOCKS proxy is then given it instead of the name.
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

/// Asks an HTTP proxy.
pub(super) async fn connect(
    wire: Wire,
    proxy: &Proxy,
    site: &Site<'_>,
    user_agent: &HeaderValue,
    meter: &Arc<Meter>,
) -> ProxyReply {
    let request = request(proxy, site, user_agent).ok_or(None)?;
    let sent = send(wire, request, meter).await;
    // Without an answer the proxy gave no reason.
    let response = sent.map_err(|_error| None)?;
    match response.status() {
        200..=299 => response.into_wire().await.ok_or(None),
        407 => Err(Some(ProxyTrouble::WantsPassword)),
        status => Err(Some(ProxyTrouble::Answered(status))),
    }
}

fn request(proxy: &Proxy, site: &Site<'_>, user_agent: &HeaderValue) -> Option<HttpRequest> {
    let at = format!("{}:{}", site.host, site.port);
    let mut request = HttpRequest::new(String::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = Uri::try_from(&at).ok()?;
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::try_from(at).ok()?);
    headers.insert(header::USER_AGENT, user_agent.clone());
    if let Some((user, password)) = &proxy.login {
        let login = STANDARD.encode(format!("{user}:{}", password.reveal()));
        let mut login = HeaderValue::try_from(format!("Basic {login}")).ok()?;
        login.set_sensitive(true);
        headers.insert(header::PROXY_AUTHORIZATION, login);
    }
    Some(request)
}

/// Asks a SOCKS proxy.
pub(super) async fn socks(mut wire: Wire, proxy: &Proxy, site: &Site<'_>) -> ProxyReply {
    greet(&mut wire, proxy).await?;
    let mut request = vec![5, 1, 0];
    match site.address {
        Some(IpAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Some(IpAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        None => {
            request.push(3);
            push(&mut request, site.host)?;
        }
    }
    request.extend_from_slice(&site.port.to_be_bytes());
    say(&mut wire, &request).await?;
    let [version, reply, _, kind] = hear(&mut wire).await?;
    match (version, reply) {
        (5, 0) => {}
        (5, reply) => return Err(Some(ProxyTrouble::Replied(reply))),
        _ => return Err(None),
    }
    // The reply ends with the address and port that the proxy connects from.
    let rest = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(hear::<1>(&mut wire).await?[0]),
        _ => return Err(None),
    };
    let mut bound = vec![0; rest + 2];
    let read = wire.read_exact(&mut bound).await;
    read.map_err(|_error| None)?;
    Ok(wire)
}

/// Does the authentication that a SOCKS proxy asks for.
async fn greet(wire: &mut Wire, proxy: &Proxy) -> Result<(), Option<ProxyTrouble>> {
    const NO_LOGIN: u8 = 0;
    const LOGIN: u8 = 2;
    let greeting: &[u8] = match proxy.login {
        Some(_) => &[5, 2, NO_LOGIN, LOGIN],
        None => &[5, 1, NO_LOGIN],
    };
    say(wire, greeting).await?;
    match (hear(wire).await?, &proxy.login) {
        ([5, NO_LOGIN], _) => Ok(()),
        ([5, LOGIN], Some((user, password))) => {
            let mut login = vec![1];
            push(&mut login, user)?;
            push(&mut login, password.reveal())?;
            say(wire, &login).await?;
            match hear(wire).await? {
                [_, 0] => Ok(()),
                _ => Err(Some(ProxyTrouble::WantsPassword)),
            }
        }
        ([5, _], _) => Err(Some(ProxyTrouble::WantsPassword)),
        _ => Err(None),
    }
}

/// Appends a text to a message, with its length in one byte before it.
fn push(message: &mut Vec<u8>, text: &str) -> Result<(), Option<ProxyTrouble>> {
    let length = u8::try_from(text.len());
    message.push(length.map_err(|_too_long| None)?);
    message.extend_from_slice(text.as_bytes());
    Ok(())
}

async fn say(wire: &mut Wire, message: &[u8]) -> Result<(), Option<ProxyTrouble>> {
    let written = async {
        wire.write_all(message).await?;
        wire.flush().await
    };
    written.await.map_err(|_error| None)
}

async fn hear<const N: usize>(wire: &mut Wire) -> Result<[u8; N], Option<ProxyTrouble>> {
    let mut message = [0; N];
    let read = wire.read_exact(&mut message).await;
    read.map(|_| message).map_err(|_error| None)
}
