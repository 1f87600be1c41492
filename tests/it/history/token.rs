//! `history token`, with keys that are made here and a recording in which they rotate.

mod quiet;
mod signer;

use serde_json::{Value, json};

use self::signer::{Signer, part, unsigned};
use super::super::support::program::Program;
use super::{asked, names, recorded, seen};

const ISSUER: &str = "https://acme.example";

/// Days of January 2026 at five o'clock, as seconds.
fn day(day: i64) -> i64 {
    1_767_243_600 + (day - 1) * 86_400
}

/// Metadata, and the key set on the first, third, fifth, seventh and ninth: `a`, `a` and `b`, `b`.
fn rotated(a: &Value, b: &Value) -> Program {
    let metadata = json!({"issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks")});
    let mut text = seen("2026-01-01T05:00:00Z", "openid-configuration", &metadata);
    for (day, keys) in [
        (1, json!([a])),
        (3, json!([a])),
        (5, json!([a, b])),
        (7, json!([b])),
        (9, json!([b])),
    ] {
        let at = format!("2026-01-{day:02}T05:00:00Z");
        text.push_str(&seen(&at, "jwks", &json!({ "keys": keys })));
    }
    recorded(&text)
}

fn claims(iat: i64) -> Value {
    json!({"iss": ISSUER, "iat": iat, "sub": "somebody", "aud": "something"})
}

/// Exit code and answer.
fn answer(program: &Program, token: &str) -> (i32, Value) {
    program.write("token", token);
    let args = ["history", "token", "token", "--format", "json"];
    let (code, said, errors) = asked(program, &args);
    assert!(!said.is_empty(), "{errors}");
    (code, serde_json::from_str(&said).unwrap())
}

fn verdict(program: &Program, token: &str) -> (i32, String, Value) {
    let (code, answer) = answer(program, token);
    let verdict = answer["verdict"].as_str().unwrap().to_owned();
    (code, verdict, answer["verifies"].clone())
}

#[test]
fn a_token_is_theirs_if_its_key_was_published_when_it_was_issued() {
    let (a, b) = (Signer::ec("a"), Signer::ec("b"));
    let program = rotated(&a.jwk, &b.jwk);
    let verdict = |signer: &Signer, iat: i64| verdict(&program, &signer.sign(&claims(iat)));
    for (signer, iat, expected) in [
        (&a, day(1), "theirs"),
        (&a, day(2), "theirs"),
        (&a, day(5), "theirs"),
        // Between the last poll that saw it and the first that did not.
        (&a, day(6), "not-then"),
        (&a, day(8), "not-then"),
        (&b, day(2), "not-then"),
        // Between the last poll that did not see it yet and the first that did.
        (&b, day(4), "not-then"),
        (&b, day(5), "theirs"),
        (&b, day(8), "theirs"),
        // After the last poll, soon and late.
        (&b, day(10), "theirs"),
        (&b, day(20), "not-then"),
        (&a, day(0), "not-then"),
    ] {
        let code = if expected == "theirs" { 0 } else { 3 };
        let expected = (code, expected.to_owned(), json!(true));
        assert_eq!(verdict(signer, iat), expected, "{} {iat}", signer.kid());
    }
    for (signer, iat) in [(&a, day(6)), (&b, day(4)), (&a, day(0)), (&b, day(20))] {
        program.write("token", &signer.sign(&claims(iat)));
        let (_, said, _) = asked(&program, &["history", "token", "token"]);
        assert!(
            said.contains(" may have been published") || said.contains(" may be published"),
            "{said}"
        );
    }
}

#[test]
fn what_is_said_of_it_is_what_is_promised_and_proved_by_the_chain() {
    let (a, b) = (Signer::ec("a"), Signer::ec("b"));
    let program = rotated(&a.jwk, &b.jwk);
    let (_, found) = answer(&program, &a.sign(&claims(day(2))));
    let promised = [
        "alg",
        "iat",
        "issuer",
        "kid",
        "published",
        "verdict",
        "verifies",
    ];
    let mut there = names(&found);
    there.sort_unstable();
    assert_eq!(there, promised);
    let event = &found["published"]["chain"]["event"];
    let (_, shown, _) = asked(
        &program,
        &["history", "show", &event.to_string(), "--format", "json"],
    );
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        found["published"],
        json!({"from": "2026-01-01T05:00:00Z", "to": "2026-01-05T05:00:00Z",
            "address": "https://acme.example/jwks", "chain": {"event": event, "hash": shown["hash"],
            "head": found["published"]["chain"]["head"]}})
    );
    let (_, verified, _) = asked(&program, &["history", "verify"]);
    let head = found["published"]["chain"]["head"].as_str().unwrap();
    assert!(verified.contains(head), "{verified}");
    let (_, found) = answer(&program, &b.sign(&claims(day(9))));
    assert_eq!(found["published"]["to"], Value::Null, "it is there now");
    // From standard input, in words.
    program.write("token", &a.sign(&claims(day(2))));
    let token = std::fs::File::open(program.folder.path().join("token")).unwrap();
    let mut command = program.command(&["history", "token", "-"]);
    let output = command.stdin(token).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("\nverdict    theirs: "), "{said}");
    assert!(
        !said.contains("somebody") && !said.contains("something"),
        "{said}"
    );
}

#[test]
fn every_algorithm_that_a_public_key_verifies_is_verified() {
    for (signer, other) in [
        (Signer::ec("a"), Signer::ec("a")),
        (Signer::ed("a"), Signer::ed("a")),
        (Signer::rsa("a", "RS256"), Signer::rsa("a", "RS256")),
        (Signer::rsa("a", "RS384"), Signer::rsa("a", "RS384")),
        (Signer::rsa("a", "RS512"), Signer::rsa("a", "RS512")),
        (Signer::rsa("a", "PS256"), Signer::rsa("a", "PS256")),
        (Signer::rsa("a", "PS384"), Signer::rsa("a", "PS384")),
        (Signer::rsa("a", "PS512"), Signer::rsa("a", "PS512")),
        (Signer::ec384("a"), Signer::ec384("a")),
        (Signer::ec521("a"), Signer::ec521("a")),
    ] {
        let program = rotated(&signer.jwk, &Signer::ec("b").jwk);
        let of = |signer: &Signer| verdict(&program, &signer.sign(&claims(day(2))));
        let alg = signer.alg();
        assert_eq!(of(&signer), (0, "theirs".to_owned(), json!(true)), "{alg}");
        assert_eq!(of(&other), (3, "forged".to_owned(), json!(false)), "{alg}");
    }
}

#[test]
fn a_token_without_a_kid_is_tried_with_every_key_that_fits() {
    let (a, b) = (Signer::ec("a"), Signer::ec("b"));
    let program = rotated(&a.jwk, &b.jwk);
    let header = json!({"alg": "ES256"});
    let of = |signer: &Signer, iat: i64| verdict(&program, &signer.sign_as(&header, &claims(iat)));
    assert_eq!(of(&a, day(2)), (0, "theirs".to_owned(), json!(true)));
    assert_eq!(of(&b, day(2)), (3, "not-then".to_owned(), json!(true)));
    let forged = (3, "forged".to_owned(), json!(false));
    assert_eq!(of(&Signer::ec("c"), day(2)), forged);
}

#[test]
fn a_key_that_no_poll_saw_and_an_issuer_that_nobody_follows_are_told_apart() {
    let (a, b) = (Signer::ec("a"), Signer::ec("b"));
    let program = rotated(&a.jwk, &b.jwk);
    let (code, found) = answer(&program, &Signer::ec("c").sign(&claims(day(2))));
    assert_eq!((code, &found["verdict"]), (3, &json!("not-then")));
    assert_eq!(
        (&found["published"], &found["verifies"]),
        (&Value::Null, &json!(false))
    );
    for issuer in [
        "https://acme.example/",
        "https://ACME.example",
        "https://other.example",
    ] {
        let token = a.sign(&json!({"iss": issuer, "iat": day(2)}));
        assert_eq!(
            verdict(&program, &token),
            (4, "unknown".to_owned(), Value::Null)
        );
    }
    let token = a.sign(&json!({"iat": day(2)}));
    assert_eq!(verdict(&program, &token).0, 4);
    let token = a.sign(&json!({"iss": ISSUER}));
    assert_eq!(
        verdict(&program, &token),
        (3, "not-then".to_owned(), json!(true))
    );
}

#[test]
fn what_no_public_key_can_prove_is_not_theirs() {
    let (a, b) = (Signer::ec("a"), Signer::ec("b"));
    let program = rotated(&a.jwk, &b.jwk);
    for (alg, expected, words) in [
        ("none", (3, "forged"), "anybody can write it"),
        ("nOnE", (3, "forged"), "anybody can write it"),
        ("HS256", (3, "forged"), "no public key verifies it"),
        ("ES999", (4, "unknown"), "cannot be verified here"),
        // The key says that it signs otherwise.
        (
            "RS256",
            (3, "not-then"),
            "the key of this name was published",
        ),
    ] {
        let token = unsigned(&json!({"alg": alg, "kid": "a"}), &claims(day(2)));
        let (code, verdict, _) = verdict(&program, &token);
        assert_eq!((code, verdict.as_str()), expected, "{alg}");
        let (_, said, _) = asked(&program, &["history", "token", "token"]);
        assert!(said.contains(words), "{said}");
    }
    let header = json!({"alg": "ES256", "kid": "a", "crit": ["b64"], "b64": false});
    let token = a.sign_as(&header, &claims(day(2)));
    assert_eq!(verdict(&program, &token).0, 4);
}

#[test]
fn a_key_that_is_published_for_another_algorithm_is_not_tried_and_said() {
    let a = Signer::rsa("a", "RS256");
    let mut other = a.jwk.clone();
    other["alg"] = json!("PS256");
    let program = rotated(&other, &other);
    program.write("token", &a.sign(&claims(day(2))));
    let (code, said, _) = asked(&program, &["history", "token", "token"]);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("signature not verified"), "{said}");
    let why = "the key of this name was published for PS256";
    assert!(said.contains(why), "{said}");
}

#[test]
fn what_is_no_token_is_refused_in_words_that_quote_nothing() {
    let a = Signer::ec("a");
    let program = rotated(&a.jwk, &a.jwk);
    let secret = "Zm9vYmFyc2VjcmV0";
    let long = json!({"alg": "ES256", "kid": "a", "x": secret.repeat(62_500)});
    let good = part(&json!({"alg": "ES256"}));
    for (text, words) in [
        (String::new(), "three parts"),
        (secret.to_owned(), "three parts"),
        (
            format!("{good}.{secret}.{secret}"),
            "its claims are no JSON object",
        ),
        (
            format!("{secret}.{secret}.{secret}"),
            "its header is no JSON object",
        ),
        (
            format!("{secret}.{secret}.{secret}.{secret}.{secret}"),
            "it is encrypted (JWE",
        ),
        (format!("{{\"payload\": \"{secret}\"}}"), "it is JSON"),
        (a.sign_as(&long, &claims(day(2))), "longer than 1 MiB"),
        (
            a.sign_as(
                &json!({"alg": "ES256", "x": secret.repeat(5_000)}),
                &claims(1),
            ),
            "its header is longer than 64 KiB",
        ),
    ] {
        program.write("token", &text);
        let (code, said, errors) = asked(&program, &["history", "token", "token"]);
        assert_eq!((code, said.as_str()), (2, ""), "{errors}");
        assert!(errors.contains(words), "{errors}");
        assert!(!errors.contains("m9v") && errors.len() < 300, "{errors}");
    }
    let (code, _, errors) = asked(&program, &["history", "token", "nothing-here"]);
    assert_eq!(code, 1, "{errors}");
}
