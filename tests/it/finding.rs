//! Findings that take more than one document, or more than one body, to see.

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

#[test]
fn what_two_documents_show_together_is_shown_by_check() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let both = "[\"oauth-authorization-server\", \"openid-configuration\"]";
    let config = program.read("config.toml");
    let config = config.replace("[\"oauth-authorization-server\"]", both);
    program.write("config.toml", &config);
    site.answer(Reply::json(&document(&site.issuer)));
    let other = document(&site.issuer).replace("/oauth/token", "/token");
    let path = "/.well-known/openid-configuration";
    site.serve(path, Reply::json(&other));
    let (_, text) = program.said(&["check"]);
    let told = "archera/oauth-authorization-server and archera/openid-configuration\n  finding   \
        documents-disagree token_endpoint: ";
    assert!(text.contains(told), "{text}");
    site.serve(path, Reply::json(&document(&site.issuer)));
    assert!(!program.said(&["check"]).1.contains("documents-disagree"));
}

#[test]
fn a_name_that_stands_twice_is_told_though_the_values_are_the_same() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let good = document(&site.issuer);
    site.answer(Reply::json(&good));
    program.said(&["check"]);
    let split = good.replacen('{', "{\"token_endpoint\":\"https://b.example/t\",", 1);
    site.answer(Reply::json(&split));
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("duplicate-name-conflict"), "{text}");
    site.answer(Reply::json(&split.replace('}', " }")));
    assert!(program.said(&["check"]).1.contains("unchanged"));
    site.answer(Reply::json(&good));
    program.said(&["check"]);
    let events = program.events();
    assert_eq!(events.last().unwrap()["findings"][0]["state"], "cured");
}
