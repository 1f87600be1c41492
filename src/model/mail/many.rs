//! Mails about many providers: the same news of several, and the digest of different news.

use std::collections::BTreeSet;

use super::lead::{self, Told, lead};
use super::page::{Section, Tone};
use super::subject::{headline_of, who};
use super::words::{count, counted, name, utc_beside};
use super::{MailInput, at, outage};
use crate::model::event::{Event, EventKind};
use crate::model::group;
use crate::model::letter::MailKind;
use crate::model::rule;
use crate::model::severity::Severity;
use crate::model::text::duration_words;

/// Most names that are listed.
const NAMES: usize = 400;

/// The names of the providers, each once, sorted.
pub(super) fn providers(events: &[Event]) -> Vec<&str> {
    let mut providers: Vec<&str> = events.iter().map(|event| event.provider.as_str()).collect();
    providers.sort_unstable();
    providers.dedup();
    providers
}

/// The same change at several providers.
pub(super) fn same(events: &[Event]) -> Option<Told> {
    let providers = providers(events);
    let who = who(&providers);
    let of_first = of_provider(events, events.first()?.provider.as_str());
    let of_first: Vec<&Event> = of_first.iter().collect();
    let headline = headline_of(MailKind::Changed, &of_first)?;
    let (first, last) = span(events)?;
    let lasted = last.body.at.duration_since(first.body.at);
    let within = if lasted.is_zero() {
        String::new()
    } else {
        format!(" within {}", duration_words(lasted))
    };
    let (word, way, start) = if returned(events).len() == providers.len() {
        ("REVERTED".to_owned(), "went back", "reverted: ")
    } else {
        let word = headline.severity.as_str().to_uppercase();
        (word, "changed in the same way", "")
    };
    let sentence = format!("{who} {way}{within}: {}.", headline.subject);
    let mut when = format!("First seen {} ({})", at(first.body.at), first.provider);
    if first.body.at != last.body.at {
        let time = utc_beside(last.body.at, first.body.at);
        when.push_str(&format!(", last {time} ({})", last.provider));
    }
    when.push('.');
    let tone = Tone::Of(headline.severity);
    let told = lead(&word, tone, sentence, when, Some(headline.advice));
    let subject = format!("{start}{}", headline.subject);
    Some((subject, Some(headline.severity.to_string()), told))
}

/// The providers for which the news is a return to an earlier state.
fn returned(events: &[Event]) -> Vec<&str> {
    let is_return = |event: &&Event| event.body.circumstance.returned_to.is_some();
    let returned = events.iter().filter(is_return);
    let mut names: Vec<&str> = returned.map(|event| event.provider.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What is not the same at all of them.
pub(super) fn notes(events: &[Event]) -> Vec<String> {
    let (all, back) = (providers(events).len(), returned(events).len());
    if back == 0 || back == all {
        return Vec::new();
    }
    vec![format!(
        "For {} of them this is the way back to a state they had before.",
        count(back)
    )]
}

/// Many mails in one.
pub(super) fn digest(input: &MailInput<'_>) -> Option<Told> {
    let rows = pieces(input.events);
    let gravest = rows.first()?;
    let mails: usize = rows.iter().map(|piece| piece.mails.len()).sum();
    let (first, last) = span(input.events)?;
    let is_first =
        |event: &Event| event.body.kind == EventKind::Finding && event.from_snapshot.is_none();
    let sentence = if input.events.iter().all(is_first) {
        "Documents seen for the first time do not meet requirements that security rests on."
            .to_owned()
    } else {
        format!(
            "{} due at once; this is what each of them would have said.",
            match mails {
                1 => "1 mail was".to_owned(),
                _ => format!("{} mails were", count(mails)),
            }
        )
    };
    let when = if first.body.at == last.body.at {
        format!("All of it was seen {}.", at(first.body.at))
    } else {
        format!("Seen from {} to {}.", at(first.body.at), at(last.body.at))
    };
    let severity = gravest.severity.unwrap_or(Severity::Notice);
    let told = lead("DIGEST", Tone::Of(severity), sentence, when, None);
    let subject = format!(
        "{} in one, first {}: {}",
        counted(u64::try_from(mails).unwrap_or(u64::MAX), "mail"),
        gravest.who,
        gravest.what
    );
    Some((subject, gravest.severity.map(|it| it.to_string()), told))
}

/// What each mail of a digest would have said, the gravest first.
pub(super) fn digest_rows(events: &[Event]) -> Section {
    let rows = pieces(events).into_iter().flat_map(|piece| {
        let severity = piece.severity.map_or("", Severity::as_str).to_owned();
        let mut rows = vec![vec![severity, piece.who, piece.what]];
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

/// All names, in columns.
pub(super) fn names(events: &[Event]) -> Section {
    let all = providers(events);
    let shown: Vec<String> = all.iter().take(NAMES).map(|it| (*it).to_owned()).collect();
    let left_out = all.len().saturating_sub(NAMES);
    let more = (left_out > 0).then(|| format!("... and {} more", count(left_out)));
    Section {
        intro: Some("The providers:".to_owned()),
        names: shown,
        more: more.into_iter().collect(),
        ..Section::default()
    }
}

/// Takes out what holds for one provider only: which of its keys a finding is about, what its server
/// said when it failed.
pub(super) fn generalize(event: &mut Event) {
    for poll in &mut event.body.circumstance.failed_polls {
        poll.failure.detail = outage::brief(&poll.failure);
    }
    for moved in &mut event.body.findings {
        if let Some(row) = rule::find(&moved.finding.rule) {
            row.why.clone_into(&mut moved.finding.why);
        }
    }
}

/// What is said above the news of the first provider, which stands for all.
pub(super) fn alike(events: &[Event]) -> String {
    let providers = providers(events);
    let news = |provider: &&str| -> Vec<_> {
        let own = events.iter().filter(|event| event.provider == **provider);
        own.map(|event| (event.document, &event.body.changes))
            .collect()
    };
    let Some((first, others)) = providers.split_first() else {
        return String::new();
    };
    if others.iter().all(|other| news(other) == news(first)) {
        return "Everywhere the same:".to_owned();
    }
    format!(
        "At {}, and at the others alike with addresses and keys of their own:",
        name(first)
    )
}

/// The events of one provider.
pub(super) fn of_provider(events: &[Event], provider: &str) -> Vec<Event> {
    let own = events.iter().filter(|event| event.provider == provider);
    own.cloned().collect()
}

struct Piece {
    severity: Option<Severity>,
    who: String,
    what: String,
    providers: Vec<String>,
    /// What tells the mails apart that it stands for.
    mails: BTreeSet<String>,
}

fn pieces(events: &[Event]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for provider in providers(events) {
        let own = of_provider(events, provider);
        for is_outage in [true, false] {
            let is_such = |event: &&Event| {
                let kind = event.body.kind;
                matches!(kind, EventKind::Failing | EventKind::Recovered) == is_outage
            };
            let part: Vec<Event> = own.iter().filter(is_such).cloned().collect();
            if part.is_empty() {
                continue;
            }
            let (what, remark, _) = lead::told(lead::kind_of(&part), &part, provider);
            let told = part.iter();
            let severity = told.filter_map(|event| event.body.told_severity()).max();
            let what = match (severity, remark) {
                (None, Some(remark)) => format!("{what} ({remark})"),
                (Some(_), _) | (None, None) => what,
            };
            let kind = lead::kind_of(&part);
            let likeness = group::likeness(kind, &part.iter().collect::<Vec<_>>());
            let known = pieces
                .iter_mut()
                .find(|piece| piece.what == what && piece.severity == severity);
            match known {
                Some(piece) => {
                    piece.providers.push(name(provider));
                    piece.mails.insert(likeness);
                    let number = u64::try_from(piece.providers.len()).unwrap_or(u64::MAX);
                    piece.who = counted(number, "provider");
                }
                None => pieces.push(Piece {
                    severity,
                    who: name(provider),
                    what,
                    providers: vec![name(provider)],
                    mails: BTreeSet::from([likeness]),
                }),
            }
        }
    }
    pieces.sort_by(|one, two| {
        let many = two.providers.len().cmp(&one.providers.len());
        two.severity.cmp(&one.severity).then(many)
    });
    pieces
}

fn span(events: &[Event]) -> Option<(&Event, &Event)> {
    let first = events.iter().min_by_key(|event| event.body.at)?;
    let last = events.iter().max_by_key(|event| event.body.at)?;
    Some((first, last))
}
