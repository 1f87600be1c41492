//! Scopes that no client could ask for because of their spelling, and that are now corrected.

use serde_json::Value;

use crate::document::canonical::Document;
use crate::document::member::names;
use crate::document::severity::Severity;
use crate::meaning::change::Change;

/// Says of scopes that lost only white space that their spelling was corrected: a request separates scopes
/// by spaces, so no client could ask for the old one (RFC 6749 section 3.3). Case makes another scope.
pub(super) fn say_what_was_corrected(changes: &mut [Change], new: &Document) {
    let Some(Value::Array(there)) = new.members().get(names::SCOPES_SUPPORTED) else {
        return;
    };
    let is_corrected = |gone: &Value| {
        let Some(gone) = gone.as_str() else {
            return false;
        };
        let meant: String = gone.split_whitespace().collect();
        meant != gone && there.iter().any(|it| it.as_str() == Some(&meant))
    };
    for change in changes {
        let is_of_scopes = change.subject == names::SCOPES_SUPPORTED && !change.removed.is_empty();
        if is_of_scopes && change.removed.iter().all(is_corrected) {
            "The spelling was corrected: a scope cannot contain a space, so nobody could ask for it."
                .clone_into(&mut change.why);
            change.severity = change.severity.min(Severity::Info);
            change.advice = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::document::canonical::Document;
    use crate::document::kind::Kind;
    use crate::document::severity::Severity;
    use crate::meaning::diff;
    use crate::meaning::provider_policy::Policy;

    fn gravest(old: &str, new: &str) -> Option<Severity> {
        let document =
            |text| Document::from_canonical(Kind::OAUTH_AUTHORIZATION_SERVER, text).unwrap();
        let changes = diff::changes(&document(old), &document(new), None, &Policy::default());
        changes.iter().map(|change| change.severity).max()
    }

    #[test]
    fn a_scope_that_lost_a_space_is_a_corrected_spelling_and_one_in_another_case_is_gone() {
        let spaced = r#"{"scopes_supported":["a","link "]}"#;
        let right = r#"{"scopes_supported":["a","link"]}"#;
        assert_eq!(gravest(spaced, right), Some(Severity::Info));
        // What could be asked for before cannot be any more.
        let case = r#"{"scopes_supported":["Link","a"]}"#;
        assert_eq!(gravest(case, right), Some(Severity::Breaking));
        assert_eq!(gravest(right, spaced), Some(Severity::Breaking));
        let gone = r#"{"scopes_supported":["a"]}"#;
        assert_eq!(gravest(spaced, gone), Some(Severity::Breaking));
        // One that is gone for good weighs for both.
        let two = r#"{"scopes_supported":["b","link "]}"#;
        assert_eq!(gravest(two, right), Some(Severity::Breaking));
    }
}
