//! A resource and what it leads to, exported and replayed: the same events, by the same hashes.

use serde_json::{Value, json};

use super::replay::history;
use super::resource::{bare, changes, resource, server, watched, watching};
use crate::support::program::Program;
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

const PATH: &str = "/.well-known/oauth-protected-resource";
const LIST: [&str; 6] = ["history", "--format", "jsonl", "--limit", "0", "--reverse"];

/// Replays the export of a program's store and checks that it has the same events; returns them.
fn same_when_replayed(program: &Program) -> Vec<Value> {
    let (code, exported) = program.said(&["history", "export"]);
    assert_eq!(code, 0, "{exported}");
    let events = program.said(&LIST).1;
    program.write("exported.jsonl", &exported);
    let (code, said) = program.said(&["replay", "exported.jsonl", "--into", "replayed.db"]);
    assert_eq!(code, 0, "{said}");
    let told = |events: &str| -> Vec<Value> {
        let events = events.lines().map(|it| serde_json::from_str(it).unwrap());
        events
            .map(|it: Value| {
                json!([
                    it["at"],
                    it["provider"],
                    it["document"],
                    it["kind"],
                    it["summary"],
                    it["hash"]
                ])
            })
            .collect()
    };
    let (first, again) = (told(&events), told(&history(program, "replayed.db", &LIST)));
    assert_eq!(first, again, "{exported}");
    assert_eq!(
        exported,
        history(program, "replayed.db", &["history", "export"])
    );
    first
}

#[test]
fn what_a_resource_leads_to_is_exported_and_replayed_under_the_same_names_and_hashes() {
    let (site, one, two) = (Site::tls(), Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    server(&one);
    server(&two);
    site.serve(PATH, resource(&site.issuer, &[&one.issuer]));
    assert_eq!(program.said(&["check"]).0, 0);
    let issuer = &one.issuer;
    let document = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/other"),
        "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"]});
    one.serve(
        "/.well-known/oauth-authorization-server",
        Reply::json(&document.to_string()),
    );
    site.serve(PATH, resource(&site.issuer, &[&one.issuer, &two.issuer]));
    assert_eq!(program.said(&["check"]).0, 3);
    let names = watched(&program);
    assert_eq!(names.len(), 5, "{names:?}");
    let told = same_when_replayed(&program);
    for name in [
        format!("oauth-authorization-server@{}", bare(&one)),
        format!("jwks@{}", bare(&two)),
    ] {
        assert!(names.contains(&name), "{names:?}");
        assert!(told.iter().any(|it| it[2] == name.as_str()), "{told:?}");
    }
    // The other store is asked by the same names.
    program.point_at("replayed.db");
    let target = format!("mcp/oauth-authorization-server@{}", bare(&one));
    let (code, said) = program.said(&["history", "blame", &target, "token_endpoint"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("/other"), "{said}");
}

#[test]
fn a_server_is_a_stranger_only_on_a_domain_that_its_list_never_named() {
    let site = Site::tls();
    let more =
        "documents = [\"oauth-protected-resource\"]\ndamping = false\nfailures_before_alert = 90";
    let program = watching(&site, "", more);
    let own = site.issuer.clone();
    // Nobody is led to these, so nothing is asked of them.
    let (one, two) = ("https://10.0.0.1", "https://10.0.0.2");
    server(&site);
    let mut rules = Vec::new();
    for servers in [
        vec![own.as_str()],
        vec![&own, one],
        vec![&own],
        vec![&own, "https://10.0.0.1/other"],
        vec![],
        vec![one],
        vec![],
        vec![two],
        vec![&own],
    ] {
        let reply = match servers.as_slice() {
            [] => Reply::json(&json!({"resource": own}).to_string()),
            servers => resource(&own, servers),
        };
        site.serve(PATH, reply);
        program.said(&["check"]);
        let told = changes(&program).split_off(rules.len());
        rules.extend(told);
    }
    let told: Vec<&str> = rules
        .iter()
        .filter_map(|it| it.strip_prefix("authorization-server"))
        .collect();
    let document = "oauth-protected-resource";
    // What is taken away is less grave where that leads back to a state of a moment ago.
    let expected = [
        ("-added", "security"),
        ("-removed", "notice"),
        ("-added", "notice"),
        ("-removed", "breaking"),
        ("-added", "notice"),
        ("-removed", "notice"),
        ("-added", "security"),
        ("s-replaced", "breaking"),
    ];
    let expected = expected.map(|(rule, severity)| format!("{rule} {document} {severity}"));
    assert_eq!(told, expected);
    let replayed = same_when_replayed(&program);
    assert!(replayed.len() >= told.len());
}

#[test]
fn a_tick_of_a_daemon_in_which_a_resource_and_its_server_change_is_one_mail() {
    let (site, one) = (Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    program.configure("group_wait = \"0s\"", "group_wait = \"3s\"");
    server(&one);
    site.serve(PATH, resource(&site.issuer, &[&one.issuer]));
    let daemon = program.daemon();
    wait_until("all of it is known", || {
        let events = program.events();
        events
            .iter()
            .filter(|it| it["kind"] == "first-seen")
            .count()
            == 3
    });
    let issuer = &one.issuer;
    let document = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/other"),
        "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"]});
    let more = json!({"resource": site.issuer, "authorization_servers": [issuer],
        "bearer_methods_supported": []});
    one.serve(
        "/.well-known/oauth-authorization-server",
        Reply::json(&document.to_string()),
    );
    site.serve(PATH, Reply::json(&more.to_string()));
    wait_until("it is told", || !program.mails().is_empty());
    assert_eq!(daemon.terminate(), Some(0));
    let mails = program.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let words = ["token_endpoint", "bearer_methods_supported"];
    assert!(words.iter().all(|it| mails[0].contains(it)), "{}", mails[0]);
    let open: i64 = program
        .store()
        .query_row(
            "SELECT count(*) FROM alert WHERE mail_id IS NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(open, 0, "no other mail waits");
}

#[test]
fn an_outage_of_a_server_that_never_had_a_document_is_exported_and_replayed() {
    let (site, one) = (Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    site.serve(PATH, resource(&site.issuer, &[&one.issuer]));
    for _ in 0..4 {
        program.said(&["check"]);
    }
    let told = same_when_replayed(&program);
    assert!(told.iter().any(|it| it[3] == "failing"), "{told:?}");
}

#[test]
fn what_a_daemon_saw_of_a_server_that_comes_late_is_exported_and_replayed() {
    let (site, one) = (Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    site.serve(PATH, resource(&site.issuer, &[&one.issuer]));
    let daemon = program.daemon();
    let is_told = |kind: &str, times: usize| {
        wait_until("it is told", || {
            let events = program.events();
            events.iter().filter(|it| it["kind"] == kind).count() == times
        });
    };
    is_told("failing", 1);
    let more = json!({"resource": site.issuer, "authorization_servers": [&one.issuer], "scopes_supported": ["a"]});
    site.serve(PATH, Reply::json(&more.to_string()));
    is_told("changed", 1);
    server(&one);
    is_told("first-seen", 3);
    assert_eq!(daemon.terminate(), Some(0));
    let told = same_when_replayed(&program);
    assert!(told.iter().any(|it| it[3] == "recovered"), "{told:?}");
}

#[test]
fn a_document_that_two_fetches_saw_elsewhere_is_exported_with_the_time_of_the_second() {
    let site = Site::tls();
    let program = watching(&site, "", "documents = [\"oauth-protected-resource\"]");
    let document = || resource(&site.issuer, &[]);
    site.serve(PATH, document());
    assert_eq!(program.said(&["check"]).0, 0);
    site.serve("/moved", document());
    site.serve(PATH, Reply::status(302).header("Location", "/moved"));
    program.said(&["check"]);
    assert_eq!(
        changes(&program),
        ["redirect-changed oauth-protected-resource notice"]
    );
    same_when_replayed(&program);
}

/// Rule, document and state of each finding about an issuer that two write differently.
fn announced(program: &Program) -> Vec<String> {
    let mut told = Vec::new();
    for event in program.events() {
        for finding in event["findings"].as_array().unwrap() {
            if finding["rule"] == "issuer-announced-differently" {
                let document = event["document"].as_str().unwrap();
                told.push(format!("{document} {}", finding["state"].as_str().unwrap()));
            }
        }
    }
    told
}

#[test]
fn a_slash_that_a_resource_adds_and_corrects_is_told_with_its_list_and_replayed() {
    let (site, one) = (Site::tls(), Site::tls());
    let program = watching(&site, "", "damping = false");
    server(&one);
    let slashed = format!("{}/", one.issuer);
    let second = || {
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        since.as_secs()
    };
    for issuer in [&one.issuer, &slashed, &one.issuer] {
        site.serve(PATH, resource(&site.issuer, &[issuer]));
        program.said(&["check"]);
        // What a recording has in one second has no order.
        let then = second();
        wait_until("another second began", || second() > then);
    }
    let document = "oauth-protected-resource";
    assert_eq!(
        announced(&program),
        [format!("{document} new"), format!("{document} cured")]
    );
    let mails = program.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    let told = "that the server writes its issuer as";
    assert!(mails[0].contains(told), "{}", mails[0]);
    same_when_replayed(&program);
}

#[test]
fn what_a_server_of_a_resource_did_before_is_known_in_the_mail_about_it() {
    let program = Program::alone("issuer = \"https://unused.example\"");
    let body =
        json!({"issuer": "https://as.example", "token_endpoint": "https://as.example/token"});
    let line = |day: u32, minute: u32, seen: Value| {
        let mut line = json!({"at": format!("2026-11-{day:02}T10:{minute:02}:00Z"), "provider": "notes",
            "document": "oauth-authorization-server@as.example"});
        let seen = seen.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(seen);
        format!("{line}\n")
    };
    let failed = json!({"failure": {"kind": "status", "status": 503, "detail": "HTTP 503"}});
    let mut recording = line(1, 0, json!({"status": 200, "body": body.to_string()}));
    for day in [5, 9] {
        for minute in [0, 15, 30] {
            recording += &line(day, minute, failed.clone());
        }
        recording += &line(day, 45, json!({"unmodified": true}));
    }
    program.write("r.jsonl", &recording);
    let (code, said) = program.said(&["replay", "r.jsonl", "--mails", "told"]);
    assert_eq!(code, 0, "{said}");
    let third = program.read("told/00003.eml");
    let words = third.replace("=\r\n", "").replace("=\n", "");
    assert!(words.contains("It is the 2nd outage"), "{words}");
}

#[test]
fn a_server_of_a_resource_that_nobody_configured_must_be_what_it_is_called() {
    let program = Program::alone("issuer = \"https://unused.example\"");
    let line = |minute: u32, issuer: &str| {
        let body = json!({"issuer": issuer, "token_endpoint": "https://as.example/token"});
        let line = json!({"at": format!("2026-11-02T10:{minute:02}:00Z"), "provider": "notes",
            "document": "oauth-authorization-server@as.example", "status": 200, "body": body.to_string()});
        format!("{line}\n")
    };
    let recording = line(0, "https://as.example") + &line(1, "https://as.example/");
    program.write("r.jsonl", &recording);
    let (code, said) = program.said(&["replay", "r.jsonl", "--into", "replayed.db"]);
    assert_eq!(code, 0, "{said}");
    let events = history(&program, "replayed.db", &LIST);
    assert!(events.contains("issuer-announced-differently"), "{events}");
    assert!(!events.contains("issuer-mismatch"), "{events}");
}

#[test]
fn what_a_server_does_while_its_resource_drops_it_is_told_behind_that_or_not_at_all() {
    let (site, one, two) = (Site::tls(), Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    program.configure("group_wait = \"0s\"", "group_wait = \"2s\"");
    server(&one);
    server(&two);
    let both = [one.issuer.as_str(), two.issuer.as_str()];
    site.serve(PATH, resource(&site.issuer, &both));
    let daemon = program.daemon();
    let count = |kind: &str| {
        let events = program.events();
        events.iter().filter(|it| it["kind"] == kind).count()
    };
    wait_until("all of it is known", || count("first-seen") == 5);
    let issuer = &two.issuer;
    let document = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/other"),
        "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"]});
    site.serve(PATH, resource(&site.issuer, &both[..1]));
    two.serve(
        "/.well-known/oauth-authorization-server",
        Reply::json(&document.to_string()),
    );
    wait_until("it is told", || !program.mails().is_empty());
    wait_until("it is followed no more", || watched(&program).len() == 3);
    assert_eq!(daemon.terminate(), Some(0));
    let mails = program.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let subject = format!("Subject: [issuerwatch] mcp: authorization server {issuer} removed");
    let joined = mails[0].replace("\r\n ", " ");
    assert!(joined.contains(&subject), "{joined}");
}
