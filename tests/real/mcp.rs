//! The authorization server of the MCP SDK, from `PyPI`.

use serde_json::{Value, json};

use crate::server::{Kind, Server};
use crate::watcher::{Expected, Watcher};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("mcp::a_scope_withdrawn_is_breaking", scope),
    ("mcp::a_scope_offered_is_info_and_mailed", scope_added),
    ("mcp::a_grant_withdrawn_is_breaking", grant),
    (
        "mcp::an_endpoint_withdrawn_takes_its_methods_along",
        revocation,
    ),
    ("mcp::all_moved_below_a_path_is_security", issuer),
    (
        "mcp::documentation_is_recorded_and_not_mailed",
        documentation,
    ),
    (
        "mcp::the_slash_the_sdk_adds_to_its_issuer_is_seen_at_once",
        slash,
    ),
];

/// What the server is configured with before anything changes.
fn config() -> Value {
    json!({
        "scopes": ["mcp:read", "mcp:write", "offline_access"],
        "registration": true,
        "revocation": true,
        "identityAssertion": true,
    })
}

/// Polls, restarts the server with another configuration, polls: what `check` ends with, what the
/// event consists of, what was mailed; a third poll finds nothing.
fn changed(
    edit: impl FnOnce(&mut Value),
    code: i32,
    severity: &str,
    changes: &[Expected],
    subject: Option<&str>,
) {
    let mut config = config();
    let mut server = Server::start(Kind::Mcp, &config);
    // The SDK writes its issuer with a slash at the end.
    let issuer = format!("{}/", server.origin());
    let watcher = Watcher::of(&issuer, &["oauth-authorization-server"]);
    watcher.check(0);
    edit(&mut config);
    server.restart(&config);
    watcher.check(code);
    watcher.assert_changed(severity, changes);
    match subject {
        Some(subject) => watcher.assert_mailed(subject, severity),
        None => assert_eq!(watcher.subjects(), [""; 0]),
    }
    watcher.check(0);
    let mut kinds = watcher.kinds();
    kinds.retain(|kind| kind != "finding");
    assert_eq!(kinds, ["first-seen", "changed"]);
    watcher.assert_verified();
}

fn scope() {
    changed(
        |config| config["scopes"] = json!(["mcp:read"]),
        3,
        "breaking",
        &[(
            "scope-removed",
            "scopes_supported",
            "breaking",
            &["mcp:write", "offline_access"],
            &[],
        )],
        Some("[issuerwatch] real: scopes mcp:write and offline_access removed (breaking)"),
    );
}

fn scope_added() {
    changed(
        |config| config["scopes"] = json!(["mcp:read", "mcp:write", "offline_access", "mcp:admin"]),
        0,
        "info",
        &[(
            "scope-added",
            "scopes_supported",
            "info",
            &[],
            &["mcp:admin"],
        )],
        Some("[issuerwatch] real: scope mcp:admin added (info)"),
    );
}

fn grant() {
    const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const PROFILE: &str = "urn:ietf:params:oauth:grant-profile:id-jag";
    changed(
        |config| config["identityAssertion"] = json!(false),
        3,
        "breaking",
        &[
            (
                "grant-removed",
                "grant_types_supported",
                "breaking",
                &[JWT],
                &[],
            ),
            (
                "member-removed",
                "authorization_grant_profiles_supported",
                "breaking",
                &[PROFILE],
                &[],
            ),
        ],
        Some(
            "[issuerwatch] real: grant jwt-bearer removed, cross-app grants removed too (breaking)",
        ),
    );
}

fn revocation() {
    // What is left out stands for its default, `client_secret_basic`: that one is not lost.
    const METHODS: &str = "revocation_endpoint_auth_methods_supported";
    changed(
        |config| config["revocation"] = json!(false),
        3,
        "breaking",
        &[
            (
                "endpoint-removed",
                "revocation_endpoint",
                "breaking",
                &[],
                &[],
            ),
            (
                "auth-method-removed",
                METHODS,
                "info",
                &["client_secret_post"],
                &[],
            ),
        ],
        Some("[issuerwatch] real: revocation_endpoint removed (breaking)"),
    );
}

fn issuer() {
    changed(
        |config| config["issuerPath"] = json!("/tenant"),
        3,
        "security",
        &[
            ("issuer-changed", "issuer", "security", &[], &[]),
            ("issuer-mismatch", "issuer", "security", &[], &[]),
            (
                "endpoint-path-changed",
                "authorization_endpoint",
                "breaking",
                &[],
                &[],
            ),
            (
                "endpoint-path-changed",
                "token_endpoint",
                "breaking",
                &[],
                &[],
            ),
            (
                "endpoint-path-changed",
                "registration_endpoint",
                "breaking",
                &[],
                &[],
            ),
            (
                "endpoint-path-changed",
                "revocation_endpoint",
                "breaking",
                &[],
                &[],
            ),
        ],
        Some(
            "[issuerwatch] real: issuer changed, 4 endpoints moved to another path too (security)",
        ),
    );
}

fn documentation() {
    changed(
        |config| config["documentation"] = json!("https://docs.example.com/mcp"),
        0,
        "info",
        &[("member-added", "service_documentation", "info", &[], &[])],
        None,
    );
}

fn slash() {
    let server = Server::start(Kind::Mcp, &config());
    let watcher = Watcher::of(&server.origin(), &["oauth-authorization-server"]);
    let said = watcher.check(3);
    assert!(said.contains("issuer-mismatch"), "{said}");
    assert_eq!(
        watcher.subjects(),
        ["[issuerwatch] real: issuer is not the configured one (security)"]
    );
}
