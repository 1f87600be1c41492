//! The chain that was verified is recorded; one that was not is never used.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::{get, observe, request, said};
use crate::support::program::{Program, document};
use crate::support::site::{Certificate, Reply, Site};

#[test]
fn the_chain_that_was_verified_is_part_of_the_observation() {
    let site = Site::tls();
    site.answer(Reply::json("{}"));
    let chain = get(&site, "/").chain;
    assert_eq!(chain.len(), 2, "leaf and CA: {chain:?}");
    for certificate in &chain {
        assert_eq!(certificate.sha256.len(), 64);
        assert_eq!(certificate.sha1.len(), 40);
        assert_eq!(certificate.issuer.as_deref(), Some("issuerwatch test CA"));
    }
    let expires_at = chain[0].expires_at.unwrap().to_string();
    assert_eq!(expires_at, "2099-03-04T00:00:00Z");
    assert_ne!(chain[0].sha256, chain[1].sha256);
    let plain = Site::plain();
    plain.answer(Reply::json("{}"));
    assert_eq!(get(&plain, "/").chain, []);
}

#[test]
fn the_chain_is_kept_with_what_is_known_of_the_target() {
    let site = Site::tls();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    site.answer(Reply::json(&document(&site.issuer)).etag("\"a\""));
    let chain = || {
        let path = program.folder.path().join("issuerwatch.db");
        let store = rusqlite::Connection::open(path).unwrap();
        let sql = "SELECT json_extract(state, '$.chain') FROM tracking_detail";
        let text: String = store.query_row(sql, [], |row| row.get(0)).unwrap();
        text
    };
    program.said(&["check"]);
    let first = chain();
    assert!(
        first.contains("\"issuer\":\"issuerwatch test CA\""),
        "{first}"
    );
    assert!(
        first.contains("\"expires_at\":\"2099-03-04T00:00:00Z\""),
        "{first}"
    );
    program.said(&["check"]);
    assert_eq!(chain(), first, "a 304 is shown the same chain");
    site.answer(Reply::status(503));
    program.said(&["check"]);
    assert_eq!(chain(), first, "a failure forgets nothing");
}

#[test]
fn a_certificate_that_is_refused_is_named() {
    let words = |certificate, host: &str| {
        let site = Site::with_certificate(certificate);
        site.answer(Reply::json("{}"));
        let url = site.url("/");
        let observation = observe(&site, request(&url, host));
        assert_eq!(observation.chain, []);
        assert!(site.requests().is_empty(), "nothing was asked");
        said(&observation)
    };
    let words = |certificate| words(certificate, "127.0.0.1");
    assert_eq!(
        words(Certificate::Expired),
        "tls - certificate expired on 2020-01-02"
    );
    assert_eq!(
        words(Certificate::NotYetValid),
        "tls - certificate is not valid before 2999-01-02"
    );
    assert_eq!(
        words(Certificate::WrongName),
        "tls - certificate is for a.example, b.example, not for 127.0.0.1"
    );
    assert_eq!(
        words(Certificate::Untrusted),
        "tls - certificate is not signed by a trusted CA (issued by \"nobody's CA\")"
    );
    assert_eq!(
        words(Certificate::SelfSigned),
        "tls - certificate is self-signed: no CA vouches for it; if you trust it, name it in ca_file"
    );
    assert_eq!(
        words(Certificate::SelfSignedCa),
        "tls - certificate is self-signed and a CA's own (CA:TRUE), not a server's: make one with \
         basicConstraints CA:FALSE, and name it or its CA in ca_file"
    );
}

#[test]
fn a_server_without_tls_is_no_server() {
    let site = Site::tls();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
    });
    let text = said(&observe(&site, request(&url, "127.0.0.1")));
    assert!(
        text.starts_with("tls - what answers does not speak TLS"),
        "{text}"
    );
    server.join().unwrap();
}

#[test]
fn a_server_that_hangs_up_in_the_handshake_cut_the_connection() {
    let site = Site::tls();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert!(stream.read(&mut [0; 16 << 10]).unwrap() > 0);
    });
    assert_eq!(
        said(&observe(&site, request(&url, "127.0.0.1"))),
        "unreachable - the connection was closed in the middle"
    );
    server.join().unwrap();
}
