//! Checks that there is time for all the polls that the schedules ask for.
//!
//! Each target is counted with 0.3 s of its shortest interval. Of all hosts together every tenth is counted as
//! one that does not answer until its deadline, because among many some never do; one host either answers or is
//! reported as failing. There is too little time if the polls of one interval take longer than the interval. A
//! burst that is over before the next tick does not count.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

/// How long one poll takes of a provider that answers normally, in milliseconds: a handshake and a
/// document.
const POLL_MS: u128 = 300;
/// Of so many hosts one does not answer.
const ANSWERING: u128 = 10;

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
pub fn overloads(
    polls: &[Polls],
    concurrency: usize,
    per_host: usize,
    timeout: Duration,
) -> Vec<Overload> {
    let mut hosts: BTreeMap<&str, (usize, u128)> = BTreeMap::new();
    let mut all = (0, 0);
    for one in polls {
        // Counted in millionths, so that small parts are not rounded to zero.
        let interval = one.interval.as_millis().max(1).unsigned_abs();
        let share = POLL_MS * 1_000_000 / interval;
        let host = hosts.entry(one.host.as_str()).or_default();
        *host = (host.0 + 1, host.1 + share);
        all = (all.0 + 1, all.1 + share);
    }
    if are_many(hosts.len()) {
        all.1 = all.1 * ((ANSWERING - 1) * POLL_MS + timeout.as_millis()) / (ANSWERING * POLL_MS);
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

/// Whether there are so many hosts that some of them do not answer.
pub fn are_many(hosts: usize) -> bool {
    hosts as u128 >= ANSWERING
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The deadline of a poll, unless the configuration has another.
    const TIMEOUT: Duration = Duration::from_secs(10);

    fn polls(host: &str, count: usize, seconds: i64) -> Vec<Polls> {
        let one = Polls {
            host: host.to_owned(),
            interval: SignedDuration::from_secs(seconds),
        };
        vec![one; count]
    }

    #[test]
    fn ordinary_schedules_are_far_from_a_limit() {
        assert_eq!(overloads(&polls("a", 1_000, 900), 64, 2, TIMEOUT), []);
        assert_eq!(overloads(&polls("a", 3, 1), 64, 2, TIMEOUT), []);
        assert_eq!(overloads(&[], 1, 1, TIMEOUT), []);
    }

    #[test]
    fn a_host_that_is_asked_more_often_than_it_may_be_is_named() {
        let found = overloads(&polls("a", 10, 1), 64, 2, TIMEOUT);
        let expected = Overload {
            host: Some("a".to_owned()),
            targets: 10,
            needed: 3,
            allowed: 2,
        };
        assert_eq!(found, [expected]);
        assert_eq!(overloads(&polls("a", 10, 1), 64, 3, TIMEOUT), []);
    }

    #[test]
    fn all_together_may_be_too_many_though_no_host_is() {
        let many: Vec<Polls> = (0..100)
            .flat_map(|n| polls(&format!("h{n}"), 1, 1))
            .collect();
        let found = overloads(&many, 16, 2, TIMEOUT);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].host.as_deref(), found[0].needed), (None, 127));
    }

    #[test]
    fn ten_thousand_hosts_are_polled_in_time_without_a_word_about_it() {
        let hosts = |seconds| -> Vec<Polls> {
            (0..10_000)
                .flat_map(|n| polls(&format!("h{n}"), 1, seconds))
                .collect()
        };
        assert_eq!(overloads(&hosts(900), 64, 2, TIMEOUT), []);
        let found = overloads(&hosts(120), 64, 2, TIMEOUT);
        assert_eq!(found.len(), 1, "every two minutes they are not");
        assert_eq!((found[0].needed, found[0].allowed), (106, 64));
    }
}
