//! How far a request may reach, checked on the address that is connected to.

use issuerwatch::fetch::{Proxy, Request, Settings};

use super::{body, observe, observe_with, request, said, settings};
use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

/// What a provider at `provider.example` is told when its site leads to `location`.
fn led_to(site: &Site, location: &str) -> String {
    site.serve("/", Reply::redirect(302, location));
    // By name, so that the site can be asked at all.
    let allowed = ["127.0.0.1".to_owned()];
    let url = site.url("/");
    let asked = Request {
        allow_hosts: &allowed,
        ..request(&url, "provider.example")
    };
    let observation = observe(site, asked);
    assert_eq!(observation.final_url, None, "nothing else was asked");
    said(&observation)
}

#[test]
fn a_redirect_inward_is_refused_in_every_disguise() {
    let site = Site::tls();
    for (location, address) in [
        ("https://10.0.0.5/", "10.0.0.5"),
        (
            "https://169.254.169.254/latest/meta-data",
            "169.254.169.254",
        ),
        ("https://2130706434/", "127.0.0.2"),
        ("https://0x7f.2/", "127.0.0.2"),
        ("https://100.64.1.1/", "100.64.1.1"),
        ("https://[::1]/", "::1"),
        ("https://[::ffff:10.0.0.5]/", "::ffff:10.0.0.5"),
        ("https://[64:ff9b::7f00:2]/", "64:ff9b::7f00:2"),
        ("https://[fe80::1]/", "fe80::1"),
        ("https://[fd00::1]/", "fd00::1"),
    ] {
        let expected = format!("blocked 302 address {address} is not public");
        assert_eq!(led_to(&site, location), expected, "{location}");
    }
}

#[test]
fn a_name_is_judged_by_the_address_it_resolves_to() {
    let site = Site::tls();
    let words = led_to(&site, &site.by_name("/x"));
    assert!(words.starts_with("blocked 302 address "), "{words}");
    assert!(
        words.ends_with(" of host localhost is not public"),
        "{words}"
    );
    let unknown = request("https://nowhere.invalid/", "provider.example");
    assert_eq!(
        said(&observe(&site, unknown)),
        "unresolved - name has no address"
    );
}

#[test]
fn a_host_that_allow_hosts_names_may_be_anywhere() {
    let site = Site::tls();
    site.serve("/x", Reply::json("{}"));
    site.serve("/", Reply::redirect(302, &site.by_name("/x")));
    let allowed = ["127.0.0.1".to_owned(), "LOCALHOST".to_owned()];
    let url = site.url("/");
    let asked = Request {
        allow_hosts: &allowed,
        ..request(&url, "provider.example")
    };
    let observation = observe(&site, asked);
    assert_eq!(body(&observation), b"{}");
    assert_eq!(observation.final_url, Some(site.by_name("/x")));
}

#[test]
fn a_provider_on_loopback_may_lead_to_loopback_but_not_inward() {
    let site = Site::tls();
    site.serve("/x", Reply::json("{}"));
    site.serve("/", Reply::redirect(302, &site.by_name("/x")));
    assert_eq!(body(&super::get(&site, "/")), b"{}");
    site.serve("/", Reply::redirect(302, "https://192.168.0.1/"));
    assert_eq!(
        said(&super::get(&site, "/")),
        "blocked 302 address 192.168.0.1 is not public"
    );
}

#[test]
fn an_address_out_of_a_document_is_no_more_trusted_than_a_redirect() {
    let site = Site::tls();
    for (url, expected) in [
        (
            "https://192.168.0.1/jwks",
            "address 192.168.0.1 is not public",
        ),
        (
            "http://provider.example/jwks",
            "address to plain http refused (host provider.example)",
        ),
        (
            "https://u@provider.example/",
            "address with a user name refused (host provider.example)",
        ),
        ("ftp://provider.example/", "address to scheme ftp refused"),
        ("/jwks", "the address is no URL"),
    ] {
        let words = said(&observe(&site, request(url, "provider.example")));
        assert_eq!(words, format!("blocked - {expected}"), "{url}");
    }
}

#[test]
fn a_key_set_at_another_host_gets_no_headers_and_one_inward_is_not_asked() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    program.configure(
        "documents = [\"oauth-authorization-server\"]",
        "documents = [\"oauth-authorization-server\", \"jwks\"]\nheaders = { x-tenant = \"acme\" }",
    );
    let at = |url: &str| {
        let own = format!("{}/jwks.json", site.issuer);
        Reply::json(&document(&site.issuer).replace(&own, url))
    };
    let elsewhere = site.by_name("/keys");
    site.answer(at(&elsewhere));
    site.serve("/keys", Reply::json("{\"keys\":[]}"));
    let (_, text) = program.said(&["check"]);
    assert!(text.contains("2 first seen"), "{text}");
    for seen in site.requests() {
        let is_home = seen.target != "/keys";
        assert_eq!(seen.header("x-tenant").is_some(), is_home, "{seen:?}");
    }
    site.answer(at("https://10.0.0.5/keys"));
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("address 10.0.0.5 is not public"), "{text}");
}

#[test]
fn through_a_proxy_literal_addresses_are_guarded_and_loopback_is_asked_directly() {
    let (site, proxy) = (Site::plain(), Site::plain());
    site.answer(Reply::json("{}"));
    proxy.answer(Reply::status(403));
    let through = Settings {
        proxy: Some(Proxy {
            url: proxy.issuer.parse().unwrap(),
            login: None,
        }),
        ..settings(&site)
    };
    let url = site.url("/");
    let observation = observe_with(&through, request(&url, "127.0.0.1"));
    assert_eq!(body(&observation), b"{}");
    assert!(proxy.requests().is_empty(), "loopback is this machine");
    let inward = request("https://10.0.0.5/", "provider.example");
    assert_eq!(
        said(&observe_with(&through, inward)),
        "blocked - address 10.0.0.5 is not public"
    );
    assert!(proxy.requests().is_empty());
    let named = request("https://provider.example/", "other.example");
    let at = proxy.issuer.trim_start_matches("http://");
    assert_eq!(
        said(&observe_with(&through, named)),
        format!("unreachable - the proxy {at} answered 403")
    );
    assert_eq!(proxy.requests()[0].target, "provider.example:443");
}
