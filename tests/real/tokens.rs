//! Tokens that `oidc-provider` signs before, during and after a change of its key, and some that nobody
//! signs so.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use issuerwatch::clock;
use serde_json::{Value, json};

use crate::server::{Kind, Server};
use crate::watcher::Watcher;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "tokens::a_token_is_judged_by_the_keys_that_were_there_when_it_was_issued",
        rotation,
    ),
    ("tokens::what_the_server_never_signs_is_not_theirs", forged),
];

fn config(keys: &[&str]) -> Value {
    json!({
        "scopes": ["openid"],
        "signingKeys": keys,
        "features": {
            "devInteractions": { "enabled": false },
            "clientCredentials": { "enabled": true },
        },
    })
}

fn started(keys: &[&str]) -> (Server, Watcher) {
    let server = Server::start(Kind::OidcProvider, &config(keys));
    let watcher = Watcher::of(&server.origin(), &["openid-configuration", "jwks"]);
    watcher.check(0);
    (server, watcher)
}

/// Times are whole seconds: what comes after this has another one than what was before.
fn next_second() {
    let now = clock::now().as_second();
    while clock::now().as_second() == now {
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

#[track_caller]
fn assert_judged(watcher: &Watcher, token: &str, code: i32, verdict: &str, verifies: &Value) {
    let (ended, said) = watcher.token(token);
    // What it is in words stands behind the object, on standard error.
    let mut objects = serde_json::Deserializer::from_str(&said).into_iter::<Value>();
    let object = objects.next().unwrap().expect(&said);
    let found = (
        ended,
        object["verdict"].as_str().unwrap(),
        &object["verifies"],
    );
    assert_eq!(found, (Some(code), verdict, verifies), "{said}");
}

fn rotation() {
    let yes = json!(true);
    let (mut server, watcher) = started(&["a"]);
    let before = server.token();
    assert_judged(&watcher, &before, 0, "theirs", &yes);
    next_second();
    server.restart(&config(&["b", "a"]));
    // Signed by a key that is published, and that no poll saw yet.
    let early = server.token();
    assert_judged(&watcher, &early, 3, "not-then", &json!(false));
    next_second();
    watcher.check(0);
    // Now it is known whose key it was; nobody saw it when the token was issued.
    assert_judged(&watcher, &early, 3, "not-then", &yes);
    let during = server.token();
    assert_judged(&watcher, &during, 0, "theirs", &yes);
    server.restart(&config(&["a", "b"]));
    let old_key = server.token();
    assert_judged(&watcher, &old_key, 0, "theirs", &yes);
    next_second();
    server.restart(&config(&["b"]));
    watcher.check(0);
    assert_judged(&watcher, &before, 0, "theirs", &yes);
    assert_judged(&watcher, &server.token(), 0, "theirs", &yes);
    next_second();
    // The key that was withdrawn goes on signing.
    server.restart(&config(&["a"]));
    assert_judged(&watcher, &server.token(), 3, "not-then", &yes);
    // And one that was never published when anybody looked.
    server.restart(&config(&["c"]));
    assert_judged(&watcher, &server.token(), 3, "not-then", &json!(false));
    watcher.assert_verified();
}

fn forged() {
    let (server, watcher) = started(&["a"]);
    let token = server.token();
    let parts: Vec<&str> = token.split('.').collect();
    let head = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (claims, signature) = (parts[1], parts[2]);
    // The claims of a real one, signed by nobody.
    for alg in ["none", "None", "HS256"] {
        let unsigned = format!("{}.{claims}.", head(&json!({"alg": alg, "kid": "a"})));
        assert_judged(&watcher, &unsigned, 3, "forged", &json!(false));
    }
    // Claims that were not signed.
    let mut other: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    other["scope"] = json!("read write");
    let edited = format!("{}.{}.{signature}", parts[0], head(&other));
    assert_judged(&watcher, &edited, 3, "forged", &json!(false));
    // A header of a megabyte, and one that is only just read.
    let long =
        |length: usize| head(&json!({"alg": "RS256", "kid": "a", "x5c": ["A".repeat(length)]}));
    let huge = format!("{}.{claims}.{signature}", long(1_000_000));
    let (code, said) = watcher.token(&huge);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.len() < 300 && said.contains("longer than"), "{said}");
    let big = format!("{}.{claims}.{signature}", long(48_000));
    assert_judged(&watcher, &big, 3, "forged", &json!(false));
}
