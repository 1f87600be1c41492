//! Requirements that are newly not met, or met again.

use insta::assert_snapshot;

use super::*;
use crate::meaning::finding;
use crate::meaning::provider::Identity;

fn found(document: &Document, identity: Option<&Identity>, state: FindingState) -> Event {
    let mut event = event("{}", "{}");
    event.document = document.kind().into();
    let findings = finding::findings(document, identity, &Policy::default()).into_iter();
    let gravest = findings.filter(|finding| finding.severity == Severity::Security);
    let moved = gravest.map(|finding| FindingChange { finding, state });
    event.body.severity = Some(Severity::Security);
    with_findings(event, moved.collect())
}

fn key_with(more: &str) -> Document {
    let n = format!("w{}", "A".repeat(341));
    let text = format!(
        r#"{{"keys":[{{"kty":"RSA","use":"sig","kid":"2026-a","n":"{n}","e":"AQAB","alg":"RS256"{more}}}]}}"#
    );
    Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
}

#[test]
fn a_private_key_is_published() {
    let document = key_with(&format!(r#","d":"{}""#, "A".repeat(342)));
    let event = found(&document, None, FindingState::New);
    assert_snapshot!(shown(&mail_of(MailKind::Finding, &[event], None)), @r#"
    Subject: [issuerwatch] archera: PRIVATE KEY published in its key set (security)

    SECURITY  archera publishes a private key, kid 2026-a, RSA 2048 bits, private
        member d: anyone can sign tokens as archera.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    Do: reject tokens signed with kid 2026-a now, and tell the provider.

    jwks  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  new finding: a key is private or symmetric: kid 2026-a, RSA 2048
       bits, private member d
       Whoever read the set can sign tokens as the provider.  [key-secret-published;
       RFC 7517 section 9.2, OpenID Connect Discovery 1.0 section 3]

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

fn foreign() -> (Document, Identity) {
    let text = br#"{"issuer":"https://b.example.com","token_endpoint":"https://b.example.com/t","jwks_uri":"https://b.example.com/k","authorization_endpoint":"https://b.example.com/a","response_types_supported":["code"]}"#;
    let kind = Kind::OAUTH_AUTHORIZATION_SERVER;
    let document = Document::parse(kind, text, None).unwrap();
    (document, Identity::Issuer("https://a.example.com".into()))
}

#[test]
fn a_document_is_of_another_issuer() {
    let (document, identity) = foreign();
    let event = found(&document, Some(&identity), FindingState::New);
    assert_snapshot!(shown(&mail_of(MailKind::Finding, &[event], None)), @r#"
    Subject: [issuerwatch] archera: issuer is not the configured one (security)

    SECURITY  issuer of archera is not the configured one.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    Do: do not let clients use this document until the provider has explained it.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  new finding: issuer is not the configured one
         - configured  https://a.example.com
                               ^
         + published   https://b.example.com
                               ^
       A document whose issuer is not the one it was asked for must not be used.
       [issuer-mismatch; RFC 8414 section 3.3]

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn a_requirement_is_met_again() {
    let (document, identity) = foreign();
    let event = found(&document, Some(&identity), FindingState::Cured);
    assert_snapshot!(shown(&mail_of(MailKind::Finding, &[event], None)), @r#"
    Subject: [issuerwatch] archera: issuer is the configured one again (info)

    CURED  issuer of archera is the configured one again.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. cured     issuer is the configured one again
       [issuer-mismatch; RFC 8414 section 3.3]

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story: issuerwatch history show 12
    "#);
}

#[test]
fn a_finding_is_graver_than_the_change_beside_it() {
    let (document, identity) = foreign();
    let change = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let mut found = found(&document, Some(&identity), FindingState::New);
    found.id = 13;
    assert_snapshot!(shown(&mail(&[change, found])), @r#"
    Subject: [issuerwatch] archera: issuer is not the configured one (security)
    Attached: patch

    SECURITY  issuer of archera is not the configured one.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    1 change and 1 finding: 1 security, 1 info.
    Do: do not let clients use this document until the provider has explained it.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  new finding: issuer is not the configured one
         - configured  https://a.example.com
                               ^
         + published   https://b.example.com
                               ^
       A document whose issuer is not the one it was asked for must not be used.
       [issuer-mismatch; RFC 8414 section 3.3]

    2. info      scopes_supported gained 1 value
         + b
       Listed now, and perhaps granted before: a server may leave scopes out of its
       list.  [scope-added; RFC 8414 section 2]

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

/// A key set with a key of 1024 bits, and beside it one of 2048.
fn with_weak(has_weak: bool) -> Document {
    let key = |kid: &str, n: &str| {
        format!(r#"{{"kty":"RSA","use":"sig","kid":"{kid}","n":"{n}","e":"AQAB","alg":"RS256"}}"#)
    };
    let strong = key("2026-a", &format!("w{}", "A".repeat(341)));
    let weak = key("2026-b", &format!("w{}", "B".repeat(170)));
    let keys = if has_weak {
        format!("{strong},{weak}")
    } else {
        strong
    };
    let text = format!(r#"{{"keys":[{keys}]}}"#);
    Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
}

#[test]
fn a_weak_key_is_told_with_its_size_and_whether_it_is_new_and_one_look_comes_first() {
    let (old, new) = (with_weak(false), with_weak(true));
    let weak = found(&new, None, FindingState::New);
    let content = mail_of(MailKind::Finding, std::slice::from_ref(&weak), None);
    assert_eq!(
        content.subject,
        "[issuerwatch] archera: signing key is RSA 1024, too short (security)"
    );
    has(
        &words(&content),
        "Do: look at the header of a fresh token first. Unless it names kid 2026-b, nothing is urgent",
    );
    let mut came = event("{}", "{}");
    came.document = new.kind().into();
    changed(&mut came).changes = diff::changes(&old, &new, None, &Policy::default());
    assert_eq!(
        mail(&[came, weak]).subject,
        "[issuerwatch] archera: new signing key is RSA 1024, too short (security)"
    );
}
