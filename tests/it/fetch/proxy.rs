//! Through a proxy: what is wrong with it is told as its own.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use issuerwatch::document::failure::Side;
use issuerwatch::document::observation::Observation;
use issuerwatch::fetch::{Proxy, Settings};
use issuerwatch::meaning::provider::Secret;

use super::{body, failure, observe_with, request, said, settings};
use crate::support::proxy::{carry, head, proxy};
use crate::support::site::{Authority, Certificate, Reply, Site};

/// A password that would be another one if it were decoded once too often.
const PASSWORD: &str = "p%41:@/ü";

/// A site for `a.example`, which only a proxy can reach.
fn site() -> Site {
    let site = Site::with_certificate(Certificate::WrongName);
    site.answer(Reply::json("{}"));
    site
}

/// What is seen of `a.example` through a proxy at this URL.
fn through(site: &Site, url: &str, login: Option<(&str, &str)>) -> Observation {
    within(settings(site), url, login)
}

/// The same by one who does not wait.
fn hurried(site: &Site, url: &str) -> Observation {
    let settings = Settings {
        timeout: Duration::from_millis(400),
        ..settings(site)
    };
    within(settings, url, None)
}

fn within(settings: Settings, url: &str, login: Option<(&str, &str)>) -> Observation {
    let login = login.map(|(user, password)| (user.to_owned(), Secret::new(password.to_owned())));
    let settings = Settings {
        proxy: Some(Proxy {
            url: url.parse().unwrap(),
            login,
        }),
        ..settings
    };
    observe_with(&settings, request("https://a.example/", "a.example"))
}

#[test]
fn an_http_proxy_is_given_its_password_and_is_named_where_it_wants_one() {
    let site = site();
    let port = site.port();
    let login = base64::engine::general_purpose::STANDARD.encode(format!("iam:{PASSWORD}"));
    let at = proxy(move |mut stream| {
        let head = head(&stream)?;
        assert!(
            head.starts_with("CONNECT a.example:443 HTTP/1.1\r\n"),
            "{head}"
        );
        if !head.contains(&format!("Basic {login}\r\n")) {
            return stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        carry(&stream, port)
    });
    let url = format!("http://{at}");
    let seen = through(&site, &url, Some(("iam", PASSWORD)));
    assert_eq!(body(&seen), b"{}");
    assert_eq!(seen.chain.len(), 2, "the site's");
    for login in [None, Some(("iam", "wrong"))] {
        let seen = through(&site, &url, login);
        let words = format!("unreachable - the proxy {at}: it wants a user and a password");
        assert_eq!(said(&seen), words);
        assert_eq!(failure(&seen).cause.side(), Side::Here);
    }
}

#[test]
fn the_status_that_a_proxy_answers_is_said() {
    let site = site();
    for (status, side) in [(403, Side::Here), (502, Side::Provider), (599, Side::Here)] {
        let at = proxy(move |mut stream| {
            head(&stream)?;
            stream.write_all(format!("HTTP/1.0 {status} No\r\n\r\n").as_bytes())
        });
        let seen = through(&site, &format!("http://{at}"), None);
        assert_eq!(
            said(&seen),
            format!("unreachable - the proxy {at} answered {status}")
        );
        assert_eq!(failure(&seen).cause.side(), side);
    }
    // One that never answers.
    let at = proxy(|mut stream| io::copy(&mut stream, &mut io::sink()).map(drop));
    let seen = hurried(&site, &format!("http://{at}"));
    let words = format!("timeout - no answer within 0.4 s, through the proxy {at}");
    assert_eq!(said(&seen), words);
    let at = proxy(|stream| stream.shutdown(Shutdown::Both));
    let seen = through(&site, &format!("http://{at}"), None);
    assert!(
        said(&seen).contains(&format!("the proxy {at}")),
        "{}",
        said(&seen)
    );
}

#[test]
fn a_proxy_that_is_not_there_is_not_the_provider() {
    let site = site();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for scheme in ["http", "https", "socks5h"] {
        let seen = through(&site, &format!("{scheme}://{free}"), None);
        let words = format!("unreachable - the proxy {free}: connection refused");
        assert_eq!(said(&seen), words, "{scheme}");
        assert_eq!(failure(&seen).cause.side(), Side::Here);
    }
    // It speaks TLS, but shows the certificate of another.
    let other = Site::with_certificate(Certificate::WrongName);
    let seen = through(&site, &other.issuer, None);
    let text = said(&seen);
    let words = "certificate is for a.example, b.example, not for 127.0.0.1";
    assert!(
        text.starts_with("unreachable - the proxy ") && text.ends_with(words),
        "{text}"
    );
}

#[test]
fn a_proxy_may_itself_speak_tls() {
    let site = site();
    let port = site.port();
    let config = Authority::shared().server_config(Certificate::Valid);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let at = proxy(move |stream| {
        stream.set_nonblocking(true)?;
        runtime.block_on(async {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let stream = tokio::net::TcpStream::from_std(stream)?;
            let mut stream = acceptor.accept(stream).await?;
            let mut head = [0; 1_024];
            assert!(stream.read(&mut head).await? > 0);
            assert!(head.starts_with(b"CONNECT a.example:443 HTTP/1.1\r\n"));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            let mut site = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut site).await?;
            Ok(())
        })
    });
    let seen = through(&site, &format!("https://{at}"), None);
    assert_eq!(body(&seen), b"{}");
    assert_eq!(seen.chain.len(), 2);
}

/// A SOCKS proxy that wants this login, carries to this port or replies so.
pub(crate) fn socks(
    port: u16,
    login: Option<&'static str>,
    reply: u8,
    asked: &Arc<Mutex<Vec<u8>>>,
) -> String {
    let asked = Arc::clone(asked);
    proxy(move |mut stream| {
        let bytes = |count: usize| -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; count];
            (&stream).read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let count = bytes(2)?[1];
        let methods = bytes(usize::from(count))?;
        if let Some(login) = login {
            if !methods.contains(&2) {
                return (&stream).write_all(&[5, 0xff]);
            }
            (&stream).write_all(&[5, 2])?;
            let user = bytes(2)?[1];
            let user = bytes(usize::from(user))?;
            let password = bytes(1)?[0];
            let password = bytes(usize::from(password))?;
            let came = [user, password].concat();
            let is_right = came == login.as_bytes();
            (&stream).write_all(&[1, u8::from(!is_right)])?;
            if !is_right {
                return Ok(());
            }
        } else {
            (&stream).write_all(&[5, 0])?;
        }
        let kind = bytes(4)?[3];
        let host = match kind {
            3 => {
                let count = bytes(1)?[0];
                bytes(usize::from(count))?
            }
            1 => bytes(4)?,
            _ => bytes(16)?,
        };
        bytes(2)?;
        *asked.lock().unwrap() = host;
        stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])?;
        match reply {
            0 => carry(&stream, port),
            _ => Ok(()),
        }
    })
}

#[test]
fn a_socks_proxy_is_given_names_and_a_password() {
    let site = site();
    let asked = Arc::default();
    let login = "iamp%41:@/ü";
    let at = socks(site.port(), Some(login), 0, &asked);
    let url = format!("socks5h://{at}");
    assert_eq!(body(&through(&site, &url, Some(("iam", PASSWORD)))), b"{}");
    assert_eq!(*asked.lock().unwrap(), b"a.example");
    for login in [None, Some(("iam", "wrong"))] {
        let words = format!("unreachable - the proxy {at}: it wants a user and a password");
        assert_eq!(said(&through(&site, &url, login)), words);
    }
}

#[test]
fn what_a_socks_proxy_replies_is_said() {
    let site = site();
    for (reply, words, side) in [
        (1, "it gave no way to the site", Side::Here),
        (2, "its rules do not allow this site", Side::Here),
        (4, "it cannot reach the site", Side::Provider),
        (5, "the site refused the connection", Side::Provider),
    ] {
        let at = socks(site.port(), None, reply, &Arc::default());
        let seen = through(&site, &format!("socks5h://{at}"), None);
        assert_eq!(
            said(&seen),
            format!("unreachable - the proxy {at}: {words}")
        );
        assert_eq!(failure(&seen).cause.side(), side);
    }
}

#[test]
fn a_socks_proxy_that_is_given_addresses_is_given_allowed_ones_only() {
    let site = site();
    let asked: Arc<Mutex<Vec<u8>>> = Arc::default();
    let at = socks(site.port(), None, 0, &asked);
    let settings = Settings {
        proxy: Some(Proxy {
            url: format!("socks5://{at}").parse().unwrap(),
            login: None,
        }),
        ..settings(&site)
    };
    // A name that resolves, without a resolver, to what is not public; it is not loopback by name.
    let Ok(name) = std::fs::read_to_string("/etc/hostname") else {
        return;
    };
    let url = format!("https://{}/", name.trim());
    let text = said(&observe_with(&settings, request(&url, "provider.example")));
    let is_kept_out = text.starts_with("blocked") || text.starts_with("unresolved");
    assert!(is_kept_out, "{text}");
    assert!(asked.lock().unwrap().is_empty(), "the proxy was not asked");
}
