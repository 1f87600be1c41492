//! The weekly mail, which proves that the watch is alive.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::brief::{Brief, day};
use super::page::{Entry, Foot, Lead, MailTone, Page, Section};
use super::subject_words::SubjectWords;
use super::words::{at, count, counted, cut, first, name};
use super::{html, subject, text, weekly_sections};
use crate::document::text::visible;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailContent;

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
    /// Polls of the week that failed.
    pub failed_polls: u64,
    /// Documents that are failing now: `provider/document`, since when, why.
    pub failing: Vec<(String, Timestamp, String)>,
    /// Documents with damped members, and these.
    pub damped: Vec<(String, Vec<String>)>,
    /// How often a document changed in it.
    pub changed: u64,
    /// The number of events in the week, without first documents.
    pub news: u64,
    /// The gravest and newest of these events.
    pub events: Vec<Brief>,
    /// What was left to this mail, the gravest and newest.
    pub collected: Vec<Brief>,
    /// The number of further events that were left to this mail.
    pub more_collected: u64,
    /// Changes that are habits and were therefore not mailed.
    pub habits: Vec<Brief>,
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
pub fn weekly(week: &Week, machine: &str, zone: &TimeZone) -> MailContent {
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
    let subject = subject::subject(&who, &SubjectWords::plain(what), None);
    let page = page(week, machine, number.week(), zone);
    MailContent {
        text: text::render(&page),
        html: html::render(&subject, &page),
        subject,
        patch: None,
        patches: Vec::new(),
        topic: None,
    }
}

fn page(week: &Week, machine: &str, number: i8, zone: &TimeZone) -> Page {
    let documents = counted(week.documents, "document");
    let (tone, sentence) = if week.polls == 0 {
        let sentence = match week.documents {
            1 => format!("The document was not read since {}.", at(week.from)),
            _ => format!("None of {documents} was read since {}.", at(week.from)),
        };
        (MailTone::Trouble, sentence)
    } else if week.failing.is_empty() {
        let sentence = match week.documents {
            1 => "The document could be read when it was read last.".to_owned(),
            _ => format!("All {documents} could be read when they were read last."),
        };
        (MailTone::Good, sentence)
    } else {
        let failing = count(week.failing.len());
        let sentence = match week.documents {
            1 => "The document cannot be read now.".to_owned(),
            _ => format!("{failing} of {documents} cannot be read now."),
        };
        (MailTone::Trouble, sentence)
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
        entries: entries(week, zone),
        more: more(week),
        ..Section::default()
    }];
    sections.extend(weekly_sections::sections(
        &week.collected,
        week.more_collected,
        &week.habits,
        zone,
    ));
    sections.retain(|section| !section.entries.is_empty() || !section.more.is_empty());
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
    notes.push(
        "Not seen from here: what is inside tokens, and what other networks are shown.".to_owned(),
    );
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

/// How many of the polls failed, as a share that one can remember.
fn share(failed: u64, polls: u64) -> String {
    if failed == 0 || polls == 0 {
        return String::new();
    }
    if failed >= polls {
        return " (all of them)".to_owned();
    }
    let percent = u128::from(failed) * 100 / u128::from(polls);
    match percent {
        0 => " (less than 1 %)".to_owned(),
        _ => format!(" ({percent} %)"),
    }
}

/// What happened, in the words that the subject of a mail about it has; then what is the matter now.
fn entries(week: &Week, zone: &TimeZone) -> Vec<Entry> {
    let is_failing = |event: &Event| {
        let document = format!("{}/{}", event.provider, event.document);
        let mut failing = week.failing.iter();
        event.body.kind() == EventKind::Failing && failing.any(|(other, ..)| *other == document)
    };
    let mut events: Vec<&Brief> = week.events.iter().collect();
    events.sort_by_key(|brief| std::cmp::Reverse((brief.severity, brief.event.id)));
    let news = events.into_iter().take(ROWS);
    let mut entries: Vec<Entry> = news
        .filter(|brief| !is_failing(&brief.event))
        .map(|brief| {
            let label = match brief.severity {
                Some(severity) => severity.as_str(),
                None => brief.event.body.kind().as_str(),
            };
            brief.entry(label, zone)
        })
        .collect();
    let state = |label: &str, words: String, under: Vec<String>| Entry {
        label: label.to_owned(),
        severity: None,
        words,
        under,
    };
    for (document, since, why) in week.failing.iter().take(ROWS) {
        let words = format!("{}: {}", visible(document), cut(why, 300));
        entries.push(state(
            "failing",
            words,
            vec![format!("since {}", day(*since, zone))],
        ));
    }
    for (document, members) in week.damped.iter().take(ROWS) {
        let members: Vec<String> = members.iter().map(|member| name(member)).collect();
        let words = format!("{}: {}", visible(document), first(&members));
        entries.push(state("damped", words, Vec::new()));
    }
    entries
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
    if let left_out @ 1.. = week.damped.len().saturating_sub(ROWS) {
        more.push(format!(
            "... and {} more with damped members",
            count(left_out)
        ));
    }
    more
}
