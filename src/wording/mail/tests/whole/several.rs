//! Several providers, many mails in one, and the proof of life.

use insta::assert_snapshot;
use jiff::tz::TimeZone;

use super::*;
use crate::document::failure::Failure;
use crate::policy::event::{FailedPoll, FailedPolls};
use crate::wording::mail::brief::Brief;
use crate::wording::mail::weekly::{Week, weekly};

fn lost_scope() -> Event {
    event(
        r#"{"scopes_supported":["a","b"]}"#,
        r#"{"scopes_supported":["a"]}"#,
    )
}

fn failing() -> Event {
    let mut event = event("{}", "{}");
    let poll = FailedPoll {
        at: event.body.at,
        failure: Failure::of_status(503),
        elapsed_ms: Some(120),
    };
    event.body.severity = None;
    event.body.body = EventBody::Failing(Failing {
        source: source(),
        last_good_at: event.body.last_good_at(),
        failed: FailedPolls {
            since: time("2026-11-23T01:45:00Z"),
            count: 3,
            latest: vec![poll],
        },
        ..Failing::default()
    });
    event
}

#[test]
fn the_same_happens_at_twelve_providers() {
    let events: Vec<Event> = (1..=12)
        .map(|n| at_provider(lost_scope(), &format!("provider-{n}"), n))
        .collect();
    assert_snapshot!(shown(&compose(&input(MailKind::Changed, &events))), @r#"
    Subject: [issuerwatch] 12 providers: scope b removed (breaking)

    BREAKING  Each of 12 providers no longer offers the scope b. All are on
        archera.ai.
    Gone since 2026-11-23 02:15 UTC. Still there at the polls of 02:00 UTC.
    Do: find out which of your clients ask for the scope b: `invalid_scope`, or a
        token without it, may follow.

    Everywhere the same:
    oauth-authorization-server

    1. breaking  scopes_supported lost 1 of 2 values
         - b
       Requests for what is gone may be rejected or silently narrowed.
       [scope-removed; RFC 8414 section 2, RFC 6749 section 3.3]

    The providers:
      provider-1   provider-10   provider-11   provider-12
      provider-2   provider-3    provider-4    provider-5
      provider-6   provider-7    provider-8    provider-9

    Not changed: endpoints and methods.

    -- 
    Watched by issuerwatch on mon1.example.com.
    Whole story:     issuerwatch history --since 2026-11-23T02:15:04Z --until 2026-11-23T02:15:05Z
    Was it expected: issuerwatch accept 1 2 3 4 5 6 7 8 9 10 11 12 --reason "..."
    "#);
}

#[test]
fn many_mails_are_one() {
    let moved = event(
        r#"{"token_endpoint":"https://a.example.com/t"}"#,
        r#"{"token_endpoint":"https://b.example.net/t"}"#,
    );
    let events = [
        at_provider(lost_scope(), "one", 1),
        at_provider(lost_scope(), "two", 2),
        at_provider(moved, "three", 3),
        at_provider(failing(), "four", 4),
    ];
    assert_snapshot!(shown(&compose(&input(MailKind::Digest, &events))), @r#"
    Subject: [issuerwatch] 4 providers: token_endpoint moved to b.example.net at three, and 2 others, less grave (security)

    DIGEST  3 pieces of news came at once; this is what a mail about each would have
        said.
    All of it was seen 2026-11-23 02:15 UTC. Not yet at the polls of 02:00 UTC.
    Do: begin with the first of them; each has its own next step below.

    security  three: token_endpoint moved to b.example.net
              https://api.archera.ai/.well-known/oauth-authorization-server
              Do: ask the provider whether b.example.net is theirs. Clients that
              read the document at run time have followed already: until the answer,
              set token_endpoint in them to the old address.
    breaking  2 providers: scope b removed
              one, two
              Do: find out which of your clients ask for the scope b:
              `invalid_scope`, or a token without it, may follow.
              four: DOWN: HTTP 503, last good 02:00 UTC (notice)

    -- 
    Watched by issuerwatch on mon1.example.com.
    Whole story: issuerwatch history --since 2026-11-23T02:15:04Z --until 2026-11-23T02:15:05Z
    What is only info can wait for a weekly mail: `digest` and `collect = "info"`
    under [mail].
    "#);
}

#[test]
fn a_week_is_over() {
    let week = Week {
        from: time("2026-11-16T08:00:00Z"),
        until: time("2026-11-23T08:00:00Z"),
        documents: 14,
        providers: 6,
        polls: 9_408,
        failed_polls: 12,
        failing: vec![(
            "four/jwks".to_owned(),
            time("2026-11-23T01:45:00Z"),
            "HTTP 503".to_owned(),
        )],
        damped: vec![(
            "one/oauth-authorization-server".to_owned(),
            vec!["scopes_supported".to_owned()],
        )],
        changed: 1,
        news: 1,
        events: vec![Brief::of(&lost_scope())],
        collected: Vec::new(),
        more_collected: 0,
        habits: Vec::new(),
        sent: 31,
        waiting: 1,
        lost: 0,
        head: Some((12, "0f3c".repeat(16))),
    };
    let content = weekly(&week, "mon1.example.com", &TimeZone::UTC);
    assert_snapshot!(shown(&content), @r"
    Subject: [issuerwatch] week 48: 14 documents of 6 providers watched, 1 changed, 1 failing

    WEEK 48  1 of 14 documents cannot be read now.
    From 2026-11-16 08:00 UTC to 2026-11-23 08:00 UTC: 9,408 polls, 12 failed (less
        than 1 %).

    breaking  archera: scope b removed
              Mon 23 Nov 02:15 UTC
    failing   four/jwks: HTTP 503
              since Mon 23 Nov 01:45 UTC
    damped    one/oauth-authorization-server: scopes_supported

    Mails: 31 sent, 1 waiting, 0 lost since the beginning.
    Head of the history: event 12, sha256
      0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c
    Not seen from here: what is inside tokens, and what other networks are shown.
    No mail next week means that something is wrong here.

    -- 
    Watched by issuerwatch on mon1.example.com.
    Whole story: issuerwatch history --since 2026-11-16T08:00:00Z
    ");
}
