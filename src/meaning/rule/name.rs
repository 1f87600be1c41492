//! The rule of a change or finding as it is stored.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::row::RuleRow;
use super::table::Rule;

/// The rule of a change or finding that may come out of the store: another version of the program
/// may have had rules that this one does not know. What is decided here is always of a known one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleName {
    /// A rule of this program.
    Known(Rule),
    /// The id of a rule of another version, kept as it was stored.
    Foreign(Box<str>),
}

impl RuleName {
    /// The rule that was stored by this id.
    pub fn stored(id: &str) -> Self {
        match Rule::find(id) {
            Some(rule) => Self::Known(rule),
            None => Self::Foreign(id.into()),
        }
    }

    /// The rule; `None` if this program does not know it.
    pub fn known(&self) -> Option<Rule> {
        match self {
            Self::Known(rule) => Some(*rule),
            Self::Foreign(_) => None,
        }
    }

    /// What the table says of it; `None` if this program does not know it.
    pub fn row(&self) -> Option<&'static RuleRow> {
        self.known().map(Rule::row)
    }

    /// Its id: in JSON, in SQL, in mails.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(rule) => rule.id(),
            Self::Foreign(id) => id,
        }
    }
}

impl From<Rule> for RuleName {
    fn from(rule: Rule) -> Self {
        Self::Known(rule)
    }
}

impl PartialEq<Rule> for RuleName {
    fn eq(&self, rule: &Rule) -> bool {
        self.known() == Some(*rule)
    }
}

/// Ordered by id, which is the order that findings are stored in.
impl Ord for RuleName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for RuleName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::hash::Hash for RuleName {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for RuleName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RuleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::stored(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_another_version_had_is_kept_as_it_was_stored() {
        for stored in ["\"scope-added\"", "\"of-tomorrow\""] {
            let name: RuleName = serde_json::from_str(stored).unwrap();
            assert_eq!(serde_json::to_string(&name).unwrap(), stored);
        }
        let known: RuleName = serde_json::from_str("\"scope-added\"").unwrap();
        assert_eq!(known, Rule::ScopeAdded);
        let foreign: RuleName = serde_json::from_str("\"of-tomorrow\"").unwrap();
        assert_eq!(foreign.row(), None);
    }
}
