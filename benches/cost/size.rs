//! What the store takes on disk: a target with its first document, and a change of one.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::table::{Target, heading, row};

const TARGETS: usize = 300;
/// Changes of each target.
const CHANGES: usize = 8;

/// The latest change of one of four kinds.
fn latest(change: usize, kind: usize) -> usize {
    (1..=change).filter(|it| it % 4 == kind).max().unwrap_or(0)
}

/// Where everything is.
fn places(target: usize, change: usize) -> Value {
    let issuer = format!("https://login.tenant-{target}.example");
    let at = |path: &str| format!("{issuer}{path}");
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth2/v1/authorize"),
        "token_endpoint": at(&format!("/oauth2/v{}/token", latest(change, 2) + 1)),
        "userinfo_endpoint": at("/oauth2/v1/userinfo"),
        "registration_endpoint": at("/oauth2/v1/clients"),
        "jwks_uri": at("/oauth2/v1/keys"),
        "introspection_endpoint": at("/oauth2/v1/introspect"),
        "revocation_endpoint": at("/oauth2/v1/revoke"),
        "end_session_endpoint": at("/oauth2/v1/logout"),
        "device_authorization_endpoint": at("/oauth2/v1/device/authorize"),
        "pushed_authorization_request_endpoint": at("/oauth2/v1/par"),
        "service_documentation": format!("https://docs.tenant-{target}.example/{}", latest(change, 1)),
        "op_policy_uri": at("/legal/policy"),
        "op_tos_uri": at("/legal/terms"),
    })
}

/// What is supported.
fn abilities(change: usize) -> Value {
    let algorithms = [
        "RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA",
    ];
    let encryption = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"];
    let content = ["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"];
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ];
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let mut claims = words(
        "sub iss aud exp iat auth_time nonce acr amr azp name given_name family_name nickname \
         preferred_username profile picture website email email_verified gender birthdate zoneinfo \
         locale phone_number phone_number_verified address updated_at groups roles",
    );
    let mut scopes = words("openid profile email phone address offline_access");
    // Each on top of those before.
    let of_kind = |kind| (1..=change).filter(move |it| it % 4 == kind);
    scopes.extend(of_kind(0).map(|it| format!("app{it}:read")));
    claims.extend(of_kind(3).map(|it| format!("claim_{it}")));
    json!({
        "response_types_supported": ["code", "id_token", "code id_token", "code token"],
        "response_modes_supported": ["query", "fragment", "form_post", "jwt"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code"],
        "subject_types_supported": ["public", "pairwise"],
        "scopes_supported": scopes,
        "claims_supported": claims,
        "acr_values_supported": ["urn:mace:incommon:iap:silver", "urn:mace:incommon:iap:bronze"],
        "id_token_signing_alg_values_supported": algorithms,
        "userinfo_signing_alg_values_supported": algorithms,
        "request_object_signing_alg_values_supported": algorithms,
        "id_token_encryption_alg_values_supported": encryption,
        "id_token_encryption_enc_values_supported": content,
        "request_object_encryption_alg_values_supported": encryption,
        "request_object_encryption_enc_values_supported": content,
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "request_parameter_supported": true,
        "claims_parameter_supported": true,
        "tls_client_certificate_bound_access_tokens": true,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "frontchannel_logout_supported": true,
    })
}

/// Metadata of the usual kind and size.
fn document(target: usize, change: usize) -> Value {
    let mut all = places(target, change);
    let Value::Object(more) = abilities(change) else {
        unreachable!("it is an object");
    };
    all.as_object_mut().unwrap().extend(more);
    all
}

/// The document as it is served: its members in no order.
fn served(document: &Value) -> String {
    let mut members: Vec<_> = document.as_object().unwrap().iter().collect();
    members.sort_by_key(|(name, _)| name.chars().rev().collect::<String>());
    let members = members
        .into_iter()
        .map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

pub fn measure() {
    let length = served(&document(0, 0)).len();
    heading(&format!("the store, documents of {length} bytes"));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    configure(folder.path());
    let first = size(folder.path(), 0) / TARGETS as f64;
    let all = size(folder.path(), CHANGES) / TARGETS as f64;
    let change = (all - first) / CHANGES as f64;
    row(
        "a target with its first document",
        first / 1e3,
        "KB",
        Target::AtMost(6.0),
    );
    row(
        "a change of it, with its event and alert",
        change / 1e3,
        "KB",
        Target::AtMost(5.0),
    );
}

fn configure(folder: &Path) {
    let mut text =
        "[mail]\ntransport = \"file\"\ndirectory = \"mails\"\nfrom = \"issuerwatch@localhost\"\n\
         to = [\"iam@example.com\"]\n"
            .to_owned();
    for target in 0..TARGETS {
        let issuer = &document(target, 0)["issuer"];
        write!(
            text,
            "[[provider]]\nname = \"provider-{target}\"\nissuer = {issuer}\n\
             documents = [\"openid-configuration\"]\n"
        )
        .unwrap();
    }
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

/// Bytes of a store in which each target changed so often.
fn size(folder: &Path, changes: usize) -> f64 {
    let mut recording = String::new();
    for change in 0..=changes {
        let at = format!("2026-01-{:02}T06:00:00Z", change + 1);
        for target in 0..TARGETS {
            let body = document(target, change);
            let url = format!(
                "{}/.well-known/openid-configuration",
                body["issuer"].as_str().unwrap()
            );
            let seen = json!({"at": at, "provider": format!("provider-{target}"),
                "document": "openid-configuration", "url": url, "status": 200,
                "content_type": "application/json", "body": served(&body)});
            writeln!(recording, "{seen}").unwrap();
        }
    }
    std::fs::write(folder.join("recording.jsonl"), recording).unwrap();
    let store = format!("{changes}.db");
    let replayed = Command::new(env!("CARGO_BIN_EXE_issuerwatch"))
        .args(["replay", "recording.jsonl", "--into", &store])
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(replayed.success());
    std::fs::metadata(folder.join(&store)).unwrap().len() as f64
}
