//! What may come back: bodies that lie about themselves, statuses, validators.

use std::io::{Read as _, Write as _};

use issuerwatch::document::observation::{Outcome, Validators};
use issuerwatch::meaning::provider::Secret;

use super::{body, get, observe, request, said};
use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

#[test]
fn every_poll_is_a_new_client() {
    let site = Site::tls();
    site.answer(Reply::json("{}").etag("\"a\""));
    assert_eq!(body(&get(&site, "/")), b"{}");
    let settings = super::settings(&site);
    let fetcher = issuerwatch::fetch::Fetcher::new(&settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for _ in 0..3 {
        let url = site.url("/");
        let asked = fetcher.observe(request(&url, "127.0.0.1"), || jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(body(&runtime.block_on(asked)), b"{}");
    }
    let seen = site.requests();
    let connections: std::collections::BTreeSet<usize> =
        seen.iter().map(|seen| seen.connection).collect();
    assert_eq!(connections.len(), 4, "no connection is kept");
    assert!(
        seen.iter().all(|seen| !seen.resumed),
        "no session is resumed"
    );
    assert_eq!(seen[0].header("user-agent"), Some("issuerwatch/test"));
    let accepted = "application/json, application/jwk-set+json, */*;q=0.1";
    assert_eq!(seen[0].header("accept"), Some(accepted));
    assert_eq!(seen[0].header("accept-encoding"), Some("gzip"));
    assert_eq!(seen[0].header("if-none-match"), None);
}

#[test]
fn a_compressed_body_is_read_and_a_bomb_is_not() {
    let site = Site::plain();
    site.serve("/gzip", Reply::json("{\"issuer\":\"x\"}").gzip());
    site.serve("/bomb", Reply::bomb(64));
    site.serve(
        "/no-gzip",
        Reply::json("{}").header("content-encoding", "gzip"),
    );
    assert_eq!(body(&get(&site, "/gzip")), b"{\"issuer\":\"x\"}");
    assert_eq!(
        said(&get(&site, "/bomb")),
        "too-large 200 the body is larger than 1 MiB"
    );
    assert_eq!(
        said(&get(&site, "/no-gzip")),
        "not-json 200 the body is not the gzip that Content-Encoding says it is"
    );
}

#[test]
fn a_body_may_be_as_large_as_the_cap_and_no_larger() {
    let site = Site::plain();
    site.serve("/most", Reply::of("application/json", &vec![b' '; 1 << 20]));
    site.serve(
        "/more",
        Reply::of("application/json", &vec![b' '; (1 << 20) + 1]),
    );
    site.serve("/endless", Reply::json("").endless());
    assert_eq!(body(&get(&site, "/most")).len(), 1 << 20);
    for path in ["/more", "/endless"] {
        assert_eq!(
            said(&get(&site, path)),
            "too-large 200 the body is larger than 1 MiB"
        );
    }
}

#[test]
fn an_answer_that_is_cut_off_is_never_taken_for_a_document() {
    let site = Site::tls();
    site.serve("/cut", Reply::json("{\"a\":1}").cut_in_body());
    site.serve("/long", Reply::json("{}").content_length(100));
    site.serve("/chunks", Reply::json("{}").broken_chunks());
    site.serve("/none", Reply::json("{}").hang_up());
    for path in ["/cut", "/long", "/chunks"] {
        let text = said(&get(&site, path));
        assert!(
            text.starts_with("unreachable 200 the answer was cut off or is not as announced"),
            "{path}: {text}"
        );
    }
    let text = said(&get(&site, "/none"));
    assert!(text.starts_with("unreachable - "), "{text}");
}

#[test]
fn a_length_that_is_too_short_cuts_the_body() {
    let site = Site::plain();
    site.serve("/", Reply::json("{\"a\":1}").content_length(3));
    assert_eq!(body(&get(&site, "/")), b"{\"a", "and that is not JSON");
}

#[test]
fn every_other_status_is_a_failure_that_names_it() {
    let site = Site::plain();
    for status in [
        201, 204, 206, 300, 305, 401, 403, 404, 410, 429, 500, 502, 503,
    ] {
        site.answer(Reply::status(status));
        assert_eq!(
            said(&get(&site, "/")),
            format!("status {status} HTTP {status}")
        );
    }
}

#[test]
fn gzip_is_read_by_both_its_names_and_other_codings_are_named() {
    let site = Site::plain();
    site.serve(
        "/x",
        Reply::json("{}")
            .gzip()
            .header("content-encoding", "x-gzip"),
    );
    assert_eq!(body(&get(&site, "/x")), b"{}");
    for coding in ["br", "deflate", "zstd"] {
        let reply = Reply::json("{}").header("content-encoding", coding);
        site.serve("/x", reply);
        let words =
            format!("not-json 200 the body is encoded as {coding}; only gzip was asked for");
        assert_eq!(said(&get(&site, "/x")), words);
    }
}

#[test]
fn as_many_headers_are_read_as_a_server_may_send_and_no_more() {
    let site = Site::plain();
    let with = |count: usize| {
        let add = |reply: Reply, n: usize| reply.header(&format!("x-{n}"), "v");
        (0..count).fold(Reply::json("{}"), add)
    };
    site.answer(with(400));
    assert_eq!(body(&get(&site, "/")), b"{}");
    site.answer(with(600));
    assert_eq!(
        said(&get(&site, "/")),
        "too-large - more than 512 response headers, or too long ones"
    );
}

#[test]
fn what_is_no_http_is_said_to_be_none() {
    for bytes in [
        // HTTP/2 without asking, SSH, SMTP.
        &b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"[..],
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"220 mx.example ESMTP\r\n",
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 1_024]).unwrap() > 0);
            stream.write_all(bytes).unwrap();
        });
        let text = said(&observe(&Site::plain(), request(&url, "127.0.0.1")));
        let words = "unreachable - what answers does not speak HTTP/1.1";
        assert!(text.starts_with(words), "{text}");
        server.join().unwrap();
    }
}

#[test]
fn who_speaks_before_he_is_asked_does_not_speak_http() {
    for bytes in [&b"SSH-2.0-OpenSSH_9.6\r\n"[..], b"220 mx.example ESMTP\r\n"] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(bytes).unwrap();
            std::io::copy(&mut stream, &mut std::io::sink()).ok();
        });
        let text = said(&observe(&Site::plain(), request(&url, "127.0.0.1")));
        let words = "unreachable - what answers does not speak HTTP/1.1";
        assert!(text.starts_with(words), "{text}");
        server.join().unwrap();
    }
}

#[test]
fn a_refusal_says_what_its_page_says_and_never_what_we_sent() {
    let site = Site::plain();
    let page = |status: u16, media_type: &str, body: &str| {
        Reply::of(media_type, body.as_bytes()).with_status(status)
    };
    let html = "<html><head><title>Just a moment...\u{1b}</title></head>";
    site.answer(page(403, "text/html; charset=utf-8", html));
    assert_eq!(
        said(&get(&site, "/")),
        "status 403 HTTP 403, \"Just a moment...<U+001B>\""
    );
    site.answer(page(403, "text/plain", "error code: 1010"));
    assert_eq!(
        said(&get(&site, "/")),
        "status 403 HTTP 403, \"error code: 1010\""
    );
    site.answer(page(401, "application/json", "{\"error\":\"k-1\"}"));
    assert_eq!(said(&get(&site, "/")), "status 401 HTTP 401");
    let headers = [("x-api-key".to_owned(), Secret::new("k-1".to_owned()))];
    site.answer(page(401, "text/plain", "no such key: k-1"));
    let url = site.url("/");
    let asked = issuerwatch::fetch::Request {
        headers: &headers,
        ..request(&url, "127.0.0.1")
    };
    assert_eq!(said(&observe(&site, asked)), "status 401 HTTP 401");
    site.answer(page(403, "text/html", html).stall_in_body());
    let stalled = get(&site, "/");
    assert_eq!(said(&stalled), "status 403 HTTP 403");
}

#[test]
fn a_server_that_asks_to_wait_is_shown_with_its_time() {
    let site = Site::plain();
    site.answer(Reply::status(429).header("retry-after", "3600"));
    let observation = get(&site, "/");
    assert_eq!(
        said(&observation),
        "status 429 HTTP 429, asked to wait until 01:00 UTC (Retry-After)"
    );
    let until = super::failure(&observation).retry_after.unwrap();
    assert_eq!(until.to_string(), "1970-01-01T01:00:00Z");
    site.answer(Reply::status(500).header("retry-after", "3600"));
    assert_eq!(super::failure(&get(&site, "/")).retry_after, None);
}

#[test]
fn an_observation_is_as_old_as_its_answer() {
    let site = Site::plain();
    site.answer(Reply::json("{}"));
    let settings = issuerwatch::fetch::Settings {
        per_host: 1,
        ..super::settings(&site)
    };
    let fetcher = issuerwatch::fetch::Fetcher::new(&settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // As many seconds as requests were answered.
    let clock = || {
        let seconds = i64::try_from(site.requests().len()).unwrap();
        jiff::Timestamp::from_second(seconds).unwrap()
    };
    let url = site.url("/");
    let one = || fetcher.observe(request(&url, "127.0.0.1"), clock);
    let (first, second) = runtime.block_on(async { tokio::join!(one(), one()) });
    assert_eq!((first.at.as_second(), second.at.as_second()), (1, 2));
}

#[test]
fn a_304_counts_only_if_it_was_asked_for() {
    let site = Site::plain();
    site.answer(Reply::status(304));
    assert_eq!(
        said(&get(&site, "/")),
        "unexpected-not-modified 304 304 to a request that was not conditional"
    );
    let url = site.url("/");
    let nothing = Validators::default();
    let empty = issuerwatch::fetch::Request {
        validators: Some(&nothing),
        ..request(&url, "127.0.0.1")
    };
    assert!(said(&observe(&site, empty)).starts_with("unexpected-not-modified 304"));
    let known = Validators {
        etag: Some("\"a\"".to_owned()),
        last_modified: Some("Mon, 23 Nov 2026 02:15:04 GMT".to_owned()),
    };
    let asked = issuerwatch::fetch::Request {
        validators: Some(&known),
        ..request(&url, "127.0.0.1")
    };
    let observation = observe(&site, asked);
    assert_eq!(observation.outcome, Outcome::Unmodified);
    assert_eq!(observation.validators, known, "a 304 need not repeat them");
    let requests = site.requests();
    let seen = requests.last().unwrap();
    assert_eq!(seen.header("if-none-match"), Some("\"a\""));
    assert_eq!(
        seen.header("if-modified-since"),
        Some("Mon, 23 Nov 2026 02:15:04 GMT")
    );
}

#[test]
fn the_date_of_the_last_change_is_as_good_as_a_tag() {
    let site = Site::plain();
    let date = "Mon, 23 Nov 2026 02:15:04 GMT";
    site.answer(Reply::json("{}").last_modified(date));
    let first = get(&site, "/");
    assert_eq!(first.validators.last_modified.as_deref(), Some(date));
    let url = site.url("/");
    let asked = issuerwatch::fetch::Request {
        validators: Some(&first.validators),
        ..request(&url, "127.0.0.1")
    };
    assert_eq!(observe(&site, asked).outcome, Outcome::Unmodified);
}

#[test]
fn what_is_no_document_is_a_failure_with_its_own_words() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let cases: [(&[u8], &str); 7] = [
        (
            b"<!doctype html><title>Sign in</title>",
            "HTML instead of JSON",
        ),
        (b"{\"issuer\":\"\xff\xfe\"}", "not JSON"),
        (b"", "empty"),
        (b"[1]", "array"),
        (b"null", "null"),
        (b"{\"a\":1}{", "JSON"),
        (&[b'['; 100], "32"),
    ];
    for (bytes, words) in cases {
        site.answer(Reply::of("application/json", bytes));
        let (code, text) = program.said(&["check"]);
        assert_eq!(code, 4, "{text}");
        assert!(text.contains(words), "{words}: {text}");
    }
    site.answer(Reply::json(&document(&site.issuer)));
    assert_eq!(program.said(&["check"]).0, 0);
}
