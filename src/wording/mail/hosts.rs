//! What a summary says of addresses that move between hosts: one line for each move, and where they are now.

use std::collections::BTreeSet;

use super::limits::Limits;
use super::nodes::NodeMove;
use super::page::Item;
use super::reported::reported_changes;
use super::words::{count, counted, cut, date, first, is_harmless, list, name, own, tag};
use crate::meaning::change::Change;
use crate::meaning::change::moves::{ChangeOrMove, HostMove, arrange};
use crate::meaning::change::order::Rank;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;

/// Moves of several members of one document, oldest first.
pub(super) struct HostMoves<'a> {
    moves: Vec<(&'a Event, HostMove<'a>)>,
}

/// What a subject and a first sentence say of moves to hosts that were never seen before.
pub(super) struct HostSwitch {
    /// `moved 6 endpoints 5 times; a and b were never seen here before`, behind the provider.
    pub(super) predicate: String,
    /// What the subject says, the fullest words first.
    pub(super) subject: Vec<String>,
    /// These hosts, in advice.
    pub(super) new: String,
}

/// Words with the host to which a move led, and with what tells it from other nodes.
fn forms(moved: &HostMove<'_>, words: impl Fn(&str) -> String) -> Vec<String> {
    let node = NodeMove::of_move(moved).map(|nodes| nodes.now());
    let whole = Some(moved.to.clone()).filter(|host| is_harmless(host));
    let another = "another host".to_owned();
    let hosts = whole.into_iter().chain(node).chain([another]);
    hosts.map(|host| words(&host)).collect()
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
            return " Nothing has moved since.".to_owned();
        }
        let since = date(event.body.at);
        let number = u64::try_from(last.members.len()).unwrap_or(u64::MAX);
        format!(
            " Since {since} {} are on {}.",
            counted(number, last.noun()),
            cut(&last.to, 80)
        )
    }

    /// What is said of moves to hosts that were never seen before; `None` if all were. `what` are the members,
    /// `6 endpoints`.
    pub(super) fn told(&self, what: &str) -> Option<HostSwitch> {
        let (_, last) = self.moves.last()?;
        let new = self.new_hosts();
        let names: Vec<String> = new.iter().map(|host| cut(host, 80)).collect();
        let were = match names.len() {
            0 => return None,
            1 => "was",
            _ => "were",
        };
        let all_new = first(&names);
        let new_hosts = match names.len() {
            1 => all_new.clone(),
            more => format!("the {} new hosts", count(more)),
        };
        let is_now_new = new.contains(&last.to.as_str());
        if self.moves.len() == 1 {
            let to = cut(&last.to, 80);
            let from = cut(&last.from, 80);
            return Some(HostSwitch {
                predicate: format!(
                    "moved {what} from {from} to {to}, which {were} never seen here before"
                ),
                subject: forms(last, |host| {
                    format!("{what} moved to {host}, never seen before")
                }),
                new: all_new,
            });
        }
        let times = count(self.moves.len());
        Some(HostSwitch {
            predicate: format!(
                "moved {what} {times} times; {all_new} {were} never seen here before"
            ),
            subject: match names.len() {
                1 if is_now_new => forms(last, |host| {
                    format!("{what} moved {times} times, now on {host}, never seen before")
                }),
                1 => vec![format!(
                    "{what} moved {times} times, once to a host never seen before"
                )],
                more => {
                    let moved = format!("{what} moved {times} times, {} new hosts", count(more));
                    let mut forms = forms(last, |host| format!("{moved}, now on {host}"));
                    forms.pop();
                    forms.push(moved);
                    forms
                }
            },
            new: new_hosts,
        })
    }

    /// The hosts on which no member was before, in the order in which they came.
    fn new_hosts(&self) -> Vec<&str> {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut new = Vec::new();
        for (_, moved) in &self.moves {
            known.insert(moved.from.as_str());
            let mut changes = moved.members.iter().map(|member| member.change);
            // Where one of them had that very address before, the host is not new.
            let was_there = changes.any(|change| change.unseen.is_empty());
            if known.insert(moved.to.as_str()) && !was_there {
                new.push(moved.to.as_str());
            }
        }
        new
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
        // The way begins where they were before.
        let before = vec![
            "before".to_owned(),
            String::new(),
            format!("on {}", cut(&moved.from, limits.value)),
        ];
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
        let hosts: Vec<String> = self.new_hosts().into_iter().map(|it| cut(it, 80)).collect();
        let mut more = Vec::new();
        let mut unseen: Vec<&Change> = changes().filter(|it| !it.unseen.is_empty()).collect();
        unseen.sort_by_key(|change| change.subject.as_str());
        unseen.dedup_by_key(|change| change.subject.as_str());
        let names: Vec<String> = unseen.iter().map(|it| name(it.subject.as_str())).collect();
        if !hosts.is_empty() {
            more.push(format!("Never seen here before: {}.", list(&hosts)));
        } else if !names.is_empty() {
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
            rows: std::iter::once(before).chain(rows).collect(),
            more,
            clause_in_change: None,
            member: String::new(),
            why: own(&gravest.why),
            tag: tag(gravest.rule.as_str(), gravest.reference.as_deref()),
        })
    }
}
