//! The table of rules: what a change or finding is called, how grave it is, why it matters, what to
//! do. One row a rule, in `change` (metadata and retrieval), `key` (key sets), `finding`,
//! `profile`, `between` (two documents) and `failure` (none). Each of these files hands its rows on to
//! the next, and the last hand makes one type of all: a rule that is not in the table does not compile.
//!
//! A document that only leaves out what is recommended, or what a profile that was not chosen demands,
//! is a good document: rules of that sort are here, but hold only where `[severity]` names them.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use super::row::{RuleRow, asked, by_member, of_keys, rule};
use crate::document::failure::Side;
use crate::document::severity::Severity::{Breaking, Info, Notice, Security};

/// Hands the rows so far to the next file.
macro_rules! hand_on {
    ([$next:ident $($then:ident)*] $($rows:tt)*) => { $next! { [$($then)*] $($rows)* } };
}

#[macro_use]
mod between;
#[macro_use]
mod change;
#[macro_use]
mod failure;
#[macro_use]
mod finding;
#[macro_use]
mod key;
#[macro_use]
mod profile;

/// Makes the type of all rows, file by file, each with its title: name, id, row.
macro_rules! table {
    ([] $({ $title:literal, $($name:ident $id:literal = $row:expr,)* })*) => {
        /// A named meaning of a change, or a requirement that a document can fail to meet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[doc = concat!("`", $id, "`")] $name,)*)*
        }

        impl Rule {
            const TABLE: &[Self] = &[$($(Self::$name,)*)*];

            const SECTIONS: &[(&str, &[Self])] = &[$(($title, &[$(Self::$name,)*]),)*];

            /// Its id: in JSON, in `[severity]`, in mails.
            pub fn id(self) -> &'static str {
                match self {
                    $($(Self::$name => $id,)*)*
                }
            }

            /// The rule of this id.
            pub fn find(id: &str) -> Option<Self> {
                match id {
                    $($($id => Some(Self::$name),)*)*
                    _ => None,
                }
            }

            /// What the table says of it.
            pub fn row(self) -> &'static RuleRow {
                match self {
                    $($(Self::$name => {
                        static ROW: RuleRow = $row;
                        &ROW
                    })*)*
                }
            }
        }
    };
}

hand_on! {
    [change_rules key_rules finding_rules between_rules profile_rules failure_rules table]
}

impl Rule {
    /// All rules, by id.
    pub fn all() -> Vec<Self> {
        let mut rules = Self::TABLE.to_vec();
        rules.sort();
        rules
    }

    /// All rules as they are explained to people: by what they are about, each with a title.
    pub fn sections() -> &'static [(&'static str, &'static [Self])] {
        Self::SECTIONS
    }

    /// Whether it says that a document is that of another issuer or resource than the configured one.
    pub fn is_mismatch(self) -> bool {
        matches!(self, Self::IssuerMismatch | Self::ResourceMismatch)
    }

    /// Whether it says that a secret is published: that holds of what is ignored too.
    pub fn is_of_secret(self) -> bool {
        matches!(self, Self::KeySecretPublished | Self::SecretPublished)
    }

    /// The rule that a failure on this side breaks.
    pub fn of_failure(side: Side) -> Self {
        match side {
            Side::Provider => Self::DocumentUnavailable,
            Side::Document => Self::DocumentUnusable,
            Side::Here => Self::TroubleHere,
        }
    }
}

/// Rules are ordered by their id.
impl Ord for Rule {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id().cmp(other.id())
    }
}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
