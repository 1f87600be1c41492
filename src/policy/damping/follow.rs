//! Members that move together with damped ones.
//!
//! A load balancer that alternates between hosts shows in all endpoints at once. One that joins later, or that
//! was published later, would be told alone while all the others are held back: the least of them would make
//! the mail. If the hosts are known from the others, it is held back with them and shares their damping.

use std::collections::BTreeMap;

use super::penalty::{Penalty, Suppression};
use super::seen_values::unseen;
use crate::meaning::change::Change;
use crate::meaning::change::moves;
use crate::meaning::member_values::MemberValues;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;

/// The moves from host to host that damped members make in one poll, where the new host is known.
pub(super) struct Swings {
    moves: Vec<(String, String, Suppression)>,
}

impl Swings {
    /// Finds them among the changes of a poll.
    pub(super) fn of(
        penalties: &BTreeMap<Subject, Penalty>,
        changes: &[Change],
        known: &MemberValues,
    ) -> Self {
        let moves = changes.iter().filter_map(|change| {
            let suppression = penalties.get(&change.subject)?.suppression.as_ref()?;
            if unseen(change, known.get(&change.subject)).values > 0 {
                return None;
            }
            let (from, to) = hosts(change)?;
            Some((from, to, suppression.clone()))
        });
        Self {
            moves: moves.collect(),
        }
    }

    /// The damping that a member shares from now on, because it makes the same move and nothing else, and
    /// has changed lately: what rested is news. Where it comes from is for the caller to say.
    pub(super) fn joined<'a>(
        &self,
        penalty: Option<&Penalty>,
        changes: impl Iterator<Item = &'a Change>,
    ) -> Option<Suppression> {
        let penalty = penalty.filter(|it| !it.is_suppressed())?;
        if penalty.changes == 0 {
            return None;
        }
        let mut found = None;
        for change in changes {
            let (from, to) = hosts(change)?;
            let swing = self.moves.iter().find(|it| it.0 == from && it.1 == to)?;
            found = Some(&swing.2);
        }
        let shared = found?;
        Some(Suppression {
            since: shared.since,
            event: shared.event,
            snapshot: None,
            final_url: None,
            held_back: 0,
            new_values: 0,
            came: Vec::new(),
            ways_back: Vec::new(),
            use_told_at: None,
            accepted: shared.accepted,
        })
    }
}

/// The old and the new host of an address that moved.
fn hosts(change: &Change) -> Option<(String, String)> {
    (change.rule == Rule::EndpointHostChanged).then(|| moves::hosts(change))?
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use super::super::{Before, damp, value_hashes};
    use super::*;
    use crate::document::severity::{Group, Severity};
    use crate::meaning::provider_policy::Policy;
    use crate::meaning::rating::Meaning;
    use crate::policy::tracking::State;

    fn swing(member: &str, from: &str, to: &str) -> Change {
        let rule = Meaning::of(Rule::EndpointHostChanged);
        let mut change = rule.change(member, Group::Endpoints);
        change.severity = Severity::Breaking;
        change.before = Some(json!(format!("https://{from}.example.com/{member}")));
        change.after = Some(json!(format!("https://{to}.example.com/{member}")));
        change
    }

    struct Swinging {
        state: State,
        known: MemberValues,
        at: Timestamp,
    }

    impl Swinging {
        /// A day on which members move; returns which of them are held back, and who is damped now.
        fn day(&mut self, members: &[&str], from: &str, to: &str) -> (Vec<bool>, usize) {
            self.at = self
                .at
                .saturating_add(SignedDuration::from_hours(24))
                .unwrap();
            let moves = members.iter().map(|member| swing(member, from, to));
            let mut changes: Vec<Change> = moves.collect();
            let before = Before {
                at: self.at,
                snapshot: None,
                final_url: None,
            };
            let (policy, state) = (Policy::default(), &mut self.state);
            let verdict = damp(&policy, state, before, &mut changes, &self.known, |_| true);
            for change in &changes {
                let (came, went) = value_hashes(change);
                let known: &mut BTreeSet<String> =
                    self.known.entry(change.subject.clone()).or_default();
                known.extend(came.into_iter().chain(went));
            }
            (
                changes.iter().map(|it| it.damped).collect(),
                verdict.damped.len(),
            )
        }
    }

    #[test]
    fn an_endpoint_that_swings_with_damped_ones_is_held_back_with_them_from_its_second_move_on() {
        let mut of = Swinging {
            state: State::default(),
            known: MemberValues::new(),
            at: "2026-01-05T06:00:00Z".parse().unwrap(),
        };
        for day in 0..4 {
            let (from, to) = if day % 2 == 0 { ("a", "b") } else { ("b", "a") };
            of.day(&["token_endpoint"], from, to);
        }
        // What never changed before is news, though all others are held back.
        let both = ["revocation_endpoint", "token_endpoint"];
        assert_eq!(of.day(&both, "a", "b"), (vec![false, true], 0));
        assert_eq!(of.day(&both, "b", "a"), (vec![true, true], 0));
        // Another host is not theirs.
        let alone = of.day(&["jwks_uri"], "a", "c");
        assert_eq!(alone, (vec![false], 0));
    }
}
