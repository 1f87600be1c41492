//! Keys whose material cannot be read, or only in their certificate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::meaning::rule::Rule;

/// A value in DER.
fn der(tag: u8, inside: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(inside.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, 0..0x80) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag], length.as_slice(), inside].concat()
}

/// A certificate of an RSA key, in base64; `number` is its own.
fn certificate(number: u8, modulus: &[u8]) -> String {
    let id = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
    let algorithm = der(0x30, &[der(0x06, &id), der(0x05, &[])].concat());
    let numbers = [der(0x02, modulus), der(0x02, &[1, 0, 1])].concat();
    let bits = [vec![0], der(0x30, &numbers)].concat();
    let info = der(0x30, &[algorithm.clone(), der(0x03, &bits)].concat());
    let name = der(0x30, &[]);
    let body = [
        der(0xA0, &der(0x02, &[2])),
        der(0x02, &[number]),
        algorithm.clone(),
        name.clone(),
        name.clone(),
        name,
        info,
    ];
    let body = der(0x30, &body.concat());
    let whole = [body, algorithm, der(0x03, &[0, number])].concat();
    STANDARD.encode(der(0x30, &whole))
}

fn with(members: &str) -> String {
    format!(r#"{{"kid":"a",{members}}}"#)
}

const REPLACED: [&str; 1] = ["key-replaced security -a (RSA) +a (RSA)"];

#[test]
fn two_keys_that_cannot_be_read_are_not_the_same_key() {
    let other = key("b", "3d3d");
    for (old, new, kind) in [
        (r#""n":"!","e":"AQAB""#, r#""n":"?","e":"AQAB""#, "RSA"),
        (r#""n":1,"e":"AQAB""#, r#""n":2,"e":"AQAB""#, "RSA"),
        (r#""e":"AQAB""#, r#""e":"AQAC""#, "RSA"),
        (r#""x5c":["AAAA"]"#, r#""x5c":["BBBB"]"#, "RSA"),
        (
            r#""x5u":"https://a.example/x""#,
            r#""x5u":"https://b.example/x""#,
            "RSA",
        ),
        (r#""x5t":"AAAA""#, r#""x5t":"BBBB""#, "RSA"),
        (r#""m":"AAAA""#, r#""m":"BBBB""#, "new"),
        (r#""x5c":["AAAA"]"#, r#""x5c":["BBBB"]"#, "new"),
    ] {
        let key = |members: &str| with(&format!(r#""kty":"{kind}",{members}"#));
        let expected = REPLACED[0].replace("RSA", kind);
        check(&[&key(old), &other], &[&key(new), &other], &[&expected]);
    }
}

#[test]
fn one_that_was_never_seen_is_mailed_though_the_key_set_is_damped() {
    let tokens = |members: &str| {
        let document = set(&[&with(members)]);
        let mut change = crate::meaning::rating::Meaning::of(Rule::KeyReplaced)
            .change("keys", crate::document::severity::Group::Keys);
        change.added = vec![document.keys()[0].description()];
        crate::policy::damping::value_hashes(&change).0
    };
    let of = |n: &str| tokens(&format!(r#""kty":"RSA","n":"{n}""#));
    assert_ne!(of("!"), of("?"));
    assert_eq!(of("!"), of("!"));
    // A hash of a shared secret would tell it.
    let shared = |k: &str| tokens(&format!(r#""kty":"oct","k":"{k}""#));
    assert_eq!(shared("c2VjcmV0"), shared("b3RoZXI"));
}

#[test]
fn what_describes_a_key_that_cannot_be_read_makes_it_no_other() {
    let one = with(r#""kty":"RSA","n":"!","use":"sig""#);
    let two = with(r#""kty":"RSA","n":"!","key_ops":["verify"]"#);
    let other = key("b", "3d3d");
    let expected = "key-described-differently notice -a (RSA) +a (RSA)";
    check(&[&one, &other], &[&two, &other], &[expected]);
    let shared =
        |owner: &str| format!(r#"{{"kid":"s","kty":"oct","k":"HUSH{owner}","owner":"{owner}"}}"#);
    let expected = "key-described-differently info -s (oct) +s (oct)";
    check(&[&shared("a")], &[&shared("b")], &[expected]);
}

#[test]
fn a_key_that_stands_in_its_certificate_alone_is_known_by_it() {
    let (one, two) = ([0x7B; 256], [0x5D; 256]);
    let of = |number: u8, modulus: &[u8]| {
        with(&format!(
            r#""kty":"RSA","x5c":["{}"]"#,
            certificate(number, modulus)
        ))
    };
    let other = key("b", "3d3d");
    check(&[&of(1, &one), &other], &[&of(1, &two), &other], &REPLACED);
    // A renewed certificate, and the same key written out.
    let described = ["key-described-differently info -a (RSA) +a (RSA)"];
    check(&[&of(1, &one), &other], &[&of(2, &one), &other], &described);
    let n = octets::encode(&one);
    let plain = with(&format!(r#""kty":"RSA","n":"{n}","e":"AQAB""#));
    check(&[&of(1, &one), &other], &[&plain, &other], &described);
    // Beside other material it is not what clients read.
    let beside = |text: &str| of(1, &one).replace(r#""x5c""#, &format!(r#""n":"{text}","x5c""#));
    check(&[&beside("!"), &other], &[&beside("?"), &other], &REPLACED);
    let short = of(1, &[0x7B; 128]);
    let document = set(&[&short]);
    let found = finding::findings(document.members(), &document.keys(), "keys");
    assert!(found.iter().any(|it| it.rule == Rule::KeyWeak), "{found:?}");
}
