//! The lives of keys: when each was first and last seen, when it was missing, and how regularly the set
//! is rotated. Computed from the states of a key set, oldest first.
//!
//! A key is identified by its kid and its material: one kid may stand for several keys, and one key may
//! be given another kid. For `use` and `alg` the latest value counts, or the one of the time asked for.

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
    /// The events with which it came, went and returned, and those that changed what is said of it.
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
    /// For each life, what the state before said of the key.
    said: Vec<Description>,
    /// The time whose set is asked for, and its keys, as they were then.
    then: Option<(Timestamp, BTreeMap<usize, KeyThen>)>,
    /// For each key that is gone, the time since when it is.
    gone: BTreeMap<usize, Timestamp>,
    last_seen_at: Option<Timestamp>,
}

/// What is said of a key beside its material; it may change while the key stays the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Description {
    purpose: Option<String>,
    alg: Option<String>,
    certificate_ends: Option<Timestamp>,
}

/// A key of the set that is asked for.
#[derive(Debug)]
struct KeyThen {
    said: Description,
    /// The event that told of it last.
    event: Option<i64>,
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
            let is_there = self.present.contains(&place);
            if !present.insert(place) || is_there {
                continue;
            }
            let gap = self.gone.remove(&place).zip(self.last_seen_at);
            if let Some(life) = self.lives.get_mut(place) {
                life.gaps.extend(gap.map(|(from, to)| Gap { from, to }));
                life.events.extend(state.event);
                life.last_seen = None;
            }
        }
        self.note_descriptions(&present, state.event);
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
            let key = |place: &usize| {
                let life = self.lives.get(*place)?;
                let event = life.events.last().copied();
                let said = life.said();
                Some((*place, KeyThen { said, event }))
            };
            *then = present.iter().filter_map(key).collect();
        }
        self.present = present;
        self.last_seen_at = Some(state.last_seen_at);
    }

    /// Gives the event of a state to the keys of which it says something else than the state before. Where
    /// a key stands in a set twice, the last one counts.
    fn note_descriptions(&mut self, present: &BTreeSet<usize>, event: Option<i64>) {
        for place in present {
            let known = (self.lives.get_mut(*place), self.said.get_mut(*place));
            let (Some(life), Some(said)) = known else {
                continue;
            };
            if life.says(said) {
                continue;
            }
            *said = life.said();
            if life.events.last().copied() != event {
                life.events.extend(event);
            }
        }
    }

    /// The lives that are asked for, the latest first.
    pub fn end(self) -> Vec<KeyLife> {
        let mut then = self.then.map(|(_, then)| then);
        let mut lives: Vec<KeyLife> = self
            .lives
            .into_iter()
            .enumerate()
            .filter_map(|(place, mut life)| {
                life.proved_by = match &mut then {
                    Some(then) => {
                        let key = then.remove(&place)?;
                        (life.purpose, life.alg) = (key.said.purpose, key.said.alg);
                        life.certificate_ends = key.said.certificate_ends;
                        key.event
                    }
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
            let life = KeyLife::born(key, state.first_seen_at, is_first);
            self.said.push(life.said());
            self.lives.push(life);
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

    fn said(&self) -> Description {
        Description {
            purpose: self.purpose.clone(),
            alg: self.alg.clone(),
            certificate_ends: self.certificate_ends,
        }
    }

    /// Whether this is what is said of it, without making a copy: most states say nothing new.
    fn says(&self, said: &Description) -> bool {
        (&self.purpose, &self.alg, self.certificate_ends)
            == (&said.purpose, &said.alg, said.certificate_ends)
    }
}

/// How regularly a set gets new keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The shortest and the longest of the last intervals between new keys, if they are a habit.
    pub every: Option<(SignedDuration, SignedDuration)>,
    /// How often new keys came since the history began.
    pub count: usize,
    /// How long polls saw old keys beside new ones, oldest first: zero if one poll alone did, `None` if
    /// none did.
    pub overlaps: Vec<Option<SignedDuration>>,
}

/// The time in which a set had a key, under whatever kid.
#[derive(Debug, Clone, Copy)]
struct KeySpan {
    from: Timestamp,
    /// `None` for a key that is still there.
    to: Option<Timestamp>,
    is_of_first_state: bool,
}

/// The keys of a set by their material: the same key under another kid is no new one.
fn spans(lives: &[KeyLife]) -> Vec<KeySpan> {
    let mut spans: Vec<KeySpan> = Vec::with_capacity(lives.len());
    let mut places: HashMap<&str, usize> = HashMap::new();
    for life in lives {
        let span = KeySpan {
            from: life.first_seen,
            to: life.last_seen,
            is_of_first_state: life.is_of_first_state,
        };
        let thumbprint = life.thumbprint.as_deref();
        let place = thumbprint.map(|it| *places.entry(it).or_insert(spans.len()));
        match place.and_then(|place| spans.get_mut(place)) {
            Some(known) => {
                known.from = known.from.min(span.from);
                known.to = known.to.zip(span.to).map(|(one, two)| one.max(two));
                known.is_of_first_state |= span.is_of_first_state;
            }
            None => spans.push(span),
        }
    }
    spans
}

/// Computes the rotation of a set from the lives of its keys.
pub fn rotation(lives: &[KeyLife]) -> Rotation {
    let mut generations: BTreeMap<Timestamp, Vec<KeySpan>> = BTreeMap::new();
    for span in spans(lives) {
        generations.entry(span.from).or_default().push(span);
    }
    let is_new = |keys: &&Vec<KeySpan>| keys.iter().all(|span| !span.is_of_first_state);
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
    let each: Vec<(&Timestamp, &Vec<KeySpan>)> = generations.iter().collect();
    let overlaps = each.windows(2).filter_map(|pair| match pair {
        [(_, before), (at, _)] => {
            // If one of them is still there, the overlap has not ended yet.
            let ends: Option<Vec<Timestamp>> = before.iter().map(|span| span.to).collect();
            let end = ends?.into_iter().max()?;
            let stayed = end.duration_since(**at);
            Some((!stayed.is_negative()).then_some(stayed))
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
