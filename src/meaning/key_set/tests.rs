//! Every rule of key sets with a pair of sets that makes it fire.

mod memory;
mod unread;

use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::document::canonical::Document;
use crate::document::fingerprint::sha256_hex;
use crate::document::key_set::*;
use crate::document::kind::Kind;
use crate::document::observation::Outcome;
use crate::meaning::diff;
use crate::meaning::judge::Judge;
use crate::meaning::provider::Target;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::policy::reading::{Reading, read};
use crate::policy::tracking::Tracking;

fn set(keys: &[&str]) -> Document {
    let text = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
}

fn key(kid: &str, n: &str) -> String {
    format!(r#"{{"kty":"RSA","kid":"{kid}","use":"sig","alg":"RS256","e":"AQAB","n":"{n}"}}"#)
}

fn check(old: &[&str], new: &[&str], expected: &[&str]) {
    let found: Vec<String> = diff::changes(&set(old), &set(new), None, &Policy::default())
        .iter()
        .map(|change| {
            let words = |values: &[Value]| {
                let words: Vec<String> = values.iter().filter_map(words).collect();
                words.join(",")
            };
            let (lost, gained) = (words(&change.removed), words(&change.added));
            format!("{} {} -{lost} +{gained}", change.rule, change.severity)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_thumbprint_is_that_of_rfc_7638() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let document = set(&[&key("2011-04-29", n)]);
    assert_eq!(
        keys(document.members())[0].material.thumbprint.as_deref(),
        Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    );
}

/// A key as it should be, one encoded otherwise, and whether that is the same key.
fn check_encoding(good: &str, odd: &str, is_same: bool) {
    let found = |text: &str| {
        let document = set(&[text]);
        let findings = finding::findings(document.members(), &document.keys(), "keys");
        let is_odd = findings.iter().any(|it| it.rule == Rule::KeyEncoding);
        let thumbprint = document.keys()[0].material.thumbprint.clone();
        (is_odd, thumbprint)
    };
    let ((good_is_odd, right), (odd_is_odd, other)) = (found(good), found(odd));
    assert!(!good_is_odd && right.is_some(), "{good}");
    assert!(odd_is_odd, "{odd}");
    assert_eq!(right == other, is_same, "{odd}");
}

#[test]
fn an_odd_encoding_is_found_and_makes_no_other_key() {
    let rsa = |n: &str| key("a", n);
    for odd in ["_7-7-w==", "/7+7+w", "_7-7-x", "AP-_u_s"] {
        check_encoding(&rsa("_7-7-w"), &rsa(odd), true);
    }
    check_encoding(&rsa("_7-7-w"), &rsa("!"), false);
    let ec = |x: &str| {
        let y = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#)
    };
    let full = "AAABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    for odd in [
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
        &format!("AAAA{full}"),
    ] {
        check_encoding(&ec(full), &ec(odd), true);
    }
    check_encoding(&ec(full), &ec(""), false);
    let okp = |x: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    check_encoding(&okp("AAE"), &okp("AAE="), true);
}

#[test]
fn the_members_that_are_looked_up_once_are_those_that_stand_there() {
    let names = [
        "alg", "crv", "e", "kid", "kty", "n", "pub", "use", "x", "y", "x5t", "other",
    ];
    let members: Vec<String> = names
        .iter()
        .map(|it| format!(r#""{it}":"of {it}""#))
        .collect();
    let document = set(&[&format!("{{{}}}", members.join(","))]);
    for name in names {
        let expected = format!("of {name}");
        assert_eq!(document.keys()[0].text(name), Some(expected.as_str()));
    }
}

#[test]
fn order_and_repetition_of_keys_are_no_change() {
    let (a, b) = (key("a", "qqqq"), key("b", "u7u7"));
    check(&[&a, &b], &[&b, &a, &b], &[]);
    assert_eq!(
        set(&[&a, &b]).fingerprint(),
        set(&[&b, &a, &b]).fingerprint()
    );
}

#[test]
fn a_leading_zero_octet_makes_no_other_key() {
    check(&[&key("a", "qqqq")], &[&key("a", "AKqqqg")], &[]);
}

#[test]
fn keys_come_and_go() {
    let (a, b) = (key("a", "qqqq"), key("b", "u7u7"));
    check(&[&a], &[&a, &b], &["key-added info - +b (RS256)"]);
    check(&[&a, &b], &[&b], &["key-removed info -a (RS256) +"]);
}

#[test]
fn a_set_without_a_surviving_signing_key_is_breaking() {
    let (a, b) = (key("a", "qqqq"), key("b", "u7u7"));
    let enc = r#"{"kty":"RSA","kid":"e","use":"enc","e":"AQAB","n":"zMzM"}"#;
    check(
        &[&a, enc],
        &[&b, enc],
        &[
            "jwks-disjoint breaking - +",
            "key-added info - +b (RS256)",
            "key-removed info -a (RS256) +",
        ],
    );
    check(
        &[enc],
        &[&a],
        &[
            "key-added info - +a (RS256)",
            "key-removed info -e (RSA, enc) +",
        ],
    );
}

#[test]
fn another_key_under_the_same_kid_is_security() {
    let other = key("z", "3d3d");
    check(
        &[&key("a", "qqqq"), &other],
        &[&key("a", "u7u7"), &other],
        &["key-replaced security -a (RS256) +a (RS256)"],
    );
}

#[test]
fn a_kid_that_stands_for_another_key_is_security_wherever_the_keys_went() {
    let (one, two) = ("qqqq", "u7u7");
    let replaced = "key-replaced security -a (RS256) +a (RS256)";
    let described = "key-described-differently notice";
    check(
        &[&key("a", one)],
        &[&key("old", one), &key("a", two)],
        &[replaced, &format!("{described} -a (RS256) +old (RS256)")],
    );
    check(
        &[&key("a", one), &key("b", two)],
        &[&key("b", one), &key("a", two)],
        &[
            "key-replaced security -a (RS256),b (RS256) +a (RS256),b (RS256)",
            &format!("{described} -a (RS256),b (RS256) +b (RS256),a (RS256)"),
        ],
    );
    check(
        &[&key("a", one), &key("b", two)],
        &[&key("a", two)],
        &[replaced, &format!("{described} -b (RS256) +a (RS256)")],
    );
    let unknown = |material: &str| format!(r#"{{"kty":"new","kid":"a","m":"{material}"}}"#);
    check(
        &[&unknown("AQ"), &key("b", one)],
        &[&unknown("Ag"), &key("b", one)],
        &["key-replaced security -a (new) +a (new)"],
    );
}

#[test]
fn a_kid_that_stands_for_several_keys_may_be_shuffled() {
    let (one, two) = (key("a", "qqqq"), key("a", "u7u7"));
    let found = |old: &[&str], new: &[&str]| {
        let found = diff::changes(&set(old), &set(new), None, &Policy::default());
        found
            .into_iter()
            .any(|change| change.rule == Rule::KeyReplaced)
    };
    assert!(!found(&[&one, &two], &[&one]));
    assert!(!found(&[&one], &[&one, &two]));
    assert!(!found(&[&one, &two], &[&two, &one]));
    assert!(found(&[&one, &two], &[&one, &key("a", "zMzM")]));
}

#[test]
fn a_kid_that_goes_back_and_forth_between_known_keys_is_no_replacement() {
    let (one, two) = (set(&[&key("a", "qqqq"), &key("b", "u7u7")]), {
        set(&[&key("a", "u7u7"), &key("b", "u7u7")])
    });
    let rules = |old: &Document, new: &Document, is_known: bool| {
        let mut changes = diff::changes(old, new, None, &Policy::default());
        let policy = Policy::default();
        tell_returned(&mut changes, |_| is_known, RememberedKeys::NOTHING, &policy);
        let rules: Vec<&str> = changes.iter().map(|it| it.rule.as_str()).collect();
        rules.join(" ")
    };
    let described = Rule::KeyDescribedDifferently;
    assert_eq!(rules(&one, &two, true), format!("{described} key-removed"));
    assert_eq!(rules(&two, &one, true), format!("{described} key-returned"));
    // One that was never seen is what an attacker would publish.
    assert_eq!(
        rules(&two, &one, false),
        format!("key-replaced {described}")
    );
}

#[test]
fn what_is_said_differently_of_a_key_stands_in_the_reason() {
    let why = |old: &str, new: &str| {
        let key = |more: &str| format!(r#"{{"kty":"RSA","kid":"a","e":"AQAB","n":"qqqq"{more}}}"#);
        let (old, new) = (set(&[&key(old)]), set(&[&key(new)]));
        let changes = diff::changes(&old, &new, None, &Policy::default());
        assert_eq!(changes.len(), 1);
        (changes[0].severity.to_string(), changes[0].why.clone())
    };
    let (severity, reason) = why(
        r#","x5u":"https://a.example/x""#,
        r#","nbf":1,"key_ops":["verify"]"#,
    );
    assert_eq!(severity, "info");
    assert_eq!(
        reason,
        "The key itself is the same; what is said of it differs in key_ops, nbf and x5u."
    );
    let (severity, reason) = why("", r#","revoked":{"reason":"compromised"}"#);
    assert_eq!(severity, "security");
    assert!(reason.contains("is revoked"), "{reason}");
    let (severity, reason) = why(r#","revoked":{}"#, "");
    assert_eq!(severity, "notice");
    assert!(reason.ends_with("differs in revoked."), "{reason}");
}

#[test]
fn among_the_keys_of_one_name_the_old_one_gone_and_a_new_one_there_is_replaced() {
    let (one, two, three) = (key("a", "qqqq"), key("a", "u7u7"), key("a", "zMzM"));
    check(
        &[&one, &two],
        &[&two, &three],
        &["key-replaced security -a (RS256) +a (RS256)"],
    );
    let enc = r#"{"kty":"RSA","kid":"a","use":"enc","alg":"RSA-OAEP","e":"AQAB","n":"7u7u"}"#;
    let other = key("other", "3d3d");
    check(
        &[&one, enc, &other],
        &[&two, enc, &other],
        &["key-replaced security -a (RS256) +a (RS256)"],
    );
    // One key was added beside it, and one of two is gone: no key took the place of another.
    check(
        &[&one, &other],
        &[&one, enc, &other],
        &["key-added info - +a (RSA-OAEP, enc)"],
    );
    check(
        &[&one, enc, &other],
        &[enc, &other],
        &["key-removed info -a (RS256) +"],
    );
}

#[test]
fn another_kid_for_the_same_key_is_another_description() {
    check(
        &[&key("a", "qqqq")],
        &[&key("b", "qqqq")],
        &["key-described-differently notice -a (RS256) +b (RS256)"],
    );
}

#[test]
fn a_key_that_was_seen_before_has_returned() {
    let (old, new) = (
        set(&[&key("a", "qqqq")]),
        set(&[&key("a", "qqqq"), &key("b", "u7u7")]),
    );
    let back = keys(new.members())[1].material.thumbprint.clone().unwrap();
    let mut changes = diff::changes(&old, &new, None, &Policy::default());
    let policy = Policy::default();
    tell_returned(
        &mut changes,
        |seen| seen == back,
        RememberedKeys::NOTHING,
        &policy,
    );
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].rule, Rule::KeyReturned);
}

#[test]
fn what_is_stored_is_named_by_its_own_hash() {
    let target = Target {
        judge: Judge::default(),
        provider: "a".to_owned(),
        kind: Kind::JWKS.into(),
        url: None,
        identity: None,
        policy: Arc::new(Policy::default()),
    };
    for text in [r#"{"keys":[{"kty":"oct","k":"HUSH"}]}"#, r#" {"keys":[]}"#] {
        let received = Outcome::Body {
            content_type: None,
            bytes: text.into(),
        };
        let Reading::Document(parsed) = read(&target, &Tracking::new(1), &received) else {
            panic!("{text}");
        };
        assert_eq!(parsed.body_sha256, sha256_hex(&parsed.body), "{text}");
    }
}

#[test]
fn secrets_are_in_nothing_that_is_kept() {
    let body = br#"{"keys":[{"kty":"oct","kid":"s","k":"HUSH"},{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ","d":"HUSH"}]}"#;
    let document = Document::parse(Kind::JWKS, body, None).unwrap();
    assert!(!document.canonical().contains("HUSH"));
    let stored = String::from_utf8(document.stored_body(body).into_owned()).unwrap();
    assert!(!stored.contains("HUSH"), "{stored}");
    let again = Document::parse(Kind::JWKS, stored.as_bytes(), None).unwrap();
    assert_eq!(again.fingerprint(), document.fingerprint());
}
