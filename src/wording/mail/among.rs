//! One of several authorization servers that is down: how many there are, and whether the others answer.

use std::collections::BTreeMap;

use super::input::MailInput;
use super::several;
use super::words::count;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;

/// The servers of one resource, one of which is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Among {
    all: usize,
    /// How many of the others could not be read at their last poll.
    failing: usize,
}

impl Among {
    /// The servers beside the one that all events of an outage are about; `None` where there is no other.
    pub(super) fn of(input: &MailInput<'_>) -> Option<Self> {
        let [_] = several::providers(input.events).as_slice() else {
            return None;
        };
        let own = input.events.first()?.document.issuer()?;
        let is_own = |it: &Event| it.document.issuer() == Some(own);
        if input.kind != MailKind::Failing || !input.events.iter().all(is_own) {
            return None;
        }
        let mut others: BTreeMap<&str, bool> = BTreeMap::new();
        for state in &input.background?.documents {
            let Some(issuer) = state.document.issuer().filter(|issuer| *issuer != own) else {
                continue;
            };
            let is_read = state.read_at.is_some() && state.read_at == state.polled_at;
            *others.entry(issuer).or_insert(true) &= is_read;
        }
        let failing = others.values().filter(|is_read| !**is_read).count();
        (!others.is_empty()).then_some(Self {
            all: others.len() + 1,
            failing,
        })
    }

    /// `1 of 8 servers`, in a subject.
    pub(super) fn brief(self) -> String {
        format!("1 of {} servers", count(self.all))
    }

    /// Behind the first sentence.
    pub(super) fn said(self) -> String {
        let others = self.all - 1;
        let how = match (others, self.failing) {
            (1, 0) => "the other one was read at its last poll".to_owned(),
            (1, _) => "the other one could not be read at its last poll either".to_owned(),
            (_, 0) => format!("the other {} were read at their last poll", count(others)),
            (_, failing) => format!(
                "of the other {}, {} could not be read at the last poll either",
                count(others),
                count(failing)
            ),
        };
        format!(
            "It is 1 of {} servers of this resource: {how}.",
            count(self.all)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_servers_is_counted_and_the_others_are_told_as_they_are() {
        let said = |all, failing| Among { all, failing }.said();
        assert_eq!(
            said(2, 0),
            "It is 1 of 2 servers of this resource: the other one was read at its last poll."
        );
        assert!(said(2, 1).ends_with("could not be read at its last poll either."));
        assert!(said(8, 0).ends_with("the other 7 were read at their last poll."));
        assert!(
            said(8, 2).ends_with("of the other 7, 2 could not be read at the last poll either.")
        );
    }
}
