//! Webhooks and heartbeats behind a proxy.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use issuerwatch::meaning::provider::Secret;
use issuerwatch::webhook::{ProxyRoute, Receiver as Settings};

use super::{change, sender};
use crate::fetch::proxy::socks;
use crate::support::program::{Program, document};
use crate::support::proxy::{carry, head, proxy};
use crate::support::receiver::Receiver;
use crate::support::site::{Certificate, Reply, Site};
use crate::support::wait_until;

const LOGIN: &str = "iam:p%41:@/ü";

/// A receiver at `a.example`, which only a proxy can reach.
fn receiver() -> Receiver {
    Receiver::protected(Certificate::WrongName)
}

/// A proxy that leads there, and the requests that it was sent.
fn leading_to(receiver: &Receiver) -> (String, Arc<Mutex<Vec<String>>>) {
    let port = receiver.url.rsplit(':').next().unwrap().parse().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    let at = proxy(move |mut stream| {
        let head = head(&stream)?;
        let is_known = head.contains(&format!("Basic {}\r\n", STANDARD.encode(LOGIN)));
        kept.lock().unwrap().push(head);
        if !is_known {
            return stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        carry(&stream, port)
    });
    (at, asked)
}

fn through(receiver: &Receiver, proxy: &str, password: Option<&str>) -> Settings {
    Settings {
        url: Secret::new("https://a.example/s3cret".to_owned()),
        proxy: Some(ProxyRoute {
            url: proxy.parse().unwrap(),
            login: password.map(|it| ("iam".to_owned(), Secret::new(it.to_owned()))),
            ca_file: Some(receiver.ca_file.clone()),
        }),
        ca_file: None,
        ..sender::at(receiver)
    }
}

#[test]
fn a_receiver_is_asked_through_the_proxy_and_what_the_proxy_refuses_is_said_of_it() {
    let receiver = receiver();
    let (at, asked) = leading_to(&receiver);
    let url = format!("http://{at}");
    let (_, password) = LOGIN.split_once(':').unwrap();
    let sent = sender::said(&through(&receiver, &url, Some(password)));
    assert_eq!(sent, "sent: HTTP 204");
    assert_eq!(receiver.requests().len(), 1);
    let first = asked.lock().unwrap()[0].clone();
    assert!(first.starts_with("CONNECT a.example:443 HTTP/1.1\r\n"));
    let refused = sender::said(&through(&receiver, &url, None));
    let words = format!("passing: the proxy {at}: tunnel error: proxy authorization required");
    assert_eq!(refused, words);
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let gone = sender::said(&through(&receiver, &format!("http://{free}"), None));
    let words = format!("passing: the proxy {free} refuses the connection");
    assert_eq!(gone, words);
    let mut untrusted = through(&receiver, &url, Some(password));
    untrusted.proxy.as_mut().unwrap().ca_file = None;
    let words = format!(
        "standing: the certificate of a.example (through the proxy {at}) is not signed by a trusted CA: \
         name the CA's with ca_file in its [[webhook]]"
    );
    assert_eq!(sender::said(&untrusted), words);
}

#[test]
fn a_receiver_is_asked_through_a_socks_proxy() {
    let receiver = receiver();
    let port = receiver.url.rsplit(':').next().unwrap().parse().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let at = socks(port, None, 0, &asked);
    let sent = sender::said(&through(&receiver, &format!("socks5h://{at}"), None));
    assert_eq!(sent, "sent: HTTP 204");
    let at = socks(port, None, 5, &asked);
    let refused = sender::said(&through(&receiver, &format!("socks5h://{at}"), None));
    assert!(
        refused.starts_with(&format!("passing: the proxy {at}: ")),
        "{refused}"
    );
}

/// A program behind this proxy whose webhook and heartbeat are at `a.example`; `more` are lines of both.
fn behind(proxy: &str, receiver: &Receiver, more: &str) -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    site.answer(Reply::json(&document(&site.issuer)));
    let ca = receiver.ca_file.display();
    let fetch = format!(
        "[fetch]\nca_file = \"{ca}\"\nproxy = \"http://iam@{proxy}\"\n\
         proxy_password = {{ env = \"PROXY_PASSWORD\" }}\n"
    );
    let config = program.read("config.toml").replace("[fetch]\n", &fetch);
    let more = format!(
        "[[webhook]]\nurl = \"https://a.example/hook\"\n{more}\n\
         [heartbeat]\nurl = \"https://a.example/ping\"\n{more}\n"
    );
    program.write("config.toml", &format!("{config}{more}"));
    (site, program)
}

#[test]
fn webhooks_and_heartbeats_go_through_the_proxy_of_fetch_and_loopback_does_not() {
    let (receiver, near) = (receiver(), Receiver::start());
    let (at, asked) = leading_to(&receiver);
    let (site, program) = behind(&at, &receiver, "");
    super::add(&program, &near, "");
    let (_, password) = LOGIN.split_once(':').unwrap();
    let environment = [("PROXY_PASSWORD", password)];
    let daemon = program.daemon_with(&environment);
    wait_until("it beats", || !receiver.requests().is_empty());
    assert!(receiver.requests()[0].line.starts_with("GET /ping "));
    assert_eq!(daemon.terminate(), Some(0));
    let check = || {
        let mut command = program.command(&["check"]);
        command.envs(environment).output().unwrap().status.code()
    };
    check();
    change(&site);
    assert_eq!(check(), Some(3));
    let requests = receiver.requests();
    let is_post = |line: &str| line.starts_with("POST /hook ");
    assert!(requests.iter().any(|it| is_post(&it.line)), "{requests:?}");
    assert_eq!(near.requests().len(), 1);
    for head in asked.lock().unwrap().iter() {
        assert!(head.starts_with("CONNECT a.example:443 "), "{head}");
    }
}

#[test]
fn a_receiver_that_is_to_be_asked_directly_is() {
    let receiver = receiver();
    let (at, asked) = leading_to(&receiver);
    let (site, program) = behind(&at, &receiver, "proxy = false");
    let check = || {
        let mut command = program.command(&["check"]);
        command.env("PROXY_PASSWORD", "x").output().unwrap()
    };
    check();
    change(&site);
    check();
    assert!(asked.lock().unwrap().is_empty(), "a.example is no address");
    assert_eq!(super::listed(&program).len(), 1);
}
