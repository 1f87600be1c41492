//! Documents that are large, or that mean harm.

use insta::assert_snapshot;

use super::*;

#[test]
fn four_hundred_scopes_go() {
    let scopes = |names: &mut dyn Iterator<Item = usize>| {
        let names: Vec<String> = names.map(|n| format!("\"scope-{n:03}\"")).collect();
        format!(r#"{{"scopes_supported":[{}]}}"#, names.join(","))
    };
    let content = mail(&[event(&scopes(&mut (0..410)), &scopes(&mut (0..10)))]);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: 400 scopes removed, all scope-* (breaking)
    Attached: patch

    BREAKING  archera no longer offers 400 of 410 scopes, all scope-*.
    Gone since 2026-11-23 02:15 UTC, confirmed 10 s later, still there at the poll
        of 02:00 UTC.
    Do: find out which of your clients ask for one of the 400 scopes below:
        `invalid_scope`, or a token without them, may follow.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  scopes_supported lost 400 of 410 values
         - scope-010 scope-011 scope-012 scope-013 scope-014 scope-015 scope-016
         - scope-017 scope-018 scope-019 scope-020 scope-021 scope-022 scope-023
         - scope-024 scope-025 scope-026 scope-027 scope-028 scope-029
         ... and 380 more (all are in the attachment)
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
fn a_document_means_harm() {
    let long = "x".repeat(1 << 20);
    let content = mail(&[event(
        r#"{"scopes_supported":["a"]}"#,
        &format!(
            r#"{{"scopes_supported":["<script>\u001b[2J\r\nBcc: a@b.example","{long}"],"a\r\nb":"\u202e<b>"}}"#
        ),
    )]);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: scope a removed (breaking)

    BREAKING  archera no longer offers the scope a.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    3 changes: 1 breaking, 2 info.
    Do: find out which of your clients ask for the scope a: `invalid_scope`, or a
        token without it, may follow.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  scopes_supported lost 1 of 1 value
         - a
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    2. info      scopes_supported gained 2 values
         + "<script><U+001B>[2J<U+000D><U+000A>Bcc: a@b.example"
         + xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... (1,048,576 characters)
       Listed now, and perhaps granted before: a server may leave scopes out of its
       list. One of them cannot be asked for: it is not printable ASCII without
       spaces, quotes and backslashes.  [scope-added; RFC 8414 section 2, RFC 6749
       section 3.3]

    3. info      "a<U+000D><U+000A>b" added
         + <U+202E><b>
       A member that nobody registered appeared: clients must ignore what they do
       not know.  [member-added; RFC 8414 section 2]

    Not changed: endpoints and methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}
