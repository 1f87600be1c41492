//! Findings that take more than one document, or more than one body, to see.

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

#[test]
fn what_two_documents_show_together_is_shown_by_check_and_status() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let both = "[\"oauth-authorization-server\", \"openid-configuration\"]";
    let config = program
        .read("config.toml")
        .replace("[\"oauth-authorization-server\"]", both);
    program.write("config.toml", &config);
    site.answer(Reply::json(&document(&site.issuer)));
    // That the token endpoints differ is an event at the second poll of both, so it is told there alone.
    let other = document(&site.issuer)
        .replace("/oauth/token", "/token")
        .replace("\"billing:write\",", "");
    let path = "/.well-known/openid-configuration";
    site.serve(path, Reply::json(&other));
    let (_, text) = program.said(&["check"]);
    let told = "archera/oauth-authorization-server and archera/openid-configuration\n  finding   \
        documents-disagree scopes_supported: ";
    assert!(text.contains(told), "{text}");
    assert!(
        !text.contains("documents-disagree token_endpoint"),
        "{text}"
    );
    let (_, text) = program.said(&["status"]);
    let told = "archera/oauth-authorization-server and archera/openid-configuration\n  ";
    assert!(text.contains(told), "{text}");
    assert!(
        text.contains(": documents-disagree scopes_supported\n"),
        "{text}"
    );
    let (_, text) = program.said(&["status", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json["related"][0]["findings"][0]["rule"],
        "documents-disagree"
    );
    // Whoever silences it in the configuration silences it in both.
    let quiet = "severity = { \"documents-disagree\" = \"ignore\" }\n";
    program.write("config.toml", &format!("{config}{quiet}"));
    assert!(!program.said(&["status"]).1.contains("documents-disagree"));
    program.write("config.toml", &config);
    site.serve(path, Reply::json(&document(&site.issuer)));
    assert!(!program.said(&["check"]).1.contains("documents-disagree"));
}

#[test]
fn an_issuer_that_is_not_the_configured_one_is_said_with_both_values_everywhere() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let config = program.read("config.toml");
    let (published, configured) = (site.issuer.clone(), format!("{}/", site.issuer));
    let line = |issuer: &str| format!("issuer = \"{issuer}\"");
    assert!(config.contains(&line(&published)));
    program.write(
        "config.toml",
        &config.replace(&line(&published), &line(&configured)),
    );
    site.answer(Reply::json(&document(&published)));
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 3, "{text}");
    let values = [
        format!("configured  {configured}\n"),
        format!("published   {published}\n"),
    ];
    let slip = "who has no slash at the end";
    let event = program.events().last().unwrap()["event"].to_string();
    let shown = program.said(&["history", "show", &event]).1;
    let status = program.said(&["status"]).1;
    for said in [&text, &shown, &status] {
        assert!(values.iter().all(|value| said.contains(value)), "{said}");
    }
    assert!(text.contains(slip) && shown.contains(slip), "{text}{shown}");
    let events = program.events();
    let finding = &events.last().unwrap()["findings"][0];
    assert_eq!(finding["expected"], configured.as_str());
    assert_eq!(finding["found"], published.as_str());
}

#[test]
fn an_object_that_is_no_document_is_a_failure_and_never_the_baseline() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let good = document(&site.issuer);
    site.answer(Reply::json(&good));
    program.said(&["check"]);
    for other in ["{}", r#"{"message":"Not Found"}"#, r#"{"keys":[]}"#] {
        site.answer(Reply::json(other));
        let (code, text) = program.said(&["check"]);
        assert_eq!(code, 4, "{text}");
        assert!(
            text.contains("no metadata: neither issuer nor an endpoint"),
            "{text}"
        );
    }
    site.answer(Reply::json(&good));
    program.said(&["check"]);
    let events = program.events();
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["first-seen", "failing", "recovered"]);
}

#[test]
fn what_json_allows_is_read_and_shown_as_it_was_written() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let with =
        |number: &str| document(&site.issuer).replacen('{', &format!("{{\"x\":{number},"), 1);
    let long = "7".repeat(200);
    site.answer(Reply::json(&with(&long)));
    assert_eq!(program.said(&["check"]).0, 0);
    site.answer(Reply::json(&with("1e400").replace("billing", "\\ud800")));
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 3, "{text}");
    let changes = program.events().last().unwrap()["changes"].clone();
    let of_x = changes
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["member"] == "x")
        .unwrap();
    assert_eq!(of_x["before"].to_string(), long);
    assert_eq!(of_x["after"].to_string(), "1e+400");
    assert!(
        program
            .said(&["history", "at", "archera", "2999-01-01"])
            .1
            .contains("1e+400")
    );
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

#[test]
fn a_finding_that_comes_and_goes_with_a_damped_member_is_mailed_until_that_is_damped() {
    let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let line = |poll: i64| {
        let methods = if poll % 2 == 0 { "S256" } else { "plain" };
        let at = start + jiff::SignedDuration::from_mins(15 * poll);
        let document = serde_json::json!({"issuer": "https://a.example",
            "authorization_endpoint": "https://a.example/a", "token_endpoint": "https://a.example/t",
            "response_types_supported": ["code"], "code_challenge_methods_supported": [methods]});
        serde_json::json!({"at": at.to_string(), "provider": "a", "document": "oauth-authorization-server",
            "status": 200, "body": document.to_string()})
        .to_string()
    };
    let lines: Vec<String> = (0..60).map(line).collect();
    let mails = super::wave::mails(&lines);
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects.len(), 3, "{subjects:#?}");
    assert!(mails[2].text.contains("S256"), "{}", mails[2].text);
    assert!(subjects[2].ends_with("(security)"), "{subjects:#?}");
}
