//! Servers that hang at any step: one deadline covers them all.

use std::net::TcpListener;
use std::time::Duration;

use issuerwatch::document::observation::Observation;
use issuerwatch::fetch::Settings;

use super::{observe_with, request, said, settings};
use crate::support::site::{Reply, Site};

fn hurried(site: &Site, url: &str) -> Observation {
    let settings = Settings {
        timeout: Duration::from_millis(400),
        ..settings(site)
    };
    observe_with(&settings, request(url, "127.0.0.1"))
}

#[test]
fn a_server_that_never_shakes_hands_is_given_up() {
    let site = Site::tls();
    // The backlog takes the connection; nobody ever reads from it.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", mute.local_addr().unwrap());
    assert_eq!(
        said(&hurried(&site, &url)),
        "timeout - no answer within 0.4 s"
    );
}

#[test]
fn a_server_that_stalls_before_its_headers_is_given_up() {
    let site = Site::tls();
    site.serve("/", Reply::json("{}").stall_before_headers());
    let observation = hurried(&site, &site.url("/"));
    assert_eq!(said(&observation), "timeout - no answer within 0.4 s");
    assert_eq!(observation.chain.len(), 2, "its certificate was seen");
}

#[test]
fn a_server_that_stalls_in_its_body_is_given_up() {
    let site = Site::tls();
    site.serve("/", Reply::json("{\"a\":1}").stall_in_body());
    site.serve("/away", Reply::redirect(302, "/"));
    let observation = hurried(&site, &site.url("/away"));
    assert_eq!(
        said(&observation),
        format!(
            "timeout 200 only 3 bytes of the body within 0.4 s, after a redirect to {}",
            site.url("/")
        )
    );
    assert_eq!(observation.final_url, Some(site.url("/")));
    assert!(observation.elapsed_ms >= Some(400));
}

#[test]
fn redirects_do_not_prolong_the_deadline() {
    let site = Site::tls();
    site.serve("/a", Reply::redirect(302, "/b"));
    site.serve("/b", Reply::json("{}").stall_before_headers());
    let observation = hurried(&site, &site.url("/a"));
    let b = site.url("/b");
    assert_eq!(
        said(&observation),
        format!("timeout - no answer within 0.4 s, after a redirect to {b}")
    );
    assert_eq!(observation.final_url, Some(b));
}
