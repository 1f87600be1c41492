//! What it means that a boolean comes, goes or turns.
//!
//! What counts is what it stands for: left out, most booleans stand for false, whether or not a
//! default is written down, and to write that down is not a change.

use super::WrittenDown;
use super::about::{About, Unlisted};
use crate::document::member::{self, Effect};
use crate::document::severity::Severity;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

impl About<'_> {
    pub(super) fn flag(
        &self,
        before: Option<bool>,
        after: Option<bool>,
        written: WrittenDown,
    ) -> Meaning {
        let rule = if written.is_published() {
            Rule::MemberAdded
        } else if written.is_left_out() {
            Rule::MemberRemoved
        } else {
            Rule::MemberChanged
        };
        let omitted = self.omitted();
        match (before.or(omitted), after.or(omitted)) {
            (Some(was), Some(is)) if was == is => {
                let why = "Left out it stands for the same: nothing is different for clients.";
                Meaning::with(rule, Severity::Info, why, self.reference())
            }
            (_, Some(true)) if self.is_requirement() => {
                self.turned(Rule::RequirementRaised, true, written)
            }
            (Some(true), _) if self.is_requirement() => {
                self.turned(Rule::RequirementDropped, false, written)
            }
            (Some(_), Some(now)) => self.turned(rule, now, written),
            (_, _) => self.unspecified(rule, before.or(after)),
        }
    }

    fn is_requirement(&self) -> bool {
        self.name.starts_with("require_") || self.name.ends_with("_required")
    }

    /// What it stands for when left out, if that is known. A default was already filled in before.
    fn omitted(&self) -> Option<bool> {
        member::absent_is_false(self.kind, self.name).then_some(false)
    }

    fn effect_of_flag(&self, now: bool, written: WrittenDown) -> Option<&'static Effect> {
        let row = self.row?;
        if now {
            row.to_true.as_ref()
        } else if written.is_left_out() {
            Some(&row.removed)
        } else {
            row.to_false.as_ref()
        }
    }

    fn turned(&self, rule: Rule, now: bool, written: WrittenDown) -> Meaning {
        if let Some(effect) = self.effect_of_flag(now, written) {
            return self.with(rule, effect);
        }
        let (severity, why) = match (self.name.ends_with("_supported"), now) {
            (true, true) => (Severity::Info, "A capability was added."),
            (true, false) => (Severity::Breaking, "A capability was withdrawn."),
            (false, _) => {
                let unlisted = Unlisted::of(self.kind, self.name);
                return unlisted.meaning(rule, Severity::Notice, unlisted.changed);
            }
        };
        Meaning::with(rule, severity, why, self.reference())
    }

    /// The meaning if it came or went and it is not known what it stands for when left out.
    fn unspecified(&self, rule: Rule, value: Option<bool>) -> Meaning {
        let row = self.row.map(|row| match rule {
            Rule::MemberAdded => row.added.severity,
            _ => row.removed.severity,
        });
        let severity = match (row, rule, value) {
            (_, _, Some(false)) | (None, Rule::MemberAdded, _) => Severity::Info,
            (Some(severity), _, _) => severity,
            (None, _, _) => Severity::Notice,
        };
        let why = "Nothing says what it stands for when left out: clients decide for themselves.";
        Meaning::with(rule, severity, why, self.reference())
    }
}
