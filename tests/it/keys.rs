//! Key sets: followed where the metadata points, never with what they must not hold.

use serde_json::{Value, json};

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};
use super::support::wait_until;

const NEVER: &str = "0 0 1 1 *";

/// A point of P-256, and others that are as good as one for everybody but a signature.
pub(super) fn key(kid: &str, x: &str) -> Value {
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x,
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
}

pub(super) const X: [&str; 3] = [
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "g83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "h83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
];

pub(super) fn set(keys: &[Value]) -> Reply {
    Reply::json(&json!({ "keys": keys }).to_string())
}

/// A site with metadata and a key set, and a program that follows both.
pub(super) fn following() -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    program.configure(
        "documents = [\"oauth-authorization-server\"]",
        "documents = [\"oauth-authorization-server\", \"jwks\"]",
    );
    site.answer(Reply::json(&document(&site.issuer)));
    site.serve("/jwks.json", set(&[key("a", X[0])]));
    (site, program)
}

pub(super) fn rules(program: &Program) -> Vec<(String, Vec<String>)> {
    let rules = |event: &Value| -> Vec<String> {
        let all = ["changes", "findings"].map(|list| event[list].as_array().unwrap().clone());
        let rules = all
            .iter()
            .flatten()
            .map(|it| it["rule"].as_str().unwrap().to_owned());
        rules.collect()
    };
    let of_keys = |event: &&Value| event["document"] == "jwks";
    let events = program.events();
    events
        .iter()
        .filter(of_keys)
        .map(|event| (event["kind"].as_str().unwrap().to_owned(), rules(event)))
        .collect()
}

#[test]
fn a_key_set_is_found_by_the_metadata_in_one_check_and_its_keys_are_compared() {
    let (site, program) = following();
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("2 first seen"), "{said}");
    site.serve("/jwks.json", set(&[key("a", X[0]), key("b", X[1])]));
    assert_eq!(program.said(&["check", "--fail-on", "info"]).0, 3);
    site.serve("/jwks.json", set(&[key("b", X[1])]));
    program.said(&["check"]);
    site.serve("/jwks.json", set(&[key("b", X[1]), key("a", X[0])]));
    program.said(&["check"]);
    site.serve("/jwks.json", set(&[key("b", X[2]), key("a", X[0])]));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    let seen: Vec<String> = rules(&program)
        .into_iter()
        .map(|(_, rules)| rules.join(" "))
        .collect();
    assert_eq!(
        seen,
        [
            "",
            "key-added",
            "key-removed",
            "key-returned",
            "key-replaced"
        ]
    );
    // Ordinary rotation is not mailed; a key swapped under its kid is.
    let mails = program.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("(security)"), "{}", mails[0]);
}

#[test]
fn a_key_set_whose_metadata_is_not_known_is_not_polled_and_does_not_count_as_failed_poll() {
    let (site, program) = following();
    site.answer(Reply::status(503));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 4, "{said}");
    assert!(
        said.contains("waits   the metadata that names it has not been read"),
        "{said}"
    );
    assert!(
        site.requests()
            .iter()
            .all(|request| request.target != "/jwks.json")
    );
    assert_eq!(rules(&program), []);
}

#[test]
fn a_key_set_that_metadata_no_longer_names_is_no_outage() {
    let (site, program) = following();
    program.said(&["check"]);
    let unnamed = document(&site.issuer);
    let (start, rest) = unnamed.split_once("\"jwks_uri\":").unwrap();
    let (_, end) = rest.split_once(',').unwrap();
    site.answer(Reply::json(&format!("{start}{end}")));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("waits") && said.contains("the metadata names no jwks_uri"),
        "{said}"
    );
    for _ in 0..3 {
        assert_eq!(program.said(&["check"]).0, 0);
    }
    assert_eq!(rules(&program).len(), 1, "the metadata tells of it");
}

#[test]
fn a_key_set_that_failed_once_before_the_metadata_dropped_it_is_not_failing_for_ever() {
    let (site, program) = following();
    program.said(&["check"]);
    site.serve("/jwks.json", Reply::status(404));
    assert_eq!(program.said(&["check"]).0, 4);
    assert!(program.said(&["status"]).1.contains("failing"));
    let unnamed = document(&site.issuer);
    let (start, rest) = unnamed.split_once("\"jwks_uri\":").unwrap();
    let (_, end) = rest.split_once(',').unwrap();
    site.answer(Reply::json(&format!("{start}{end}")));
    program.said(&["check"]);
    let (code, said) = program.said(&["status"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("not named") && !said.contains("failing"),
        "{said}"
    );
}

#[test]
fn a_key_set_address_that_leads_inward_is_blocked() {
    let (site, program) = following();
    program.said(&["check"]);
    let elsewhere = document(&site.issuer).replace(
        &format!("{}/jwks.json", site.issuer),
        "https://169.254.169.254/keys",
    );
    site.answer(Reply::json(&elsewhere));
    let (code, said) = program.said(&["check", "--format", "json"]);
    assert_eq!(code, 3, "{said}");
    let documents: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(documents[1]["failure"]["kind"], "blocked", "{documents}");
}

#[test]
fn a_key_set_at_another_address_is_asked_for_without_the_validators_of_the_old_one() {
    let (site, program) = following();
    site.serve("/jwks.json", set(&[key("a", X[0])]).etag("\"one\""));
    program.said(&["check"]);
    site.answer(Reply::json(
        &document(&site.issuer).replace("/jwks.json", "/keys"),
    ));
    site.serve("/keys", set(&[key("a", X[0])]));
    program.said(&["check"]);
    let requests = site.requests();
    let asked = requests.iter().find(|request| request.target == "/keys");
    assert_eq!(asked.unwrap().header("if-none-match"), None);
    // The same keys at another address: the metadata tells of the move, the key set of nothing.
    assert_eq!(rules(&program).len(), 1);
}

#[test]
fn the_daemon_polls_a_key_set_as_soon_as_the_metadata_names_it() {
    let (site, program) = following();
    let daemon = program.daemon();
    wait_until("both are seen", || program.events().len() == 2);
    assert_eq!(rules(&program), [("first-seen".to_owned(), vec![])]);
    assert!(site.requests().len() >= 2);
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn private_key_members_are_told_of_at_once_and_kept_nowhere() {
    let (site, program) = following();
    program.said(&["check"]);
    let secrets = [
        "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T",
    ];
    let mut leaked = key("a", X[0]);
    leaked["d"] = json!(secrets[0]);
    let symmetric = json!({"kty": "oct", "kid": "s", "k": secrets[1]});
    site.serve("/jwks.json", set(&[leaked, symmetric]));
    let mut said = String::new();
    for args in [
        &["-v", "-v", "check"][..],
        &["history", "--format", "json"],
        &["history", "at", "archera/jwks", "2100-01-01"],
        &["history", "at", "archera/jwks", "2100-01-01", "--raw"],
        &["history", "export"],
        &["status", "--format", "json"],
    ] {
        let output = program.run(args);
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    let mails = program.mails();
    assert!(
        mails.iter().any(|mail| mail.contains("(security)")),
        "{said}"
    );
    assert!(said.contains("key-secret-published"), "{said}");
    for secret in secrets {
        assert!(!said.contains(secret));
        for name in files(program.folder.path()) {
            let bytes = std::fs::read(&name).unwrap();
            let is_there = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!is_there, "{}", name.display());
        }
    }
}

pub(super) fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
