//! Where things are: a resource that says itself where its metadata is, by the hint of its 401, and servers
//! that are looked for at several addresses.

use serde_json::json;

use super::resource::{bare, resource, watched, watching};
use crate::support::program::Program;
use crate::support::site::{Reply, Site};

const ONLY: &str = "documents = [\"oauth-protected-resource\"]";

/// The resource leads to this address from now on.
fn leads(site: &Site, to: &str) {
    let challenge = format!("Bearer resource_metadata=\"{to}\"");
    let reply = Reply::status(401).header("WWW-Authenticate", &challenge);
    site.serve("/mcp", reply);
}

fn kinds(program: &Program) -> Vec<String> {
    let events = program.events().into_iter();
    events
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_makes_a_request_conditional_stays_with_the_address_of_the_hint() {
    let site = Site::tls();
    let identity = format!("{}/mcp", site.issuer);
    let program = watching(&site, "/mcp", ONLY);
    leads(&site, &format!("{}/meta", site.issuer));
    site.serve("/meta", resource(&identity, &[]).etag("\"1\""));
    assert_eq!(program.said(&["check"]).0, 0);
    assert_eq!(program.said(&["check"]).0, 0);
    let requests = site.requests();
    assert!(requests.iter().filter(|it| it.target == "/meta").count() >= 2);
    for request in requests {
        assert_eq!(request.header("if-none-match"), None, "{request:?}");
    }
}

#[test]
fn a_hint_that_alternates_is_damped() {
    let site = Site::tls();
    let identity = format!("{}/mcp", site.issuer);
    let program = watching(&site, "/mcp", ONLY);
    for path in ["/one", "/two"] {
        site.serve(path, resource(&identity, &[]));
    }
    for poll in 0..12 {
        let path = if poll % 2 == 0 { "/one" } else { "/two" };
        leads(&site, &format!("{}{path}", site.issuer));
        program.said(&["check"]);
    }
    let kinds = kinds(&program);
    let count = |kind: &str| kinds.iter().filter(|it| *it == kind).count();
    assert_eq!((count("changed"), count("damped")), (11, 1), "{kinds:?}");
    assert_eq!(program.mails().len(), 3, "{:?}", program.mails());
}

#[test]
fn a_hint_that_alternates_within_a_poll_is_told_as_disagreement_and_no_storm() {
    let site = Site::tls();
    let identity = format!("{}/mcp", site.issuer);
    let program = watching(&site, "/mcp", ONLY);
    for path in ["/one", "/two"] {
        site.serve(path, resource(&identity, &[]));
    }
    let hint = |path: &str| {
        let challenge = format!("Bearer resource_metadata=\"{}{path}\"", site.issuer);
        Reply::status(401).header("WWW-Authenticate", &challenge)
    };
    site.serve_in_turn("/mcp", vec![hint("/one"), hint("/two")]);
    for _ in 0..12 {
        program.said(&["check"]);
    }
    assert!(program.mails().len() <= 3, "{:?}", program.mails());
}

#[test]
fn a_password_in_a_hint_is_kept_nowhere() {
    let site = Site::tls();
    let identity = format!("{}/mcp", site.issuer);
    let program = watching(&site, "/mcp", ONLY);
    site.serve("/meta", resource(&identity, &[]));
    leads(&site, &format!("{}/meta", site.issuer));
    assert_eq!(program.said(&["check"]).0, 0);
    let bare = site.issuer.strip_prefix("https://").unwrap();
    leads(&site, &format!("https://user:HUSHHUSHHUSH@{bare}/meta"));
    let mut said = vec![program.said(&["check"]).1];
    leads(&site, "https://user:HUSHHUSHHUSH@10.0.0.1/meta");
    for args in [
        &["check", "--format", "jsonl"][..],
        &["check"],
        &["status"],
        &["history", "--format", "jsonl"],
        &["history", "export"],
    ] {
        said.push(program.said(args).1);
    }
    said.extend(program.mails());
    for text in said {
        assert!(!text.contains("HUSH"), "{text}");
    }
    let store = std::fs::read(program.store_path()).unwrap();
    assert!(!store.windows(4).any(|part| part == b"HUSH"));
}

#[test]
fn a_server_that_was_away_when_it_was_named_is_looked_for_again() {
    let (site, one) = (Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    site.serve(
        "/.well-known/oauth-protected-resource",
        resource(&site.issuer, &[&one.issuer]),
    );
    one.answer(Reply::status(503));
    program.said(&["check"]);
    let called = |kind: &str| format!("{kind}@{}", bare(&one));
    assert!(watched(&program).contains(&called("oauth-authorization-server")));
    // Away is not elsewhere: it is asked at one address only.
    let before = one.requests().len();
    program.said(&["check"]);
    assert_eq!(one.requests().len(), before + 1);
    one.answer(Reply::status(404));
    let document = json!({"issuer": one.issuer, "token_endpoint": format!("{}/token", one.issuer)});
    one.serve(
        "/.well-known/openid-configuration",
        Reply::json(&document.to_string()),
    );
    // One poll sees that nothing is there, the next one of the resource looks for it.
    for _ in 0..3 {
        program.said(&["check"]);
    }
    let names = watched(&program);
    assert!(names.contains(&called("openid-configuration")), "{names:?}");
    assert!(
        !names.contains(&called("oauth-authorization-server")),
        "{names:?}"
    );
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 0, "{said}");
}
