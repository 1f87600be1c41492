//! What the pairs of documents in `rule/cases` do not show.

use super::*;
use crate::document::kind::Kind;
use crate::document::severity::Severity;
use crate::meaning::provider_policy::RuleOverride;
use crate::meaning::rule::{Rule, RuleName};

fn pointer(text: &str) -> jsonptr::PointerBuf {
    text.try_into().unwrap()
}

fn rules(document: &Document, policy: &Policy) -> Vec<Rule> {
    let found = findings(document, None, policy);
    found
        .into_iter()
        .filter_map(|finding| finding.rule.known())
        .collect()
}

/// The members with one that makes them metadata.
fn metadata(text: &str) -> Document {
    let rest = text.strip_prefix('{').unwrap();
    let comma = if rest == "}" { "" } else { "," };
    let text = format!(r#"{{"jwks_uri":"https://a.example/k"{comma}{rest}"#);
    Document::parse(Kind::OAUTH_AUTHORIZATION_SERVER, text.as_bytes(), None).unwrap()
}

#[test]
fn the_form_of_the_body() {
    let document = Document::parse(
        Kind::JWKS,
        b"\xEF\xBB\xBF{\"keys\":[],\"x\":{\"y\":1,\"y\":2}}",
        Some("text/plain"),
    );
    assert_eq!(
        rules(&document.unwrap(), &Policy::default()),
        [
            Rule::ByteOrderMark,
            Rule::DuplicateName,
            Rule::KeySetEmpty,
            Rule::MediaType
        ]
    );
}

#[test]
fn the_operator_has_the_last_word() {
    let document = Document::parse(Kind::JWKS, br#"{"keys":[]}"#, Some("text/plain")).unwrap();
    let policy = Policy {
        severity: [
            (Rule::MediaType, RuleOverride::Ignore),
            (
                Rule::KeySetEmpty,
                RuleOverride::Severity(Severity::Security),
            ),
        ]
        .into(),
        ..Policy::default()
    };
    let found = findings(&document, None, &policy);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Security);
}

#[test]
fn what_is_looked_for_on_request_has_the_severity_asked_for() {
    let document = metadata("{}");
    assert!(!rules(&document, &Policy::default()).contains(&Rule::McpRegistration));
    let policy = Policy {
        severity: [(
            Rule::McpRegistration,
            RuleOverride::Severity(Severity::Breaking),
        )]
        .into(),
        ..Policy::default()
    };
    let found = findings(&document, None, &policy);
    let asked = found.iter().find(|it| it.rule == Rule::McpRegistration);
    assert_eq!(asked.unwrap().severity, Severity::Breaking);
}

#[test]
fn a_private_key_is_found_wherever_it_stands() {
    for text in [
        r#"{"jwks":{"keys":[{"kty":"oct","k":"HUSH"}]}}"#,
        r#"{"x":[{"y":{"kty":"EC","d":"HUSH"}}]}"#,
        r#"{"x":{"keys":[{"priv":"HUSH"}]}}"#,
    ] {
        let rules = rules(&metadata(text), &Policy::default());
        assert!(rules.contains(&Rule::KeySecretPublished), "{text}");
    }
}

#[test]
fn two_long_names_that_begin_alike_are_two_findings() {
    let long = "n".repeat(300);
    let text = format!("{{\"{long}a\":null,\"{long}b\":null}}");
    let found = findings(&metadata(&text), None, &Policy::default());
    let mut nulls = found.iter().filter(|it| it.rule == Rule::NullMember);
    let (one, two) = (nulls.next().unwrap(), nulls.next().unwrap());
    assert_eq!(one.subject, two.subject, "what is shown is cut");
    assert_ne!(one.fact(), two.fact());
    assert_eq!(nulls.next(), None);
}

#[test]
fn names_of_members_are_made_harmless() {
    let document = metadata("{\"\\u202Ea\\n#\":null,\"Issuer\\u0000\":1,\"ISSUER\":1}");
    for finding in findings(&document, None, &Policy::default()) {
        assert!(
            finding
                .subject
                .as_str()
                .chars()
                .all(|c| !c.is_control() && c != '\u{202E}')
        );
    }
}

#[test]
fn other_bytes_of_the_same_document_are_compared_by_what_is_odd_about_them() {
    let plain = metadata(r#"{"token_endpoint":"https://a.example/t"}"#);
    let split = metadata(
        r#"{"token_endpoint":"https://b.example/t","token_endpoint":"https://a.example/t"}"#,
    );
    assert_eq!(plain.fingerprint(), split.fingerprint());
    assert_eq!(of_bytes(&plain, &Policy::default()), []);
    let found = of_bytes(&split, &Policy::default());
    let odd: Vec<&RuleName> = found.iter().map(|finding| &finding.rule).collect();
    assert_eq!(
        odd,
        [
            &RuleName::from(Rule::DuplicateName),
            &RuleName::from(Rule::DuplicateNameConflict)
        ]
    );
    assert!(odd.iter().all(|rule| is_of_bytes(rule)));
}

#[test]
fn a_member_that_is_ignored_has_no_finding_but_a_secret_is_told() {
    let policy = Policy {
        ignore: ["/registration_endpoint", "/keys"].map(pointer).to_vec(),
        ..Policy::default()
    };
    let open = metadata(r#"{"registration_endpoint":"http://a.example/r"}"#);
    let about = |found: Vec<Finding>| found.iter().any(|it| it.subject == "registration_endpoint");
    assert!(about(findings(&open, None, &Policy::default())));
    assert!(!about(findings(&open, None, &policy)));
    let set = br#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#;
    let set = Document::parse(Kind::JWKS, set, None).unwrap();
    assert_eq!(rules(&set, &policy), [Rule::KeySecretPublished]);
}

#[test]
fn a_secret_is_told_even_where_nothing_of_it_is_left_to_see() {
    for (kind, text, member) in [
        (
            Kind::JWKS,
            r#"{"keys":[{"kty":"EC","d":"HUSH"}],"keys":[]}"#,
            "keys",
        ),
        (
            Kind::JWKS,
            r#"{"keys":[{"kty":"EC","d":"HUSH"},1]}"#,
            "keys",
        ),
        (Kind::JWKS, r#"{"keys":[[{"d":"HUSH"}]]}"#, "keys"),
        (Kind::JWKS, r#"{"keys":[],"old":[{"d":"HUSH"}]}"#, "old"),
        (Kind::JWKS, r#"{"keys":[],"kty":"EC","d":"HUSH"}"#, "d"),
        (
            Kind::JWKS,
            r#"{"keys":[{"kty":"EC","x":"AQ","old":{"d":"HUSH"}}]}"#,
            "keys",
        ),
        (
            Kind::JWKS,
            r#"{"keys":[{"kty":"EC","crv":"P-256","d":"HUSH","d":null}]}"#,
            "keys",
        ),
        (
            Kind::OPENID_CONFIGURATION,
            r#"{"issuer":"i","x":{"crv":"P-256","d":"HUSH"}}"#,
            "x",
        ),
        (
            Kind::OPENID_CONFIGURATION,
            r#"{"issuer":"i","x":{"keys":{"a":{"d":"HUSH"}}},"x":1}"#,
            "x",
        ),
        (
            Kind::OAUTH_PROTECTED_RESOURCE,
            r#"{"resource":"r","jwks":{"keys":{"a":{"d":"HUSH"}}}}"#,
            "jwks",
        ),
    ] {
        let document = Document::parse(kind, text.as_bytes(), None).unwrap();
        let found = findings(&document, None, &Policy::default());
        let told: Vec<&str> = found
            .iter()
            .filter(|it| it.rule == Rule::KeySecretPublished)
            .map(|it| it.subject.as_str())
            .collect();
        assert_eq!(told, [member], "{text}");
    }
}

#[test]
fn what_is_ignored_within_a_member_has_no_finding() {
    let policy = |pointer: &str| Policy {
        ignore: vec![self::pointer(pointer)],
        ..Policy::default()
    };
    let text = r#"{"token_endpoint":"https://a.example/t","mtls_endpoint_aliases":
        {"token_endpoint":"http://a.example/t"},"x":{"y":1,"y":2}}"#;
    let document = metadata(text);
    let has = |policy: &Policy, rule: Rule| rules(&document, policy).contains(&rule);
    let alias = Rule::EndpointNotHttps;
    assert!(has(&Policy::default(), alias));
    assert!(!has(
        &policy("/mtls_endpoint_aliases/token_endpoint"),
        alias
    ));
    assert!(has(&policy("/mtls_endpoint_aliases/x_endpoint"), alias));
    assert!(has(&policy("/x/z"), Rule::DuplicateName));
    for pointer in ["/x", "/x/y"] {
        assert!(!has(&policy(pointer), Rule::DuplicateName), "{pointer}");
    }
    // What is wrong only because the ignored part was left out is not a fault of the document.
    let set = metadata(r#"{"jwks":{"keys":[{"kty":"EC"}]}}"#);
    let found = rules(&set, &policy("/jwks/keys"));
    assert!(!found.contains(&Rule::KeySetMalformed));
}

#[test]
fn the_same_weakness_of_another_key_is_told_by_the_keys_it_names() {
    let set = |n: &str| {
        let text = format!(r#"{{"keys":[{{"kty":"RSA","kid":"a","e":"AQAB","n":"{n}"}}]}}"#);
        let document = Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap();
        let found = findings(&document, None, &Policy::default());
        let weak = found
            .into_iter()
            .find(|finding| finding.rule == Rule::KeyWeak);
        weak.unwrap().keys
    };
    assert_eq!(set("qqqq").len(), 1);
    assert_ne!(set("qqqq"), set("u7u7"));
}

#[test]
fn what_is_wrong_with_the_identity_of_a_resource_is_said_by_its_own_specification() {
    let text = br#"{"resource":"https://b.example"}"#;
    let document = Document::parse(Kind::OAUTH_PROTECTED_RESOURCE, text, None).unwrap();
    let identity = Identity::Resource("https://a.example".into());
    let found = findings(&document, Some(&identity), &Policy::default());
    let mismatch = found.iter().find(|it| it.rule == Rule::ResourceMismatch);
    assert_eq!(
        mismatch.unwrap().reference.as_deref(),
        Some("RFC 9728 section 3.3")
    );
    assert!(!mismatch.unwrap().why.contains("issuer"));
    assert!(mismatch.unwrap().why.contains("another resource"));
}

#[test]
fn an_object_that_issues_no_tokens_is_not_said_to() {
    let policy = Policy {
        identity: Some(jsonptr::PointerBuf::parse("/id").unwrap()),
        ..Policy::default()
    };
    let document = Document::parse(Kind::JSON, br#"{"id":"b"}"#, None).unwrap();
    let identity = Identity::Issuer("https://a.example".into());
    let found = findings(&document, Some(&identity), &policy);
    let mismatch = found.iter().find(|it| it.rule == Rule::IssuerMismatch);
    let mismatch = mismatch.unwrap();
    assert_eq!(mismatch.reference, None);
    assert!(mismatch.why.contains("calls itself"), "{}", mismatch.why);
}

#[test]
fn a_copy_that_is_not_signed_is_held_against_the_plain_members_all_the_same() {
    // {"alg":"none"}, with the iss https://a.example and the jwks_uri https://b.example/k.
    let token = "eyJhbGciOiJub25lIn0.\
                 eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSIsImp3a3NfdXJpIjoiaHR0cHM6Ly9iLmV4YW1wbGUvayJ9.";
    let document = metadata(&format!(r#"{{"signed_metadata":"{token}"}}"#));
    let found = rules(&document, &Policy::default());
    for rule in [Rule::SignedMetadataMalformed, Rule::SignedMetadataDisagrees] {
        assert!(found.contains(&rule), "{found:?}");
    }
}
