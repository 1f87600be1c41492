//! What each demand finds, and what the clients that are built in say.

use serde_json::json;

use super::*;
use crate::meaning::client::table;

const ISSUER: &str = "https://a.example";

fn document(kind: Kind, members: &Value) -> Document {
    let text = members.to_string();
    Document::parse(kind, text.as_bytes(), Some("application/json")).unwrap()
}

fn good() -> Value {
    json!({
        "issuer": ISSUER, "authorization_endpoint": "https://a.example/authorize",
        "token_endpoint": "https://a.example/token", "jwks_uri": "https://a.example/keys",
        "response_types_supported": ["code", "code id_token"],
        "code_challenge_methods_supported": ["S256"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "claims_supported": ["sub"],
    })
}

/// What the demand finds in a good document of this kind with other members; what is `null` is left
/// out.
fn found_in(kind: Kind, demand: Demand, others: &Value) -> Option<String> {
    let mut members = good();
    let all = members.as_object_mut().unwrap();
    for (name, value) in others.as_object().unwrap() {
        all.insert(name.clone(), value.clone());
    }
    all.retain(|_, value| !value.is_null());
    let client = Client {
        name: "mine".to_owned(),
        about: String::new(),
        reads: ReadDocuments::Metadata,
        demands: vec![SourcedDemand {
            demand,
            source: "here".to_owned(),
        }],
    };
    match judge(&client, &document(kind, &members), Some(ISSUER)) {
        Verdict::Accepts => None,
        Verdict::Refuses(reasons) => Some(reasons[0].instead.clone()),
        Verdict::NotRead => Some("not read".to_owned()),
    }
}

fn found(demand: Demand, others: &Value) -> Option<String> {
    found_in(Kind::OAUTH_AUTHORIZATION_SERVER, demand, others)
}

#[test]
fn what_is_required_must_be_written_down_and_what_is_listed_may_be_a_default() {
    let grants = || "grant_types_supported".to_owned();
    let requires = || Demand::Requires(grants());
    assert_eq!(
        found(requires(), &json!({})),
        Some("grant_types_supported is missing".to_owned())
    );
    assert_eq!(
        found(requires(), &json!({"grant_types_supported": []})),
        None
    );
    let lists = |value: &str| Demand::Contains(grants(), vec![value.to_owned()]);
    assert_eq!(found(lists("implicit"), &json!({})), None, "the default");
    let others = json!({"grant_types_supported": ["authorization_code"]});
    assert_eq!(
        found(lists("implicit"), &others),
        Some("grant_types_supported does not list implicit".to_owned())
    );
    let words = Demand::Contains(
        "response_types_supported".to_owned(),
        vec!["id_token code".to_owned(), "token".to_owned()],
    );
    assert_eq!(
        found(words, &json!({})),
        Some("response_types_supported does not list token".to_owned()),
        "words of a response type have no order"
    );
}

#[test]
fn a_boolean_that_is_left_out_is_what_it_stands_for() {
    let is = |wanted| Demand::Is("require_pushed_authorization_requests".to_owned(), wanted);
    assert_eq!(found(is(false), &json!({})), None);
    assert_eq!(
        found(is(true), &json!({})),
        Some("require_pushed_authorization_requests is not true".to_owned())
    );
    let text = json!({"require_pushed_authorization_requests": "true"});
    assert!(found(is(true), &text).is_some());
    assert!(found(is(false), &text).is_some(), "a text is no boolean");
}

#[test]
fn an_endpoint_is_needed_where_a_grant_that_is_offered_uses_it() {
    let needed = || Demand::RequiresWhereNeeded("authorization_endpoint".to_owned());
    let without =
        |grants: Value| json!({"authorization_endpoint": null, "grant_types_supported": grants});
    assert_eq!(
        found(needed(), &without(json!(["authorization_code"]))),
        Some("authorization_endpoint is missing".to_owned())
    );
    assert_eq!(
        found(needed(), &without(json!(["client_credentials"]))),
        None
    );
}

#[test]
fn addresses_are_https_and_of_one_origin_wherever_they_stand() {
    let others = json!({
        "token_endpoint": "http://a.example/token",
        "mtls_endpoint_aliases": {"token_endpoint": "http://m.example/token"},
    });
    assert_eq!(
        found(Demand::Https, &others),
        Some("mtls_endpoint_aliases and 1 other endpoint are not https".to_owned())
    );
    let local = json!({"token_endpoint": "http://127.0.0.1:8080/token"});
    assert_eq!(found(Demand::Https, &local), None, "loopback is exempt");
    let number = json!({"token_endpoint": 7});
    assert_eq!(
        found(Demand::Https, &number),
        Some("token_endpoint is not https".to_owned())
    );
    assert_eq!(found(Demand::SameOrigin, &json!({})), None);
    for other in ["https://a.example:8443/k", "http://a.example/k", "x"] {
        assert_eq!(
            found(Demand::SameOrigin, &json!({"jwks_uri": other})),
            Some("jwks_uri is of another origin than issuer".to_owned()),
            "{other}"
        );
    }
    assert_eq!(
        found(
            Demand::SameOrigin,
            &json!({"jwks_uri": "https://A.example:443/k"})
        ),
        None,
        "an origin has one form"
    );
}

#[test]
fn the_issuer_is_compared_to_the_character() {
    let others = json!({"issuer": "https://a.example/"});
    assert_eq!(
        found(Demand::IssuerMatches, &others),
        Some("issuer is https://a.example/, not https://a.example".to_owned())
    );
    assert_eq!(found(Demand::IssuerMatches, &json!({})), None);
    assert_eq!(
        found(Demand::IssuerMatches, &json!({"issuer": null})),
        Some("issuer is missing".to_owned())
    );
    let others = json!({"issuer": "https://a.example?x=1"});
    assert_eq!(
        found(Demand::PlainIssuer, &others),
        Some("issuer is https://a.example?x=1".to_owned())
    );
    let unknown = document(
        Kind::OPENID_CONFIGURATION,
        &json!({"issuer": "https://b.example"}),
    );
    let kubernetes = table::find("kubernetes").unwrap();
    let Verdict::Refuses(reasons) = judge(kubernetes, &unknown, None) else {
        panic!()
    };
    assert_eq!(
        reasons.len(),
        1,
        "nothing follows where no identity is known"
    );
}

#[test]
fn names_from_outside_are_made_harmless() {
    let others = json!({"a\u{202E}b_endpoint": "http://x.example/"});
    let words = found(Demand::Https, &others).unwrap();
    assert_eq!(words, "a<U+202E>b_endpoint is not https");
}

#[test]
fn a_client_says_nothing_of_what_it_does_not_read() {
    let anything = || Demand::Requires("x".to_owned());
    let key_set = document(Kind::JWKS, &json!({"keys": []}));
    for client in table::CLIENTS.iter() {
        assert_eq!(judge(client, &key_set, None), Verdict::NotRead);
    }
    let members = json!({"resource": ISSUER, "issuer": null});
    let found = found_in(Kind::OAUTH_PROTECTED_RESOURCE, anything(), &members);
    assert_eq!(found, Some("x is missing".to_owned()));
}

#[test]
fn the_clients_that_are_built_in_accept_a_good_document_and_say_what_a_bad_one_lacks() {
    let refused = |name: &str, without: &str| {
        let mut members = good();
        members.as_object_mut().unwrap().remove(without);
        let client = table::find(name).unwrap();
        match judge(
            client,
            &document(Kind::OPENID_CONFIGURATION, &members),
            Some(ISSUER),
        ) {
            Verdict::Refuses(reasons) => {
                assert!(!reasons[0].source.is_empty());
                reasons.into_iter().map(|it| it.member).collect()
            }
            Verdict::Accepts | Verdict::NotRead => Vec::new(),
        }
    };
    for client in table::CLIENTS.iter() {
        assert_eq!(refused(&client.name, ""), Vec::<String>::new());
    }
    let challenge = "code_challenge_methods_supported";
    assert_eq!(refused("mcp", challenge), [challenge]);
    assert_eq!(refused("mcp-2025-11-25", challenge), [challenge]);
    assert_eq!(refused("strict-rfc8414", challenge), Vec::<String>::new());
    assert_eq!(
        refused("strict-rfc8414", "token_endpoint"),
        ["token_endpoint"]
    );
    assert_eq!(
        refused("strict-openid", "subject_types_supported"),
        ["subject_types_supported"]
    );
    assert_eq!(refused("kubernetes", "jwks_uri"), ["jwks_uri"]);
    for member in ["response_types_supported", "jwks_uri"] {
        assert_eq!(refused("aws-iam", member), [member]);
    }
    for member in ["claims_supported", "token_endpoint"] {
        assert_eq!(refused("aws-iam", member), Vec::<String>::new());
    }
}
