//! What a summary says of addresses that move between hosts: one line for each move, and where they are now.

use super::limits::Limits;
use super::page::Item;
use super::reported::reported_changes;
use super::words::{count, counted, cut, date, list, name, own, tag};
use crate::meaning::change::Change;
use crate::meaning::change::moves::{ChangeOrMove, HostMove, arrange};
use crate::meaning::change::order::Rank;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;

/// Moves of several members of one document, oldest first.
pub(super) struct HostMoves<'a> {
    moves: Vec<(&'a Event, HostMove<'a>)>,
}

impl<'a> HostMoves<'a> {
    /// Splits the changes of these events into moves and all others.
    pub(super) fn of(events: &[&'a Event]) -> (Self, Vec<(&'a Event, &'a Change)>) {
        let mut moves = Vec::new();
        let mut others = Vec::new();
        for event in events {
            for told in arrange(reported_changes(MailKind::Summary, event)) {
                match told {
                    ChangeOrMove::One(change) => others.push((*event, change)),
                    ChangeOrMove::Move(one) => moves.push((*event, one)),
                }
            }
        }
        (Self { moves }, others)
    }

    /// Where the last move led, and when, as far as these events know; `told` is a host that is named
    /// already.
    pub(super) fn now(&self, told: Option<&str>) -> String {
        let Some((event, last)) = self.moves.last() else {
            return String::new();
        };
        if self.moves.len() == 1 && told == Some(last.to.as_str()) {
            return " It has not changed since.".to_owned();
        }
        let since = date(event.body.at);
        let number = u64::try_from(last.members.len()).unwrap_or(u64::MAX);
        format!(
            " Since {since} {} are on {}.",
            counted(number, last.noun()),
            cut(&last.to, 80)
        )
    }

    /// Whether some member was on that host before, so that the host itself is not new.
    pub(super) fn is_known(&self, host: &str) -> bool {
        self.moves.iter().any(|(_, moved)| {
            let mut changes = moved.members.iter().map(|member| member.change);
            moved.from == host
                || (moved.to == host && changes.any(|change| change.unseen.is_empty()))
        })
    }

    /// All moves as one item; `None` if there are none.
    pub(super) fn item(&self, limits: &Limits) -> Option<Item> {
        let changes = || {
            let members = self.moves.iter().flat_map(|(_, moved)| &moved.members);
            members.map(|member| member.change)
        };
        let gravest = changes().min_by_key(|change| Rank::of(change))?;
        let mut members: Vec<&str> = changes().map(|change| change.subject.as_str()).collect();
        members.sort_unstable();
        members.dedup();
        let (first, moved) = self.moves.first()?;
        let (last, _) = self.moves.last()?;
        let times = match self.moves.len() {
            1 => format!("on {}", date(first.body.at)),
            many => format!(
                "{} times, {} to {}",
                count(many),
                date(first.body.at),
                date(last.body.at)
            ),
        };
        let number = u64::try_from(members.len()).unwrap_or(u64::MAX);
        let rows = self.moves.iter().take(limits.values).map(|(event, moved)| {
            vec![
                date(event.body.at),
                counted(
                    u64::try_from(moved.members.len()).unwrap_or(u64::MAX),
                    moved.noun(),
                ),
                format!("to {}", cut(&moved.to, limits.value)),
            ]
        });
        let mut more = vec![format!("From {}.", cut(&moved.from, limits.value))];
        let mut unseen: Vec<&Change> = changes().filter(|it| !it.unseen.is_empty()).collect();
        unseen.sort_by_key(|change| change.subject.as_str());
        unseen.dedup_by_key(|change| change.subject.as_str());
        let names: Vec<String> = unseen.iter().map(|it| name(it.subject.as_str())).collect();
        if !names.is_empty() {
            more.push(format!(
                "For the first time at their addresses: {}.",
                list(&names)
            ));
        }
        if let left_out @ 1.. = self.moves.len().saturating_sub(limits.values) {
            more.push(limits.left_out(left_out));
        }
        Some(Item {
            number: 0,
            severity: gravest.severity,
            rank: Some(Rank::of(gravest)),
            title: format!("{} moved {times}", counted(number, moved.noun())),
            used: changes().any(|change| change.used),
            lines: Vec::new(),
            rows: rows.collect(),
            more,
            clause_in_change: None,
            member: String::new(),
            why: own(&gravest.why),
            tag: tag(gravest.rule.as_str(), gravest.reference.as_deref()),
        })
    }
}
