//! The weekly mail, which proves that the watch is alive.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::page::{Foot, Lead, Page, Section, Tone};
use super::what::What;
use super::words::{at, count, counted, first, name};
use super::{html, left, subject, text};
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::policy::mail::Content;
use crate::wording::text::utc;

/// Most events that are listed.
const ROWS: usize = 40;

/// What there is to tell of a week.
#[derive(Debug, Clone, PartialEq)]
pub struct Week {
    /// When it began: the weekly mail before, or the first target.
    pub from: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// Documents that are watched.
    pub documents: u64,
    /// Providers that are watched.
    pub providers: u64,
    /// Polls in it.
    pub polls: u64,
    /// Those that failed.
    pub failed_polls: u64,
    /// Documents that are failing now: `provider/document`, since when, why.
    pub failing: Vec<(String, Timestamp, String)>,
    /// Documents with damped members, and these.
    pub damped: Vec<(String, Vec<String>)>,
    /// How often a document changed in it.
    pub changed: u64,
    /// How much happened in it, first documents not counted.
    pub news: u64,
    /// The gravest and newest of that.
    pub events: Vec<Event>,
    /// What was left to this mail, the gravest and newest, in outline.
    pub collected: Vec<Event>,
    /// How much more of that there is.
    pub more_collected: u64,
    /// What was done again out of habit and mailed to nobody.
    pub habits: Vec<Event>,
    /// Mails that were sent in it.
    pub sent: u64,
    /// Mails that wait now.
    pub waiting: u64,
    /// Mails that were given up or refused, ever.
    pub lost: u64,
    /// Number and hash of the last event.
    pub head: Option<(i64, String)>,
}

/// Words a week; its number is that of ISO 8601 in this zone.
pub fn weekly(week: &Week, machine: &str, zone: &TimeZone) -> Content {
    let number = week.until.to_zoned(zone.clone()).date().iso_week_date();
    let health = match week.failing.len() {
        0 if week.polls == 0 => "nothing polled".to_owned(),
        0 => "all reachable".to_owned(),
        failing => format!("{} failing", count(failing)),
    };
    let what = format!(
        "{} of {} watched, {} changed, {health}",
        counted(week.documents, "document"),
        counted(week.providers, "provider"),
        count(week.changed)
    );
    let who = format!("week {}", number.week());
    let subject = subject::subject(&who, &What::plain(what), None);
    let page = page(week, machine, number.week());
    Content {
        text: text::render(&page),
        html: html::render(&subject, &page),
        subject,
        patch: None,
        topic: None,
    }
}

fn page(week: &Week, machine: &str, number: i8) -> Page {
    let documents = counted(week.documents, "document");
    let (tone, sentence) = if week.polls == 0 {
        let sentence = format!("None of {documents} was read since {}.", at(week.from));
        (Tone::Trouble, sentence)
    } else if week.failing.is_empty() {
        let sentence = format!("All {documents} could be read when they were read last.");
        (Tone::Good, sentence)
    } else {
        let failing = count(week.failing.len());
        let sentence = format!("{failing} of {documents} cannot be read now.");
        (Tone::Trouble, sentence)
    };
    let when = format!(
        "From {} to {}: {}, {} failed{}.",
        at(week.from),
        at(week.until),
        counted(week.polls, "poll"),
        count(week.failed_polls),
        share(week.failed_polls, week.polls)
    );
    let mut sections = vec![Section {
        rows: rows(week),
        more: more(week),
        ..Section::default()
    }];
    sections.extend(left::sections(
        &week.collected,
        week.more_collected,
        &week.habits,
    ));
    sections.retain(|section| !section.rows.is_empty() || !section.more.is_empty());
    let mut notes = vec![format!(
        "Mails: {} sent, {} waiting, {} lost since the beginning.",
        count(week.sent),
        count(week.waiting),
        count(week.lost)
    )];
    if let Some((id, hash)) = &week.head {
        notes.push(format!(
            "Head of the history: event {id}, sha256 {}",
            visible(hash)
        ));
    }
    notes.push("No mail next week means that something is wrong here.".to_owned());
    Page {
        lead: Lead {
            word: format!("WEEK {number}"),
            tone,
            about: format!("{} watched", counted(week.providers, "provider")),
            sentence,
            when,
            advice: None,
            tally: None,
            late: None,
        },
        sections,
        notes,
        footer: vec![
            Foot::Words(format!("Watched by issuerwatch on {}.", visible(machine))),
            Foot::Command {
                label: "Whole story",
                command: format!("issuerwatch history --since {}", week.from),
            },
        ],
    }
}

fn share(failed: u64, polls: u64) -> String {
    if failed == 0 || polls == 0 {
        return String::new();
    }
    let basis_points = u128::from(failed) * 10_000 / u128::from(polls);
    format!(" ({}.{:02} %)", basis_points / 100, basis_points % 100)
}

fn rows(week: &Week) -> Vec<Vec<String>> {
    let mut events: Vec<&Event> = week.events.iter().collect();
    events.sort_by_key(|event| std::cmp::Reverse((event.body.severity, event.id)));
    let mut rows: Vec<Vec<String>> = events
        .iter()
        .take(ROWS)
        .map(|event| {
            let severity = event.body.severity.map_or("", Severity::as_str);
            vec![
                event.body.kind().as_str().to_owned(),
                name(&event.provider),
                super::words::cut(&event.body.summary, 60),
                severity.to_owned(),
                utc(event.body.at),
            ]
        })
        .collect();
    for (document, since, why) in week.failing.iter().take(ROWS) {
        rows.push(vec![
            "failing".to_owned(),
            visible(document),
            super::words::cut(why, 60),
            String::new(),
            format!("since {}", utc(*since)),
        ]);
    }
    rows
}

fn more(week: &Week) -> Vec<String> {
    let shown = u64::try_from(week.events.len().min(ROWS)).unwrap_or(u64::MAX);
    let left_out = week.news.saturating_sub(shown);
    let mut more = Vec::new();
    if left_out > 0 {
        more.push(format!("... and {} more events", count(left_out)));
    }
    if let left_out @ 1.. = week.failing.len().saturating_sub(ROWS) {
        more.push(format!("... and {} more that fail", count(left_out)));
    }
    for (document, members) in week.damped.iter().take(ROWS) {
        let members: Vec<String> = members.iter().map(|member| name(member)).collect();
        more.push(format!(
            "Damped: {} of {}.",
            first(&members),
            visible(document)
        ));
    }
    if let left_out @ 1.. = week.damped.len().saturating_sub(ROWS) {
        more.push(format!(
            "... and {} more with damped members",
            count(left_out)
        ));
    }
    more
}
