//! The three forms of the words for one change.

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
