//! What changed at one provider.
use insta::assert_snapshot;

use super::*;
use crate::meaning::provider_policy::Uses;
#[test]
fn a_scope_is_gone() {
    let content = mail(&[event(
        r#"{"scopes_supported":["billing:read","billing:write"]}"#,
        r#"{"scopes_supported":["billing:read"]}"#,
    )]);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: scope billing:write removed (breaking)
    Attached: patch

    BREAKING  archera no longer offers the scope billing:write.
    Gone since 2026-11-23 02:15 UTC, confirmed 10 s later, still there at the poll
        of 02:00 UTC.
    Do: find out which of your clients ask for the scope billing:write:
        `invalid_scope`, or a token without it, may follow.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  scopes_supported lost 1 of 2 values
         - billing:write
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    Not changed: endpoints and methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn issuer_and_endpoints_move_to_another_host() {
    let content = mail(&[event(
        r#"{"issuer":"https://a.example.com","token_endpoint":"https://a.example.com/t","authorization_endpoint":"https://a.example.com/a","jwks_uri":"https://a.example.com/k"}"#,
        r#"{"issuer":"https://b.example.net","token_endpoint":"https://b.example.net/t","authorization_endpoint":"https://b.example.net/a","jwks_uri":"https://b.example.net/k"}"#,
    )]);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: issuer and 3 endpoints moved from a.example.com to b.example.net (security)
    Attached: patch

    SECURITY  archera moved its issuer and 3 endpoints from a.example.com to
        b.example.net.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    4 changes, all security.
    Do: look at `iss` in a fresh token before you change any client; the document
        and the tokens may disagree.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  issuer changed (to example.net, from example.com)
         - https://a.example.com
         + https://b.example.net
       Clients compare it character by character with `iss`: those that read this
       document at run time now reject tokens that carry the old one.
       [issuer-changed; RFC 8414 section 3.3, OpenID Connect Core 1.0 section
       3.1.3.7]

    2. security  3 endpoints moved from a.example.com to b.example.net, paths
       unchanged
         authorization_endpoint   /a
         jwks_uri                 /k
         token_endpoint           /t
       Users are sent to another host to type their credentials.
       [endpoint-host-changed; RFC 8414 section 2]

    Not changed: scopes and methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn a_list_is_published_for_the_first_time() {
    let content = mail(&[event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a"],"dpop_signing_alg_values_supported":["ES256","PS256","RS256"]}"#,
    )]);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: DPoP algorithms added: ES256, PS256 and RS256 (notice)
    Attached: patch

    NOTICE  archera now publishes dpop_signing_alg_values_supported: ES256, PS256
        and RS256.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    Do: nothing unless your clients switch DPoP on where it is offered: their tokens
        are bound to a key then, and resource servers must check it.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. notice    dpop_signing_alg_values_supported added, 3 values
         + ES256 PS256 RS256
       DPoP is offered: tokens can be bound to a key of the client.  [member-added;
       RFC 9449 section 5.1]

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn a_value_is_written_where_its_default_stood() {
    let content = mail(&[event_of(
        Kind::OPENID_CONFIGURATION,
        r#"{"scopes_supported":["openid"]}"#,
        r#"{"scopes_supported":["openid"],"request_uri_parameter_supported":false,"grant_types_supported":["authorization_code"]}"#,
    )]);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: grant implicit removed, request_uri_parameter_supported added too (breaking)
    Attached: patch

    BREAKING  archera no longer offers the grant implicit. Also:
        request_uri_parameter_supported added.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    2 changes, all breaking.
    Do: (1) find out whether a client of yours uses the grant implicit: its token
        requests may be refused; if none does, nothing. (2) find out which of your
        clients rely on what is gone, before they fail.

    openid-configuration  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  grant_types_supported lost 1 of 2 values
         - implicit
         The member is newly published; left out, it stood for authorization_code
         and implicit.
       Clients that use the implicit grant may stop; all others are safer.
       [grant-removed; OpenID Connect Discovery 1.0 section 3]

    2. breaking  request_uri_parameter_supported is now false
         - (absent: true by default)
         + false
       Request objects sent by reference may be rejected.  [member-added; OpenID
       Connect Discovery 1.0 section 3]

    Not changed: endpoints and scopes.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn what_is_declared_to_be_used_is_gone() {
    let policy = Policy {
        uses: Some(Uses {
            scopes: Some(["billing:write".to_owned()].into()),
            ..Uses::default()
        }),
        ..Policy::default()
    };
    let parse = |text| Document::from_canonical(Kind::OAUTH_AUTHORIZATION_SERVER, text).unwrap();
    let old = r#"{"scopes_supported":["billing:read","billing:write","x"],"grant_types_supported":["authorization_code","password"]}"#;
    let new =
        r#"{"scopes_supported":["billing:read"],"grant_types_supported":["authorization_code"]}"#;
    let mut event = event(old, new);
    changed(&mut event).changes = diff::changes(&parse(old), &parse(new), None, &policy);
    assert_snapshot!(shown(&mail(&[event])), @r#"
    Subject: [issuerwatch] archera: scopes billing:write and x removed, of which you use 1 (breaking)
    Attached: patch

    BREAKING  archera no longer offers 2 of 3 scopes: billing:write and x; what is
        left: billing:read. You declared that you use it. Also: grant password
        removed.
    Gone since 2026-11-23 02:15 UTC, confirmed 10 s later, still there at the poll
        of 02:00 UTC.
    2 changes, all breaking; one takes away what you use.
    Do: (1) try now whether your clients that use billing:write still work, and ask
        the provider what takes its place. (2) find out whether a client of yours
        uses the grant password: its token requests may be refused; if none does,
        nothing.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  scopes_supported lost 2 of 3 values                    you use this
         - billing:write   you use this
         - x
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    2. breaking  grant_types_supported lost 1 of 2 values
         - password
       Old clients that ask for the password may stop; all others are safer.
       [grant-removed; RFC 8414 section 2]

    Not changed: endpoints.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

/// A return to the state before the last change, which began on the 22nd.
fn returned(old: &str, new: &str) -> Event {
    let mut event = event(old, new);
    let change = changed(&mut event);
    change.answers = Some(11);
    change.returned_to = Some(time("2026-11-22T02:15:04Z"));
    change.provenance.old_since = change.returned_to;
    event
}

#[test]
fn a_change_that_was_told_is_undone() {
    let event = returned(
        r#"{"issuer":"https://b.example.com","token_endpoint":"https://b.example.com/t","jwks_uri":"https://b.example.com/k"}"#,
        r#"{"issuer":"https://a.example.com","token_endpoint":"https://a.example.com/t","jwks_uri":"https://a.example.com/k"}"#,
    );
    let told = topic(
        "[issuerwatch] archera: issuer changed, 2 endpoints moved with it (security)",
        Some(Severity::Security),
    );
    let content = mail_of(MailKind::Changed, &[event], Some(told));
    assert_snapshot!(shown(&content), @r"
    Subject: [issuerwatch] REVERTED archera: issuer and 2 endpoints as before, after 24 h (security)
    Attached: patch

    REVERTED  archera is back in the state it had until 2026-11-22 02:15 UTC, after
        24 h: issuer and 2 endpoints are on a.example.com again, not on
        b.example.com. It counts as security.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    3 changes: 1 security, 2 breaking.
    Do: nothing, if you changed nothing because of the earlier mail; else look at
        `iss` in a fresh token first, and then undo it. Clients that read the
        document meanwhile have to read it again.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  issuer changed (host only; the registrable domain example.com is
       the same)
         - https://b.example.com
                   ^
         + https://a.example.com
                   ^
       Clients compare it character by character with `iss`: those that read this
       document at run time now reject tokens that carry the old one.
       [issuer-changed; RFC 8414 section 3.3, OpenID Connect Core 1.0 section
       3.1.3.7]

    2. breaking  2 endpoints moved from b.example.com to a.example.com, paths
       unchanged
         jwks_uri         /k
         token_endpoint   /t
       The keys that clients trust come from another address: clients that keep the
       old one may find no new key there, or none.  [endpoint-host-changed; RFC 8414
       section 2]

    Not changed: scopes and methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Follows the mail of 2026-11-22 09:00 UTC.
    Whole story: issuerwatch history show 12
    ");
}

#[test]
fn an_earlier_state_is_there_again() {
    let event = returned(
        r#"{"scopes_supported":["a","b"]}"#,
        r#"{"scopes_supported":["a"]}"#,
    );
    assert_snapshot!(shown(&mail(&[event])), @r#"
    Subject: [issuerwatch] archera: scope b gone (breaking)
    Attached: patch

    BREAKING  archera no longer offers the scope b. It was there for 24 h, since
        2026-11-22.
    Gone since 2026-11-23 02:15 UTC, confirmed 10 s later, still there at the poll
        of 02:00 UTC.
    Do: find out which of your clients ask for the scope b: `invalid_scope`, or a
        token without it, may follow.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  scopes_supported lost 1 of 2 values
         - b
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    Not changed: endpoints and methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}
