//! Members that do not rest.

use insta::assert_snapshot;

use super::*;
use crate::policy::damping::Movement;
use crate::policy::event::{Damped, Settled, UnstableMember};

fn unstable(member: &str, changes: u64) -> Vec<UnstableMember> {
    vec![UnstableMember {
        member: member.into(),
        since: time("2026-11-20T02:15:00Z"),
        changes,
        new_values: 0,
        last_change_at: time("2026-11-23T02:15:04Z"),
        movement: Movement::default(),
        summary_at: Some(time("2026-12-07T08:00:00Z")),
        rests_at: Some(time("2026-12-12T02:15:04Z")),
    }]
}

#[test]
fn a_member_is_damped() {
    let mut event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let change = changed(&mut event).clone();
    event.body.body = EventBody::Damped(Damped {
        provenance: change.provenance,
        changes: change.changes,
        members: unstable("scopes_supported", 6),
        ..Damped::default()
    });
    assert_snapshot!(shown(&mail_of(MailKind::Damped, &[event], None)), @r#"
    Subject: [issuerwatch] archera: scope b added, sixth change in 3 days, next mail 2026-12-07 or later (info)

    INFO  archera now offers the scope b. It is the sixth change of scopes_supported
        in 3 days: further ones are collected instead of mailed.
    Seen 2026-11-23 02:15 UTC, confirmed 10 s later, other at the poll of 02:00 UTC.
        What it shows now was seen here before. Next mail about it: not before
        2026-12-07, with what is new by then or once it rests.
    Do: nothing today; let no client rely on a value before it has stayed for a
        while.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. info      scopes_supported gained 1 value
         + b
       Listed now, and perhaps granted before: a server may leave scopes out of its
       list.  [scope-added; RFC 8414 section 2]

    You still hear at once of: any change of another member; an outage; the first
      removal of a value, if that may break clients.
    To get every mail: `damping = false` for archera; to get none: `ignore =
      ["/scopes_supported"]`.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:     issuerwatch history show 12
    Earlier changes: issuerwatch history archera --member scopes_supported
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn a_member_has_come_to_rest() {
    let mut event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let change = changed(&mut event).clone();
    event.body.severity = None;
    event.body.body = EventBody::Settled(Settled {
        provenance: change.provenance,
        changes: change.changes,
        answers: None,
        members: unstable("scopes_supported", 14),
    });
    let told = topic(
        "[issuerwatch] archera: scopes_supported changes too often, mails held back (info)",
        Some(Severity::Info),
    );
    let content = mail_of(MailKind::Settled, &[event], Some(told));
    assert_snapshot!(shown(&content), @r"
    Subject: Re: [issuerwatch] SETTLED archera: scopes_supported stable for 0 s, scope b added meanwhile (info)

    SETTLED  scopes_supported of archera has not changed for 0 s, since 2026-11-23
        02:15 UTC: every change is mailed at once again. Compared with the state
        before 2026-11-20, archera now offers the scope b.
    Held back since 2026-11-20, because it changed too often: 14 changes, which
        brought no new value; what was mailed all the same is not among them.
    Do: nothing.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. info      scopes_supported gained 1 value
         + b
       Listed now, and perhaps granted before: a server may leave scopes out of its
       list.  [scope-added; RFC 8414 section 2]

    To get every mail: `damping = false` for archera.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Follows the mail of 2026-11-22 09:00 UTC.
    Whole story: issuerwatch history show 12
    ");
}

#[test]
fn a_value_never_seen_was_held_back() {
    let mut event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b","c"]}"#,
    );
    for change in &mut changed(&mut event).changes {
        change.damped = true;
        change.unseen = vec!["c".into()];
    }
    assert_snapshot!(shown(&mail_of(MailKind::Summary, &[event], None)), @r"
    Subject: [issuerwatch] archera: new scope c since 2026-11-23 (info)
    Attached: patch

    SUMMARY  archera showed the scope c for the first time (info).
    First seen 2026-11-23 02:15 UTC, and held back since then, because
        scopes_supported had changed too often.
    Do: nothing.

    archera/oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. info      scopes_supported: 2 added, on 2026-11-23
         + b c
         Never seen here before: c.
       Listed now, and perhaps granted before: a server may leave scopes out of its
       list.  [scope-added; RFC 8414 section 2]

    To get every mail: `damping = false` for archera.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story: issuerwatch history show 12
    ");
}

#[test]
fn a_change_is_told_while_another_member_is_damped() {
    let mut event = event(
        r#"{"scopes_supported":["a"],"token_endpoint":"https://a.example.com/t"}"#,
        r#"{"scopes_supported":["a","b"],"token_endpoint":"https://b.example.com/t"}"#,
    );
    for change in &mut changed(&mut event).changes {
        change.damped = change.subject == "scopes_supported";
    }
    assert_snapshot!(shown(&mail(&[event])), @r#"
    Subject: [issuerwatch] archera: token_endpoint moved to b.example.com (breaking)
    Attached: patch

    BREAKING  archera moved its token_endpoint to another host, b.example.com.
        Issuer and jwks_uri are unchanged.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    Do: ask the provider whether the move is meant: clients that read the document
        at run time may follow already.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  token_endpoint moved to another host (host only; the registrable
       domain example.com is the same)
         - https://a.example.com/t
                   ^
         + https://b.example.com/t
                   ^
       Firewalls and allow lists that name the old host may block the new one.
       [endpoint-host-changed; RFC 8414 section 2]

    Held back, because damped: scopes_supported.
    Not changed: methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}
