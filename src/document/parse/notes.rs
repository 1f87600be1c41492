//! What is noted of a body while it is read, beside its values.

use serde_json::Value;

use super::blank::Blank;
use super::bounds::Counts;
use super::position::Position;
use super::removed::REMOVED;

/// Deepest nesting of a document that is read.
pub(super) const MAX_DEPTH: usize = 32;
/// Most duplicate names that are remembered.
const MAX_DUPLICATES: usize = 20;
/// Most members that are remembered for a secret in them.
const MAX_SECRETS: usize = 20;

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretSort {
    /// A private or symmetric key: whoever has it can sign.
    Key,
    /// A password, a secret of a client, a token.
    Password,
}

/// What is noted while a body is read.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) duplicates: Vec<String>,
    pub(super) conflicts: Vec<String>,
    pub(super) too_deep: bool,
    pub(super) secrets: Vec<String>,
    /// Those of them in which a key was.
    pub(super) of_keys: Vec<String>,
    pub(super) count: Counts,
    pub(super) blanks: Vec<Blank>,
    /// How many values were begun, the whole not counted.
    pub(super) values: usize,
    /// The text that was removed last as one of a key.
    pub(super) key_text: Option<usize>,
    /// Whether the key of which a text was the first line may follow.
    pub(super) is_begun: bool,
}

impl Notes {
    pub(super) fn secret(&mut self, member: &str, sort: SecretSort) {
        let of_keys = (sort == SecretSort::Key).then_some(&mut self.of_keys);
        for members in [Some(&mut self.secrets), of_keys].into_iter().flatten() {
            let is_known = members.iter().any(|known| known == member);
            if !is_known && members.len() < MAX_SECRETS {
                members.push(member.to_owned());
            }
        }
    }

    /// The members of which only a password or another secret was taken, and no key.
    pub(super) fn passwords(&self) -> Vec<String> {
        let members = self.secrets.iter();
        let of_none = members.filter(|member| !self.of_keys.contains(member));
        of_none.cloned().collect()
    }

    /// What stands for a value that is removed.
    pub(super) fn removed(
        &mut self,
        position: Option<&Position<'_>>,
        blank: Blank,
        sort: SecretSort,
    ) -> Value {
        self.secret(position.map_or("", Position::member), sort);
        self.blanks.push(blank);
        Value::from(REMOVED)
    }

    pub(super) fn repeated(&mut self, position: Position<'_>, differs: bool) {
        let pointer = || {
            let mut pointer = String::new();
            position.write(&mut pointer);
            pointer
        };
        // Twenty harmless ones must not hide a conflict.
        if differs && self.conflicts.len() < MAX_DUPLICATES {
            self.conflicts.push(pointer());
        }
        if self.duplicates.len() < MAX_DUPLICATES {
            self.duplicates.push(pointer());
        }
    }
}
