//! Decides whether the key of a token was published when the token was issued, from the states of a key
//! set, oldest first, and from the check of the signature.
//!
//! A poll sees one instant. Between a poll that saw a key and one that did not, it is unknown when the
//! key came or went, and the answer says so. A key that the last poll saw counts as published for `FRESH`
//! after it, or no token of today could be judged before tomorrow.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::key_life::{KeySetState, key_texts};
use crate::document::jwk;
use crate::document::key_set::keys_in;
use crate::document::token::SigningAlgorithm;

/// How long after the last poll that saw it a key counts as published: two polls of a day.
const FRESH: SignedDuration = SignedDuration::from_hours(48);
/// How far the clock of an issuer may be ahead of this machine's.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Which keys may have signed a token.
#[derive(Debug, Clone, Copy)]
pub struct KeyQuery<'a> {
    /// The kid of the key, if the token states it.
    pub kid: Option<&'a str>,
    /// The signature algorithm of the token.
    pub signing: SigningAlgorithm,
}

/// A period in which every poll saw a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPeriod {
    /// The poll that saw it first.
    pub from: Timestamp,
    /// The poll that saw it last.
    pub to: Timestamp,
    /// The last poll before that, which did not see it; `None` if the history begins with this run.
    pub before: Option<Timestamp>,
    /// The first poll after that, which did not see it; `None` if the key is still there.
    pub after: Option<Timestamp>,
    /// The event with which the key came, if an event tells of it.
    pub event: Option<i64>,
}

/// A key that may have signed a token, and when it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// The key as it was published last, as JSON.
    pub text: String,
    /// The periods in which it was published, oldest first; at least one.
    pub runs: Vec<SeenPeriod>,
}

/// A key that the token names, and that may not have signed it: it is of another type, or is said to be for
/// something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitKey {
    /// The algorithm it is for, if it says one.
    pub alg: Option<String>,
}

/// Finds the keys that may have signed a token.
#[derive(Debug)]
pub struct Sightings<'a> {
    wanted: KeyQuery<'a>,
    found: Vec<PublishedKey>,
    /// The key that has the kid of the token and is for something else, as it was published last.
    unfit: Option<UnfitKey>,
    /// Places in `found` by the text of a key; `None` marks a key that is not wanted.
    texts: HashMap<String, Option<usize>>,
    /// Places in `found` by the identity of the key.
    places: HashMap<String, usize>,
    present: BTreeSet<usize>,
    last_seen_at: Option<Timestamp>,
}

impl<'a> Sightings<'a> {
    /// Starts a search for the keys that are wanted.
    pub fn of(wanted: KeyQuery<'a>) -> Self {
        Self {
            wanted,
            found: Vec::new(),
            unfit: None,
            texts: HashMap::new(),
            places: HashMap::new(),
            present: BTreeSet::new(),
            last_seen_at: None,
        }
    }

    /// Takes the next state.
    pub fn see(&mut self, state: &KeySetState<'_>) {
        let mut present = BTreeSet::new();
        for text in key_texts(state.canonical) {
            let Some(place) = self.place(text.get()) else {
                continue;
            };
            let goes_on = self.present.contains(&place);
            let is_new = present.insert(place);
            let Some(published) = self.found.get_mut(place) else {
                continue;
            };
            match published.runs.last_mut() {
                Some(run) if goes_on || !is_new => run.to = state.last_seen_at,
                Some(_) | None => published.runs.push(SeenPeriod {
                    from: state.first_seen_at,
                    to: state.last_seen_at,
                    before: self.last_seen_at,
                    after: None,
                    event: state.event,
                }),
            }
        }
        for place in self.present.difference(&present) {
            let runs = self.found.get_mut(*place).map(|found| &mut found.runs);
            if let Some(run) = runs.and_then(|runs| runs.last_mut()) {
                run.after = Some(state.first_seen_at);
            }
        }
        self.present = present;
        self.last_seen_at = Some(state.last_seen_at);
    }

    /// The key that the token names and that may not have signed it, if there was one.
    pub fn unfit(&self) -> Option<&UnfitKey> {
        self.unfit.as_ref()
    }

    /// The keys that were found.
    pub fn end(self) -> Vec<PublishedKey> {
        self.found
    }

    fn place(&mut self, text: &str) -> Option<usize> {
        if let Some(place) = self.texts.get(text) {
            return *place;
        }
        let index = self.read(text);
        self.texts.insert(text.to_owned(), index);
        index
    }

    fn read(&mut self, text: &str) -> Option<usize> {
        let values = [serde_json::from_str::<Value>(text).ok()?];
        let keys = keys_in(&values);
        let key = keys.first()?;
        let is_called = self
            .wanted
            .kid
            .is_none_or(|kid| key.text(jwk::KID) == Some(kid));
        if !is_called {
            return None;
        }
        if !self.wanted.signing.fits(key) {
            if self.wanted.kid.is_some() {
                let alg = key.text(jwk::ALG).map(str::to_owned);
                self.unfit = Some(UnfitKey { alg });
            }
            return None;
        }
        let identity = key.material.identity.clone();
        let index = *self.places.entry(identity).or_insert(self.found.len());
        match self.found.get_mut(index) {
            Some(published) => text.clone_into(&mut published.text),
            None => self.found.push(PublishedKey {
                text: text.to_owned(),
                runs: Vec::new(),
            }),
        }
        Some(index)
    }
}

/// How the time of a token relates to the polls that saw its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTime {
    /// Between two polls that saw it.
    There,
    /// After the last poll of all, which saw it, but at most `FRESH` after it.
    ThereLast,
    /// Between a poll that saw it and one that did not.
    Between,
    /// Before the first poll of all, which saw it.
    BeforeHistory,
    /// More than `FRESH` after the last poll of all, which saw it.
    LongAfter,
    /// The token is dated in the future.
    Ahead,
    /// The token does not say when it was issued.
    Undated,
    /// Between polls that did not see it.
    NotThere,
}

impl TokenTime {
    /// Whether the key counts as published then.
    pub fn is_there(self) -> bool {
        matches!(self, Self::There | Self::ThereLast)
    }
}

/// How a time relates to the runs of a key, with the run that shows it.
pub fn then(
    issued_at: Option<Timestamp>,
    now: Timestamp,
    runs: &[SeenPeriod],
) -> (TokenTime, Option<&SeenPeriod>) {
    let Some(at) = issued_at else {
        return (TokenTime::Undated, runs.last());
    };
    if at.duration_since(now) > SKEW {
        return (TokenTime::Ahead, runs.last());
    }
    // The run that contains the time, else the last one that had begun, else the first.
    let begun = |run: &&SeenPeriod| run.before.unwrap_or(run.from) < at || run.from <= at;
    let run = runs.iter().rev().find(begun).or(runs.first());
    let Some(found) = run else {
        return (TokenTime::NotThere, None);
    };
    let then = match (found.before, found.after) {
        _ if (found.from..=found.to).contains(&at) => TokenTime::There,
        (None, _) if at < found.from => TokenTime::BeforeHistory,
        (Some(before), _) if at < found.from && at > before => TokenTime::Between,
        (_, Some(after)) if at > found.to && at < after => TokenTime::Between,
        (_, None) if at > found.to && at.duration_since(found.to) <= FRESH => TokenTime::ThereLast,
        (_, None) if at > found.to => TokenTime::LongAfter,
        _ => TokenTime::NotThere,
    };
    (then, run)
}

/// The verdict about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenVerdict {
    /// A key that was published then signed it.
    Theirs,
    /// The key was not published then, or no poll saw it.
    NotThen,
    /// No key of that kid signed it, or it is not signed.
    Forged,
    /// The evidence is not enough for a verdict.
    Unknown,
}

impl TokenVerdict {
    /// The text form, as it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Theirs => "theirs",
            Self::NotThen => "not-then",
            Self::Forged => "forged",
            Self::Unknown => "unknown",
        }
    }
}

/// The verdict from when a key was published and whether it verifies the signature; `None` if that could
/// not be checked.
pub fn verdict(then: TokenTime, verifies: Option<bool>) -> TokenVerdict {
    match verifies {
        None => TokenVerdict::Unknown,
        Some(false) => TokenVerdict::Forged,
        Some(true) if then.is_there() => TokenVerdict::Theirs,
        Some(true) => TokenVerdict::NotThen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    const A: &str = r#"{"alg":"EdDSA","crv":"Ed25519","kid":"a","kty":"OKP","x":"_9sEdkpM-VSozh9DaEbUdK72XWmZ3Zg2bvTDzBeuHDM"}"#;
    const B: &str = r#"{"alg":"EdDSA","crv":"Ed25519","kid":"b","kty":"OKP","x":"eMTCsGMm57W_1NdJmPXvjF181Bh3OOpjei4_85GiZ2E"}"#;

    /// The keys found in states that were seen from a first to a last day, each told of by an event of
    /// its first day.
    fn found(states: &[(i64, i64, &[&str])], kid: Option<&str>) -> Vec<PublishedKey> {
        let signing = SigningAlgorithm::EdDsa;
        let mut sightings = Sightings::of(KeyQuery { kid, signing });
        for (first, last, keys) in states {
            let canonical = format!("{{\"keys\":[{}]}}", keys.join(","));
            sightings.see(&KeySetState {
                first_seen_at: at(*first),
                last_seen_at: at(*last),
                event: Some(*first),
                canonical: &canonical,
            });
        }
        sightings.end()
    }

    fn thens(runs: &[SeenPeriod], days: &[i64]) -> Vec<TokenTime> {
        let one = |day: &i64| then(Some(at(*day)), at(1000), runs).0;
        days.iter().map(one).collect()
    }

    #[test]
    fn a_time_between_polls_that_differ_is_not_claimed_for_either() {
        let all = found(&[(0, 10, &[A]), (20, 30, &[A, B]), (40, 50, &[B])], None);
        let [a, b] = &all[..] else { panic!("{all:?}") };
        assert_eq!(
            thens(&a.runs, &[-1, 0, 5, 15, 30, 35, 40, 45]),
            [
                TokenTime::BeforeHistory,
                TokenTime::There,
                TokenTime::There,
                TokenTime::There,
                TokenTime::There,
                TokenTime::Between,
                TokenTime::NotThere,
                TokenTime::NotThere
            ]
        );
        assert_eq!(
            thens(&b.runs, &[5, 10, 11, 20, 45, 51, 52, 53]),
            [
                TokenTime::NotThere,
                TokenTime::NotThere,
                TokenTime::Between,
                TokenTime::There,
                TokenTime::There,
                TokenTime::ThereLast,
                TokenTime::ThereLast,
                TokenTime::LongAfter
            ]
        );
        assert_eq!(then(Some(at(53)), at(50), &b.runs).0, TokenTime::Ahead);
        assert_eq!(then(None, at(50), &b.runs).0, TokenTime::Undated);
        assert_eq!(then(Some(at(5)), at(50), &[]), (TokenTime::NotThere, None));
    }

    #[test]
    fn a_key_that_returned_was_not_there_in_between() {
        let all = found(
            &[(0, 10, &[A]), (20, 30, &[B]), (40, 50, &[A, B])],
            Some("a"),
        );
        let [a] = &all[..] else { panic!("{all:?}") };
        assert_eq!(
            thens(&a.runs, &[10, 15, 25, 35, 40]),
            [
                TokenTime::There,
                TokenTime::Between,
                TokenTime::NotThere,
                TokenTime::Between,
                TokenTime::There
            ]
        );
        let events: Vec<Option<i64>> = a.runs.iter().map(|run| run.event).collect();
        assert_eq!(events, [Some(0), Some(40)]);
    }

    #[test]
    fn only_keys_that_may_have_signed_it_are_found() {
        let other = A.replace("EdDSA", "ES256");
        let encrypts = B.replace("\"kid\"", "\"use\":\"enc\",\"kid\"");
        let states: [(i64, i64, &[&str]); 1] = [(0, 1, &[&other, &encrypts, "1", "{}"])];
        assert_eq!(found(&states, None), []);
        assert_eq!(found(&[(0, 1, &[A, B])], Some("c")), []);
    }
}
