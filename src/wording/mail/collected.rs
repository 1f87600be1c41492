//! The middle of a summary: what damped members showed, all changes of one kind as one item.

use std::collections::BTreeMap;

use serde_json::Value;

use super::highlight::shown;
use super::hosts::HostMoves;
use super::limits::Limits;
use super::page::{Item, Section, Sign};
use super::source::head;
use super::values::{packed, quoted};
use super::words::{count, date, list, name, own, tag};
use crate::document::name::DocumentName;
use crate::meaning::change::Change;
use crate::meaning::change::order::Rank;
use crate::policy::event::Event;

/// Changes of one member of one document that one rule tells of, oldest first.
struct ChangeGroup<'a> {
    changes: Vec<(&'a Event, &'a Change)>,
}

/// What was held back: a section for each document, an item for each kind of change.
pub(super) fn sections(events: &[Event], limits: &Limits) -> Vec<Section> {
    let mut documents: Vec<Vec<&Event>> = Vec::new();
    // A summary may be of thousands of events.
    let mut places: BTreeMap<(&str, &DocumentName), usize> = BTreeMap::new();
    for event in events {
        let next = documents.len();
        let place = places.entry((&event.provider, &event.document));
        match documents.get_mut(*place.or_insert(next)) {
            Some(known) => known.push(event),
            None => documents.push(vec![event]),
        }
    }
    let sections = documents.into_iter().filter_map(|events| {
        let (moves, others) = HostMoves::of(&events);
        let mut items: Vec<Item> = moves.item(limits).into_iter().collect();
        items.extend(kinds(&others).iter().filter_map(|kind| kind.item(limits)));
        items.sort_by_key(|item| item.rank);
        let event = events.first()?;
        Some(Section {
            heads: vec![head(
                event,
                format!("{}/{}", event.provider, event.document),
            )],
            items,
            left_out: vec![(event.id, 0)],
            ..Section::default()
        })
    });
    sections.collect()
}

/// Changes that one rule tells of one member.
fn kinds<'a>(changes: &[(&'a Event, &'a Change)]) -> Vec<ChangeGroup<'a>> {
    let mut kinds: Vec<ChangeGroup<'a>> = Vec::new();
    for (event, change) in changes {
        let known = kinds.iter_mut().find(|kind| {
            let same = |(_, other): &(&Event, &Change)| {
                (&other.subject, &other.rule, other.severity)
                    == (&change.subject, &change.rule, change.severity)
            };
            kind.changes.first().is_some_and(same)
        });
        match known {
            Some(kind) => kind.changes.push((event, change)),
            None => kinds.push(ChangeGroup {
                changes: vec![(event, change)],
            }),
        }
    }
    kinds
}

impl ChangeGroup<'_> {
    fn item(&self, limits: &Limits) -> Option<Item> {
        let (first, change) = self.changes.first()?;
        let (last, _) = self.changes.last()?;
        let all = || self.changes.iter().map(|(_, change)| *change);
        let gone = sorted(all().flat_map(|it| it.removed.iter().chain(&it.before)));
        let new = sorted(all().flat_map(|it| it.added.iter().chain(&it.after)));
        let unseen = sorted(all().flat_map(|it| &it.unseen));
        let counts: Vec<String> = [(new.len(), "added"), (gone.len(), "removed")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, words)| format!("{} {words}", count(number)))
            .collect();
        let times = match self.changes.len() {
            1 => format!("on {}", date(first.body.at)),
            many => format!(
                "in {} changes, {} to {}",
                count(many),
                date(first.body.at),
                date(last.body.at)
            ),
        };
        let member = name(change.subject.as_str());
        let title = match counts.as_slice() {
            [] => format!("{member} changed {times}"),
            counts => format!("{member}: {}, {times}", list(counts)),
        };
        // A summary is a list to look things up in.
        let most = limits.values * 3;
        let text = |value: &&Value| quoted(value, limits.value);
        let mut lines = packed(Sign::Old, gone.iter().take(most).map(text));
        lines.extend(packed(Sign::New, new.iter().take(most).map(text)));
        let left_out = gone.len().saturating_sub(most) + new.len().saturating_sub(most);
        let mut more: Vec<String> = Vec::new();
        if left_out > 0 {
            more.push(limits.left_out(left_out));
        }
        if !unseen.is_empty() {
            more.push(if unseen.len() == new.len() {
                "Never seen here before.".to_owned()
            } else {
                let names: Vec<String> = unseen.iter().map(|value| shown(value, 80)).collect();
                format!("Never seen here before: {}.", super::words::first(&names))
            });
        }
        Some(Item {
            number: 0,
            severity: change.severity,
            rank: Some(Rank::of(change)),
            title,
            used: all().any(|change| change.used),
            lines,
            rows: Vec::new(),
            more,
            clause_in_change: None,
            member: String::new(),
            why: own(&change.why),
            tag: tag(change.rule.as_str(), change.reference.as_deref()),
        })
    }
}

/// Each value once, in the order of the alphabet.
fn sorted<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut values: Vec<&Value> = values.collect();
    values.sort_by_cached_key(|value| shown(value, 300));
    values.dedup();
    values
}
