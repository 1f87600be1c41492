//! The three forms of the words for one change.

use serde_json::Value;

/// What one change is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wording::mail) struct Phrase {
    /// In a subject: `token_endpoint moved to another host`.
    pub(in crate::wording::mail) subject: String,
    /// After the provider in a sentence: `moved its token_endpoint to another host`.
    pub(in crate::wording::mail) predicate: String,
    /// Above the values: `token_endpoint moved to another host`.
    pub(in crate::wording::mail) title: String,
}

/// A phrase of these three.
pub(super) fn phrase(subject: String, predicate: String, title: String) -> Phrase {
    Phrase {
        subject,
        predicate,
        title,
    }
}

/// What became of the slash at the end, where nothing else differs in two addresses.
pub(super) fn slash(before: &Value, after: &Value) -> Option<&'static str> {
    let (before, after) = (before.as_str()?, after.as_str()?);
    if after.strip_suffix('/') == Some(before) {
        return Some("gained a trailing slash");
    }
    (before.strip_suffix('/') == Some(after)).then_some("lost its trailing slash")
}
