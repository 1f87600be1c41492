//! Kinds of documents beyond metadata of servers, resources and their keys: where they stand, what they
//! must say, what a change of them means.

use serde_json::Value;

use crate::support::program::Program;
use crate::support::site::{Reply, Site};

/// One provider, `p`, at the site.
fn watching(site: &Site, provider: &str) -> Program {
    let program = Program::alone("issuer = \"https://unused.example\"");
    program.write(
        "config.toml",
        &format!(
            "[store]\npath = \"issuerwatch.db\"\n[mail]\nto = [\"iam@example.com\"]\ndirectory = \"mails\"\n\
             [fetch]\nca_file = \"{}\"\n[[provider]]\nname = \"p\"\nconfirm_after = \"0s\"\n{provider}\n",
            site.ca_file.as_ref().unwrap().display()
        ),
    );
    program
}

/// What the last event says changed: rule, member, severity.
fn told(program: &Program) -> Vec<String> {
    let events = program.events();
    let changes = events.last().unwrap()["changes"].as_array().unwrap().iter();
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    let words = changes.map(|it| {
        let [rule, member, severity] = ["rule", "member", "severity"].map(|name| text(it, name));
        format!("{rule} {member} {severity}")
    });
    words.collect()
}

/// The second document after the first, at this path.
fn changed(site: &Site, path: &str, provider: &str, documents: [&str; 2]) -> Vec<String> {
    let program = watching(site, provider);
    site.serve(path, Reply::json(documents[0]));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 0, "{said}");
    site.serve(path, Reply::json(documents[1]));
    let (code, said) = program.said(&["check", "--fail-on", "info"]);
    assert_eq!(code, 3, "{said}");
    told(&program)
}

#[test]
fn a_smart_configuration_stands_below_its_base_and_may_name_an_issuer_of_another_address() {
    let site = Site::tls();
    let base = format!("{}/fhir/r4", site.issuer);
    let provider = format!("issuer = \"{base}/\"\ndocuments = [\"smart-configuration\"]");
    let document = |capabilities: &str, issuer: &str| {
        format!(
            r#"{{"issuer":"{issuer}","token_endpoint":"{base}/token","capabilities":[{capabilities}],
            "code_challenge_methods_supported":["S256"],"grant_types_supported":["authorization_code"]}}"#
        )
    };
    let path = "/fhir/r4/.well-known/smart-configuration";
    let old = document("\"launch-ehr\",\"permission-v2\"", "https://login.example");
    let new = document("\"permission-v2\"", "https://other.example");
    assert_eq!(
        changed(&site, path, &provider, [&old, &new]),
        [
            "issuer-changed issuer security",
            "member-changed capabilities breaking",
        ]
    );
}

#[test]
fn a_transmitter_must_name_itself_as_it_is_configured() {
    let site = Site::tls();
    let provider = format!(
        "issuer = \"{}/t1/\"\ndocuments = [\"ssf-configuration\"]",
        site.issuer
    );
    let program = watching(&site, &provider);
    let document = format!(
        r#"{{"issuer":"{}/t1","configuration_endpoint":"{}/streams","spec_version":"1_0"}}"#,
        site.issuer, site.issuer
    );
    site.serve("/.well-known/ssf-configuration/t1", Reply::json(&document));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "one slash is another issuer: {said}");
    assert!(said.contains("issuer-mismatch"), "{said}");
}

/// Of a credential issuer that asks for these proofs.
fn credentials(issuer: &str, configurations: &str) -> String {
    format!(
        r#"{{"credential_issuer":"{issuer}","credential_endpoint":"{issuer}/credential",
        "credential_configurations_supported":{{{configurations}}}}}"#
    )
}

#[test]
fn credentials_are_compared_by_their_key_and_a_demand_that_grew_is_breaking() {
    let site = Site::tls();
    let issuer = format!("{}/bank", site.issuer);
    let provider = format!("issuer = \"{issuer}\"\ndocuments = [\"openid-credential-issuer\"]");
    let path = "/.well-known/openid-credential-issuer/bank";
    let id = |name: &str, proofs: &str| {
        format!(r#""{name}":{{"format":"dc+sd-jwt","proof_types_supported":{proofs}}}"#)
    };
    let es = r#"{"jwt":{"proof_signing_alg_values_supported":["ES256"]}}"#;
    let both = r#"{"jwt":{"proof_signing_alg_values_supported":["ES256","ES384"]}}"#;
    let attested = r#"{"jwt":{"proof_signing_alg_values_supported":["ES256"],"key_attestations_required":{}}}"#;
    let hard = r#"{"jwt":{"proof_signing_alg_values_supported":["ES256"],"key_attestations_required":{"key_storage":["iso_18045_high"]}}}"#;
    let raised = "requirement-raised credential_configurations_supported breaking";
    let dropped = "requirement-dropped credential_configurations_supported notice";
    let gone = "member-changed credential_configurations_supported breaking";
    let come = "member-changed credential_configurations_supported info";
    let other = "member-changed credential_configurations_supported notice";
    let bare = r#""pid":{"format":"dc+sd-jwt"}"#.to_owned();
    let shown = r#""pid":{"format":"dc+sd-jwt","display":[]}"#.to_owned();
    for (old, new, expected) in [
        (id("pid", es), id("pid", both), vec![dropped]),
        (id("pid", both), id("pid", es), vec![raised]),
        (id("pid", es), id("pid", attested), vec![raised]),
        (id("pid", attested), id("pid", hard), vec![raised]),
        (id("pid", hard), id("pid", es), vec![dropped]),
        (bare.clone(), id("pid", es), vec![raised]),
        (bare, shown, vec![other]),
        (id("pid", es), id("mdl", es), vec![gone, come]),
    ] {
        let (old, new) = (credentials(&issuer, &old), credentials(&issuer, &new));
        assert_eq!(
            changed(&site, path, &provider, [&old, &new]),
            expected,
            "{old} {new}"
        );
    }
}

#[test]
fn a_credential_issuer_of_an_earlier_draft_is_found_where_that_put_it() {
    let site = Site::tls();
    let issuer = format!("{}/bank", site.issuer);
    let provider = format!("issuer = \"{issuer}\"\ndocuments = [\"openid-credential-issuer\"]");
    let path = "/bank/.well-known/openid-credential-issuer";
    let old = credentials(&issuer, r#""pid":{"format":"dc+sd-jwt"}"#);
    let new = credentials(&issuer, "");
    assert_eq!(
        changed(&site, path, &provider, [&old, &new]),
        ["member-changed credential_configurations_supported breaking"]
    );
}

#[test]
fn what_makes_a_request_conditional_is_not_sent_to_another_address_than_it_came_from() {
    let site = Site::tls();
    let issuer = format!("{}/bank", site.issuer);
    let provider = format!("issuer = \"{issuer}\"\ndocuments = [\"openid-credential-issuer\"]");
    let program = watching(&site, &provider);
    let day = "Mon, 02 Nov 2026 10:00:00 GMT";
    let reply = |configurations: &str| {
        let document = credentials(&issuer, configurations);
        Reply::json(&document).etag("\"1\"").last_modified(day)
    };
    let earlier = "/bank/.well-known/openid-credential-issuer";
    site.serve(earlier, reply(r#""pid":{"format":"dc+sd-jwt"}"#));
    assert_eq!(program.said(&["check"]).0, 0);
    assert_eq!(program.said(&["check"]).0, 0);
    // The address of now answers by the same tag, about another document.
    site.serve("/.well-known/openid-credential-issuer/bank", reply(""));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    let is_conditional = |name: &str| {
        let mut requests = site.requests().into_iter();
        requests.any(|request| request.header(name).is_some())
    };
    assert!(!is_conditional("if-none-match") && !is_conditional("if-modified-since"));
    program.said(&["check"]);
    assert!(is_conditional("if-none-match"), "it is its own from now on");
}

#[test]
fn a_directory_of_keys_is_a_key_set_with_an_address_of_its_own() {
    let site = Site::tls();
    let provider = format!(
        "issuer = \"{}\"\ndocuments = [\"http-message-signatures-directory\"]",
        site.issuer
    );
    let set =
        |x: &str| format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"a","x":"{x}"}}]}}"#);
    let old = set("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    let new = set("VCpo2LMLhn6iWku8MKvSLg2ZAoC-nlOyPVQaO3FxVeQ");
    let path = "/.well-known/http-message-signatures-directory";
    let told = changed(&site, path, &provider, [&old, &new]);
    assert_eq!(told.first().unwrap(), "key-replaced keys security");
}

#[test]
fn any_object_is_watched_where_it_stands_and_what_it_calls_itself_is_compared() {
    let site = Site::tls();
    let url = format!(
        "url = \"{}/flags.json\"\ndocuments = [\"json\"]",
        site.issuer
    );
    let pointed = format!("{url}\nidentity = \"/about/id\"");
    let old = r#"{"about":{"id":"a"},"beta":true}"#;
    for (provider, new, expected) in [
        (
            &url,
            r#"{"about":{"id":"a"}}"#,
            vec!["member-removed beta notice"],
        ),
        (
            &pointed,
            r#"{"about":{"id":"b"},"beta":true}"#,
            vec![
                "issuer-changed about security",
                "member-changed about notice",
            ],
        ),
    ] {
        assert_eq!(
            changed(&site, "/flags.json", provider, [old, new]),
            expected,
            "{new}"
        );
    }
    // Where an issuer is configured, that is what it must call itself.
    let program = watching(&site, &format!("{pointed}\nissuer = \"https://a.example\""));
    site.serve("/flags.json", Reply::json(old));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("https://a.example"), "{said}");
}

#[test]
fn a_recording_of_every_kind_is_played_back() {
    let site = Site::tls();
    let program = watching(
        &site,
        &format!("url = \"{}/x\"\ndocuments = [\"json\"]", site.issuer),
    );
    let body = r#"{\"keys\":[],\"issuer\":\"https://a.example\",\"capabilities\":[\"x\"],\"credential_issuer\":\"https://a.example\"}"#;
    let kinds = [
        "smart-configuration",
        "openid-credential-issuer",
        "ssf-configuration",
        "http-message-signatures-directory",
        "json",
    ];
    let lines: Vec<String> = kinds
        .iter()
        .map(|kind| {
            format!(
                r#"{{"at":"2026-06-11T05:08:30Z","provider":"a","document":"{kind}","status":200,"body":"{body}"}}"#
            )
        })
        .collect();
    program.write("recording.jsonl", &lines.join("\n"));
    let (code, said) = program.said(&["replay", "recording.jsonl", "--format", "json"]);
    assert_eq!(code, 0, "{said}");
    let summary: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(summary["events_by_kind"]["first-seen"], kinds.len());
}

#[test]
fn what_a_kind_needs_and_has_not_is_said_with_its_line() {
    for (lines, expected) in [
        (
            "issuer = \"https://a.example\"\ndocuments = [\"json\"]",
            "document \"json\" has no address of its own: give its url",
        ),
        (
            "documents = [\"json\", \"openid-configuration\"]\nurls = { json = \"https://a.example/x\" }",
            "[[provider]] has no \"issuer\"",
        ),
        (
            "issuer = \"https://a.example\"\nidentity = \"/id\"",
            "identity is for documents of kind \"json\"",
        ),
        (
            "url = \"https://a.example/x\"\ndocuments = [\"json\"]\nidentity = \"id\"",
            "identity takes a JSON Pointer such as \"/id\", not \"id\"",
        ),
        (
            "issuer = \"https://a.example\"\ndocuments = [\"openid-credential-issuer\", \"jwks\"]",
            "document \"jwks\" is found by another document",
        ),
        (
            "issuer = \"https://a.example\"\ndocuments = [\"smart\"]",
            "did you mean \"smart-configuration\"?",
        ),
    ] {
        let site = Site::tls();
        let program = watching(&site, lines);
        let (code, said) = program.said(&["config", "check"]);
        let errors = String::from_utf8(program.run(&["config", "check"]).stderr).unwrap();
        assert_eq!(code, 78, "{lines}");
        assert!(
            format!("{said}{errors}").contains(expected),
            "{said}{errors}"
        );
    }
}
