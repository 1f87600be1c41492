//! Documents that cannot be had, that are back, that differ from one answer to the next.

use insta::assert_snapshot;

use super::*;
use crate::document::failure::{Cause, Failure, TlsTrouble};
use crate::policy::event::{FailedPoll, FailedPolls, Inconsistent};

fn failing(provider: &str, failure: &Failure) -> Event {
    let mut event = at_provider(event("{}", "{}"), provider, 12);
    event.body.severity = Some(Severity::Breaking);
    let poll = |at: &str, elapsed_ms| FailedPoll {
        at: time(at),
        failure: failure.clone(),
        elapsed_ms: Some(elapsed_ms),
    };
    event.body.body = EventBody::Failing(Failing {
        source: source(),
        last_good_at: Some(time("2026-11-23T01:30:00Z")),
        old_since: Some(time("2026-10-24T01:30:00Z")),
        failed: FailedPolls {
            since: time("2026-11-23T01:45:00Z"),
            count: 3,
            latest: vec![
                poll("2026-11-23T01:45:00Z", 310),
                poll("2026-11-23T02:00:00Z", 290),
                poll("2026-11-23T02:15:04Z", 30_000),
            ],
        },
        ..Failing::default()
    });
    event
}

fn recovered() -> Event {
    back(failing("archera", &Failure::of_status(503)))
}

#[test]
fn a_server_fails() {
    let event = failing("archera", &Failure::of_status(503));
    let content = mail_of(MailKind::Failing, &[event], None);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] DOWN archera: HTTP 503, last good 01:30 UTC (breaking)

    DOWN for 30 min  The last 3 polls of archera got no usable document: HTTP 503.
    Since 2026-11-23 01:45 UTC; last good answer 2026-11-23 01:30 UTC, the document
        of 2026-10-24 (unchanged for 30 days).
    Do: try a login: where the token endpoint is on the same host, sign-in may fail
        now. Clients that hold the document may go on; keys are cached for minutes
        to hours.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server
      2026-11-23 01:45 UTC   0.31 s    HTTP 503
      2026-11-23 02:00 UTC   0.29 s    HTTP 503
      2026-11-23 02:15 UTC   30.00 s   HTTP 503

    You get a mail when it is back. It is polled every 15 min as before.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:   issuerwatch history show 12
    No more of it: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn a_document_is_gone_and_answers_elsewhere() {
    let mut failure = Failure::of_status(404);
    failure.elsewhere = Some("https://a.example/.well-known/openid-configuration".into());
    let content = mail_of(MailKind::Failing, &[failing("archera", &failure)], None);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] DOWN archera: HTTP 404, last good 01:30 UTC (breaking)

    DOWN for 30 min  The last 3 polls of archera got no usable document: HTTP 404.
    Since 2026-11-23 01:45 UTC; last good answer 2026-11-23 01:30 UTC, the document
        of 2026-10-24 (unchanged for 30 days).
    Do: https://a.example/.well-known/openid-configuration answers; find out whether
        it moved or was shut down.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server
      2026-11-23 01:45 UTC   0.31 s    HTTP 404
      2026-11-23 02:00 UTC   0.29 s    HTTP 404
      2026-11-23 02:15 UTC   30.00 s   HTTP 404

    You get a mail when it is back. It is polled every 15 min as before.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:   issuerwatch history show 12
    No more of it: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn this_machine_has_no_resolver() {
    let mut event = failing("archera", &Failure::of(Cause::ResolverDown));
    event.body.severity = Some(Severity::Notice);
    let content = mail_of(MailKind::Failing, &[event], None);
    assert_snapshot!(shown(&content), @r#"
    Subject: [issuerwatch] TROUBLE HERE: the resolver of this machine did not answer, 1 provider could not be read (notice)

    TROUBLE HERE  Look at this machine first. The last 3 polls of archera got no
        usable document: the resolver of this machine did not answer.
    Since 2026-11-23 01:45 UTC; last good answer 2026-11-23 01:30 UTC, the document
        of 2026-10-24 (unchanged for 30 days).
    Do: look at this machine first: the resolver that /etc/resolv.conf names, and
        the network to it. If it resolves other names, it is the provider's own name
        servers that fail.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server
      2026-11-23 01:45 UTC   0.31 s    the resolver of this machine did not answer
      2026-11-23 02:00 UTC   0.29 s    the same
      2026-11-23 02:15 UTC   30.00 s   the same

    You get a mail when it is back. It is polled every 15 min as before.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:   issuerwatch history show 12
    No more of it: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn several_providers_fail_each_for_its_own_cause() {
    let since = Some(time("2026-05-24T09:48:42Z"));
    let events = [
        failing("one", &Failure::of(Cause::NameUnknown)),
        failing(
            "two",
            &Failure::of(Cause::Tls(TlsTrouble::Expired { since })),
        ),
    ];
    let content = compose(&MailInput {
        addresses: &[],
        background: None,
        wave: None,
        has_weekly: false,
        is_widespread: true,
        ..input(MailKind::Failing, &events)
    });
    assert_snapshot!(shown(&content), @r"
    Subject: [issuerwatch] TROUBLE HERE: 2 providers could not be read: its name has no address; certificate expired on 2026-05-24 (breaking)

    TROUBLE HERE  Look at this machine first: most of what it watches fails alike
        since the same minute. The last 3 polls of each of 2 providers got no usable
        document, each for its own reason: one: its name has no address; two:
        certificate expired on 2026-05-24.
    Since 2026-11-23 01:45 UTC; last good answer 2026-11-23 01:30 UTC.
    Do: look at this machine first: its network, its resolver, its proxy, its clock
        and its certificates. Nothing else is likely to have happened to all of
        them.

    down      one/oauth-authorization-server: its name has no address
              https://api.archera.ai/.well-known/oauth-authorization-server since
              2026-11-23 01:45 UTC
    down      two/oauth-authorization-server: certificate expired on 2026-05-24
              https://api.archera.ai/.well-known/oauth-authorization-server since
              2026-11-23 01:45 UTC

    You get a mail when it is back.

    -- 
    Watched by issuerwatch on mon1.example.com.
    Whole story: issuerwatch history --since 2026-11-23T02:15:04Z --until 2026-11-23T02:15:05Z
    ");
}

#[test]
fn a_document_is_back() {
    let told = topic(
        "[issuerwatch] archera: document not available for 30 min (HTTP 503)",
        None,
    );
    let content = mail_of(MailKind::Recovered, &[recovered()], Some(told));
    assert_snapshot!(shown(&content), @r"
    Subject: Re: [issuerwatch] BACK archera after 30 min, the same document (info)

    BACK  archera answers again, after 30 min; the document is the same as before.
        Nothing to do.
    First good answer 2026-11-23 02:15 UTC (oauth-authorization-server); 3 polls
        failed since 2026-11-23 01:45 UTC (last: HTTP 503).

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Follows the mail of 2026-11-22 09:00 UTC.
    Whole story: issuerwatch history show 12
    ");
}

#[test]
fn another_document_is_back() {
    let mut event = recovered();
    if let EventBody::Recovered(recovered) = &mut event.body.body {
        recovered.is_changed = true;
    }
    assert_snapshot!(shown(&mail_of(MailKind::Recovered, &[event], None)), @r"
    Subject: [issuerwatch] BACK archera after 30 min, the document changed meanwhile (info)

    BACK  archera answers again, after 30 min; the document changed meanwhile:
        issuerwatch history archera.
    First good answer 2026-11-23 02:15 UTC (oauth-authorization-server); 3 polls
        failed since 2026-11-23 01:45 UTC (last: HTTP 503).

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story: issuerwatch history show 12
    ");
}

#[test]
fn two_answers_seconds_apart_are_two_documents() {
    let mut event = event(
        r#"{"token_endpoint":"https://a.example.com/t"}"#,
        r#"{"token_endpoint":"https://b.example.net/t"}"#,
    );
    event.body.body = EventBody::Inconsistent(Inconsistent {
        source: source(),
        polls: 3,
        changes: changed(&mut event).changes.clone(),
        ..Inconsistent::default()
    });
    assert_snapshot!(shown(&mail_of(MailKind::Inconsistent, &[event], None)), @r#"
    Subject: [issuerwatch] archera: answers disagree; in one, token_endpoint moved to b.example.net (security)

    SECURITY  One answer says that archera moved its token_endpoint to another host,
        b.example.net; another, seconds apart, does not. It is not believed: the old
        state stays the baseline.
    Seen 2026-11-23 02:15 UTC; 3 polls within a day got answers that disagree.
    Do: ask the provider at once which answer is right: some clients may get the
        other one. Let none follow an address that you do not know.

    oauth-authorization-server  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  token_endpoint moved to another host (to example.net, from
       example.com)
         - https://a.example.com/t
         + https://b.example.net/t
       Client secrets, codes and refresh tokens are posted to another host.
       [endpoint-host-changed; RFC 8414 section 2]

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}
