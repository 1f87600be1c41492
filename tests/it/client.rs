//! Clients: who accepts a document, since when one refuses it, and what is mailed of that.

use serde_json::Value;

use super::resource::{resource, server, watching};
use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const NEVER: &str = "0 0 1 1 *";
const USES: &str = "[provider.uses]\nclients = [\"mcp\", \"mine\"]\n\
    [client.mine]\nrequires = [\"revocation_endpoint\"]\n";

fn watched(more: &str) -> (Site, Program) {
    let site = Site::plain();
    site.answer(Reply::json(&document(&site.issuer)));
    let program = Program::watching(&site, "", NEVER);
    let config = program.read("config.toml");
    program.write("config.toml", &format!("{config}{more}"));
    (site, program)
}

fn without_s256(site: &Site) -> String {
    document(&site.issuer).replace("[\"S256\"]", "[\"plain\"]")
}

/// What `clients` says of the document: verdict, since, and the members that are wrong.
fn opinion(program: &Program, client: &str) -> (String, String, Vec<String>) {
    let (_, text) = program.said(&["clients", "--format", "json"]);
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let one = all.iter().find(|line| line["client"] == client).unwrap();
    assert_eq!(one["provider"], "archera");
    assert_eq!(one["document"], "oauth-authorization-server");
    let text = |name: &str| one[name].as_str().unwrap().to_owned();
    let reasons = one["reasons"].as_array().unwrap();
    let member = |it: &Value| {
        let has = |name: &str| !it[name].as_str().unwrap().is_empty();
        assert!(has("demand") && has("source"), "{it}");
        it["member"].as_str().unwrap().to_owned()
    };
    let members = reasons.iter().map(member).collect();
    (text("verdict"), text("since"), members)
}

fn findings(program: &Program) -> Vec<(String, String)> {
    let events = program.events();
    let all = events
        .iter()
        .filter_map(|event| event["findings"].as_array());
    let of_clients = all.flatten().filter(|it| it["rule"] == "client-refuses");
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    of_clients
        .map(|it| (text(it, "client"), text(it, "state")))
        .collect()
}

#[test]
fn every_stored_document_is_judged_by_every_client_also_by_one_that_nobody_uses() {
    let (site, program) = watched("[client.mine]\nhttps = true\nissuer_matches = true\n");
    program.said(&["check"]);
    let (verdict, since, members) = opinion(&program, "mine");
    assert_eq!((verdict.as_str(), members), ("accepts", Vec::new()));
    assert_eq!(opinion(&program, "mcp").0, "accepts");
    site.answer(Reply::json(&without_s256(&site)));
    program.said(&["check"]);
    let (verdict, later, members) = opinion(&program, "mcp");
    assert_eq!(verdict, "refuses");
    assert_eq!(members, ["code_challenge_methods_supported"]);
    assert!(later >= since);
    assert_eq!(
        opinion(&program, "mine"),
        ("accepts".to_owned(), since, vec![])
    );
    assert_eq!(findings(&program), []);
    let (code, text) = program.said(&["clients", "archera"]);
    assert_eq!(code, 0);
    let told = "  mcp: code_challenge_methods_supported does not list S256 (MCP authorization ";
    assert!(text.contains(told), "{text}");
    assert!(text.lines().next().unwrap().ends_with("mine"), "{text}");
    let (_, text) = program.said(&["clients", "mcp", "--at", "2001-01-01"]);
    assert!(!text.contains("accepts"), "nothing was known then: {text}");
    let (code, text) = program.said(&["clients", "nobody"]);
    assert_eq!((code, text.as_str()), (2, ""));
}

#[test]
fn what_a_client_demands_reaches_the_terminal_and_mails_harmless() {
    let used = "[provider.uses]\nclients = [\"mine\"]\n[client.mine]\n\
        contains = { grant_types_supported = [\"urn:x\\u001b[2J\\u202e\"] }\n";
    let (_site, program) = watched(used);
    for asked in [&["check"][..], &["clients", "mine"], &["status"]] {
        let (_, text) = program.said(asked);
        let told = "grant_types_supported does not list urn:x<U+001B>[2J<U+202E>";
        assert!(text.contains(told), "{asked:?} {text}");
    }
}

#[test]
fn a_client_that_is_used_and_refuses_what_it_accepted_is_mailed_and_so_is_the_end_of_it() {
    let (site, program) = watched(USES);
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 0);
    assert!(
        text.contains("client-refuses"),
        "shown from the start: {text}"
    );
    assert_eq!((findings(&program), program.mails().len()), (vec![], 0));
    let without =
        document(&site.issuer).replace("\"code_challenge_methods_supported\":[\"S256\"],", "");
    site.answer(Reply::json(&without));
    let (code, _) = program.said(&["check"]);
    assert_eq!(code, 3);
    let told = |client: &str, state: &str| (client.to_owned(), state.to_owned());
    assert_eq!(findings(&program), [told("mcp", "new")]);
    let mails = program.mails();
    assert_eq!(mails.len(), 1, "with the change");
    assert!(mails[0].contains("mcp refuses it"), "{}", mails[0]);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    assert_eq!(
        findings(&program),
        [told("mcp", "new"), told("mcp", "cured")]
    );
    assert!(
        program
            .mails()
            .iter()
            .any(|mail| mail.contains("mcp accepts it now"))
    );
}

#[test]
fn a_client_that_refuses_for_one_more_reason_refuses_as_before() {
    let (site, program) = watched(USES);
    site.answer(Reply::json(&without_s256(&site)));
    program.said(&["check"]);
    let worse = without_s256(&site).replace(
        &format!("\"token_endpoint\":\"{}", site.issuer),
        "\"token_endpoint\":\"http://elsewhere.example",
    );
    site.answer(Reply::json(&worse));
    program.said(&["check"]);
    assert_eq!(opinion(&program, "mcp").2.len(), 2);
    assert_eq!(findings(&program), []);
}

#[test]
fn another_configuration_is_no_change_of_the_provider() {
    let (site, program) = watched("");
    site.answer(Reply::json(&without_s256(&site)));
    program.said(&["check"]);
    let config = program.read("config.toml");
    // A client that refuses is declared: the document stands still.
    program.write("config.toml", &format!("{config}{USES}"));
    let (code, text) = program.said(&["check"]);
    assert_eq!((code, findings(&program)), (0, vec![]), "{text}");
    assert!(
        program
            .said(&["status"])
            .1
            .contains("mcp refuses the document")
    );
    // What it demands is another thing now, and the document another one.
    let demands = USES.replace("revocation_endpoint", "introspection_endpoint");
    program.write("config.toml", &format!("{config}{demands}"));
    let more = without_s256(&site).replace("billing:write", "billing:all");
    site.answer(Reply::json(&more));
    program.said(&["check"]);
    assert_eq!(findings(&program), []);
    // It is met by the next document: that is the provider's doing.
    let met = more.replace(
        "\"jwks_uri\"",
        "\"introspection_endpoint\":\"https://a.example/i\",\"jwks_uri\"",
    );
    site.answer(Reply::json(&met));
    program.said(&["check"]);
    let cured = ("mine".to_owned(), "cured".to_owned());
    assert_eq!(findings(&program), [cured]);
    // That it is no longer declared, neither.
    program.write("config.toml", &config);
    program.said(&["check"]);
    assert_eq!(findings(&program).len(), 1);
}

#[test]
fn a_server_to_which_a_resource_led_is_judged_by_the_name_that_the_resource_gives_it() {
    let (site, one) = (Site::tls(), Site::tls());
    let program = watching(&site, "", "[client.exact]\nissuer_matches = true");
    server(&one);
    let verdicts = || -> Vec<(String, String)> {
        let (_, text) = program.said(&["clients", "exact", "--format", "json"]);
        let all: Vec<Value> = serde_json::from_str(&text).unwrap();
        let of_server = all
            .iter()
            .filter(|it| it["document"].as_str().unwrap().contains("server@"));
        let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        of_server
            .map(|it| (text(it, "document"), text(it, "verdict")))
            .collect()
    };
    let path = "/.well-known/oauth-protected-resource";
    for (issuer, verdict) in [
        (one.issuer.clone(), "accepts"),
        (format!("{}/", one.issuer), "refuses"),
    ] {
        site.serve(path, resource(&site.issuer, &[&issuer]));
        program.said(&["check"]);
        let name = format!(
            "oauth-authorization-server@{}",
            issuer.strip_prefix("https://").unwrap()
        );
        let found = verdicts();
        assert!(found.contains(&(name, verdict.to_owned())), "{found:?}");
    }
}
