//! A member that is a map: its names are chosen by the provider, and what stands under one of them is an
//! entry of its own. It is compared name by name: which entries came, which went, and what the others
//! demand now that they did not before, or no longer demand.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::member::Member;
use crate::meaning::change::Change;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

/// Whether demands on clients were raised or dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct DemandStep {
    raised: bool,
    dropped: bool,
}

impl DemandStep {
    const RAISED: Self = Self {
        raised: true,
        dropped: false,
    };
    const DROPPED: Self = Self {
        raised: false,
        dropped: true,
    };

    fn and(self, other: Self) -> Self {
        Self {
            raised: self.raised || other.raised,
            dropped: self.dropped || other.dropped,
        }
    }
}

/// The changes of a map, of which both sides are objects.
pub(super) fn changes(
    row: &Member,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
) -> Vec<Change> {
    let there = |entry: Option<&Value>| entry.is_some_and(|entry| !entry.is_null());
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    let [mut raised, mut dropped, mut other] = [const { Vec::new() }; 3];
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        match (there(before), there(after)) {
            (false, true) => added.push(Value::from(name.as_str())),
            (true, false) => removed.push(Value::from(name.as_str())),
            _ if before == after => {}
            _ => {
                let turn = of_entry(row, before, after);
                let list = match turn {
                    DemandStep { raised: true, .. } => &mut raised,
                    DemandStep { dropped: true, .. } => &mut dropped,
                    _ => &mut other,
                };
                list.push(name.as_str());
            }
        }
    }
    let mut changes = Vec::new();
    let size = Some(old.len());
    for (values, effect, is_gain) in [
        (added, row.value_added, true),
        (removed, row.value_removed, false),
    ] {
        if values.is_empty() {
            continue;
        }
        let effect = effect.unwrap_or(row.changed);
        let meaning = Meaning::of_effect(Rule::MemberChanged, &effect, Some(row.reference));
        let mut change = meaning.change(row.name, row.group);
        if is_gain {
            change.added = values;
        } else {
            change.removed = values;
        }
        change.size_before = size;
        changes.push(change);
    }
    let part = |of: &Map<String, Value>, other: &Map<String, Value>, names: &[&str]| {
        let entries = names.iter().filter_map(|name| {
            let entry = differing(of.get(*name)?, other.get(*name));
            Some(((*name).to_owned(), entry))
        });
        Some(Value::Object(entries.collect()))
    };
    let raised_meaning = Meaning::with(
        Rule::RequirementRaised,
        Rule::RequirementRaised.row().severity_by_itself(),
        "",
        Some(row.reference),
    );
    let dropped_meaning = Meaning::with(
        Rule::RequirementDropped,
        Rule::RequirementDropped.row().severity_by_itself(),
        "",
        Some(row.reference),
    );
    let other_meaning = Meaning::of_effect(Rule::MemberChanged, &row.changed, Some(row.reference));
    for (names, meaning) in [
        (raised, raised_meaning),
        (dropped, dropped_meaning),
        (other, other_meaning),
    ] {
        if names.is_empty() {
            continue;
        }
        let mut change = meaning.change(row.name, row.group);
        change.before = part(old, new, &names);
        change.after = part(new, old, &names);
        changes.push(change);
    }
    changes
}

/// What an entry has otherwise than the other one of its name: what is alike in both would hide it.
fn differing(entry: &Value, other: Option<&Value>) -> Value {
    let (Some(members), Some(other)) = (entry.as_object(), other.and_then(Value::as_object)) else {
        return entry.clone();
    };
    let own = members
        .iter()
        .filter(|(name, value)| other.get(*name) != Some(value));
    own.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether the demands of an entry were raised or dropped.
fn of_entry(row: &Member, before: Option<&Value>, after: Option<&Value>) -> DemandStep {
    let turns = row.choices.iter().map(|name| {
        let of = |entry: Option<&'_ Value>| entry.and_then(|entry| entry.get(*name)).cloned();
        let (before, after) = (of(before), of(after));
        match (
            before.as_ref().filter(|it| !it.is_null()),
            after.as_ref().filter(|it| !it.is_null()),
        ) {
            (None, Some(_)) => DemandStep::RAISED,
            (Some(_), None) => DemandStep::DROPPED,
            (Some(before), Some(after)) => of_choices(row, before, after),
            (None, None) => DemandStep::default(),
        }
    });
    let turn = turns.fold(DemandStep::default(), DemandStep::and);
    turn.and(of_demands(row, before, after))
}

/// Ways to choose from, each with what it demands. Removing one raises demands on those that used it.
fn of_choices(row: &Member, before: &Value, after: &Value) -> DemandStep {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return of_values(before, after);
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let turns = names
        .into_iter()
        .map(|name| match (before.get(name), after.get(name)) {
            (Some(_), None) => DemandStep::RAISED,
            (None, Some(_)) => DemandStep::DROPPED,
            (Some(before), Some(after)) => of_way(row, before, after),
            (None, None) => DemandStep::default(),
        });
    turns.fold(DemandStep::default(), DemandStep::and)
}

/// One way: what its lists allow, and what it demands besides.
fn of_way(row: &Member, before: &Value, after: &Value) -> DemandStep {
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        return of_values(before, after);
    };
    let lists = old
        .iter()
        .filter(|(name, _)| !row.demands.contains(&name.as_str()));
    let turns = lists.filter_map(|(name, before)| Some(of_values(before, new.get(name)?)));
    let turn = turns.fold(DemandStep::default(), DemandStep::and);
    turn.and(of_demands(row, Some(before), Some(after)))
}

/// Whether demands were raised or dropped: by being made at all, or by what satisfies them.
fn of_demands(row: &Member, before: Option<&Value>, after: Option<&Value>) -> DemandStep {
    let turns = row.demands.iter().map(|name| {
        let of = |entry: Option<&'_ Value>| {
            let entry = entry.and_then(|entry| entry.get(*name));
            entry.filter(|it| !it.is_null()).cloned()
        };
        match (of(before), of(after)) {
            (None, Some(_)) => DemandStep::RAISED,
            (Some(_), None) => DemandStep::DROPPED,
            (None, None) => DemandStep::default(),
            (Some(before), Some(after)) => of_lists(&before, &after),
        }
    });
    turns.fold(DemandStep::default(), DemandStep::and)
}

/// Lists of what satisfies a demand: one more list is one more demand.
fn of_lists(before: &Value, after: &Value) -> DemandStep {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return of_values(before, after);
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let turns = names
        .into_iter()
        .map(|name| match (before.get(name), after.get(name)) {
            (None, Some(_)) => DemandStep::RAISED,
            (Some(_), None) => DemandStep::DROPPED,
            (Some(before), Some(after)) => of_values(before, after),
            (None, None) => DemandStep::default(),
        });
    turns.fold(DemandStep::default(), DemandStep::and)
}

/// Values of which one must be met. Removing one raises the demand on those that met it.
fn of_values(before: &Value, after: &Value) -> DemandStep {
    let (Some(before), Some(after)) = (before.as_array(), after.as_array()) else {
        return DemandStep::default();
    };
    let texts =
        |values: &[Value]| -> BTreeSet<String> { values.iter().map(Value::to_string).collect() };
    let (before, after) = (texts(before), texts(after));
    DemandStep {
        raised: !before.is_subset(&after),
        dropped: !after.is_subset(&before),
    }
}
