//! One attempt at a receiver that does all a mail server can do: what is made of it, and how soon.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use issuerwatch::meaning::provider::Secret;
use issuerwatch::policy::webhook::{Obstacle, PostResult};
use issuerwatch::webhook::{Post, Receiver as Settings, Sender};

use crate::support::receiver::{Act, Receiver};
use crate::support::site::Certificate;

/// What is made of one post, in words.
pub(super) fn said(settings: &Settings) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let sender = Sender::new(settings).unwrap();
    let post = Post {
        id: "msg_1",
        at: "2026-11-27T12:00:00Z".parse().unwrap(),
        media_type: "application/json",
        body: "{}",
    };
    match runtime.block_on(sender.post(post)) {
        PostResult::Sent { reply } => format!("sent: {reply}"),
        PostResult::Refused { reason } => format!("refused: {reason}"),
        PostResult::Deferred {
            reason,
            why,
            retry_at,
        } => {
            let why = match why {
                Obstacle::Receiver => "passing",
                Obstacle::Standing => "standing",
            };
            let until = retry_at
                .map(|at| format!(" until {at}"))
                .unwrap_or_default();
            format!("{why}{until}: {reason}")
        }
    }
}

pub(super) fn at(receiver: &Receiver) -> Settings {
    Settings {
        url: Secret::new(format!("{}/s3cret-path?token=s3cret-token", receiver.url)),
        key: None,
        headers: vec![(
            "authorization".to_owned(),
            Secret::new("s3cret-header".to_owned()),
        )],
        ca_file: Some(receiver.ca_file.clone()),
        proxy: None,
        deadline: Duration::from_millis(1500),
    }
}

fn said_of(act: Act) -> String {
    let receiver = Receiver::start();
    receiver.does(act);
    let said = said(&at(&receiver));
    let place = receiver.url.strip_prefix("http://").unwrap();
    said.replace(place, "HOST")
}

#[test]
fn a_success_is_one_whatever_comes_after_its_status() {
    for act in [
        Act::Say(200, "", "fine"),
        Act::Say(202, "", ""),
        Act::DropAfterHeaders(200),
        Act::DripBody(200),
        Act::Endless(204),
    ] {
        assert!(said_of(act.clone()).starts_with("sent: HTTP 20"), "{act:?}");
    }
}

#[test]
fn a_receiver_that_is_away_or_broken_is_tried_again_and_nothing_lasts_longer_than_the_deadline() {
    let silent = "passing: HOST did not answer within 1.5 s";
    let ended = "passing: HOST ended the connection before it answered";
    for (act, expected) in [
        (Act::Hang, silent),
        (Act::Drip, silent),
        (Act::Drop, ended),
        (Act::DropEarly, ended),
        (Act::Nonsense, "passing: HOST does not speak HTTP/1.1"),
        (
            Act::EndlessHeaders,
            "passing: HOST answers with too many or too long headers",
        ),
        (Act::Say(500, "", ""), "passing: HTTP 500"),
        (Act::DropAfterHeaders(500), "passing: HTTP 500: half a w"),
        (
            Act::Say(503, "retry-after: 90\r\n", ""),
            "passing until 2026-11-27T12:01:30Z: HTTP 503",
        ),
        (
            Act::Say(429, "retry-after: 99999999\r\n", ""),
            "passing until 2026-11-28T12:00:00Z: HTTP 429",
        ),
        (Act::Say(408, "", ""), "passing: HTTP 408"),
        (Act::Say(425, "", ""), "passing: HTTP 425"),
    ] {
        assert_eq!(said_of(act.clone()), expected, "{act:?}");
    }
    let said = said_of(Act::Endless(500));
    assert!(
        said.starts_with("passing: HTTP 500: xxxx") && said.len() < 300,
        "{said}"
    );
    assert_eq!(
        said_of(Act::DripBody(500)).split("xx").next(),
        Some("passing: HTTP 500: ")
    );
}

#[test]
fn what_somebody_must_mend_is_told_from_what_passes_and_only_gone_is_refused() {
    for (act, expected) in [
        (Act::Say(410, "", ""), "refused: HTTP 410"),
        (Act::Say(404, "", ""), "standing: HTTP 404"),
        (
            Act::Say(
                401,
                "content-type: text/plain\r\n",
                "no s3cret-header here\u{1b}[2J",
            ),
            "standing: HTTP 401: no ... here<U+001B>[2J",
        ),
        (
            Act::Say(400, "content-type: text/html\r\n", "<p>"),
            "standing: HTTP 400",
        ),
        (
            Act::Say(302, "location: https://elsewhere.example/s3cret\r\n", ""),
            "standing: HTTP 302: a redirect to elsewhere.example is not followed",
        ),
        (
            Act::Say(308, "location: /other\r\n", ""),
            "standing: HTTP 308: a redirect to HOST is not followed",
        ),
    ] {
        assert_eq!(said_of(act.clone()), expected, "{act:?}");
    }
}

#[test]
fn a_receiver_that_cannot_prove_who_it_is_is_not_posted_to() {
    for (certificate, words) in [
        (Certificate::Expired, "has expired"),
        (Certificate::NotYetValid, "is not valid yet"),
        (Certificate::WrongName, "is for another name"),
        (Certificate::SelfSigned, "is not signed by a trusted CA"),
    ] {
        let receiver = Receiver::protected(certificate);
        let said = said(&at(&receiver));
        assert!(said.starts_with("standing: the certificate of"), "{said}");
        assert!(said.contains(words), "{said}");
        assert!(receiver.requests().is_empty(), "{certificate:?}");
    }
    let receiver = Receiver::protected(Certificate::Valid);
    assert_eq!(said(&at(&receiver)), "sent: HTTP 204");
    // Something that listens there and has never heard of TLS.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let mut settings = at(&receiver);
    settings.url = Secret::new(format!("https://127.0.0.1:{port}/s3cret"));
    let expected = format!("standing: 127.0.0.1:{port} does not speak TLS on this port");
    assert_eq!(said(&settings), expected);
    plain.join().unwrap();
    settings.url = Secret::new(format!("http://127.0.0.1:{port}/s3cret"));
    let expected = format!("passing: 127.0.0.1:{port} refuses the connection");
    assert_eq!(said(&settings), expected);
}
