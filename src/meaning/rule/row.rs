//! What the table of rules says of one rule.

use crate::document::severity::Severity;

/// What the table says of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleRow {
    /// The change or finding in words, after the name of the member: `moved to another host`.
    pub title: &'static str,
    /// The title for a single key, where `title` is about several and the keys are named.
    pub title_of_one: &'static str,
    /// What is said after the name of the member when a finding is over; `None` where the title
    /// denies something already and would have to be denied again.
    pub cured: Option<&'static str>,
    /// The whole sentence about a finding that is over, where it is not about the member.
    pub over: Option<&'static str>,
    /// The words of a change in mails.
    pub words: ChangeWords,
    /// What a change of keys is called before the keys, in a summary of one line; `{}` stands for
    /// the plural.
    pub listed: Option<&'static str>,
    /// How grave; `None` where the table of members decides.
    pub severity: Option<Severity>,
    /// Why it matters: one sentence; `None` where the table of members says it.
    pub why: Option<&'static str>,
    /// What to check or do, where there is advice: one imperative sentence.
    pub advice: Option<&'static str>,
    /// Specification and section; `None` where the table of members says it, or for a rule of ours.
    pub reference: Option<&'static str>,
    /// Whether it is looked for only where `[severity]` names it.
    pub on_request: bool,
    /// Whether it is mailed, from notice up, though `alert_on` does not name the group of its member.
    pub always_told: bool,
    /// Whether it is about keys, and not about a member.
    pub is_about_keys: bool,
    /// How much it tells, where everything else is equal.
    pub weight: Weight,
}

/// The words of a change in mails, as subject and as predicate of the provider; `{}` stands for the
/// name of the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeWords {
    /// The rule has no words of its own. They follow from the shape of the change (values gained,
    /// values lost, a value that came, went or was replaced).
    OfShape,
    /// These, whatever came or went.
    Own(&'static str, &'static str),
    /// These, but for a set that gained or lost values, which has those of its shape.
    OfOneValue(&'static str, &'static str),
    /// These; above the values of a set stands what its shape says.
    OfSet(&'static str, &'static str),
}

/// How much a rule tells. One with a meaning of its own tells more than that a list has other values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It only tells that something differs.
    Plain,
    /// It tells what differs.
    Usual,
    /// It tells what the difference means.
    Meaning,
}

impl RuleRow {
    /// How grave it is by itself: a rule whose severity depends on the member is a notice wherever
    /// the table of members does not know the member.
    pub fn severity_by_itself(&self) -> Severity {
        self.severity.unwrap_or(Severity::Notice)
    }

    /// What is said of it when it is over: `keys are no longer too short`.
    pub fn over(&self, subject: &str) -> String {
        match (self.over, self.cured) {
            (Some(over), _) => over.to_owned(),
            (None, Some(cured)) => format!("{subject} {cured}"),
            (None, None) => format!("no longer true: {subject} {}", self.title),
        }
    }

    pub(super) const fn cured(mut self, cured: &'static str) -> Self {
        self.cured = Some(cured);
        self
    }

    pub(super) const fn over_as(mut self, over: &'static str) -> Self {
        self.over = Some(over);
        self
    }

    pub(super) const fn of_one(mut self, title: &'static str) -> Self {
        self.title_of_one = title;
        self
    }

    pub(super) const fn said(mut self, subject: &'static str, predicate: &'static str) -> Self {
        self.words = ChangeWords::Own(subject, predicate);
        self
    }

    pub(super) const fn said_of_one(
        mut self,
        subject: &'static str,
        predicate: &'static str,
    ) -> Self {
        self.words = ChangeWords::OfOneValue(subject, predicate);
        self
    }

    pub(super) const fn said_of_set(
        mut self,
        subject: &'static str,
        predicate: &'static str,
    ) -> Self {
        self.words = ChangeWords::OfSet(subject, predicate);
        self
    }

    pub(super) const fn listed(mut self, words: &'static str) -> Self {
        self.listed = Some(words);
        self
    }

    pub(super) const fn always_told(mut self) -> Self {
        self.always_told = true;
        self
    }

    pub(super) const fn about_keys(mut self) -> Self {
        self.is_about_keys = true;
        self
    }

    pub(super) const fn with_a_meaning(mut self) -> Self {
        self.weight = Weight::Meaning;
        self
    }

    pub(super) const fn plain(mut self) -> Self {
        self.weight = Weight::Plain;
        self
    }
}

/// A rule about a member.
pub(super) const fn rule(
    title: &'static str,
    severity: Option<Severity>,
    why: &'static str,
    advice: Option<&'static str>,
    reference: Option<&'static str>,
) -> RuleRow {
    row(title, severity, Some(why), advice, reference)
}

const fn row(
    title: &'static str,
    severity: Option<Severity>,
    why: Option<&'static str>,
    advice: Option<&'static str>,
    reference: Option<&'static str>,
) -> RuleRow {
    RuleRow {
        title,
        title_of_one: title,
        cured: None,
        over: None,
        words: ChangeWords::OfShape,
        listed: None,
        severity,
        why,
        advice,
        reference,
        on_request: false,
        always_told: false,
        is_about_keys: false,
        weight: Weight::Usual,
    }
}

/// A rule of which the table of members says how grave it is, why, and where that is written.
pub(super) const fn by_member(title: &'static str) -> RuleRow {
    row(title, None, None, None, None)
}

/// A rule about keys.
pub(super) const fn of_keys(
    title: &'static str,
    severity: Option<Severity>,
    why: &'static str,
    advice: Option<&'static str>,
    reference: Option<&'static str>,
) -> RuleRow {
    rule(title, severity, why, advice, reference).about_keys()
}

/// A rule that is looked for only where `[severity]` names it.
pub(super) const fn asked(
    title: &'static str,
    severity: Severity,
    why: &'static str,
    reference: Option<&'static str>,
) -> RuleRow {
    let mut row = rule(title, Some(severity), why, None, reference);
    row.on_request = true;
    row
}
