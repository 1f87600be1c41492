//! Many mails in one: what each of them would have said, the gravest first.

use std::collections::{BTreeMap, BTreeSet};

use super::gap::Gap;
use super::input::MailInput;
use super::lead::{NewsText, lead, when_between};
use super::notes::notes_of;
use super::page::{Entry, MailTone, Section};
use super::piece::{Digest, Piece};
use super::several::span;
use super::subject_words::{More, Remark, SubjectWords};
use super::words::{at, count, cut, list, name};
use super::{findings, news};
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::meaning::change::FindingState;
use crate::meaning::change::order::{LeadRank, Rank};
use crate::meaning::finding;
use crate::policy::event::{Event, EventKind};
use crate::policy::grouping;
use crate::policy::mail::MailKind;

/// Most providers that the first sentence names, the gravest first.
const NAMED: usize = 6;
/// Most providers that are named behind what they have in common.
const NAMES: usize = 200;

impl Digest {
    /// Takes in all events of a provider, or all of one of its documents.
    pub fn add(&mut self, events: Vec<Event>) {
        for event in &events {
            let notes = notes_of(MailKind::Digest, event);
            self.notes.push((event.id, notes));
            let mut outline = event.outline();
            // A patch is attached only if exactly one event has one: several would not be a valid patch.
            self.patches += usize::from(event.body.patch().is_some());
            if self.patches > 1 {
                let patches = self.events.iter_mut();
                patches
                    .filter_map(|it| it.body.patch_mut())
                    .for_each(|patch| *patch = None);
            } else if let Some(patch) = outline.body.patch_mut() {
                *patch = event.body.patch().cloned();
            }
            self.events.push(outline);
        }
        take_in(&mut self.pieces, events);
        self.events.sort_by_key(|event| event.id);
        self.notes.sort_by_key(|(id, _)| *id);
    }
}

/// Many mails in one.
pub(super) fn digest(input: &MailInput<'_>) -> Option<NewsText> {
    let rows = pieces(input);
    let gravest = rows.first()?;
    let (first, last) = span(input.events)?;
    let is_first =
        |event: &Event| event.body.kind() == EventKind::Finding && event.from_snapshot.is_none();
    let sentence = if input.events.iter().all(is_first) {
        let mut who: Vec<String> = rows.iter().flat_map(|it| it.providers.clone()).collect();
        if who.len() > NAMED {
            let others = who.split_off(NAMED - 1).len();
            who.push(format!("{} others", count(others)));
        }
        format!(
            "At first sight the documents of {} do not meet requirements that security rests on.",
            list(&who)
        )
    } else {
        format!(
            "{} came at once; this is what a mail about each would have said.",
            match rows.len() {
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
    let unwatched = Gap::of(input.events);
    if unwatched.is_none() {
        when.push_str(&when_between(input.events, false).unwrap_or_default());
    }
    let severity = gravest.severity.unwrap_or(Severity::Notice);
    let advice = match &gravest.advice {
        _ if severity <= Severity::Notice && unwatched.is_some() => {
            "find out why nothing was polled, and look whether any of this concerns a client of yours."
                .to_owned()
        }
        _ if severity <= Severity::Notice => {
            "nothing at once; look whether any of it concerns a client of yours.".to_owned()
        }
        Some(_) => "begin with the first of them; each has its own next step below.".to_owned(),
        None => "begin with the first of them; the history tells each whole.".to_owned(),
    };
    let place = match gravest.providers.as_slice() {
        [one] => one.clone(),
        many => format!("{} of them", count(many.len())),
    };
    let others = rows.get(1..).unwrap_or_default();
    let is_as_grave = |piece: &&Piece| piece.severity == gravest.severity;
    let more = More {
        all: others.len(),
        as_grave: (severity >= Severity::Breaking)
            .then(|| others.iter().filter(is_as_grave).count()),
    };
    let told = gravest
        .what
        .alone()
        .within("", &format!(" at {place}"))
        .and_more(more);
    let (word, what, sentence) = match unwatched {
        // What is grave is named before how long nothing was watched.
        Some(gap) if severity <= Severity::Notice => {
            // How long it was not watched says more than the first of the news.
            let what = SubjectWords::of_forms(gap.subject(rows.len()));
            ("NOT WATCHED", what, gap.sentence(input, rows.len()))
        }
        Some(_) | None => ("DIGEST", told, sentence),
    };
    Some(NewsText {
        what,
        remark: gravest.severity.map(Remark::Severity),
        lead: lead(word, MailTone::Of(severity), sentence, when, Some(advice)),
    })
}

/// What each mail of a digest would have said, the gravest first.
pub(super) fn rows(input: &MailInput<'_>) -> Section {
    let entries = pieces(input).into_iter().map(|piece| {
        let words = format!("{}: {}", piece.who(), piece.what.words());
        let names = (piece.providers.len() > 1).then(|| {
            let shown = piece.providers.iter().take(NAMES).cloned();
            let mut names = shown.collect::<Vec<String>>().join(", ");
            if let left_out @ 1.. = piece.providers.len().saturating_sub(NAMES) {
                names.push_str(&format!(" and {} more", count(left_out)));
            }
            names
        });
        // What is grave has its own next step; what needs nothing is not said line by line.
        let is_grave = piece.severity >= Some(Severity::Breaking);
        let advice = piece
            .advice
            .as_ref()
            .filter(|_| is_grave)
            .map(|advice| format!("Do: {advice}"));
        let detail = piece.detail.as_ref().filter(|_| piece.providers.len() == 1);
        let url = piece
            .url
            .as_ref()
            .filter(|_| is_grave && piece.providers.len() == 1);
        let place = url.map(|url| cut(&visible(url), 160));
        let under: Vec<String> = place
            .into_iter()
            .chain(detail.cloned())
            .chain(advice)
            .collect();
        Entry {
            label: piece.severity.map_or("", Severity::as_str).to_owned(),
            severity: piece.severity,
            words,
            under: names.into_iter().chain(under).collect(),
        }
    });
    Section {
        entries: entries.collect(),
        ..Section::default()
    }
}

/// The sort of news that an event is: outages, changes with their findings, members damped and settled.
fn sort_of(event: &Event) -> u8 {
    match event.body.kind() {
        EventKind::Failing | EventKind::Recovered | EventKind::Inconsistent => 0,
        EventKind::Settled => 2,
        EventKind::Damped => 3,
        EventKind::FirstSeen | EventKind::Changed | EventKind::Finding | EventKind::Accepted => 1,
    }
}

fn pieces(input: &MailInput<'_>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    match input.digest {
        Some(digest) => pieces.clone_from(&digest.pieces),
        None => take_in(&mut pieces, input.events.to_vec()),
    }
    pieces.sort_by(|one, two| {
        let many = two.providers.len().cmp(&one.providers.len());
        let gravity = two.severity.cmp(&one.severity);
        gravity.then(one.rank.cmp(&two.rank)).then(many)
    });
    pieces
}

/// Adds what is news in the events. They are taken apart and not copied, because they may be large.
fn take_in(pieces: &mut Vec<Piece>, events: Vec<Event>) {
    let mut parts: BTreeMap<(String, u8), Vec<Event>> = BTreeMap::new();
    for event in events {
        let part = (event.provider.clone(), sort_of(&event));
        parts.entry(part).or_default().push(event);
    }
    for ((provider, _), part) in parts {
        add(pieces, &part, &provider);
    }
}

/// The rank of what leads: news of changes and findings by one order, all else behind them.
fn rank_of(part: &[Event]) -> (bool, Option<LeadRank>) {
    let of_changes = part
        .iter()
        .flat_map(|event| event.body.changes())
        .map(Rank::of);
    let findings = part.iter().flat_map(|event| event.body.findings());
    let new = findings.filter(|moved| moved.state == FindingState::New);
    let of_findings = new.map(|moved| Rank::of_finding(&moved.finding));
    let first = of_changes.chain(of_findings).map(Rank::lead).min();
    (first.is_none(), first)
}

/// What a digest says below the words of one provider: the keys or the values that its finding is about.
fn detail(part: &[Event]) -> Option<String> {
    let all = part.iter().flat_map(|event| event.body.findings());
    let new = all.filter(|moved| moved.state == FindingState::New);
    let first = new.min_by_key(|moved| Rank::of_finding(&moved.finding))?;
    if let Some((_, keys)) = findings::of_keys(&first.finding) {
        return Some(keys);
    }
    let each = finding::values(&first.finding).into_iter();
    let values: Vec<String> = each
        .map(|(label, value)| format!("{label} {value}"))
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn add(pieces: &mut Vec<Piece>, part: &[Event], provider: &str) {
    let kind: MailKind = news::kind_of(part);
    let text = news::text(kind, part, provider, None, None);
    let severity = part
        .iter()
        .filter_map(|event| event.body.told_severity())
        .max();
    let what = match (severity, text.remark) {
        (None, Some(remark)) => text.what.within("", &format!(" ({})", remark.as_str())),
        (Some(_), _) | (None, None) => text.what,
    };
    let news = grouping::loose_fingerprint(kind, &part.iter().collect::<Vec<_>>());
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
            rank: rank_of(part),
            detail: detail(part),
            url: part.iter().find_map(|it| it.body.source()?.url.clone()),
            what,
            advice: text.lead.advice,
            providers: vec![name(provider)],
            news: BTreeSet::from([news]),
        }),
    }
}
