//! Tests of the lives of keys.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn day(day: usize) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::try_from(day).unwrap() * 86_400).unwrap()
}

fn key(name: &str) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": name, "use": "sig", "x": name})
}

/// The lives of the keys of a set that is polled once a day; event 10 tells of the first state.
fn lives_of(mut lives: KeyLives, days: &[&[&str]]) -> Vec<KeyLife> {
    let mut from = 0;
    let mut number = 10;
    while from < days.len() {
        let same = days[from..]
            .iter()
            .take_while(|set| **set == days[from])
            .count();
        let keys: Vec<Value> = days[from].iter().map(|name| key(name)).collect();
        lives.see(&KeySetState {
            first_seen_at: day(from),
            last_seen_at: day(from + same - 1),
            event: Some(number),
            canonical: &json!({ "keys": keys }).to_string(),
        });
        from += same;
        number += 1;
    }
    lives.end()
}

fn lives(days: &[&[&str]]) -> Vec<KeyLife> {
    lives_of(KeyLives::default(), days)
}

#[test]
fn a_key_lives_from_the_first_to_the_last_poll_that_saw_it() {
    let found = lives(&[&["AA"], &["AA", "BB"], &["AA", "BB"], &["BB"]]);
    let [b, a] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((a.first_seen, a.last_seen), (day(0), Some(day(2))));
    assert_eq!((b.first_seen, b.last_seen), (day(1), None));
    assert_eq!((&a.events[..], &b.events[..]), (&[10, 12][..], &[11][..]));
    assert_eq!(
        (a.size, a.kty.as_deref(), a.purpose.as_deref()),
        (Some(256), Some("OKP"), Some("sig"))
    );
    assert!(a.thumbprint.is_some() && a.is_of_first_state && !b.is_of_first_state);
}

#[test]
fn a_gap_is_the_good_polls_without_a_key() {
    let found = lives(&[&["AA"], &["BB"], &["CC"], &["AA"], &["AA"]]);
    let a = found
        .iter()
        .find(|life| life.kid.as_deref() == Some("AA"))
        .unwrap();
    assert_eq!(
        a.gaps,
        [Gap {
            from: day(1),
            to: day(2)
        }]
    );
    assert_eq!((a.last_seen, &a.events[..]), (None, &[10, 11, 13][..]));
}

#[test]
fn a_key_with_another_kid_is_another_life_and_what_is_said_of_it_is_what_was_said_last() {
    let mut all = KeyLives::default();
    for (number, word) in (0..).zip(["sig", "enc", "sig"]) {
        let mut one = key("AA");
        one["use"] = Value::from(word);
        let mut other = key("AA");
        other["kid"] = Value::from("other");
        all.see(&KeySetState {
            first_seen_at: day(number),
            last_seen_at: day(number),
            event: None,
            canonical: &json!({"keys": [one, other, "no key"]}).to_string(),
        });
    }
    let found = all.end();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].thumbprint, found[1].thumbprint);
    assert_eq!(found[0].purpose.as_deref(), Some("sig"));
    assert!(found[0].events.is_empty());
}

#[test]
fn the_set_of_a_time_is_that_of_the_last_state_before_it() {
    let days: [&[&str]; 3] = [&["AA"], &["AA", "BB"], &["CC"]];
    let names = |at| {
        let found = lives_of(KeyLives::of_set_at(at), &days);
        found
            .into_iter()
            .filter_map(|life| life.kid)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(day(0)), ["AA"]);
    assert_eq!(names(day(1)), ["BB", "AA"]);
    assert_eq!(names(day(5)), ["CC"]);
    assert!(names(day(0) - SignedDuration::from_secs(1)).is_empty());
}

#[test]
fn a_set_that_is_renewed_at_regular_times_says_how_far_apart_and_how_long_keys_overlap() {
    let owned: Vec<Vec<String>> = (0..40)
        .map(|day| {
            let of =
                |number: usize| format!("{}A", char::from(b'A' + u8::try_from(number).unwrap()));
            let now = day / 7;
            // The key before stays for two more days.
            let before = (day % 7 < 2 && now > 0).then(|| of(now - 1));
            before.into_iter().chain([of(now)]).collect()
        })
        .collect();
    let days: Vec<Vec<&str>> = owned
        .iter()
        .map(|set| set.iter().map(String::as_str).collect())
        .collect();
    let sets: Vec<&[&str]> = days.iter().map(Vec::as_slice).collect();
    let found = rotation(&lives(&sets));
    let hours = SignedDuration::from_hours;
    assert_eq!(
        (found.every, found.count),
        (Some((hours(168), hours(168))), 5)
    );
    assert_eq!(found.overlaps, [Some(hours(24)); 5]);
    let none = rotation(&lives(&[&["AA"], &["BB"]]));
    assert_eq!((none.every, none.overlaps), (None, vec![None]));
    let by_one_poll = rotation(&lives(&[&["AA"], &["AA", "BB"], &["BB"]]));
    assert_eq!(by_one_poll.overlaps, [Some(SignedDuration::ZERO)]);
}

/// The life of one key in a set that is polled once a day; event 10 tells of the first state.
fn life_of(mut lives: KeyLives, keys: &[Value]) -> Vec<KeyLife> {
    for (number, key) in keys.iter().enumerate() {
        lives.see(&KeySetState {
            first_seen_at: day(number),
            last_seen_at: day(number),
            event: Some(10 + i64::try_from(number).unwrap()),
            canonical: &json!({ "keys": [key] }).to_string(),
        });
    }
    lives.end()
}

#[test]
fn a_key_is_described_as_at_the_time_asked_for_and_has_the_event_that_changed_that() {
    let said = |alg: &str, purpose: &str| {
        let mut key = key("AA");
        key["alg"] = json!(alg);
        key["use"] = json!(purpose);
        key
    };
    let states = [said("EdDSA", "sig"), said("Ed25519", "enc")];
    let described = |lives: KeyLives| {
        let found = life_of(lives, &states);
        let [life] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(life.events, [10, 11]);
        (
            life.alg.clone().unwrap(),
            life.purpose.clone().unwrap(),
            life.proved_by,
        )
    };
    let words = |alg: &str, purpose: &str| (alg.to_owned(), purpose.to_owned());
    let (alg, purpose, event) = described(KeyLives::of_set_at(day(0)));
    assert_eq!(((alg, purpose), event), (words("EdDSA", "sig"), Some(10)));
    let (alg, purpose, event) = described(KeyLives::default());
    assert_eq!(((alg, purpose), event), (words("Ed25519", "enc"), Some(11)));
}

#[test]
fn a_key_under_another_kid_is_no_new_key() {
    let mut renamed = key("AA");
    renamed["kid"] = json!("other");
    let found = life_of(KeyLives::default(), &[key("AA"), renamed]);
    assert_eq!(found.len(), 2);
    let rotation = rotation(&found);
    assert_eq!((rotation.count, rotation.overlaps), (0, Vec::new()));
}

proptest! {
    #[test]
    fn a_life_says_of_every_poll_whether_it_saw_the_key(days in vec(vec(0usize..4, 0..4), 1..20)) {
        const NAMES: [&str; 4] = ["AA", "BB", "CC", "DD"];
        let days: Vec<Vec<&str>> = days
            .iter()
            .map(|set| set.iter().collect::<BTreeSet<_>>().into_iter().map(|n| NAMES[*n]).collect())
            .collect();
        let slices: Vec<&[&str]> = days.iter().map(Vec::as_slice).collect();
        let found = lives(&slices);
        for (number, set) in days.iter().enumerate() {
            let at = day(number);
            let there: BTreeSet<&str> = found
                .iter()
                .filter(|life| life.first_seen <= at && life.last_seen.is_none_or(|last| at <= last))
                .filter(|life| !life.gaps.iter().any(|gap| gap.from <= at && at <= gap.to))
                .filter_map(|life| life.kid.as_deref())
                .collect();
            prop_assert_eq!(there, set.iter().copied().collect::<BTreeSet<_>>());
        }
    }
}
