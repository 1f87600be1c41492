//! Checks that there is time for all the polls that the schedules ask for.
//!
//! Each target is counted with 0.3 s of its shortest interval, whatever its deadline. There is too little
//! time if the polls of one interval take longer than the interval. A burst that is over before the next
//! tick does not count.

use std::collections::BTreeMap;

use jiff::SignedDuration;

/// How long one poll takes of a provider that answers normally, in milliseconds: a handshake and a
/// document. Deadlines do not count here, because a provider that does not answer is reported as failing.
const POLL_MS: u128 = 300;

/// The polls of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polls {
    /// The host that is polled.
    pub host: String,
    /// The shortest time between two of these polls.
    pub interval: SignedDuration,
}

/// A host, or all together, with more polls than there is time for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overload {
    /// The host that is polled too often; `None` if it is about all hosts together.
    pub host: Option<String>,
    /// How many targets are polled there.
    pub targets: usize,
    /// How many polls at a time would be needed.
    pub needed: u128,
    /// How many polls at a time are allowed.
    pub allowed: usize,
}

/// Finds where the schedules ask for more than `per_host` polls at a time to one host, or more than
/// `concurrency` in total. Each target asks for the part of its interval that a poll takes.
pub fn overloads(polls: &[Polls], concurrency: usize, per_host: usize) -> Vec<Overload> {
    let mut hosts: BTreeMap<&str, (usize, u128)> = BTreeMap::new();
    let mut all = (0, 0);
    for one in polls {
        // Counted in millionths, so that small parts are not rounded to zero.
        let interval = one.interval.as_millis().max(1).unsigned_abs();
        let part = POLL_MS * 1_000_000 / interval;
        let host = hosts.entry(one.host.as_str()).or_default();
        *host = (host.0 + 1, host.1 + part);
        all = (all.0 + 1, all.1 + part);
    }
    let over = |host: Option<&str>, (targets, parts): (usize, u128), allowed: usize| {
        let needed = parts.div_ceil(1_000_000);
        (needed > allowed as u128).then(|| Overload {
            host: host.map(str::to_owned),
            targets,
            needed,
            allowed,
        })
    };
    let mut found: Vec<Overload> = Vec::new();
    found.extend(over(None, all, concurrency));
    found.extend(
        hosts
            .into_iter()
            .filter_map(|(host, load)| over(Some(host), load, per_host)),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polls(host: &str, count: usize, seconds: i64) -> Vec<Polls> {
        let one = Polls {
            host: host.to_owned(),
            interval: SignedDuration::from_secs(seconds),
        };
        vec![one; count]
    }

    #[test]
    fn ordinary_schedules_are_far_from_a_limit() {
        assert_eq!(overloads(&polls("a", 1_000, 900), 64, 2), []);
        assert_eq!(overloads(&polls("a", 3, 1), 64, 2), []);
        assert_eq!(overloads(&[], 1, 1), []);
    }

    #[test]
    fn a_host_that_is_asked_more_often_than_it_may_be_is_named() {
        let found = overloads(&polls("a", 10, 1), 64, 2);
        let expected = Overload {
            host: Some("a".to_owned()),
            targets: 10,
            needed: 3,
            allowed: 2,
        };
        assert_eq!(found, [expected]);
        assert_eq!(overloads(&polls("a", 10, 1), 64, 3), []);
    }

    #[test]
    fn all_together_may_be_too_many_though_no_host_is() {
        let many: Vec<Polls> = (0..100)
            .flat_map(|n| polls(&format!("h{n}"), 1, 1))
            .collect();
        let found = overloads(&many, 16, 2);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].host.as_deref(), found[0].needed), (None, 30));
    }
}
