//! `oidc-provider`: one certified OpenID provider, from npm.

use serde_json::{Value, json};

use crate::server::{Kind, Server};
use crate::watcher::{Expected, Watcher, header};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("oidc_provider::nothing_changed_is_no_event", nothing),
    ("oidc_provider::a_scope_withdrawn_is_breaking", scope),
    ("oidc_provider::a_grant_withdrawn_is_breaking", grant),
    ("oidc_provider::implicit_withdrawn_is_told_whole", implicit),
    (
        "oidc_provider::a_client_authentication_method_withdrawn_is_breaking",
        auth_method,
    ),
    (
        "oidc_provider::an_endpoint_on_another_path_is_breaking",
        endpoint_moved,
    ),
    (
        "oidc_provider::an_endpoint_withdrawn_is_breaking",
        endpoint_withdrawn,
    ),
    ("oidc_provider::another_issuer_is_security", issuer),
    ("oidc_provider::an_algorithm_withdrawn_is_breaking", alg),
    (
        "oidc_provider::pushed_requests_demanded_is_breaking",
        demanded,
    ),
    (
        "oidc_provider::what_the_operator_declared_decides",
        declared,
    ),
    (
        "oidc_provider::both_documents_of_one_server_are_one_mail",
        both_documents,
    ),
    (
        "oidc_provider::what_was_taken_back_is_told_in_the_same_thread",
        reverted,
    ),
    (
        "oidc_provider::a_server_that_is_down_is_told_once_and_so_is_its_return",
        down,
    ),
];

/// What the server is configured with before anything changes.
fn config() -> Value {
    json!({
        "scopes": ["openid", "offline_access", "profile", "email"],
        "clientAuthMethods": ["client_secret_basic", "client_secret_post", "none"],
        "features": {
            "devInteractions": { "enabled": false },
            "clientCredentials": { "enabled": true },
            "revocation": { "enabled": true },
        },
    })
}

/// Polls, restarts the server with another configuration, polls: the event must consist of these
/// changes and the one mail must have this subject; a third poll finds nothing. Gives back both, for
/// what else is to be looked at.
fn changed(
    edit: impl FnOnce(&mut Value),
    severity: &str,
    changes: &[Expected],
    subject: &str,
) -> (Server, Watcher) {
    let mut config = config();
    let mut server = Server::start(Kind::OidcProvider, &config);
    let watcher = Watcher::of(&server.origin(), &["openid-configuration"]);
    watcher.check(0);
    edit(&mut config);
    server.restart(&config);
    watcher.check(3);
    watcher.assert_changed(severity, changes);
    watcher.assert_mailed(subject, severity);
    watcher.check(0);
    let mut kinds = watcher.kinds();
    kinds.retain(|kind| kind != "finding");
    assert_eq!(kinds, ["first-seen", "changed"]);
    watcher.assert_verified();
    (server, watcher)
}

fn nothing() {
    let mut server = Server::start(Kind::OidcProvider, &config());
    let watcher = Watcher::of(&server.origin(), &["openid-configuration"]);
    watcher.check(0);
    let mut same = config();
    same["scopes"] = json!(["email", "profile", "openid", "offline_access"]);
    same["clientAuthMethods"] = json!(["none", "client_secret_post", "client_secret_basic"]);
    // Another key is no change of the metadata.
    same["signingKey"] = json!("2026-11");
    server.restart(&same);
    assert!(watcher.check(0).contains("unchanged"));
    assert_eq!(watcher.kinds(), ["first-seen"]);
    assert_eq!(watcher.subjects(), [""; 0]);
}

fn scope() {
    changed(
        |config| config["scopes"] = json!(["openid", "offline_access", "profile"]),
        "breaking",
        &[(
            "scope-removed",
            "scopes_supported",
            "breaking",
            &["email"],
            &[],
        )],
        "[issuerwatch] real: scope email removed (breaking)",
    );
}

fn grant() {
    changed(
        |config| config["features"]["clientCredentials"]["enabled"] = json!(false),
        "breaking",
        &[(
            "grant-removed",
            "grant_types_supported",
            "breaking",
            &["client_credentials"],
            &[],
        )],
        "[issuerwatch] real: grant client_credentials removed (breaking)",
    );
}

fn implicit() {
    let (_server, watcher) = changed(
        |config| config["responseTypes"] = json!(["code"]),
        "breaking",
        &[
            (
                "grant-removed",
                "grant_types_supported",
                "breaking",
                &["implicit"],
                &[],
            ),
            (
                "member-changed",
                "response_types_supported",
                "breaking",
                &["code id_token", "id_token", "none"],
                &[],
            ),
        ],
        "[issuerwatch] real: grant implicit removed, 3 response types removed too (breaking)",
    );
    // RFC 9700 section 2.1.2 asks for this.
    let events = watcher.events();
    let finding = &events[2]["findings"][0];
    assert_eq!(finding["rule"], "implicit-offered");
    assert_eq!(finding["state"], "cured");
}

fn auth_method() {
    changed(
        |config| config["clientAuthMethods"] = json!(["client_secret_basic", "none"]),
        "breaking",
        &[(
            "auth-method-removed",
            "token_endpoint_auth_methods_supported",
            "breaking",
            &["client_secret_post"],
            &[],
        )],
        "[issuerwatch] real: client authentication method client_secret_post removed (breaking)",
    );
}

fn endpoint_moved() {
    let (server, watcher) = changed(
        |config| config["routes"] = json!({ "token": "/oauth/token" }),
        "breaking",
        &[(
            "endpoint-path-changed",
            "token_endpoint",
            "breaking",
            &[],
            &[],
        )],
        "[issuerwatch] real: token_endpoint moved to another path (breaking)",
    );
    let events = watcher.events();
    let change = &events[1]["changes"][0];
    assert_eq!(change["before"], format!("{}/token", server.origin()));
    assert_eq!(change["after"], format!("{}/oauth/token", server.origin()));
}

fn endpoint_withdrawn() {
    changed(
        |config| config["features"]["revocation"]["enabled"] = json!(false),
        "breaking",
        &[(
            "endpoint-removed",
            "revocation_endpoint",
            "breaking",
            &[],
            &[],
        )],
        "[issuerwatch] real: revocation_endpoint removed (breaking)",
    );
}

fn issuer() {
    let (server, watcher) = changed(
        |config| config["issuerPath"] = json!("/v2"),
        "security",
        &[
            ("issuer-changed", "issuer", "security", &[], &[]),
            ("issuer-mismatch", "issuer", "security", &[], &[]),
        ],
        "[issuerwatch] real: issuer changed (security)",
    );
    let events = watcher.events();
    let change = &events[1]["changes"][0];
    assert_eq!(change["before"], server.origin());
    assert_eq!(change["after"], format!("{}/v2", server.origin()));
}

fn alg() {
    changed(
        |config| config["enabledJWA"] = json!({ "dPoPSigningAlgValues": ["ES256", "EdDSA"] }),
        "breaking",
        &[(
            "alg-removed",
            "dpop_signing_alg_values_supported",
            "breaking",
            &["Ed25519"],
            &[],
        )],
        "[issuerwatch] real: Ed25519 removed from DPoP algorithms (breaking)",
    );
}

fn demanded() {
    changed(
        |config| {
            config["features"]["pushedAuthorizationRequests"] =
                json!({ "enabled": true, "requirePushedAuthorizationRequests": true });
        },
        "breaking",
        &[(
            "requirement-raised",
            "require_pushed_authorization_requests",
            "breaking",
            &[],
            &[],
        )],
        "[issuerwatch] real: require_pushed_authorization_requests raised: now demanded (breaking)",
    );
}

fn declared() {
    let mut config = config();
    let mut server = Server::start(Kind::OidcProvider, &config);
    let watcher = Watcher::of(&server.origin(), &["openid-configuration"]);
    watcher.configure(
        "[provider.uses]\ngrants = [\"authorization_code\"]\nscopes = [\"email\"]\n\
         [provider.severity]\nauth-method-removed = \"ignore\"\nendpoint-path-changed = \"security\"\n\
         [[mail.route]]\nproviders = [\"re*\"]\nseverity = \"breaking\"\nto = [\"soc@example.com\"]\n",
    );
    watcher.check(0);

    // A method whose rule is ignored, and a grant that nobody uses.
    config["clientAuthMethods"] = json!(["client_secret_basic", "none"]);
    server.restart(&config);
    watcher.check(0);
    assert_eq!(watcher.kinds(), ["first-seen"]);
    config["features"]["clientCredentials"]["enabled"] = json!(false);
    server.restart(&config);
    watcher.check(0);
    let grants: Expected = (
        "grant-removed",
        "grant_types_supported",
        "info",
        &["client_credentials"],
        &[],
    );
    watcher.assert_changed("info", &[grants]);
    let all = ["iam@example.com"];
    assert_eq!(watcher.recipients(), all);

    // A scope that somebody uses, and a path that is made security here.
    config["scopes"] = json!(["openid", "offline_access", "profile"]);
    config["routes"] = json!({ "token": "/oauth/token" });
    server.restart(&config);
    watcher.check(3);
    watcher.assert_changed(
        "security",
        &[
            (
                "endpoint-path-changed",
                "token_endpoint",
                "security",
                &[],
                &[],
            ),
            (
                "scope-removed",
                "scopes_supported",
                "breaking",
                &["email"],
                &[],
            ),
        ],
    );
    let mut recipients = watcher.recipients().split_off(1);
    recipients.sort();
    assert_eq!(recipients, ["iam@example.com", "soc@example.com"]);
}

fn both_documents() {
    let mut config = config();
    let mut server = Server::start(Kind::OidcProvider, &config);
    let documents = ["oauth-authorization-server", "openid-configuration"];
    let watcher = Watcher::of(&server.origin(), &documents);
    watcher.check(0);
    config["routes"] = json!({ "token": "/oauth/token" });
    config["scopes"] = json!(["openid", "offline_access"]);
    server.restart(&config);
    watcher.check(3);
    assert_eq!(
        watcher.kinds(),
        ["first-seen", "first-seen", "changed", "changed"]
    );
    assert_eq!(
        watcher.subjects(),
        [
            "[issuerwatch] real: token_endpoint moved to another path, 2 scopes removed too (breaking)"
        ]
    );
    watcher.assert_verified();
}

fn reverted() {
    let before = config();
    let mut after = config();
    after["scopes"] = json!(["openid", "offline_access", "profile"]);
    let mut server = Server::start(Kind::OidcProvider, &before);
    let watcher = Watcher::of(&server.origin(), &["openid-configuration"]);
    watcher.check(0);
    server.restart(&after);
    watcher.check(3);
    server.restart(&before);
    watcher.check(0);
    let events = watcher.events();
    let summary = events[2]["summary"].as_str().unwrap();
    assert!(summary.starts_with("reverted after "), "{summary}");
    watcher.assert_changed(
        "info",
        &[("scope-added", "scopes_supported", "info", &[], &["email"])],
    );
    let mails = watcher.mails();
    assert_eq!(
        header(&mails[1], "In-Reply-To"),
        header(&mails[0], "Message-ID")
    );
}

fn down() {
    let config = config();
    let mut server = Server::start(Kind::OidcProvider, &config);
    let watcher = Watcher::of(&server.origin(), &["openid-configuration"]);
    watcher.check(0);
    server.stop();
    for _ in 0..4 {
        let said = watcher.check(4);
        assert!(said.contains("refused"), "{said}");
    }
    server.restart(&config);
    watcher.check(0);
    assert_eq!(watcher.kinds(), ["first-seen", "failing", "recovered"]);
    // How long it was down by then is a matter of the machine.
    let subjects = watcher.subjects();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    let start = "[issuerwatch] DOWN real: connection refused, last good ";
    assert!(subjects[0].starts_with(start), "{subjects:?}");
    let back = "Re: [issuerwatch] BACK real after ";
    assert!(subjects[1].starts_with(back), "{subjects:?}");
    let mails = watcher.mails();
    assert_eq!(
        header(&mails[1], "In-Reply-To"),
        header(&mails[0], "Message-ID")
    );
}
