//! The lives of keys: when each was first and last seen, when it was not there, and what the set does
//! again and again. Read from the states of a key set, oldest first.
//!
//! A key is its kid and what it is: one kid may stand for several keys, and one key may be given
//! another kid. What is said of it (`use`, `alg`) is what was said last.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;

use super::habit::{TIMES, habit};
use crate::document::jwk;
use crate::document::key_set::{Key, keys_in};
use crate::meaning::key_set::size;

/// A state that a key set had.
#[derive(Debug, Clone, Copy)]
pub struct KeySetState<'a> {
    /// The poll that saw it first.
    pub first_seen_at: Timestamp,
    /// The poll that saw it last.
    pub last_seen_at: Timestamp,
    /// The event that tells of it, if one does.
    pub event: Option<i64>,
    /// The canonical document.
    pub canonical: &'a str,
}

/// The life of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLife {
    /// What it is called.
    pub kid: Option<String>,
    /// RFC 7638; `None` where its material cannot be read, and of a shared secret.
    pub thumbprint: Option<String>,
    /// Its type.
    pub kty: Option<String>,
    /// Its curve, where its type has several.
    pub crv: Option<String>,
    /// Its size in bits.
    pub size: Option<usize>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Its algorithm.
    pub alg: Option<String>,
    /// When its certificate ends.
    pub certificate_ends: Option<Timestamp>,
    /// The poll that saw it first.
    pub first_seen: Timestamp,
    /// The poll that saw it last; `None` of a key that is there now.
    pub last_seen: Option<Timestamp>,
    /// When it was not there, in between.
    pub gaps: Vec<Gap>,
    /// The events it came, went and returned with.
    pub events: Vec<i64>,
    /// The last of them; of the set of a time, the last one until then.
    pub proved_by: Option<i64>,
    /// Whether it was there when the history began, so that nobody knows how old it is.
    pub is_of_first_state: bool,
}

/// Good polls that did not see a key which others before and after them saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first of them.
    pub from: Timestamp,
    /// The last of them.
    pub to: Timestamp,
}

/// The lives of the keys of a set, state by state.
#[derive(Debug, Default)]
pub struct KeyLives {
    lives: Vec<KeyLife>,
    /// Places in `lives`, by kid and identity.
    places: HashMap<(Option<String>, String), usize>,
    /// The same by the text of a key: most states hold most keys of the state before.
    texts: HashMap<String, usize>,
    /// The text that was read last, of each.
    latest: Vec<String>,
    present: BTreeSet<usize>,
    /// The time whose set is asked for, and that set, each key with the event that told of it last.
    then: Option<(Timestamp, BTreeMap<usize, Option<i64>>)>,
    /// Since when those that went are gone.
    gone: BTreeMap<usize, Timestamp>,
    last_seen_at: Option<Timestamp>,
}

#[derive(serde::Deserialize)]
struct Set<'a> {
    #[serde(borrow, default)]
    keys: Vec<&'a RawValue>,
}

/// The keys of a canonical key set, each as its text.
pub(super) fn key_texts(canonical: &str) -> Vec<&RawValue> {
    let set: Option<Set<'_>> = serde_json::from_str(canonical).ok();
    set.map(|set| set.keys).unwrap_or_default()
}

impl KeyLives {
    /// Of the keys that the set had at a time only.
    pub fn of_set_at(at: Timestamp) -> Self {
        Self {
            then: Some((at, BTreeMap::new())),
            ..Self::default()
        }
    }

    /// Takes the next state.
    pub fn see(&mut self, state: &KeySetState<'_>) {
        let is_first = self.last_seen_at.is_none();
        let mut present = BTreeSet::new();
        for text in key_texts(state.canonical) {
            let Some(place) = self.life_at(text.get(), state, is_first) else {
                continue;
            };
            if !present.insert(place) || self.present.contains(&place) {
                continue;
            }
            let gap = self.gone.remove(&place).zip(self.last_seen_at);
            if let Some(life) = self.lives.get_mut(place) {
                life.gaps.extend(gap.map(|(from, to)| Gap { from, to }));
                life.events.extend(state.event);
                life.last_seen = None;
            }
        }
        for place in self.present.difference(&present) {
            self.gone.insert(*place, state.first_seen_at);
            if let Some(life) = self.lives.get_mut(*place) {
                life.events.extend(state.event);
                life.last_seen = self.last_seen_at;
            }
        }
        if let Some((at, then)) = &mut self.then
            && state.first_seen_at <= *at
        {
            let last = |place: &usize| self.lives.get(*place)?.events.last().copied();
            *then = present.iter().map(|place| (*place, last(place))).collect();
        }
        self.present = present;
        self.last_seen_at = Some(state.last_seen_at);
    }

    /// Those that are asked for, the latest first.
    pub fn end(self) -> Vec<KeyLife> {
        let then = self.then.map(|(_, then)| then);
        let mut lives: Vec<KeyLife> = self
            .lives
            .into_iter()
            .enumerate()
            .filter_map(|(place, mut life)| {
                life.proved_by = match &then {
                    Some(then) => *then.get(&place)?,
                    None => life.events.last().copied(),
                };
                Some(life)
            })
            .collect();
        lives.sort_by(|one, two| {
            let names = (&one.kid, &one.thumbprint).cmp(&(&two.kid, &two.thumbprint));
            two.first_seen.cmp(&one.first_seen).then(names)
        });
        lives
    }

    /// Where the life of a key is; `None` of what is no key.
    fn life_at(&mut self, text: &str, state: &KeySetState<'_>, is_first: bool) -> Option<usize> {
        if let Some(place) = self.texts.get(text)
            && self.latest.get(*place).is_some_and(|latest| latest == text)
        {
            return Some(*place);
        }
        let values = [serde_json::from_str::<Value>(text).ok()?];
        let keys = keys_in(&values);
        let key = keys.first()?;
        let kid = key.text(jwk::KID).map(str::to_owned);
        let name = (kid, key.material.identity.clone());
        let place = *self.places.entry(name).or_insert(self.lives.len());
        if let (Some(life), Some(latest)) = (self.lives.get_mut(place), self.latest.get_mut(place))
        {
            life.say(key);
            text.clone_into(latest);
        } else {
            self.lives
                .push(KeyLife::born(key, state.first_seen_at, is_first));
            self.latest.push(text.to_owned());
        }
        self.texts.insert(text.to_owned(), place);
        Some(place)
    }
}

impl KeyLife {
    fn born(key: &Key<'_>, at: Timestamp, is_of_first_state: bool) -> Self {
        let text = |name: &str| key.text(name).map(str::to_owned);
        let mut life = Self {
            kid: text(jwk::KID),
            thumbprint: key.material.thumbprint.clone(),
            kty: text(jwk::KTY),
            crv: text(jwk::CRV),
            size: size(key),
            purpose: None,
            alg: None,
            certificate_ends: None,
            first_seen: at,
            last_seen: None,
            gaps: Vec::new(),
            events: Vec::new(),
            proved_by: None,
            is_of_first_state,
        };
        life.say(key);
        life
    }

    /// Takes what is said of it now.
    fn say(&mut self, key: &Key<'_>) {
        let text = |name: &str| key.text(name).map(str::to_owned);
        (self.purpose, self.alg) = (text(jwk::USE), text(jwk::ALG));
        self.certificate_ends = key.certificate_ends();
    }
}

/// What a set does again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// How far apart new keys came: the shortest and the longest of the last times, if it is a habit.
    pub every: Option<(SignedDuration, SignedDuration)>,
    /// How often new keys came since the history began.
    pub count: usize,
    /// How long the keys before went on beside new ones, oldest first: nothing where they did not.
    pub overlaps: Vec<SignedDuration>,
}

/// What the lives of the keys of a set have in common.
pub fn rotation(lives: &[KeyLife]) -> Rotation {
    let mut generations: BTreeMap<Timestamp, Vec<&KeyLife>> = BTreeMap::new();
    for life in lives {
        generations.entry(life.first_seen).or_default().push(life);
    }
    let is_new = |keys: &&Vec<&KeyLife>| keys.iter().all(|life| !life.is_of_first_state);
    let arrivals: Vec<Timestamp> = generations
        .iter()
        .filter(|(_, keys)| is_new(keys))
        .map(|(at, _)| *at)
        .collect();
    let of_habit = habit(&arrivals).filter(|habit| habit.count >= TIMES);
    let every = of_habit.and_then(|habit| {
        let last = usize::try_from(habit.count).ok()?;
        let last = arrivals.get(arrivals.len().checked_sub(last)?..)?;
        let apart: Vec<SignedDuration> = last
            .windows(2)
            .filter_map(|pair| match pair {
                [before, after] => Some(after.duration_since(*before)),
                _ => None,
            })
            .collect();
        Some((*apart.iter().min()?, *apart.iter().max()?))
    });
    let each: Vec<(&Timestamp, &Vec<&KeyLife>)> = generations.iter().collect();
    let overlaps = each.windows(2).filter_map(|pair| match pair {
        [(_, before), (at, _)] => {
            // One that is still there has not ended beside the new ones yet.
            let ends: Option<Vec<Timestamp>> = before.iter().map(|life| life.last_seen).collect();
            let end = ends?.into_iter().max()?;
            Some(end.duration_since(**at).max(SignedDuration::ZERO))
        }
        _ => None,
    });
    Rotation {
        every,
        count: arrivals.len(),
        overlaps: overlaps.collect(),
    }
}

#[cfg(test)]
mod tests;
