//! Proxies: how the client is told of one, and what a proxy says that gives no way to a site.
//!
//! The client hides the answer of a proxy in an error whose type cannot be named. So a proxy that
//! gave no way is asked once more by hand, and its answer is read: the status of CONNECT (RFC 9110
//! section 9.3.6), or the reply of SOCKS version 5 (RFC 1928, RFC 1929). Nothing else is sent there.

use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::{Host, Url};

use super::failure::{of_io, of_name, of_proxy};
use super::{Proxy, resolver};
use crate::document::failure::{Failure, ProxyTrouble};

/// The proxy as the client takes it.
pub(super) fn as_client_has_it(proxy: &Proxy) -> Result<reqwest::Proxy, reqwest::Error> {
    let found = reqwest::Proxy::all(proxy.url.clone())?;
    let Some((user, password)) = &proxy.login else {
        return Ok(found);
    };
    // They become part of a URL, which is decoded again.
    let coded = |text: &str| text.replace('%', "%25");
    Ok(found.basic_auth(&coded(user), &coded(password.reveal())))
}

/// Why a proxy gives no way to a site: asked once, by hand. Bounded in time by the poll.
pub(super) async fn refusal(proxy: &Proxy, url: &Url, user_agent: &str) -> Failure {
    // One that itself speaks TLS is not asked by hand.
    if proxy.url.scheme() == "https" {
        return of_proxy(proxy, ProxyTrouble::NoTunnel);
    }
    let stream = match open(proxy).await {
        Ok(stream) => stream,
        Err(failure) => return failure,
    };
    let trouble = if proxy.is_socks() {
        socks(stream, proxy, url).await
    } else {
        connect(stream, proxy, url, user_agent).await
    };
    of_proxy(proxy, trouble.unwrap_or(ProxyTrouble::NoTunnel))
}

async fn open(proxy: &Proxy) -> Result<TcpStream, Failure> {
    let host = proxy.host().trim_matches(['[', ']']);
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_name) => {
            let found = resolver::lookup(host).await;
            found.map_err(|unresolved| of_name(&unresolved, Some(proxy)))?
        }
    };
    let at: Vec<SocketAddr> = addresses
        .into_iter()
        .map(|address| SocketAddr::new(address, proxy.port()))
        .collect();
    let opened = TcpStream::connect(at.as_slice()).await;
    opened.map_err(|error| {
        let known = of_io(&error, Some(proxy));
        known.unwrap_or_else(|| of_proxy(proxy, ProxyTrouble::Unreachable))
    })
}

/// The status that an HTTP proxy answers.
async fn connect(
    mut stream: TcpStream,
    proxy: &Proxy,
    url: &Url,
    user_agent: &str,
) -> Option<ProxyTrouble> {
    let site = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
    let login = proxy.login.as_ref().map_or_else(String::new, |login| {
        let login = STANDARD.encode(format!("{}:{}", login.0, login.1.reveal()));
        format!("Proxy-Authorization: Basic {login}\r\n")
    });
    let request = format!(
        "CONNECT {site} HTTP/1.1\r\nHost: {site}\r\nUser-Agent: {user_agent}\r\n{login}\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.ok()?;
    let status = std::str::from_utf8(&head).ok()?;
    let status = status.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()?;
    match status {
        407 => Some(ProxyTrouble::WantsPassword),
        // Now it does: what was wrong before cannot be told.
        200..=299 => None,
        status => Some(ProxyTrouble::Answered(status)),
    }
}

/// The reply of a SOCKS proxy. It is asked by name: an address need not be found for that.
async fn socks(mut stream: TcpStream, proxy: &Proxy, url: &Url) -> Option<ProxyTrouble> {
    const NO_LOGIN: u8 = 0;
    const LOGIN: u8 = 2;
    let greeting: &[u8] = match proxy.login {
        Some(_) => &[5, 2, NO_LOGIN, LOGIN],
        None => &[5, 1, NO_LOGIN],
    };
    stream.write_all(greeting).await.ok()?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await.ok()?;
    match (answer, &proxy.login) {
        ([5, NO_LOGIN], _) => {}
        ([5, LOGIN], Some((user, password))) => {
            let mut login = vec![1];
            for text in [user.as_str(), password.reveal()] {
                login.push(u8::try_from(text.len()).ok()?);
                login.extend_from_slice(text.as_bytes());
            }
            stream.write_all(&login).await.ok()?;
            stream.read_exact(&mut answer).await.ok()?;
            if !matches!(answer, [_, 0]) {
                return Some(ProxyTrouble::WantsPassword);
            }
        }
        ([5, _], _) => return Some(ProxyTrouble::WantsPassword),
        _ => return None,
    }
    let mut request = vec![5, 1, 0];
    match url.host()? {
        Host::Domain(name) => {
            request.extend_from_slice(&[3, u8::try_from(name.len()).ok()?]);
            request.extend_from_slice(name.as_bytes());
        }
        Host::Ipv4(address) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Host::Ipv6(address) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
    }
    request.extend_from_slice(&url.port_or_known_default()?.to_be_bytes());
    stream.write_all(&request).await.ok()?;
    stream.read_exact(&mut answer).await.ok()?;
    match answer {
        [5, 0] | [0..=4 | 6.., _] => None,
        [5, reply] => Some(ProxyTrouble::Replied(reply)),
    }
}
