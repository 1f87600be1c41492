//! Mails about documents that cannot be had.

use super::*;
use crate::document::failure::{
    Cause, DocumentLimit, Excess, Failure, ProxyTrouble, TextKind, TlsTrouble,
};
use crate::policy::event::{FailedPoll, FailedPolls};

pub(super) fn failing(provider: &str, failure: &Failure) -> Event {
    let mut event = event("{}", "{}");
    provider.clone_into(&mut event.provider);
    event.body.severity = Some(Severity::Breaking);
    let poll = |at: &str| FailedPoll {
        at: time(at),
        failure: failure.clone(),
        elapsed_ms: None,
    };
    event.body.body = EventBody::Failing(Failing {
        source: source(),
        last_good_at: Some(time("2026-11-23T01:30:00Z")),
        old_since: Some(time("2026-10-24T01:30:00Z")),
        failed: FailedPolls {
            since: time("2026-11-23T01:45:00Z"),
            count: 2,
            latest: vec![poll("2026-11-23T01:45:00Z"), poll("2026-11-23T02:15:04Z")],
        },
        ..Failing::default()
    });
    event
}

fn told(failure: &Failure) -> MailContent {
    mail_of(MailKind::Failing, &[failing("archera", failure)], None)
}

#[test]
fn several_providers_fail_each_for_a_cause_of_its_own() {
    let events = [
        failing("one", &Failure::of(Cause::NameUnknown)),
        failing("two", &Failure::of(Cause::Tls(TlsTrouble::Timeout))),
    ];
    let content = mail_of(MailKind::Failing, &events, None);
    let text = words(&content);
    let one = "one/oauth-authorization-server: its name has no address https://api.archera.ai/.well-known/oauth-authorization-server since 2026-11-23 01:45 UTC";
    has(&text, one);
    let two = "two/oauth-authorization-server: no TLS session in time https://api.archera.ai/.well-known/oauth-authorization-server since 2026-11-23 01:45 UTC";
    has(&text, two);
    lacks(&text, "Everywhere the same");
    has(&content.html, "no TLS session in time");
}

#[test]
fn a_certificate_that_expired_is_told_in_words_and_since_when() {
    let since = Some(time("2026-05-24T09:48:42Z"));
    let content = told(&Failure::of(Cause::Tls(TlsTrouble::Expired { since })));
    has(
        &content.subject,
        "DOWN archera: certificate expired on 2026-05-24, last good 01:30 UTC",
    );
    let text = words(&content);
    has(
        &text,
        "no usable document: certificate expired on 2026-05-24",
    );
    has(&content.text, "\nDo: tell the provider.");
}

#[test]
fn what_to_do_depends_on_the_cause() {
    let advice = |failure: &Failure| words(&told(failure));
    let status = |status| advice(&Failure::of_status(status));
    let moved = "Do: find out whether it moved or was shut down.";
    has(&status(404), moved);
    has(&status(410), moved);
    has(&advice(&Failure::of(Cause::NameUnknown)), moved);
    has(&status(429), "issuerwatch alone is refused");
    has(&status(403), "`user_agent`");
    has(
        &status(503),
        "Do: try a login: where the token endpoint is on the same host",
    );
    let mut event = failing("archera", &Failure::of_status(503));
    outage(&mut event).failed.latest[0].failure.status = Some(429);
    let text = words(&mail_of(MailKind::Failing, &[event], None));
    has(&text, "issuerwatch alone is refused");
}

#[test]
fn a_certificate_for_another_name_may_be_somebody_elses() {
    let other = TlsTrouble::OtherName {
        names: vec!["other.example".to_owned()],
        expected: "api.example".into(),
    };
    let detail = "certificate is for other.example, not for api.example";
    let text = words(&told(&Failure::new(Cause::Tls(other), detail)));
    has(&text, "belongs to somebody else by now (a dangling record)");
    has(&text, detail);
    lacks(&text, "do not turn the verification off");
    // Only the cause decides: the same detail with another cause gives no such advice.
    let text = words(&told(&Failure::new(Cause::Timeout, detail)));
    lacks(&text, "belongs to somebody else");
}

#[test]
fn trouble_of_this_machine_is_told_first_and_as_its_own() {
    let proxy = Cause::Proxy {
        proxy: "proxy.example:3128".to_owned(),
        trouble: ProxyTrouble::WantsPassword,
    };
    for (cause, named) in [
        (Cause::ResolverDown, "the resolver"),
        (Cause::NoRoute, "its routes"),
        (proxy, "`proxy_password`"),
    ] {
        let text = words(&told(&Failure::of(cause)));
        has(&text, "TROUBLE HERE Look at this machine first.");
        has(&text, "Do: look at this machine first");
        has(&text, named);
        lacks(&text, "moved or was shut down");
    }
}

#[test]
fn what_most_of_the_watched_have_in_common_is_told_first() {
    let events = [failing("one", &Failure::of(Cause::Timeout))];
    let content = compose(&MailInput {
        kind: MailKind::Failing,
        events: &events,
        digest: None,
        left_out: 0,
        providers: &[],
        key_sets: &[],
        machine: "mon1.example.com",
        answers: None,
        addresses: &[],
        background: None,
        follows: &[],
        wave: None,
        has_weekly: false,
        is_widespread: true,
        late: None,
    });
    let text = words(&content);
    has(
        &text,
        "TROUBLE HERE Look at this machine first: most of what it watches fails alike",
    );
    has(&text, "Do: look at this machine first");
}

#[test]
fn what_never_answered_is_a_question_to_the_configuration() {
    let mut failure = Failure::of_status(404);
    failure.elsewhere = Some("https://a.example/.well-known/openid-configuration".into());
    let mut event = failing("archera", &failure);
    let text = words(&mail_of(MailKind::Failing, &[event.clone()], None));
    has(
        &text,
        "Do: https://a.example/.well-known/openid-configuration answers; find out whether it moved",
    );
    outage(&mut event).last_good_at = None;
    let text = words(&mail_of(MailKind::Failing, &[event], None));
    has(
        &text,
        "openid-configuration answers; look at the configuration first",
    );
}

#[test]
fn one_poll_that_is_enough_to_be_told_of_is_neither_counted_nor_timed() {
    let mut event = failing("archera", &Failure::of_status(503));
    let at = event.body.at;
    let failed = &mut outage(&mut event).failed;
    failed.count = 1;
    failed.since = at;
    let content = mail_of(MailKind::Failing, &[event], None);
    has(
        &content.subject,
        "DOWN archera: HTTP 503, last good 01:30 UTC (",
    );
    has(
        &words(&content),
        "The last poll of archera got no usable document",
    );
}

#[test]
fn the_document_that_is_missing_is_dated_and_was_unchanged_until_it_was_seen_last() {
    let text = words(&told(&Failure::of_status(503)));
    has(
        &text,
        "last good answer 2026-11-23 01:30 UTC, the document of 2026-10-24 (unchanged for 30 days).",
    );
}

#[test]
fn a_long_reason_is_wrapped() {
    let content = told(&Failure::new(
        Cause::NotJson(TextKind::Text),
        &"word ".repeat(50),
    ));
    let is_short = |line: &str| line.chars().count() <= 100;
    assert!(content.text.lines().all(is_short), "{}", content.text);
}

#[test]
fn a_cause_is_counted_only_where_all_documents_met_it() {
    let one = failing("archera", &Failure::of_status(520));
    let mut two = one.clone();
    two.document = Kind::JWKS.into();
    let same = mail_of(MailKind::Failing, &[one.clone(), two.clone()], None);
    has(
        &words(&same),
        "no usable document: HTTP 520 (an error behind its CDN).",
    );
    for poll in &mut outage(&mut two).failed.latest {
        poll.failure.status = Some(404);
    }
    let content = mail_of(MailKind::Failing, &[one, two], None);
    has(
        &words(&content),
        "no usable document, each for its own reason: oauth-authorization-server: HTTP 520; jwks: HTTP 404.",
    );
}

#[test]
fn pages_of_several_titles_are_one_cause() {
    let page = |title: &str| {
        let title = Some(title.to_owned());
        Failure::of(Cause::NotJson(TextKind::Html { title }))
    };
    let (one, two) = (
        failing("one", &page("Sign in")),
        failing("two", &page("Oops")),
    );
    let content = mail_of(MailKind::Failing, &[one, two], None);
    has(&content.subject, "HTML instead of JSON");
    has(
        &words(&content),
        "no usable document: HTML instead of JSON.",
    );
}

#[test]
fn what_came_back_after_different_times_is_not_said_to_have_lasted_equally_long() {
    let one = failing("one", &Failure::of_status(503));
    let mut two = one.clone();
    "two".clone_into(&mut two.provider);
    outage(&mut two).failed.since = time("2026-11-22T20:15:04Z");
    outage(&mut two).failed.count = 24;
    let text = words(&mail_of(MailKind::Recovered, &[back(one), back(two)], None));
    has(
        &text,
        "BACK one and two answer again, after 30 min to 6 h; the documents are the same",
    );
    has(
        &text,
        "2 to 24 polls failed since 2026-11-22 20:15 UTC (last: HTTP 503).",
    );
}

#[test]
fn a_document_that_cannot_be_read_whole_is_told_with_its_size_and_that_its_changes_are_not_seen() {
    let content = told(&Failure::of(Cause::TooMany(Excess {
        what: DocumentLimit::Members,
        count: 2_009,
        most: 2_000,
    })));
    has(&content.subject, "archera: document cannot be read whole");
    has(
        &content.subject,
        "2,009 members where at most 2,000 are read",
    );
    let text = words(&content);
    has(&text, "What changed in it could not be read.");
    has(
        &text,
        "Do: look at the document now, before clients trust it",
    );
    has(&words(&content), "that may be an attack");
}

#[test]
fn what_lasts_for_days_is_told_again_with_other_advice_and_what_is_back_says_so_in_its_subject() {
    let mut event = failing("archera", &Failure::of_status(503));
    event.body.at = time("2026-11-30T02:00:04Z");
    outage(&mut event).reminder = Some(1);
    let content = mail_of(MailKind::Failing, &[event.clone()], None);
    assert_eq!(
        content.subject,
        "[issuerwatch] DOWN archera for 7 days: HTTP 503 (breaking)"
    );
    has(
        &words(&content),
        "Do: decide about it, because no further reminder comes: fetch the document",
    );
    has(&words(&content), "issuerwatch accept 12");
    let event = back(event);
    let told = topic(&content.subject, Some(Severity::Breaking));
    let content = mail_of(MailKind::Recovered, &[event], Some(told));
    assert_eq!(
        content.subject,
        "Re: [issuerwatch] BACK archera after 7 days, the same document (info)"
    );
}

#[test]
fn an_outage_of_discovery_and_keys_names_both() {
    let one = failing("archera", &Failure::of_status(503));
    let mut two = one.clone();
    two.document = Kind::JWKS.into();
    let content = mail_of(MailKind::Failing, &[one, two.clone()], None);
    has(
        &content.subject,
        "DOWN archera: discovery and keys HTTP 503",
    );
    let content = mail_of(MailKind::Failing, &[two], None);
    has(&content.subject, "DOWN archera: keys HTTP 503");
    has(&words(&content), "Do: try a login: clients cache keys");
    let mut gone = failing("archera", &Failure::of(Cause::NameUnknown));
    gone.document = Kind::JWKS.into();
    let content = mail_of(MailKind::Failing, &[gone], None);
    has(
        &content.subject,
        "DOWN archera: keys, its name has no address, last good",
    );
}

#[test]
fn what_else_is_on_the_host_is_said_and_not_claimed_to_be_down() {
    let mut event = failing("archera", &Failure::of_status(503));
    if let EventBody::Failing(it) = &mut event.body.body {
        it.source.url = Some("https://id.example/.well-known/openid-configuration".into());
    }
    let named = |member: &str, url: &str| NamedAddress {
        member: member.to_owned(),
        url: url.to_owned(),
    };
    let members = [
        "a_endpoint",
        "token_endpoint",
        "b_endpoint",
        "c_endpoint",
        "d_endpoint",
    ];
    let addresses = members.map(|member| named(member, "https://id.example/x"));
    let note = |addresses: &[NamedAddress]| {
        let events = [event.clone()];
        let content = compose(&MailInput {
            addresses,
            ..whole::input(MailKind::Failing, &events)
        });
        words(&content)
    };
    has(
        &note(&addresses),
        "On the same host: token_endpoint, a_endpoint, b_endpoint and 2 others.",
    );
    has(
        &note(&addresses),
        "the token endpoint is on the same host, so sign-in may fail now",
    );
    let elsewhere = note(&[named("jwks_uri", "https://keys.example/jwks")]);
    has(
        &elsewhere,
        "Nothing else that its documents named is on the same host.",
    );
    has(
        &note(&[named("token_endpoint", "https://login.example/token")]),
        "the token endpoint is on another host and may still answer",
    );
    lacks(&note(&[]), "same host.");
    has(&note(&[]), "where the token endpoint is on the same host");
}

#[test]
fn documents_that_fail_alike_for_days_are_one_line_of_polls() {
    let mut one = failing("archera", &Failure::of(Cause::NameUnknown));
    outage(&mut one).reminder = Some(0);
    let mut two = one.clone();
    two.document = Kind::JWKS.into();
    let text = words(&mail_of(MailKind::Failing, &[one, two], None));
    has(
        &text,
        "2026-11-23 to 2026-11-23, the last 2 polls its name has no address",
    );
    assert_eq!(text.matches("2 polls its name").count(), 1, "{text}");
}
