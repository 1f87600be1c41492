//! What a page says, and what it can never hold.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::facts::{
    ReportDocument, ReportEvent, ReportFrame, ReportOutage, ReportProvider, outages,
};
use super::*;
use crate::document::kind::Kind;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::policy::event::{Changed, Event, EventBody, FailedPolls, Failing, NewEvent, Recovered};
use crate::policy::key_life::KeyLife;

const HOSTILE: &str = "</title></style><script>alert(1)</script><img src=//x.example/y>\u{202e}\u{1b}[31m\
                       \u{200b}\" onload=\"x' https://evil.example/";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn frame(providers: usize) -> ReportFrame {
    ReportFrame {
        from: at("2026-01-01T00:00:00Z"),
        until: at("2026-11-01T00:00:00Z"),
        since: None,
        made_at: at("2026-11-02T00:00:00Z"),
        providers,
    }
}

fn event(id: i64, time: &str, body: EventBody) -> Event {
    let mut body = NewEvent::new(at(time), body);
    body.severity = Some(Severity::Breaking);
    body.summary = format!("event {id}");
    Event {
        id,
        provider: "acme".to_owned(),
        document: Kind::OPENID_CONFIGURATION.into(),
        from_snapshot: None,
        to_snapshot: None,
        acknowledged: None,
        body,
        hash: String::new(),
    }
}

fn change(text: &str) -> Change {
    Change {
        rule: crate::meaning::rule::RuleName::stored(text),
        subject: text.into(),
        group: Group::Other,
        severity: Severity::Breaking,
        before: Some(Value::from(text)),
        after: Some(Value::from("b")),
        added: Vec::new(),
        removed: Vec::new(),
        why: text.to_owned(),
        advice: Some(text.to_owned()),
        reference: Some(text.to_owned()),
        used: false,
        used_values: Vec::new(),
        size_before: None,
        unseen: Vec::new(),
        left: Vec::new(),
        habit: None,
        damped: false,
        accepted: false,
    }
}

fn changed(id: i64, changes: usize, text: &str) -> Event {
    let body = EventBody::Changed(Changed {
        changes: vec![change(text); changes],
        ..Changed::default()
    });
    event(id, "2026-03-01T00:00:00Z", body)
}

fn key(kid: &str, from: &str, to: Option<&str>) -> KeyLife {
    KeyLife {
        kid: Some(kid.to_owned()),
        thumbprint: None,
        kty: Some("RSA".to_owned()),
        crv: None,
        size: Some(2048),
        purpose: None,
        alg: Some("RS256".to_owned()),
        certificate_ends: None,
        first_seen: at(from),
        last_seen: to.map(at),
        gaps: Vec::new(),
        events: Vec::new(),
        proved_by: None,
        is_of_first_state: false,
    }
}

fn provider(name: &str, events: Vec<Event>) -> ReportProvider {
    let moments = events.iter().map(|event| ReportEvent {
        at: event.body.at,
        severity: event.body.severity,
    });
    ReportProvider {
        name: name.to_owned(),
        history_names: vec![name.to_owned()],
        documents: vec![ReportDocument {
            kind: Kind::OPENID_CONFIGURATION.into(),
            since: at("2026-01-01T00:00:00Z"),
            until: at("2026-11-01T00:00:00Z"),
            outages: Vec::new(),
        }],
        moments: moments.collect(),
        keys: Vec::new(),
        events,
    }
}

fn page(frame: ReportFrame, providers: &[ReportProvider]) -> String {
    let mut report = Report::new(frame);
    for provider in providers {
        report.add(provider);
    }
    report.html()
}

/// The values of an attribute, wherever it stands.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    let parts = page.split(&begin).skip(1);
    parts.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn what_strangers_wrote_is_shown_and_is_neither_markup_nor_hidden_nor_a_link() {
    let mut hostile = provider(HOSTILE, vec![changed(1, 1, HOSTILE)]);
    hostile.events[0].body.summary = HOSTILE.to_owned();
    hostile.keys = vec![key(HOSTILE, "2026-02-01T00:00:00Z", None)];
    let page = page(frame(1), &[hostile]);
    for forbidden in [
        "<script",
        "<img",
        "\u{202e}",
        "\u{1b}",
        "\u{200b}",
        "\" onload",
    ] {
        assert!(!page.contains(forbidden), "{forbidden:?}");
    }
    assert!(page.contains("&#60;script&#62;"), "it is shown");
    assert!(page.contains("&#60;U+202E&#62;"), "it is visible");
    assert_eq!(
        page.matches("</title>").count(),
        page.matches("<title>").count()
    );
    let links = values(&page, "href");
    assert!(links.iter().all(|it| it.starts_with('#')), "{links:?}");
}

#[test]
fn every_anchor_that_is_led_to_is_there_once() {
    let one = provider("one", vec![changed(1, 1, "a"), changed(2, 1, "a")]);
    let page = page(frame(2), &[one, provider("two", Vec::new())]);
    let all = values(&page, "id");
    let ids: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(ids.len(), all.len(), "an id stands twice");
    for link in values(&page, "href") {
        assert!(ids.contains(link.trim_start_matches('#')), "{link}");
    }
    for named in values(&page, "aria-labelledby") {
        assert!(ids.contains(named), "{named}");
    }
}

#[test]
fn a_change_stands_with_its_lines_its_rule_and_its_reason() {
    let page = page(frame(1), &[provider("acme", vec![changed(7, 1, "x-rule")])]);
    assert!(page.contains("<details id=\"e7\">"));
    assert!(page.contains("<code>x-rule</code> <b>x-rule</b>"));
    assert!(page.contains("<del><span aria-hidden=\"true\">- </span>x-rule</del>"));
    assert!(page.contains("<ins><span aria-hidden=\"true\">+ </span>b</ins>"));
    assert!(page.contains("<p>x-rule x-rule <span class=\"note\">x-rule</span></p>"));
}

#[test]
fn what_there_is_no_room_for_is_counted_beside_the_command_that_shows_it() {
    let events: Vec<Event> = (1..=500).map(|id| changed(id, 9, "a")).collect();
    let page = page(frame(100), &[provider("it's", events)]);
    let shown = page.matches("<details").count();
    assert!((1..500).contains(&shown), "{shown}");
    let more = 500 - shown;
    let command = "issuerwatch history &#39;it&#39;\\&#39;&#39;s&#39; --limit 0";
    assert!(
        page.contains(&format!("and {more} more: {command}")),
        "{more}"
    );
    assert!(page.contains("and 3 more: issuerwatch history show 1<"));
}

#[test]
fn a_page_is_bounded_however_much_there_is() {
    let long = "a".repeat(5_000);
    let events: Vec<Event> = (1..=200).map(|id| changed(id, 20, &long)).collect();
    let mut one = provider("acme", events);
    one.keys = (0..500)
        .map(|number| key(&format!("{number}{long}"), "2026-02-01T00:00:00Z", None))
        .collect();
    // One of 370, each of which has more than it has room for.
    let page = page(frame(370), &[one]);
    assert!(page.len() < 40_000, "{}", page.len());
}

#[test]
fn an_outage_lasts_from_its_first_poll_until_the_document_is_back_and_reminders_are_part_of_it() {
    let failed = |since: &str| FailedPolls {
        since: at(since),
        ..FailedPolls::default()
    };
    let failing = |time: &str, since: &str| {
        let failed = failed(since);
        event(
            1,
            time,
            EventBody::Failing(Failing {
                failed,
                ..Failing::default()
            }),
        )
    };
    let back = EventBody::Recovered(Recovered {
        failed: failed("2026-02-01T00:00:00Z"),
        ..Recovered::default()
    });
    let events = [
        failing("2026-02-01T02:00:00Z", "2026-02-01T00:00:00Z"),
        failing("2026-02-08T02:00:00Z", "2026-02-01T00:00:00Z"),
        event(3, "2026-02-11T00:00:00Z", back),
        failing("2026-10-22T00:00:00Z", "2026-10-21T00:00:00Z"),
    ];
    let told = outages(&events);
    let (first, second) = (at("2026-02-01T00:00:00Z"), at("2026-10-21T00:00:00Z"));
    assert_eq!(
        told,
        [
            ReportOutage {
                from: first,
                to: Some(at("2026-02-11T00:00:00Z"))
            },
            ReportOutage {
                from: second,
                to: None
            },
        ]
    );
    let mut one = provider("acme", Vec::new());
    one.documents[0].outages = told;
    let page = page(frame(1), &[one]);
    let said = "openid-configuration: available 93.09 %; 2 outages, the last on 2026-10-21 00:00 \
                UTC goes on since 11 days";
    assert!(page.contains(said));
    assert_eq!(page.matches("class=\"down\"").count(), 2);
}

#[test]
fn the_lives_of_keys_are_bars_on_one_scale_with_the_gaps_left_out() {
    let mut one = provider("acme", Vec::new());
    let mut old = key("old", "2026-01-01T00:00:00Z", Some("2026-06-05T00:00:00Z"));
    old.is_of_first_state = true;
    old.gaps = vec![crate::policy::key_life::Gap {
        from: at("2026-03-01T00:00:00Z"),
        to: at("2026-03-02T00:00:00Z"),
    }];
    one.keys = vec![key("new", "2026-06-01T00:00:00Z", None), old];
    let page = page(frame(1), &[one.clone()]);
    assert_eq!(page.matches("class=\"key\"").count(), 1);
    assert_eq!(page.matches("class=\"gone\"").count(), 2);
    let words = "1 key in the latest set, new ones came 1 time; the last time the ones before stayed 4 days beside them";
    assert!(page.contains(words));
    let late = ReportFrame {
        from: one.documents[0].until - SignedDuration::from_hours(24),
        ..frame(1)
    };
    assert!(
        !self::page(late, &[one]).contains("key old"),
        "it ended before"
    );
}

#[test]
fn a_report_about_nothing_is_a_page() {
    let page = page(frame(0), &[]);
    assert!(page.contains("Nothing changed."));
    assert!(page.ends_with("</html>"));
}

#[test]
fn the_style_sheet_is_the_only_thing_the_page_allows_and_it_loads_nothing() {
    let page = page(frame(0), &[]);
    let style = include_str!("style.css");
    let hash = crate::document::fingerprint::sha256_base64(style.as_bytes());
    assert!(page.contains(&format!("<style>{style}</style>")));
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    // Askama writes some characters of base64 as entities, which mean the same in an attribute.
    assert!(page.contains(hash.split(['+', '/', '=']).next().unwrap()));
    for loads in ["@import", "url(", "@font-face"] {
        assert!(!style.contains(loads), "{loads}");
    }
}
