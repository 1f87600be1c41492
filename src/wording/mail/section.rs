//! The middle of a mail: what happened, document by document.

use std::collections::BTreeSet;

use super::gone_servers::{gone_servers, is_of_one};
use super::input::MailInput;
use super::limits::Limits;
use super::page::{Item, Section};
use super::source::{head, url_of};
use super::wave::Wave;
use super::words::count;
use super::{
    collected, comeback, damped, digest, failed_polls, findings, item, outage, settled, several,
    summary, tally,
};
use crate::document::severity::Severity;
use crate::meaning::change::order::Rank;
use crate::policy::event::{Event, EventKind, UnstableMember};
use crate::policy::mail::MailKind;

/// All sections within the limits, their items numbered through.
pub(super) fn all(input: &MailInput<'_>, limits: &Limits) -> Vec<Section> {
    let is_of_many = several::providers(input.events).len() > 1;
    let mut sections = match input.kind {
        MailKind::Digest => vec![digest::rows(input)],
        MailKind::Summary => {
            let mut sections = collected::sections(input.events, limits);
            // Why it matters that it is there says nothing of what is gone.
            if summary::still_there(input).is_some_and(|still| still.is_gone) {
                let items = sections.iter_mut().flat_map(|section| &mut section.items);
                items.for_each(|item| item.why.clear());
            }
            sections
        }
        MailKind::Failing if is_of_many => vec![Section {
            entries: outage::entries_of_many(input.events),
            ..Section::default()
        }],
        kind if is_of_many => of_many(kind, input.events, limits),
        kind => of_one(kind, input.events, limits),
    };
    if input.kind == MailKind::Failing {
        sections.extend(failed_polls::of_keys(input));
    }
    sections.retain(is_telling);
    comeback::alternates(input, &mut sections);
    comeback::tell_apart(input, &mut sections);
    keep_gravest(&mut sections, limits.items);
    for section in &mut sections {
        bound(section, limits);
    }
    shorten_info(&mut sections);
    if let Some(wave) = Wave::of(input) {
        wave.shorten(&mut sections);
    }
    say_reasons_once(&mut sections);
    let items = sections.iter_mut().flat_map(|section| &mut section.items);
    for (number, item) in (1..).zip(items) {
        item.number = number;
    }
    sections
}

/// Whether there is more to a section than an address.
fn is_telling(section: &Section) -> bool {
    section.intro.is_some()
        || !section.items.is_empty()
        || !section.rows.is_empty()
        || !section.entries.is_empty()
        || !section.names.is_empty()
}

/// What happened in the same way at several providers, and what each of them has of its own.
fn of_many(kind: MailKind, events: &[Event], limits: &Limits) -> Vec<Section> {
    let mut sections = of_one(kind, &several::common(events), limits);
    sections.retain(is_telling);
    for head in sections.iter_mut().flat_map(|section| &mut section.heads) {
        head.url.clear();
        head.redirect = None;
    }
    if let Some(first) = sections.first_mut() {
        first.intro.get_or_insert_with(|| several::alike(events));
    }
    let rows = several::own_keys(events);
    let values = several::own_values(events);
    sections.push(if rows.is_empty() && !values.is_empty() {
        Section {
            intro: Some("The providers, each with its own value:".to_owned()),
            rows: values,
            ..Section::default()
        }
    } else if rows.is_empty() {
        several::names(events)
    } else {
        Section {
            intro: Some("The providers, each with keys of its own:".to_owned()),
            rows,
            ..Section::default()
        }
    });
    sections
}

/// What happened at one provider: each document once, the gravest first.
fn of_one(kind: MailKind, events: &[Event], limits: &Limits) -> Vec<Section> {
    let mut of_events: Vec<(&Event, Section)> = Vec::new();
    for event in events {
        let withdrawn = if event.body.findings().is_empty() {
            BTreeSet::new()
        } else {
            findings::withdrawn(events, &event.document)
        };
        let mut section = section(kind, event, &withdrawn, limits);
        let is_plain = section.intro.is_none() && section.rows.is_empty();
        // Documents that failed at the same polls in the same way are one list of polls, and what stands
        // beside all of them, such as the certificate of their server, is told once.
        let is_beside = tally::is_beside(event) && !section.items.is_empty();
        let alike = of_events.iter_mut().find(|(other, known)| {
            let is_failure = !section.rows.is_empty() && section.items.is_empty();
            let is_same = is_beside && tally::is_beside(other) && known.items == section.items;
            is_failure && known.rows == section.rows || is_same
        });
        if let Some((_, known)) = alike {
            known.heads.append(&mut section.heads);
            continue;
        }
        let known = of_events.iter_mut().find(|(known, known_section)| {
            known.document == event.document
                && url_of(known) == url_of(event)
                && known_section.rows.is_empty()
        });
        match known {
            Some((_, known)) if is_plain => {
                known.items.append(&mut section.items);
                known.left_out.append(&mut section.left_out);
                known.items.sort_by_key(|item| item.rank);
            }
            Some(_) | None => of_events.push((event, section)),
        }
    }
    // What a server does that the resource no longer names stands last: it is followed no more.
    let gone = gone_servers(events.iter());
    for (event, section) in &mut of_events {
        fold_into_changes(&mut section.items);
        if is_of_one(event, &gone) && !section.items.is_empty() {
            section.intro = Some("The resource no longer names this server.".to_owned());
        }
    }
    of_events.sort_by_key(|(event, section)| {
        let first = section.items.iter().filter_map(|item| item.rank).min();
        (is_of_one(event, &gone), first.is_none(), first)
    });
    of_events.into_iter().map(|(_, section)| section).collect()
}

/// A finding that a change of the same member brought or cured is a clause of that change.
fn fold_into_changes(items: &mut Vec<Item>) {
    let (mut findings, mut changes): (Vec<Item>, Vec<Item>) = std::mem::take(items)
        .into_iter()
        .partition(|item| item.clause_in_change.is_some());
    findings.retain(|finding| {
        let Some(clause) = &finding.clause_in_change else {
            return true;
        };
        let change = changes.iter_mut().find(|change| {
            let is_grave = !clause.is_new || change.severity >= finding.severity;
            change.clause_in_change.is_none() && change.member == finding.member && is_grave
        });
        let Some(change) = change else {
            return true;
        };
        change.more.push(clause.clause.clone());
        false
    });
    changes.append(&mut findings);
    changes.sort_by_key(|item| item.rank);
    *items = changes;
}

fn section(kind: MailKind, event: &Event, withdrawn: &BTreeSet<&str>, limits: &Limits) -> Section {
    let unstable: Vec<&UnstableMember> = event.body.unstable_members().iter().collect();
    let who = event.provider.as_str();
    // Said here only beside other news, because a mail of its own says it in the first line.
    let intro = match event.body.kind() {
        EventKind::Damped if kind != MailKind::Damped => Some(format!(
            "Damped: {}",
            damped::damped_sentence(&unstable, who)
        )),
        EventKind::Settled if kind != MailKind::Settled => Some(format!(
            "Settled: {}",
            settled::settled_sentence(&unstable, who)
        )),
        _ => None,
    };
    let rows = match event.body.kind() {
        EventKind::Failing => failed_polls::rows(event),
        _ => Vec::new(),
    };
    let items = item::items(kind, event, withdrawn, limits);
    Section {
        intro,
        heads: vec![head(event, event.document.to_string())],
        items: items.shown,
        left_out: vec![(event.id, items.left_out)],
        rows,
        ..Section::default()
    }
}

/// Leaves out all but the gravest items of a mail, wherever they stand.
fn keep_gravest(sections: &mut [Section], most: usize) {
    let items = sections.iter().flat_map(|section| &section.items);
    let mut ranks: Vec<Rank> = items.filter_map(|item| item.rank).collect();
    if ranks.len() <= most {
        return;
    }
    ranks.sort_unstable();
    let bar = most
        .checked_sub(1)
        .and_then(|last| ranks.get(last))
        .copied();
    // Among items as grave as the last one shown, the first ones are kept.
    let graver = ranks.iter().filter(|rank| Some(**rank) < bar).count();
    let mut room = most.saturating_sub(graver);
    for section in sections {
        let before = section.items.len();
        section.items.retain(|item| {
            let rank = item.rank;
            let is_kept = rank < bar || (rank == bar && room > 0);
            room -= usize::from(is_kept && rank == bar);
            is_kept
        });
        let left_out = before - section.items.len();
        if let Some((_, number)) = section.left_out.last_mut() {
            *number += left_out;
        }
    }
}

/// With more items than this in a mail, those of severity `info` lose their reasons.
const REASONED: usize = 12;

/// Leaves out the reasons of `info` items if a mail has many items.
fn shorten_info(sections: &mut [Section]) {
    let items = sections.iter().flat_map(|section| &section.items);
    if items.count() <= REASONED {
        return;
    }
    for section in sections {
        let is_info = |item: &&mut Item| item.severity == Severity::Info;
        for item in section.items.iter_mut().filter(is_info) {
            item.why.clear();
            item.tag.clear();
        }
    }
}

/// A reason that an item above has given already is not given again.
fn say_reasons_once(sections: &mut [Section]) {
    let mut given: BTreeSet<String> = BTreeSet::new();
    for item in sections.iter_mut().flat_map(|section| &mut section.items) {
        if !item.why.is_empty() && !given.insert(item.why.clone()) {
            item.why.clear();
        }
    }
}

/// Bounds the tables of a section, and says what is not shown and where it is.
fn bound(section: &mut Section, limits: &Limits) {
    let left_out: usize = section.left_out.iter().map(|(_, number)| number).sum();
    if left_out > 0 {
        let where_else = match section.left_out.as_slice() {
            [(event, _)] => format!(": `issuerwatch history show {event}`"),
            // No command is named here, because the footer has the commands.
            _ => ", which the history tells.".to_owned(),
        };
        section
            .more
            .push(format!("... and {} more{where_else}", count(left_out)));
    }
    let rows = section.rows.len().saturating_sub(limits.rows)
        + section.entries.len().saturating_sub(limits.rows);
    section.entries.truncate(limits.rows);
    let names = section.names.len().saturating_sub(limits.rows);
    section.rows.truncate(limits.rows);
    section.names.truncate(limits.rows);
    if rows + names > 0 {
        let left_out = count(rows + names);
        section
            .more
            .push(format!("... and {left_out} more, which the history tells."));
    }
}
