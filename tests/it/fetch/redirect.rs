//! Redirects: how many, to where, and what is sent there.

use issuerwatch::fetch::Request;
use issuerwatch::meaning::provider::Secret;

use super::{body, get, observe, request, said};
use crate::support::site::{Reply, Site};

#[test]
fn three_redirects_are_followed_and_recorded_a_fourth_is_not() {
    let site = Site::tls();
    for (from, to, status) in [(0, 1, 301), (1, 2, 302), (2, 3, 307), (3, 4, 308)] {
        site.serve(
            &format!("/{from}"),
            Reply::redirect(status, &format!("{to}")),
        );
    }
    site.serve("/4", Reply::json("{}"));
    let observation = get(&site, "/1");
    assert_eq!(body(&observation), b"{}");
    assert_eq!(observation.url, Some(site.url("/1")));
    assert_eq!(observation.final_url, Some(site.url("/4")));
    let observation = get(&site, "/0");
    assert_eq!(
        said(&observation),
        "redirect 308 redirect 4 not followed: at most 3"
    );
    assert_eq!(observation.final_url, Some(site.url("/3")));
    site.serve("/loop", Reply::redirect(302, "/loop"));
    assert!(said(&get(&site, "/loop")).starts_with("redirect 302 redirect 4 not followed"));
    assert_eq!(get(&site, "/4").final_url, None);
}

#[test]
fn what_fails_after_a_redirect_says_where() {
    let site = Site::tls();
    site.serve("/a", Reply::redirect(302, "/b#top"));
    site.serve("/b", Reply::status(503));
    let observation = get(&site, "/a");
    let b = site.url("/b");
    let words = format!("status 503 HTTP 503, after a redirect to {b}");
    assert_eq!(said(&observation), words);
    assert_eq!(observation.final_url, Some(site.url("/b")));
    site.serve("/b", Reply::bomb(4));
    let observation = get(&site, "/a");
    assert_eq!(
        said(&observation),
        format!("too-large 200 the body is larger than 1 MiB, after a redirect to {b}")
    );
    assert_eq!(observation.final_url, Some(b));
    site.serve("/a", Reply::redirect(302, "https://127.0.0.1:1/"));
    let observation = get(&site, "/a");
    assert_eq!(
        said(&observation),
        "unreachable - connection refused, after a redirect to https://127.0.0.1:1/"
    );
    assert_eq!(
        observation.final_url.as_deref(),
        Some("https://127.0.0.1:1/")
    );
}

#[test]
fn a_redirect_that_cannot_be_followed_is_a_failure() {
    let site = Site::tls();
    let words = |location: &str| {
        site.serve("/a", Reply::redirect(302, location));
        said(&get(&site, "/a"))
    };
    assert_eq!(
        words("https://"),
        "redirect 302 redirect without a usable Location"
    );
    assert_eq!(
        words("https://user:pw@127.0.0.1/"),
        "redirect 302 redirect with a user name refused (host 127.0.0.1)"
    );
    assert_eq!(
        words("http://example.com/x"),
        "redirect 302 redirect to plain http refused (host example.com)"
    );
    assert_eq!(
        words("file:///etc/passwd"),
        "redirect 302 redirect to scheme file refused"
    );
    assert_eq!(
        words("javascript:alert(1)"),
        "redirect 302 redirect to scheme javascript refused"
    );
    site.serve("/a", Reply::status(302));
    assert_eq!(
        said(&get(&site, "/a")),
        "redirect 302 redirect without a usable Location"
    );
}

#[test]
fn plain_http_on_loopback_is_for_providers_on_loopback() {
    let (site, plain) = (Site::tls(), Site::plain());
    plain.answer(Reply::json("{}"));
    site.serve("/a", Reply::redirect(302, &plain.url("/x")));
    assert_eq!(
        body(&get(&site, "/a")),
        b"{}",
        "https to http on this machine"
    );
    let (url, allowed) = (site.url("/a"), ["127.0.0.1".to_owned()]);
    let elsewhere = Request {
        allow_hosts: &allowed,
        ..request(&url, "provider.example")
    };
    assert_eq!(
        said(&observe(&site, elsewhere)),
        "redirect 302 redirect to plain http refused (host 127.0.0.1)"
    );
    let url = plain.url("/x");
    let named_by_a_document = Request {
        url: &url,
        ..elsewhere
    };
    assert_eq!(
        said(&observe(&site, named_by_a_document)),
        "blocked - address to plain http refused (host 127.0.0.1)"
    );
}

#[test]
fn configured_headers_go_to_the_configured_host_and_no_further() {
    let (site, other) = (Site::tls(), Site::tls());
    site.serve("/same", Reply::redirect(302, "/end"));
    site.serve("/port", Reply::redirect(302, &other.url("/end")));
    site.serve("/name", Reply::redirect(302, &site.by_name("/end")));
    site.serve("/back", Reply::redirect(302, &other.url("/back")));
    other.serve("/back", Reply::redirect(302, &site.url("/end")));
    site.serve("/end", Reply::json("{}"));
    other.serve("/end", Reply::json("{}"));
    let headers = [("x-api-key".to_owned(), Secret::new("k-1".to_owned()))];
    let home = site.url("/");
    let keys = |url: &str, host: &str| {
        let before = (site.requests().len(), other.requests().len());
        let asked = Request {
            headers: &headers,
            home: &home,
            ..request(url, host)
        };
        assert_eq!(body(&observe(&site, asked)), b"{}");
        let mut sent = site.requests().split_off(before.0);
        sent.extend(other.requests().split_off(before.1));
        let sent = sent.iter().map(|seen| seen.header("x-api-key").is_some());
        sent.collect::<Vec<bool>>()
    };
    assert_eq!(keys(&site.url("/same"), "127.0.0.1"), [true, true]);
    assert_eq!(keys(&site.url("/port"), "127.0.0.1"), [true, false]);
    assert_eq!(
        keys(&other.url("/end"), "127.0.0.1"),
        [false],
        "another port is another server"
    );
    assert_eq!(keys(&site.url("/name"), "127.0.0.1"), [true, false]);
    assert_eq!(
        keys(&site.url("/back"), "127.0.0.1"),
        [true, false, false],
        "nor after a way back"
    );
    assert_eq!(
        keys(&site.by_name("/end"), "127.0.0.1"),
        [false],
        "a document may lead to another host"
    );
}
