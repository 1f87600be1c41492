//! Key sets over several events: what a kid stood for, and which kinds of keys there were.

use std::collections::BTreeSet;

use super::*;
use crate::meaning::member_values::MemberValues;
use crate::meaning::subject::Subject;

/// The rules of each step from set to set, with what is remembered in between.
fn steps(sets: &[&[&str]]) -> Vec<String> {
    let mut kept = MemberValues::new();
    let mut told = Vec::new();
    let policy = Policy::default();
    for pair in sets.windows(2) {
        let (old, new) = (set(pair[0]), set(pair[1]));
        let mut known = MemberValues::new();
        let asked = diff::asked_of_keys(&old, &new, &policy);
        if let Some(all) = kept.get(&Subject::KeyNames) {
            known.insert(Subject::KeyNames, &asked & all);
        }
        let remembered = RememberedKeys::of(&known);
        let mut changes = diff::changes(&old, &new, None, &policy);
        let hashes = diff::recall(&old, &new, &mut changes, remembered, &policy);
        for hash in &hashes {
            assert!(remembered.is_nothing() || asked.contains(hash));
            assert!(!remembered.has(hash));
        }
        kept.entry(Subject::KeyNames).or_default().extend(hashes);
        let rules: BTreeSet<&str> = changes.iter().map(|it| it.rule.as_str()).collect();
        told.push(rules.into_iter().collect::<Vec<_>>().join(" "));
    }
    told
}

fn enc(kid: &str, n: &str) -> String {
    key(kid, n)
        .replace(r#""sig""#, r#""enc""#)
        .replace("RS256", "RSA-OAEP")
}

#[test]
fn a_kid_that_stands_for_other_material_than_it_ever_did_is_replaced_in_two_steps_too() {
    let (one, two) = (key("a", "qqqq"), key("a", "u7u7"));
    let other = key("other", "3d3d");
    let (one, two, other) = (one.as_str(), two.as_str(), other.as_str());
    assert_eq!(
        steps(&[&[one, other], &[one, two, other], &[two, other]]),
        ["key-added", "key-replaced"]
    );
    assert_eq!(
        steps(&[&[one, other], &[other], &[two, other]]),
        ["key-removed", "key-replaced"]
    );
    assert_eq!(
        steps(&[&[one, other], &[one, two, other], &[other], &[two, other]]),
        ["key-added", "key-removed", "key-replaced"]
    );
    // Under another algorithm it is the kid that stands for another key.
    let another = two.replace("RS256", "PS256");
    assert_eq!(
        steps(&[&[one, other], &[one, &another, other], &[&another, other]]),
        ["key-added", "key-replaced"]
    );
}

#[test]
fn one_key_of_a_kid_that_stands_for_several_is_remembered_by_its_use() {
    let (sig, other_sig) = (key("a", "qqqq"), key("a", "u7u7"));
    let (enc, other) = (enc("a", "7u7u"), key("other", "3d3d"));
    let (sig, other_sig) = (sig.as_str(), other_sig.as_str());
    let (enc, other) = (enc.as_str(), other.as_str());
    assert_eq!(
        steps(&[&[sig, enc, other], &[enc, other], &[other_sig, enc, other]]),
        ["key-removed", "key-replaced"]
    );
    assert_eq!(
        steps(&[&[sig, other], &[sig, enc, other], &[enc, other]]),
        ["key-added", "key-removed"]
    );
    // A key that came for encryption does not become the one for signing without being told.
    let turned = enc.replace("enc", "sig").replace("RSA-OAEP", "RS256");
    let sets: [&[&str]; 4] = [
        &[sig, other],
        &[sig, enc, other],
        &[enc, other],
        &[&turned, other],
    ];
    assert_eq!(steps(&sets)[2], "key-described-differently key-replaced");
}

#[test]
fn a_kid_that_goes_back_to_a_key_it_stood_for_is_no_replacement() {
    let (one, two) = (key("a", "qqqq"), key("a", "u7u7"));
    let (other, both) = (key("b", "u7u7"), key("b", "3d3d"));
    let (one, two, other) = (one.as_str(), two.as_str(), other.as_str());
    // The other key keeps the name that it had: it was trusted all along.
    let described = "key-described-differently";
    let step = |rule: &str| format!("{described} {rule}");
    assert_eq!(
        steps(&[&[one, other], &[two, other], &[one, other], &[two, other]]),
        [
            step("key-removed"),
            format!("key-added {described}"),
            step("key-removed")
        ]
    );
    assert_eq!(
        steps(&[&[one, &both], &[two, &both], &[one, &both], &[two, &both]]),
        [
            "key-replaced",
            "key-added key-removed",
            "key-added key-removed"
        ]
    );
    // Two that were there from the start may be shuffled.
    assert_eq!(
        steps(&[
            &[one, two, &both],
            &[one, &both],
            &[two, &both],
            &[one, two, &both]
        ]),
        ["key-removed", "key-added key-removed", "key-added"]
    );
}

#[test]
fn a_kind_of_key_that_a_set_never_had_is_told_of_once() {
    let rsa_key = key("a", "qqqq");
    let rsa = rsa_key.as_str();
    for new in [
        r#"{"kty":"AKP","kid":"b","alg":"ML-DSA-44","pub":"AAAA"}"#,
        r#"{"kty":"OKP","kid":"b","crv":"Ed448","x":"AAAA"}"#,
        r#"{"kty":"OKP","kid":"b","crv":"X25519","x":"AAAA"}"#,
        r#"{"kty":"EC","kid":"b","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#,
        r#"{"kty":"EC","kid":"b","crv":"P-256","x":"AAAA","y":"AAAA"}"#,
        r#"{"kty":"nobody's","kid":"b"}"#,
    ] {
        assert_eq!(
            steps(&[&[rsa], &[rsa, new], &[rsa], &[rsa, new]]),
            ["key-added key-type-new", "key-removed", "key-added"],
            "{new}"
        );
    }
    let akp = |alg: &str| format!(r#"{{"kty":"AKP","kid":"{alg}","alg":"{alg}","pub":"AAAA"}}"#);
    let (small, large) = (akp("ML-DSA-44"), akp("ML-DSA-65"));
    assert_eq!(
        steps(&[&[&small], &[&small, &large]]),
        ["key-added key-type-new"]
    );
    // A set without a key was of use to no client, and another RSA key is not of a new kind.
    assert_eq!(
        steps(&[&[], &[&small], &[&small, rsa], &[&small]]),
        ["key-added", "key-added key-type-new", "key-removed"]
    );
}
