//! What holds of any two documents.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::document::kind::Kind;

/// Names that have rows, names that have none, and names that mean something in a JSON Pointer.
const NAMES: [&str; 20] = [
    "issuer",
    "token_endpoint",
    "jwks_uri",
    "scopes_supported",
    "grant_types_supported",
    "response_types_supported",
    "response_modes_supported",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
    "ui_locales_supported",
    "mtls_endpoint_aliases",
    "jwks",
    "keys",
    "signed_metadata",
    "require_pushed_authorization_requests",
    "resource_name#fr",
    "x_endpoint",
    "a/b",
    "~",
    "",
];
const TEXTS: [&str; 14] = [
    "https://a.example/x",
    "https://b.example/x",
    "HTTPS://A.example:443/x",
    "http://a.example/x",
    "javascript:x",
    "S256",
    "none",
    "implicit",
    "code id_token",
    "id_token code",
    "de-CH",
    "e30.e30.c2ln",
    "",
    "\u{202E}\u{0}",
];

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        4 => select(TEXTS.to_vec()).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        prop_oneof![Just(1.0), Just(1e300), Just(0.5), Just(-0.0)]
            .prop_map(|x: f64| Value::from(x)),
        text.clone().prop_map(Value::from),
        vec(text, 0..5).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            members(inner).prop_map(Value::from),
        ]
    })
}

fn members(
    value: impl Strategy<Value = Value> + Clone,
) -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let name = prop_oneof![
        4 => select(NAMES.to_vec()).prop_map(str::to_owned),
        1 => select(vec!["kty", "kid", "n", "e", "d", "use", "x5c"]).prop_map(str::to_owned),
        1 => ".{0,4}",
    ];
    btree_map(name, value, 0..7).prop_map(|members| members.into_iter().collect())
}

/// Any members, with those that make a document of each kind.
fn body() -> impl Strategy<Value = String> {
    members(value().boxed()).prop_map(|mut members| {
        let address = || Value::from("https://a.example/z");
        members.insert("z_endpoint".to_owned(), address());
        members.insert("resource".to_owned(), address());
        if !members.get("keys").is_some_and(Value::is_array) {
            members.insert("keys".to_owned(), Value::Array(Vec::new()));
        }
        Value::Object(members).to_string()
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    select(Kind::ALL.to_vec())
}

fn parsed(kind: Kind, text: &str) -> Document {
    Document::parse(kind, text.as_bytes(), None).unwrap()
}

/// Values of one type, some of them alike: texts, or keys with and without a kid.
fn alike() -> impl Strategy<Value = Vec<Value>> {
    let text = select(TEXTS.to_vec()).prop_map(Value::from).boxed();
    let kid = select(vec![
        Value::Null,
        Value::from("a"),
        Value::from("b"),
        Value::from(1),
    ]);
    let key = (kid, 0..3).prop_map(|(kid, n)| match kid {
        Value::Null => serde_json::json!({"n": n}),
        kid => serde_json::json!({"kid": kid, "n": n}),
    });
    prop_oneof![vec(text, 8), vec(key, 8)]
}

/// The same with every array of strings in another order, its first element twice.
fn stirred(value: &Value, seed: u64) -> Value {
    match value {
        Value::Array(values) if values.iter().all(Value::is_string) && !values.is_empty() => {
            let mut more = values.clone();
            more.push(values[0].clone());
            let keys: Vec<u64> = (0..more.len() as u64)
                .map(|it| it.wrapping_mul(seed | 1))
                .collect();
            let mut order: Vec<usize> = (0..more.len()).collect();
            order.sort_by_key(|index| keys[*index] % 7);
            order.into_iter().map(|index| more[index].clone()).collect()
        }
        Value::Array(values) => values.iter().map(|value| stirred(value, seed)).collect(),
        Value::Object(members) => {
            members
                .iter()
                .map(|(name, value)| {
                    // The order of these two counts.
                    let is_list = name == "x5c" || member::is_ordered(name);
                    let value = if is_list {
                        value.clone()
                    } else {
                        stirred(value, seed)
                    };
                    (name.clone(), value)
                })
                .collect()
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn the_patch_makes_the_new_document_of_the_old_one(kind in kind(), old in body(), new in body()) {
        let (old, new) = (parsed(kind, &old), parsed(kind, &new));
        let mut patched = Value::Object(old.members().clone());
        let patch: json_patch::Patch = serde_json::from_str(patch(&old, &new).as_str()).unwrap();
        json_patch::patch(&mut patched, &patch).unwrap();
        prop_assert_eq!(patched.to_string(), new.canonical());
    }

    #[test]
    fn what_stays_in_an_array_is_in_no_operation(values in alike(), whose in vec(0..3, 8)) {
        let of = |other: i32| -> Vec<&Value> {
            values.iter().zip(&whose).filter(|(_, whose)| **whose != other).map(|(value, _)| value).collect()
        };
        let document = |values| parsed(Kind::JWKS, &serde_json::json!({"keys": values}).to_string());
        let (old, new) = (document(of(1)), document(of(0)));
        let array = |document: &Document| document.members()["keys"].as_array().unwrap().clone();
        let (before, after) = (array(&old), array(&new));
        let stays = before.iter().filter(|value| after.contains(value)).count();
        let patch: json_patch::Patch = serde_json::from_str(patch(&old, &new).as_str()).unwrap();
        if stays > 0 {
            prop_assert_eq!(patch.0.len(), before.len() + after.len() - 2 * stays);
        }
        let mut patched = Value::Object(old.members().clone());
        json_patch::patch(&mut patched, &patch).unwrap();
        prop_assert_eq!(patched.to_string(), new.canonical());
    }

    #[test]
    fn a_document_does_not_differ_from_itself(kind in kind(), body in body()) {
        let (one, two) = (parsed(kind, &body), parsed(kind, &format!(" {body}\n")));
        prop_assert_eq!(changes(&one, &two, None, &Policy::default()), []);
        prop_assert_eq!(one.fingerprint(), two.fingerprint());
        let again = Document::from_canonical(kind, one.canonical()).unwrap();
        prop_assert_eq!(again.canonical(), one.canonical());
        prop_assert_eq!(again.fingerprint(), one.fingerprint());
    }

    #[test]
    fn order_and_repetition_in_sets_are_no_change(kind in kind(), body in body(), seed: u64) {
        let value: Value = serde_json::from_str(&body).unwrap();
        let other = stirred(&value, seed).to_string();
        let (one, two) = (parsed(kind, &body), parsed(kind, &other));
        prop_assert_eq!(one.canonical(), two.canonical());
        prop_assert_eq!(changes(&one, &two, None, &Policy::default()), []);
    }

    #[test]
    fn any_two_documents_can_be_compared_and_judged(
        kind in kind(), old in body(), new in body(),
    ) {
        let (old, new) = (parsed(kind, &old), parsed(kind, &new));
        let identity = Identity::Issuer("https://a.example/x".into());
        let policy = Policy::default();
        for change in changes(&old, &new, Some(&identity), &policy) {
            prop_assert!(change.rule.known().is_some(), "{}", change.rule);
            prop_assert!(!change.why.is_empty(), "{}", change.rule);
            prop_assert!(change.before != change.after || change.added != change.removed
                || change.rule == Rule::JwksDisjoint);
        }
        for finding in crate::meaning::finding::findings(&new, Some(&identity), &policy) {
            prop_assert!(finding.rule.known().is_some(), "{}", finding.rule);
        }
    }

    #[test]
    fn no_private_key_gets_through(name in "[a-z]{1,4}", depth in 0usize..4, other in body()) {
        let mut text = r#"{"kty":"EC","d":"HUSH","k":"HUSH","oth":[{"r":"HUSH"}]}"#.to_owned();
        for _ in 0..depth {
            text = format!(r#"{{"{name}":[{text}]}}"#);
        }
        let body = format!(r#"{{"issuer":"i","x":{text},"x":{other},"y":{text}}}"#);
        let document = parsed(Kind::OPENID_CONFIGURATION, &body);
        let stored = document.stored_body(body.as_bytes());
        prop_assert!(!String::from_utf8_lossy(&stored).contains("HUSH"));
        prop_assert!(!document.canonical().contains("HUSH"));
    }

    #[test]
    fn no_bytes_make_a_document_panic(bytes: Vec<u8>, kind in kind()) {
        if let Ok(document) = Document::parse(kind, &bytes, None) {
            drop(crate::meaning::finding::findings(&document, None, &Policy::default()));
        }
    }
}
