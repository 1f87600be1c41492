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

/// What is noted while a body is read.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) duplicates: Vec<String>,
    pub(super) conflicts: Vec<String>,
    pub(super) too_deep: bool,
    pub(super) secrets: Vec<String>,
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
    pub(super) fn secret(&mut self, member: &str) {
        let is_known = self.secrets.iter().any(|known| known == member);
        if !is_known && self.secrets.len() < MAX_SECRETS {
            self.secrets.push(member.to_owned());
        }
    }

    /// What stands for a value that is removed.
    pub(super) fn removed(&mut self, position: Option<&Position<'_>>, blank: Blank) -> Value {
        self.secret(position.map_or("", Position::member));
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
