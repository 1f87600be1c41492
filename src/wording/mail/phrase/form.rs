//! The three forms of the words for one change.

use serde_json::Value;

/// What one change is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wording::mail) struct Phrase {
    /// In a subject: `token_endpoint moved to another host`; never empty, the fullest words first.
    pub(in crate::wording::mail) subject: Vec<String>,
    /// After the provider in a sentence: `moved its token_endpoint to another host`.
    pub(in crate::wording::mail) predicate: String,
    /// Above the values: `token_endpoint moved to another host`.
    pub(in crate::wording::mail) title: String,
}

/// A phrase of these three.
pub(super) fn phrase(subject: String, predicate: String, title: String) -> Phrase {
    Phrase {
        subject: vec![subject],
        predicate,
        title,
    }
}

impl Phrase {
    /// The same, with fuller words for a subject that has room for them.
    pub(super) fn or_fuller(mut self, fuller: impl IntoIterator<Item = String>) -> Self {
        let counted = std::mem::take(&mut self.subject);
        self.subject = fuller.into_iter().chain(counted).collect();
        self
    }
}

/// What is said where a slash came.
pub(in crate::wording::mail) const GAINED: &str = "gained a trailing slash";

/// What became of the slash at the end, where nothing else differs in two addresses.
pub(super) fn slash(before: &Value, after: &Value) -> Option<&'static str> {
    let (before, after) = (before.as_str()?, after.as_str()?);
    if after.strip_suffix('/') == Some(before) {
        return Some(GAINED);
    }
    (before.strip_suffix('/') == Some(after)).then_some("lost its trailing slash")
}
