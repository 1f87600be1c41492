//! Many mails in one: what each of them would have said, the gravest first.

use std::collections::BTreeSet;

use super::input::MailInput;
use super::lead::{Told, lead, when_between};
use super::news;
use super::page::{Section, Tone};
use super::several::{of_provider, providers, span};
use super::what::{Remark, What, Width};
use super::words::at;
use super::words::{count, counted, name};
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventKind};
use crate::policy::grouping;
use crate::policy::mail::MailKind;

/// Many mails in one.
pub(super) fn digest(input: &MailInput<'_>) -> Option<Told> {
    let rows = pieces(input.events);
    let gravest = rows.first()?;
    let (first, last) = span(input.events)?;
    let is_first =
        |event: &Event| event.body.kind == EventKind::Finding && event.from_snapshot.is_none();
    let sentence = if input.events.iter().all(is_first) {
        "Documents seen for the first time do not meet requirements that security rests on."
            .to_owned()
    } else {
        format!(
            "{} came at once; this is what a mail about each would have said.",
            match rows.iter().map(|piece| piece.news.len()).sum() {
                1 => "One piece of news".to_owned(),
                many => format!("{} pieces of news", count(many)),
            }
        )
    };
    let mut when = if first.body.at == last.body.at {
        format!("All of it was seen {}.", at(first.body.at))
    } else {
        format!("Seen from {} to {}.", at(first.body.at), at(last.body.at))
    };
    when.push_str(&when_between(input.events).unwrap_or_default());
    let severity = gravest.severity.unwrap_or(Severity::Notice);
    let advice = match &gravest.advice {
        Some(advice) => format!("begin with the first of them: {advice}"),
        None => "begin with the first of them; the history tells each whole.".to_owned(),
    };
    let place = match gravest.providers.as_slice() {
        [one] => one.clone(),
        many => format!("{} of them", count(many.len())),
    };
    Some(Told {
        what: gravest
            .what
            .alone()
            .within("", &format!(" at {place}"))
            .and_more(rows.len() - 1),
        remark: gravest.severity.map(Remark::Severity),
        lead: lead("DIGEST", Tone::Of(severity), sentence, when, Some(advice)),
    })
}

/// What each mail of a digest would have said, the gravest first.
pub(super) fn rows(events: &[Event]) -> Section {
    let rows = pieces(events).into_iter().flat_map(|piece| {
        let severity = piece.severity.map_or("", Severity::as_str).to_owned();
        let who = piece.who();
        let mut rows = vec![vec![severity, who, piece.what.words(Width::Whole)]];
        if piece.providers.len() > 1 {
            let names = piece.providers.chunks(4).map(|names| names.join(", "));
            rows.extend(names.map(|names| vec![String::new(), String::new(), names]));
        }
        rows
    });
    Section {
        rows: rows.collect(),
        ..Section::default()
    }
}

struct Piece {
    severity: Option<Severity>,
    what: What,
    advice: Option<String>,
    providers: Vec<String>,
    /// What tells apart what equal words stand for.
    news: BTreeSet<String>,
}

impl Piece {
    fn who(&self) -> String {
        match self.providers.as_slice() {
            [one] => one.clone(),
            many => counted(u64::try_from(many.len()).unwrap_or(u64::MAX), "provider"),
        }
    }
}

/// What is news of its own: outages, changes with their findings, members damped and at rest.
fn sort_of(event: &Event) -> u8 {
    match event.body.kind {
        EventKind::Failing | EventKind::Recovered | EventKind::Inconsistent => 0,
        EventKind::Settled => 2,
        EventKind::Damped => 3,
        EventKind::FirstSeen | EventKind::Changed | EventKind::Finding | EventKind::Accepted => 1,
    }
}

fn pieces(events: &[Event]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for provider in providers(events) {
        let own = of_provider(events, provider);
        for sort in 0..=3 {
            let part = own.iter().filter(|event| sort_of(event) == sort);
            let part: Vec<Event> = part.cloned().collect();
            if part.is_empty() {
                continue;
            }
            add(&mut pieces, &part, provider);
        }
    }
    pieces.sort_by(|one, two| {
        let many = two.providers.len().cmp(&one.providers.len());
        two.severity.cmp(&one.severity).then(many)
    });
    pieces
}

fn add(pieces: &mut Vec<Piece>, part: &[Event], provider: &str) {
    let kind: MailKind = news::kind_of(part);
    let told = news::told(kind, part, provider, None);
    let severity = part
        .iter()
        .filter_map(|event| event.body.told_severity())
        .max();
    let what = match (severity, told.remark) {
        (None, Some(remark)) => told.what.within("", &format!(" ({})", remark.as_str())),
        (Some(_), _) | (None, None) => told.what,
    };
    let news = grouping::likeness(kind, &part.iter().collect::<Vec<_>>());
    let known = pieces
        .iter_mut()
        .find(|piece| piece.what == what && piece.severity == severity);
    match known {
        Some(piece) => {
            piece.providers.push(name(provider));
            piece.news.insert(news);
        }
        None => pieces.push(Piece {
            severity,
            what,
            advice: told.lead.advice,
            providers: vec![name(provider)],
            news: BTreeSet::from([news]),
        }),
    }
}
