//! Mails that are smaller, later, or not meant.

use insta::assert_snapshot;

use super::*;
use crate::policy::mail::Form;
use crate::wording::mail::sample::sample;

fn moved() -> Event {
    event(
        r#"{"scopes_supported":["a","b"],"token_endpoint":"https://a.example.com/t"}"#,
        r#"{"scopes_supported":["a"],"token_endpoint":"https://b.example.net/t"}"#,
    )
}

#[test]
fn a_server_did_not_take_the_patch() {
    let events = [moved()];
    let content = compose_as(&input(MailKind::Changed, &events), Form::NoPatch);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: token_endpoint moved to b.example.net, scope b removed too (security)

    SECURITY  archera moved its token_endpoint to another host, b.example.net. Also:
        scope b removed. Issuer and jwks_uri are unchanged.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    2 changes: 1 security, 1 breaking.
    Do: (1) ask the provider whether b.example.net is theirs. Clients that read the
        document at run time have followed already: until the answer, set
        token_endpoint in them to the old address. (2) find out which of your
        clients ask for the scope b: `invalid_scope`, or a token without it, may
        follow.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  token_endpoint moved to another host (to example.net, from
       example.com)
         - https://a.example.com/t
         + https://b.example.net/t
       Client secrets, codes and refresh tokens are posted to another host.
       [endpoint-host-changed; RFC 8414 section 2]

    2. breaking  scopes_supported lost 1 of 2 values
         - b
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    Not changed: methods.
    The patch is not attached, because the mail server did not take a mail of that
      size: `issuerwatch history show 12 --format patch` prints it.

    -- 
    Watched by issuerwatch on mon1.example.com.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn a_server_did_not_take_the_values() {
    let events = [moved()];
    let content = compose_as(&input(MailKind::Changed, &events), Form::Short);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: token_endpoint moved to b.example.net, scope b removed too (security)

    SECURITY  archera moved its token_endpoint to another host, b.example.net. Also:
        scope b removed. Issuer and jwks_uri are unchanged.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    2 changes: 1 security, 1 breaking.
    Do: (1) ask the provider whether b.example.net is theirs. Clients that read the
        document at run time have followed already: until the answer, set
        token_endpoint in them to the old address. (2) find out which of your
        clients ask for the scope b: `invalid_scope`, or a token without it, may
        follow.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  token_endpoint moved to another host (to example.net, from
       example.com)
    2. breaking  scopes_supported lost 1 of 2 values

    Not changed: methods.
    This is a short list without values, because the mail server did not take a mail
      with all of them: the history has the rest.

    -- 
    Watched by issuerwatch on mon1.example.com.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn a_mail_is_late() {
    let events = [moved()];
    let late = LateMail {
        due_at: time("2026-11-23T02:16:00Z"),
        now: time("2026-11-23T09:16:00Z"),
        cause: "it could not be delivered before (421 4.3.2 try again later)".to_owned(),
    };
    let content = compose(&MailInput {
        late: Some(&late),
        ..input(MailKind::Changed, &events)
    });
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] archera: token_endpoint moved to b.example.net, scope b removed too (security)
    Attached: patch

    SECURITY  archera moved its token_endpoint to another host, b.example.net. Also:
        scope b removed. Issuer and jwks_uri are unchanged.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    2 changes: 1 security, 1 breaking.
    Do: (1) ask the provider whether b.example.net is theirs. Clients that read the
        document at run time have followed already: until the answer, set
        token_endpoint in them to the old address. (2) find out which of your
        clients ask for the scope b: `invalid_scope`, or a token without it, may
        follow.
    This mail is 7 h late: it could not be delivered before (421 4.3.2 try again
        later).

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  token_endpoint moved to another host (to example.net, from
       example.com)
         - https://a.example.com/t
         + https://b.example.net/t
       Client secrets, codes and refresh tokens are posted to another host.
       [endpoint-host-changed; RFC 8414 section 2]

    2. breaking  scopes_supported lost 1 of 2 values
         - b
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    Not changed: methods.

    -- 
    Watched by issuerwatch on mon1.example.com. The RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn somebody_tests_the_alerts() {
    let (content, _) = sample("mon1.example.com", time("2026-11-23T02:15:04Z"));
    assert_snapshot!(shown(&content), @r"
    Subject: [issuerwatch] TEST: token_endpoint moved to login.example.net, scope reports:write removed too (security)
    Attached: patch

    SECURITY  TEST moved its token_endpoint to another host, login.example.net.
        Also: scope reports:write removed. Issuer and jwks_uri are unchanged.
    First seen 2026-11-23 02:15 UTC, confirmed 0 s later, not yet at the poll of
        02:00 UTC.
    2 changes: 1 security, 1 breaking.
    Do: (1) ask the provider whether login.example.net is theirs. Clients that read
        the document at run time have followed already: until the answer, set
        token_endpoint in them to the old address. (2) find out which of your
        clients ask for the scope reports:write: `invalid_scope`, or a token without
        it, may follow.
    TEST: this is what an alert looks like. Nothing has changed; if you can read
        this and have the attachment, alerts reach you whole.

    oauth-authorization-server  https://login.example.com/.well-known/oauth-authorization-server

    1. security  token_endpoint moved to another host (to example.net, from
       example.com)
         - https://login.example.com/token
                                 ^^^
         + https://login.example.net/token
                                 ^^^
       Client secrets, codes and refresh tokens are posted to another host.
       [endpoint-host-changed; RFC 8414 section 2]

    2. breaking  scopes_supported lost 1 of 3 values
         - reports:write
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    Not changed: methods.

    -- 
    Sent by `issuerwatch alert test` on mon1.example.com.
    The RFC 6902 patch is attached.
    ");
}
