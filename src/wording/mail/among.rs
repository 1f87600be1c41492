//! One of several authorization servers that is down: how many there are, and whether the others answer.

use std::collections::BTreeMap;

use super::input::MailInput;
use super::several;
use super::words::{count, cut};
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;

/// The servers of one resource, one of which is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Among<'a> {
    issuer: &'a str,
    all: usize,
    /// How many of the others answered while this one did not.
    answered: usize,
    /// How many of the others could not be read at their last poll.
    failing: usize,
}

/// What is known of one of the other servers, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Other {
    Silent,
    Answered,
    Failing,
}

impl<'a> Among<'a> {
    /// The servers beside the one that all events of an outage are about; `None` where there is no other.
    pub(super) fn of(input: &MailInput<'a>) -> Option<Self> {
        let [_] = several::providers(input.events).as_slice() else {
            return None;
        };
        let own = input.events.first()?.document.issuer()?;
        let is_own = |it: &Event| it.document.issuer() == Some(own);
        if input.kind != MailKind::Failing || !input.events.iter().all(is_own) {
            return None;
        }
        let failed = input.events.iter().filter_map(|it| it.body.failed());
        let since = failed.map(|failed| failed.since).min()?;
        let mut others: BTreeMap<&str, Other> = BTreeMap::new();
        for state in &input.background?.documents {
            let Some(issuer) = state.document.issuer().filter(|issuer| *issuer != own) else {
                continue;
            };
            let seen = match (state.read_at, state.polled_at) {
                (Some(read), Some(polled)) if read == polled && read >= since => Other::Answered,
                (Some(read), Some(polled)) if read == polled => Other::Silent,
                _ => Other::Failing,
            };
            let known = others.entry(issuer).or_insert(seen);
            *known = seen.max(*known);
        }
        let count = |how: Other| others.values().filter(|it| **it == how).count();
        (!others.is_empty()).then_some(Self {
            issuer: own,
            all: others.len() + 1,
            answered: count(Other::Answered),
            failing: count(Other::Failing),
        })
    }

    /// `1 of 8 servers`, in a subject.
    pub(super) fn brief(self) -> String {
        format!("1 of {} servers", count(self.all))
    }

    /// Behind the first sentence.
    pub(super) fn said(self) -> String {
        let others = self.all - 1;
        let (some, how) = match (self.failing, self.answered) {
            (0, 0) => (others, "not polled since"),
            (0, answered) => (answered, "read meanwhile"),
            (failing, _) => (failing, "not to be read at the last poll either"),
        };
        let (which, were) = match (others, some) {
            (1, _) => ("the other one".to_owned(), "was"),
            (_, 1) => ("1 of the others".to_owned(), "was"),
            (all, some) if all == some => (format!("the other {}", count(all)), "were"),
            (all, some) => (
                format!("{} of the other {}", count(some), count(all)),
                "were",
            ),
        };
        format!(
            "It is 1 of {} servers of this resource: {which} {were} {how}.",
            count(self.all)
        )
    }

    /// What to do about it: who gets no tokens there is not concerned.
    pub(super) fn advice(self, of_outage: &str) -> String {
        format!(
            "see whether a client of yours gets its tokens from {}; if none does, nothing. If one does, \
             {of_outage}",
            cut(&visible(self.issuer), 80)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_servers_is_counted_and_the_others_are_told_as_they_were_meanwhile() {
        let said = |all, answered, failing| {
            let issuer = "https://a.example";
            let among = Among {
                issuer,
                all,
                answered,
                failing,
            };
            among.said()
        };
        assert_eq!(
            said(2, 1, 0),
            "It is 1 of 2 servers of this resource: the other one was read meanwhile."
        );
        assert!(said(2, 0, 0).ends_with("the other one was not polled since."));
        assert!(said(2, 0, 1).ends_with("was not to be read at the last poll either."));
        assert!(said(8, 7, 0).ends_with("the other 7 were read meanwhile."));
        assert!(said(8, 0, 0).ends_with("the other 7 were not polled since."));
        assert!(said(8, 3, 0).ends_with("3 of the other 7 were read meanwhile."));
        assert!(
            said(8, 5, 1).ends_with("1 of the others was not to be read at the last poll either.")
        );
    }
}
