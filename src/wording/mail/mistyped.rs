//! Members that have newly a wrong JSON type: typed clients may fail on them, whatever else is told.

use super::fact::Fact;
use super::phrase;
use super::words::{count, list};
use crate::document::severity::Severity;
use crate::meaning::change::FindingState;
use crate::meaning::rule::Rule;
use crate::policy::event::Event;

/// Members with newly a wrong type.
#[derive(Debug)]
pub(super) struct Mistyped<'a> {
    members: Vec<&'a str>,
    /// Whether they came with it, all of them.
    are_new: bool,
}

/// Most members that are named in a sentence.
const NAMED: usize = 3;

impl<'a> Mistyped<'a> {
    /// The members that these events find to be of a wrong type; `None` if there are none, or beside what
    /// breaks clients.
    pub(super) fn of(events: &[&'a Event], severity: Severity) -> Option<Self> {
        let findings = events.iter().flat_map(|event| event.body.findings());
        let wrong = findings.filter(|moved| {
            moved.state == FindingState::New && moved.finding.rule == Rule::WrongType
        });
        let members: Vec<&str> = wrong
            .filter_map(|moved| moved.finding.subject.member())
            .collect();
        let came = |member: &&str| {
            let mut changes = events.iter().flat_map(|event| event.body.changes());
            changes.any(|change| change.rule == Rule::MemberAdded && change.subject == *member)
        };
        let are_new = members.iter().all(came);
        (!members.is_empty() && severity <= Severity::Notice).then_some(Self { members, are_new })
    }

    /// Whether a fact is only that such members came: it is told once, with what is wrong.
    pub(super) fn is_all_of(&self, fact: &Fact<'_>) -> bool {
        let mut changes = fact.changes().into_iter();
        changes.all(|change| {
            change.rule == Rule::MemberAdded && self.members.iter().any(|it| change.subject == *it)
        })
    }

    /// `a and b added with the wrong JSON type`, behind a sentence.
    pub(super) fn beside(&self) -> String {
        let names: Vec<String> = self.members.iter().map(|it| phrase::called(it)).collect();
        let who = match names.len() {
            few if few <= NAMED => list(&names),
            many => format!("{} members", count(many)),
        };
        match (self.are_new, names.len()) {
            (true, _) => format!("{who} added with the wrong JSON type"),
            (false, 1) => format!("{who} has the wrong JSON type"),
            (false, _) => format!("{who} have the wrong JSON type"),
        }
    }

    /// What to do, beside what else there is to do: one task, because "nothing" and a task contradict each
    /// other.
    pub(super) fn advice(other: &str) -> String {
        let own = Rule::WrongType.row().advice.unwrap_or_default();
        let is_nothing = other
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("nothing"));
        if is_nothing {
            own.to_owned()
        } else {
            format!("{other} {own}")
        }
    }
}
