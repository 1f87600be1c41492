//! A protected resource and what it leads to (RFC 9728): real servers on loopback, the built binary.

use serde_json::{Value, json};

use crate::support::program::Program;
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

/// One provider, `mcp`, that is the resource.
pub(super) fn watching(resource: &Site, path: &str, more: &str) -> Program {
    let program = Program::alone("issuer = \"https://unused.example\"");
    program.write(
        "config.toml",
        &format!(
            "[store]\npath = \"issuerwatch.db\"\n[mail]\nto = [\"iam@example.com\"]\ndirectory = \"mails\"\n\
             group_wait = \"0s\"\n[fetch]\nca_file = \"{}\"\n[defaults]\nschedule = \"* * * * * *\"\n\
             confirm_after = \"0s\"\n[[provider]]\nname = \"mcp\"\nresource = \"{}{path}\"\n{more}\n",
            resource.ca_file.as_ref().unwrap().display(),
            resource.issuer
        ),
    );
    program
}

pub(super) fn resource(identity: &str, servers: &[&str]) -> Reply {
    Reply::json(&json!({"resource": identity, "authorization_servers": servers}).to_string())
}

/// A server with a key set, at the inserted address.
pub(super) fn server(site: &Site) {
    let issuer = &site.issuer;
    let document = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"]});
    site.serve(
        "/.well-known/oauth-authorization-server",
        Reply::json(&document.to_string()),
    );
    site.serve("/jwks", Reply::json(r#"{"keys":[]}"#));
}

/// The issuer as it stands in the name of a document.
pub(super) fn bare(site: &Site) -> &str {
    site.issuer.strip_prefix("https://").unwrap()
}

/// The documents that `status` shows as watched.
pub(super) fn watched(program: &Program) -> Vec<String> {
    let (_, said) = program.said(&["status", "--format", "json"]);
    // Nothing is said before there is a store.
    let status: Value = serde_json::from_str(&said).unwrap_or_default();
    let targets = status["targets"].as_array().into_iter().flatten();
    let mut names: Vec<String> = targets
        .map(|it| it["document"].as_str().unwrap().to_owned())
        .collect();
    names.sort_by_key(|name| !name.starts_with("oauth-protected"));
    names
}

/// Rule, document and severity of each change since.
pub(super) fn changes(program: &Program) -> Vec<String> {
    let mut told = Vec::new();
    for event in program.events() {
        for change in event["changes"].as_array().unwrap() {
            let text = |name: &str| change[name].as_str().unwrap().to_owned();
            let document = event["document"].as_str().unwrap();
            told.push(format!("{} {document} {}", text("rule"), text("severity")));
        }
    }
    told
}

#[test]
fn a_resource_is_followed_to_its_servers_and_their_keys_and_shown_as_a_tree() {
    let (site, as_site) = (Site::tls(), Site::tls());
    let identity = format!("{}/mcp", site.issuer);
    let program = watching(&site, "/mcp", "");
    site.serve(
        "/.well-known/oauth-protected-resource/mcp",
        resource(&identity, &[&as_site.issuer]),
    );
    server(&as_site);
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 0, "{said}");
    let name = bare(&as_site);
    let tree = [
        "oauth-protected-resource".to_owned(),
        format!("  └─ oauth-authorization-server@{name}"),
        format!("     └─ jwks@{name}"),
    ];
    let assert_tree = |said: &str| {
        let shown = tree.iter().map(|line| said.find(line.as_str()));
        let places: Vec<usize> = shown.map(|place| place.expect(said)).collect();
        assert!(places.is_sorted(), "{said}");
    };
    assert_tree(&said);
    assert!(said.contains("3 documents"), "{said}");
    for command in ["status", "config check --plan"] {
        let words: Vec<&str> = command.split(' ').collect();
        assert_tree(&program.said(&words).1);
    }
    let (_, said) = program.said(&["config", "check", "--plan", "--format", "json"]);
    let planned: Value = serde_json::from_str(&said).unwrap();
    let targets = planned["plan"]["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 3, "{said}");
    // Where what leads to it is not shown, the whole name is.
    let (_, said) = program.said(&["status", &format!("mcp/jwks@{name}")]);
    assert!(said.contains(&format!("\nmcp/jwks@{name} ")), "{said}");
    let one = format!("mcp/oauth-authorization-server@{name}");
    let (code, said) = program.said(&["history", "blame", &one, "token_endpoint"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("/token"), "{said}");
    // What it leads to is known from then on.
    let (code, said) = program.said(&["check", &one]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 document:"), "{said}");
}

#[test]
fn what_a_resource_leads_to_comes_and_goes_with_its_document() {
    let (site, one, two) = (Site::tls(), Site::tls(), Site::tls());
    let identity = site.issuer.clone();
    let program = watching(&site, "", "documents = [\"oauth-protected-resource\"]");
    let path = "/.well-known/oauth-protected-resource";
    server(&one);
    server(&two);
    site.serve(path, resource(&identity, &[&one.issuer]));
    program.said(&["check"]);
    let of = |site: &Site| format!("oauth-authorization-server@{}", bare(site));
    assert_eq!(
        watched(&program),
        ["oauth-protected-resource".to_owned(), of(&one)]
    );
    site.serve(path, resource(&identity, &[&two.issuer]));
    program.said(&["check"]);
    assert_eq!(
        watched(&program),
        ["oauth-protected-resource".to_owned(), of(&two)]
    );
    // And back again, with the history it had.
    site.serve(path, resource(&identity, &[&one.issuer, &two.issuer]));
    program.said(&["check"]);
    assert_eq!(watched(&program).len(), 3);
    let firsts = program
        .events()
        .into_iter()
        .filter(|it| it["kind"] == "first-seen");
    assert_eq!(firsts.count(), 3);
}

#[test]
fn a_daemon_watches_what_a_resource_leads_to_now() {
    let (site, one, two) = (Site::tls(), Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    let path = "/.well-known/oauth-protected-resource";
    server(&one);
    server(&two);
    site.serve(path, resource(&site.issuer, &[&one.issuer]));
    let daemon = program.daemon();
    wait_until("what is watched moved", || {
        watched(&program)
            .iter()
            .any(|it| *it == format!("jwks@{}", bare(&one)))
    });
    wait_until("it is polled", || {
        one.requests().iter().any(|it| it.target == "/jwks")
    });
    site.serve(path, resource(&site.issuer, &[&two.issuer]));
    wait_until("it is polled", || {
        two.requests().iter().any(|it| it.target == "/jwks")
    });
    wait_until("it is polled", || {
        !watched(&program).iter().any(|it| it.ends_with(bare(&one)))
    });
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_resource_whose_well_known_address_is_empty_is_asked_where_its_metadata_is() {
    let site = Site::tls();
    let identity = format!("{}/mcp", site.issuer);
    let program = watching(
        &site,
        "/mcp",
        "headers = { x-api-key = { file = \"key\" } }\ndocuments = [\"oauth-protected-resource\"]",
    );
    program.write("key", "secret");
    let challenge = format!("Bearer resource_metadata=\"{}/meta\"", site.issuer);
    site.serve(
        "/mcp",
        Reply::status(401).header("WWW-Authenticate", &challenge),
    );
    site.serve("/meta", resource(&identity, &[]));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 0, "{said}");
    let asked: Vec<_> = site
        .requests()
        .into_iter()
        .filter(|it| it.target == "/mcp")
        .collect();
    assert_eq!(asked.len(), 1, "asked once");
    assert_eq!(asked[0].header("x-api-key"), None, "unauthenticated");
}

#[test]
fn a_server_is_the_first_form_that_answers() {
    let (site, as_site) = (Site::tls(), Site::tls());
    let issuer = format!("{}/t1", as_site.issuer);
    let program = watching(&site, "", "");
    site.serve(
        "/.well-known/oauth-protected-resource",
        resource(&site.issuer, &[&issuer]),
    );
    let document = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token")});
    as_site.serve(
        "/t1/.well-known/openid-configuration",
        Reply::json(&document.to_string()),
    );
    program.said(&["check"]);
    let targets: Vec<String> = as_site.requests().into_iter().map(|it| it.target).collect();
    assert_eq!(
        targets,
        [
            "/.well-known/oauth-authorization-server/t1",
            "/.well-known/openid-configuration/t1",
            "/t1/.well-known/openid-configuration",
            "/t1/.well-known/openid-configuration",
        ]
    );
    assert!(watched(&program).contains(&format!("openid-configuration@{}/t1", bare(&as_site))));
}

#[test]
fn of_ten_thousand_servers_eight_are_followed_and_the_odd_ones_not_at_all() {
    let site = Site::tls();
    let program = watching(&site, "", "");
    let own = site.issuer.clone();
    let mut servers = vec![
        "https://user:secret@a.example".to_owned(),
        format!("{own}/\u{7}"),
        format!("{own}/{}", "x".repeat(5_000)),
        "http://10.0.0.1".to_owned(),
    ];
    servers.extend((0..10_000).map(|it| format!("{own}/as{it}")));
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    site.serve(
        "/.well-known/oauth-protected-resource",
        resource(&own, &servers[..4_000]),
    );
    let (_, said) = program.said(&["check"]);
    let followed = watched(&program)
        .into_iter()
        .filter(|it| it.contains("server@"));
    assert_eq!(followed.count(), 8);
    let squeezed = |said: &str| said.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, status) = program.said(&["status"]);
    for said in [squeezed(&said), squeezed(&status)] {
        let expected = "more authorization servers are named and not followed: at most 8 are.";
        assert!(said.contains(expected), "{said}");
        let odd = "not followed: no issuer that all clients read alike.";
        assert!(said.contains(odd), "{said}");
    }
    let (_, status) = program.said(&["status", "--format", "json"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    let targets = status["targets"].as_array().unwrap();
    let resource = targets
        .iter()
        .find(|it| it["document"] == "oauth-protected-resource");
    assert_eq!(resource.unwrap()["not_followed"], 4_000 - 8);
    assert!(
        !site
            .requests()
            .iter()
            .any(|it| it.target.contains("secret"))
    );
}

#[test]
fn servers_that_are_replaced_are_news_and_one_slash_is_a_server_of_another_name() {
    let (site, one, two) = (Site::tls(), Site::tls(), Site::tls());
    let program = watching(&site, "", "documents = [\"oauth-protected-resource\"]");
    let path = "/.well-known/oauth-protected-resource";
    server(&one);
    server(&two);
    let slashed = format!("{}/", two.issuer);
    site.serve(path, resource(&site.issuer, &[&one.issuer]));
    program.said(&["check"]);
    site.serve(path, resource(&site.issuer, &[&slashed]));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("issuer-announced-differently issuer"),
        "{said}"
    );
    assert!(said.contains(&slashed), "{said}");
    assert_eq!(
        changes(&program),
        ["authorization-servers-replaced oauth-protected-resource breaking"]
    );
    assert_eq!(
        program.mails().len(),
        1,
        "one poll of a provider is one mail"
    );
}

#[test]
fn a_document_of_another_resource_is_a_mismatch_of_its_own_name() {
    let site = Site::tls();
    let program = watching(&site, "", "");
    site.serve(
        "/.well-known/oauth-protected-resource",
        resource("https://other.example", &[]),
    );
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("resource-mismatch resource"), "{said}");
}

#[test]
fn nobody_is_led_inward_and_a_server_that_names_others_leads_no_further() {
    let (site, as_site, third) = (Site::tls(), Site::tls(), Site::tls());
    let program = watching(&site, "", "");
    site.serve(
        "/.well-known/oauth-protected-resource",
        resource(
            &site.issuer,
            &["https://10.0.0.1", &as_site.issuer, &site.issuer],
        ),
    );
    let issuer = &as_site.issuer;
    let document = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token"),
        "authorization_servers": [third.issuer, issuer], "protected_resources": [site.issuer]});
    as_site.serve(
        "/.well-known/oauth-authorization-server",
        Reply::json(&document.to_string()),
    );
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 4, "{said}");
    let inward = said
        .lines()
        .find(|line| line.contains("server@10.0.0.1"))
        .unwrap();
    assert!(
        inward.contains("failed") && inward.contains("10.0.0.1"),
        "{inward}"
    );
    assert!(third.requests().is_empty());
}

#[test]
fn that_a_resource_leads_elsewhere_for_its_metadata_is_told_as_a_redirect_is() {
    let (site, other) = (Site::tls(), Site::tls());
    let identity = format!("{}/mcp", site.issuer);
    let program = watching(&site, "/mcp", "documents = [\"oauth-protected-resource\"]");
    let leads = |to: &str| {
        let challenge = format!("Bearer resource_metadata=\"{to}\"");
        site.serve(
            "/mcp",
            Reply::status(401).header("WWW-Authenticate", &challenge),
        );
    };
    site.serve("/meta", resource(&identity, &[]));
    other.serve("/meta", resource(&identity, &[]));
    leads(&format!("{}/meta", site.issuer));
    assert_eq!(program.said(&["check"]).0, 0);
    leads(&format!("{}/meta", other.issuer));
    let (code, said) = program.said(&["check", "--format", "jsonl"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("redirect-changed"), "{said}");
    leads("http://169.254.169.254/meta");
    let (code, said) = program.said(&["check", "--format", "jsonl"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("\"blocked\""), "{said}");
}
