//! What a recording shows, by a differ of its own: whoever judges a program must not ask it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Provider and day.
pub(super) type Day = (String, String);

/// What there was to be seen.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// Members in endpoints, scopes and methods that changed.
    pub(super) changes: BTreeMap<Day, BTreeSet<String>>,
    /// Of those, what had rested for 60 days.
    pub(super) fresh: BTreeMap<Day, BTreeSet<String>>,
    /// Provider, document and day on which a document differed from the one before.
    pub(super) differing: BTreeSet<(String, String, String)>,
    /// Provider, document and day on which it came from another address than before.
    pub(super) moved: BTreeSet<(String, String, String)>,
}

/// What stands for a member that is left out, by the specifications.
fn default(member: &str) -> Option<Value> {
    let unsupported = [
        "authorization_response_iss_parameter_supported",
        "backchannel_logout_session_supported",
        "backchannel_logout_supported",
        "backchannel_user_code_parameter_supported",
        "claims_parameter_supported",
        "frontchannel_logout_session_supported",
        "frontchannel_logout_supported",
        "request_parameter_supported",
        "require_pushed_authorization_requests",
        "require_request_uri_registration",
        "require_signed_request_object",
        "tls_client_certificate_bound_access_tokens",
    ];
    Some(match member {
        "response_modes_supported" => json!(["fragment", "query"]),
        "grant_types_supported" => json!(["authorization_code", "implicit"]),
        "token_endpoint_auth_methods_supported" | "revocation_endpoint_auth_methods_supported" => {
            json!(["client_secret_basic"])
        }
        "request_uri_parameter_supported" => json!(true),
        _ if unsupported.contains(&member) => json!(false),
        _ => return None,
    })
}

/// Whether changes of a member are mailed by default, whatever they are.
fn is_mailed(member: &str) -> bool {
    let named = [
        "issuer",
        "jwks_uri",
        "scopes_supported",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "code_challenge_methods_supported",
    ];
    let endings = [
        "_endpoint",
        "_signing_alg_values_supported",
        "_encryption_alg_values_supported",
        "_encryption_enc_values_supported",
        "_auth_methods_supported",
    ];
    named.contains(&member) || endings.iter().any(|ending| member.ends_with(ending))
}

/// A value that is the same whatever the order of its arrays; a response type is a set of words.
fn as_set(member: &str, value: &Value) -> Value {
    match value {
        Value::Array(values) => {
            let one = |value: &Value| match value.as_str() {
                Some(text) if member == "response_types_supported" => {
                    let mut words: Vec<&str> = text.split_whitespace().collect();
                    words.sort_unstable();
                    words.join(" ")
                }
                _ => value.to_string(),
            };
            let set: BTreeSet<String> = values.iter().map(one).collect();
            json!(set)
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), as_set(name, value)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// A document, and not a page or an error: metadata has an issuer, a key set has keys.
fn document(line: &Value) -> Option<Map<String, Value>> {
    let body: Value = serde_json::from_str(line["body"].as_str()?).ok()?;
    let needed = if line["document"] == "jwks" {
        "keys"
    } else {
        "issuer"
    };
    let members = body
        .as_object()
        .filter(|it| it.contains_key(needed))?
        .iter();
    Some(
        members
            .map(|(name, value)| (name.clone(), as_set(name, value)))
            .collect(),
    )
}

fn days_between(earlier: &str, later: &str) -> i32 {
    let date = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    date(earlier).until(date(later)).unwrap().get_days()
}

/// Reads a recording.
pub(super) fn expected(recording: &str) -> Expected {
    let mut found = Expected::default();
    let mut last: BTreeMap<(String, String), Map<String, Value>> = BTreeMap::new();
    let mut source: BTreeMap<(String, String), Value> = BTreeMap::new();
    let mut when: BTreeMap<(String, String, String), String> = BTreeMap::new();
    for line in recording.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        let (provider, kind, day) = (text("provider"), text("document"), text("at")[..10].into());
        let target = (provider.clone(), kind.clone());
        let Some(now) = document(&line) else { continue };
        let from = [&line["final_url"], &line["url"]]
            .into_iter()
            .find(|url| url.is_string())
            .cloned()
            .unwrap_or_default();
        let before = source.insert(target.clone(), from.clone());
        if before.is_some_and(|before| before != from) {
            let place = (provider.clone(), kind.clone(), String::clone(&day));
            found.moved.insert(place);
        }
        let Some(before) = last.insert(target, now.clone()) else {
            continue;
        };
        if before != now {
            let place = (provider.clone(), kind.clone(), day.clone());
            found.differing.insert(place);
        }
        if kind == "jwks" {
            continue;
        }
        let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for name in names.into_iter().filter(|name| is_mailed(name)) {
            let of = |members: &Map<String, Value>| {
                let stands_for = || default(name).map(|value| as_set(name, &value));
                members.get(name).cloned().or_else(stands_for)
            };
            if of(&before) == of(&now) {
                continue;
            }
            let place = (provider.clone(), day.clone());
            let changes = found.changes.entry(place.clone()).or_default();
            changes.insert(name.clone());
            let member = (provider.clone(), kind.clone(), name.clone());
            let earlier = when.insert(member, day.clone());
            if earlier.is_none_or(|earlier| days_between(&earlier, &day) >= 60) {
                found.fresh.entry(place).or_default().insert(name.clone());
            }
        }
    }
    found
}

#[test]
fn the_differ_of_the_judge_knows_sets_and_defaults_and_what_is_no_document() {
    let line = |day: u8, body: &Value| {
        json!({"at": format!("2025-01-0{day}T05:00:00Z"), "provider": "a", "url": "https://a.example",
            "document": "openid-configuration", "body": body.to_string()})
        .to_string()
    };
    let one = json!({"issuer": "https://a.example", "scopes_supported": ["a", "b"],
        "response_types_supported": ["code id_token"]});
    let same = json!({"issuer": "https://a.example", "scopes_supported": ["b", "a", "a"],
        "response_types_supported": ["id_token code"], "request_uri_parameter_supported": true,
        "grant_types_supported": ["implicit", "authorization_code"]});
    let other = json!({"issuer": "https://a.example", "scopes_supported": ["b"]});
    let text = [
        line(1, &one),
        line(2, &same),
        line(3, &json!({})),
        line(4, &other),
    ];
    let found = expected(&text.join("\n"));
    let day = ("a".to_owned(), "2025-01-04".to_owned());
    let changed: Vec<&String> = found.changes[&day].iter().collect();
    assert_eq!(changed, ["response_types_supported", "scopes_supported"]);
    assert_eq!((found.changes.len(), &found.fresh), (1, &found.changes));
}
