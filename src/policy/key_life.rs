//! The lives of keys: when each was first and last seen, when it was missing, and how regularly the set
//! is rotated. Computed from the states of a key set, oldest first.
//!
//! A key is identified by its kid and its material: one kid may stand for several keys, and one key may
//! be given another kid. For `use` and `alg` the latest value counts.

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
    /// The kid of the key, if it has one.
    pub kid: Option<String>,
    /// RFC 7638 thumbprint; `None` if the material cannot be read, and for a shared secret.
    pub thumbprint: Option<String>,
    /// The type of the key.
    pub kty: Option<String>,
    /// The curve of the key, if its type has several.
    pub crv: Option<String>,
    /// The size of the key in bits.
    pub size: Option<usize>,
    /// The use of the key (`use`).
    pub purpose: Option<String>,
    /// The algorithm of the key (`alg`).
    pub alg: Option<String>,
    /// When the certificate of the key expires.
    pub certificate_ends: Option<Timestamp>,
    /// The poll that saw it first.
    pub first_seen: Timestamp,
    /// The poll that saw it last; `None` for a key that is still there.
    pub last_seen: Option<Timestamp>,
    /// The times in between at which it was missing.
    pub gaps: Vec<Gap>,
    /// The events with which it came, went and returned.
    pub events: Vec<i64>,
    /// The last of these events; for the set at a given time, the last one until then.
    pub proved_by: Option<i64>,
    /// Whether it was there when the history began, so that its age is not known.
    pub is_of_first_state: bool,
}

/// Good polls that did not see a key which polls before and after them saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first of these polls.
    pub from: Timestamp,
    /// The last of these polls.
    pub to: Timestamp,
}

/// The lives of the keys of a set, state by state.
#[derive(Debug, Default)]
pub struct KeyLives {
    lives: Vec<KeyLife>,
    /// Places in `lives`, by kid and identity.
    places: HashMap<(Option<String>, String), usize>,
    /// Places in `lives` by the text of a key: most states repeat most keys of the state before.
    texts: HashMap<String, usize>,
    /// For each life, the text of the key that was read last.
    latest: Vec<String>,
    present: BTreeSet<usize>,
    /// The time whose set is asked for, and its keys, each with the event that told of it last.
    then: Option<(Timestamp, BTreeMap<usize, Option<i64>>)>,
    /// For each key that is gone, the time since when it is.
    gone: BTreeMap<usize, Timestamp>,
    last_seen_at: Option<Timestamp>,
}

#[derive(serde::Deserialize)]
struct KeySetAt<'a> {
    #[serde(borrow, default)]
    keys: Vec<&'a RawValue>,
}

/// The keys of a canonical key set, each as its text.
pub(super) fn key_texts(canonical: &str) -> Vec<&RawValue> {
    let set: Option<KeySetAt<'_>> = serde_json::from_str(canonical).ok();
    set.map(|set| set.keys).unwrap_or_default()
}

impl KeyLives {
    /// Only the keys that the set had at this time.
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

    /// The lives that are asked for, the latest first.
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

    /// The place of the life of a key; `None` if the text is not a key.
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
        let index = *self.places.entry(name).or_insert(self.lives.len());
        if let (Some(life), Some(latest)) = (self.lives.get_mut(index), self.latest.get_mut(index))
        {
            life.say(key);
            text.clone_into(latest);
        } else {
            self.lives
                .push(KeyLife::born(key, state.first_seen_at, is_first));
            self.latest.push(text.to_owned());
        }
        self.texts.insert(text.to_owned(), index);
        Some(index)
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

    /// Updates the values that the key has now.
    fn say(&mut self, key: &Key<'_>) {
        let text = |name: &str| key.text(name).map(str::to_owned);
        (self.purpose, self.alg) = (text(jwk::USE), text(jwk::ALG));
        self.certificate_ends = key.certificate_ends();
    }
}

/// How regularly a set gets new keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The shortest and the longest of the last intervals between new keys, if they are a habit.
    pub every: Option<(SignedDuration, SignedDuration)>,
    /// How often new keys came since the history began.
    pub count: usize,
    /// How long old keys stayed beside new ones, oldest first; zero if they did not.
    pub overlaps: Vec<SignedDuration>,
}

/// Computes the rotation of a set from the lives of its keys.
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
            // If one of them is still there, the overlap has not ended yet.
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
