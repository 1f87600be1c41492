//! What rules about an identity say of documents of a kind. The table of rules speaks of servers whose
//! identity stands in the tokens they issue; of a resource, a key set or any other object that is not true.

use super::table::Rule;
use crate::document::kind::{About, Kind, Naming, RepeatedIn, Row};

/// The words of a rule about an identity.
pub(in crate::meaning) struct IdentityWords {
    pub(in crate::meaning) why: &'static str,
    pub(in crate::meaning) advice: Option<&'static str>,
    pub(in crate::meaning) reference: Option<&'static str>,
}

impl Rule {
    /// What it says of the identity of documents of a kind; `None` where that is what the table of rules says.
    pub(in crate::meaning) fn of_identity(self, kind: Kind) -> Option<IdentityWords> {
        let row = kind.row();
        match self {
            Self::IssuerChanged => changed(row),
            Self::IssuerMissing => missing(row),
            Self::IssuerMismatch => mismatch(row),
            _ => None,
        }
    }
}

fn changed(row: &Row) -> Option<IdentityWords> {
    let words = match (row.repeated_in, row.about, row.rule) {
        (Some(RepeatedIn::Tokens), ..) => return None,
        (Some(RepeatedIn::Events), ..) => IdentityWords {
            why: "Receivers compare it character by character with `iss`: those that read this document at run time now reject events that carry the old one.",
            advice: Some(
                "Look at `iss` in a fresh event before you change any receiver; the document and the events may disagree.",
            ),
            reference: Some(row.reference),
        },
        (None, About::Resource, _) => IdentityWords {
            why: "Clients must not use the document unless it names exactly the resource they asked for: those that ask for the old one now refuse it.",
            advice: Some(
                "Ask the owner of the resource before you point clients to the new identifier.",
            ),
            reference: Some("RFC 9728 section 3.3"),
        },
        (None, _, Naming::Exact) => IdentityWords {
            why: "The document must not be used unless it names exactly what was asked for: whoever asks for the old name now refuses it.",
            advice: Some("Ask the provider before you let anything follow to the new name."),
            reference: Some(row.reference),
        },
        (None, ..) => IdentityWords {
            why: "Who knows the document by the old name takes it for that of another.",
            advice: Some("Ask the provider which of the two names holds."),
            reference: None,
        },
    };
    Some(words)
}

fn missing(row: &Row) -> Option<IdentityWords> {
    let words = match (row.repeated_in, row.about, row.rule) {
        (Some(RepeatedIn::Tokens), ..) => return None,
        (_, About::Resource, _) => IdentityWords {
            why: "The document does not say which resource it is about, so a client must not use it.",
            advice: None,
            reference: Some("RFC 9728 section 3.3"),
        },
        (_, _, Naming::Exact) => IdentityWords {
            why: "The document does not say whose it is, so it must not be used.",
            advice: None,
            reference: Some(row.reference),
        },
        _ => IdentityWords {
            why: "The document does not say what it is about: nothing shows that it is the one that was asked for.",
            advice: None,
            reference: None,
        },
    };
    Some(words)
}

fn mismatch(row: &Row) -> Option<IdentityWords> {
    let words = match (row.repeated_in, row.rule) {
        (Some(RepeatedIn::Tokens), _) => return None,
        (_, Naming::Exact) => IdentityWords {
            why: "A document that names another than the one it was asked for must not be used.",
            advice: Some(
                "Do not let anything use this document until the provider has explained it.",
            ),
            reference: Some(row.reference),
        },
        _ => IdentityWords {
            why: "The document calls itself otherwise than the configuration says: it is that of another, or was renamed.",
            advice: Some("Ask the provider which name holds."),
            reference: None,
        },
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [Rule; 3] = [
        Rule::IssuerChanged,
        Rule::IssuerMissing,
        Rule::IssuerMismatch,
    ];

    #[test]
    fn only_of_kinds_whose_identity_stands_in_tokens_a_rule_speaks_of_tokens() {
        for kind in Kind::ALL {
            let is_in_tokens = kind.row().repeated_in == Some(RepeatedIn::Tokens);
            for rule in RULES {
                let words = rule.of_identity(*kind);
                assert_eq!(words.is_none(), is_in_tokens, "{kind}: {rule}");
                let Some(words) = words else { continue };
                let said = [words.why, words.advice.unwrap_or("A sentence.")];
                for sentence in said {
                    assert!(!sentence.contains("token"), "{kind}: {sentence}");
                    assert!(sentence.ends_with('.'), "{kind}: {sentence}");
                }
                let is_of_rfc_8414 = |text: &str| text.contains("RFC 8414");
                assert!(!words.reference.is_some_and(is_of_rfc_8414), "{kind}");
            }
        }
    }

    #[test]
    fn servers_that_issue_tokens_are_those_with_a_token_endpoint() {
        let named = |in_what| {
            let kinds = Kind::ALL.iter();
            let found = kinds.filter(|kind| kind.row().repeated_in == Some(in_what));
            found.map(|kind| kind.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(
            named(RepeatedIn::Tokens),
            [
                "oauth-authorization-server",
                "openid-configuration",
                "smart-configuration"
            ]
        );
        assert_eq!(named(RepeatedIn::Events), ["ssf-configuration"]);
    }
}
