//! The table of rules: what a change or finding is called, how grave it is, why it matters, what to
//! do. One row a rule, in `change` (metadata and retrieval), `key` (key sets), `finding`,
//! `profile`, `between` (two documents) and `failure` (none).
//!
//! A document that only leaves out what is recommended, or what a profile nobody chose demands, is a
//! good document: such rules are here and hold where `[severity]` names them.

use std::sync::LazyLock;

use crate::document::severity::Severity;

mod between;
mod change;
mod failure;
mod finding;
mod key;
mod profile;

/// A named meaning of a change, or a requirement that a document can fail to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its id: in JSON, in `[severity]`, in mails.
    pub id: &'static str,
    /// The change or finding in words, after the name of the member: `moved to another host`.
    pub title: &'static str,
    /// How grave; `None` where the table of members decides.
    pub severity: Option<Severity>,
    /// Why it matters: one sentence; empty where the table of members says it.
    pub why: &'static str,
    /// What to check or do: one imperative sentence; empty where there is no advice.
    pub advice: &'static str,
    /// Specification and section; empty where the table of members says it, or for a rule of ours.
    pub reference: &'static str,
    /// Whether it is looked for only where `[severity]` names it.
    pub on_request: bool,
    /// Whether it is mailed, from notice up, though `alert_on` does not name the group of its member.
    pub always_told: bool,
}

/// That private key material is published: of this rule code asks by name.
pub const SECRET: &str = "key-secret-published";

/// All rules, by id: of changes, of key sets, of findings, of profiles.
pub static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let tables = [
        between::RULES,
        change::RULES,
        failure::RULES,
        finding::RULES,
        key::RULES,
        profile::RULES,
    ];
    let mut rules = tables.concat();
    rules.sort_by_key(|rule| rule.id);
    rules
});

/// The rule of this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    let index = RULES.binary_search_by_key(&id, |rule| rule.id).ok()?;
    RULES.get(index)
}

/// Reason and reference of a rule about an identity, where it is that of a resource: RFC 9728 has
/// them, and no token holds it.
pub fn of_resource(id: &str) -> (String, String) {
    let why = match id {
        "issuer-changed" => {
            "Clients must not use the document unless it names exactly the resource they asked for: those that ask for the old one now refuse it."
        }
        "issuer-mismatch" => {
            "A document that names another resource than the one it was asked for must not be used."
        }
        _ => "The document does not say which resource it is about, so a client must not use it.",
    };
    (why.to_owned(), "RFC 9728 section 3.3".to_owned())
}

const fn rule(
    id: &'static str,
    title: &'static str,
    severity: Option<Severity>,
    why: &'static str,
    advice: &'static str,
    reference: &'static str,
) -> Rule {
    Rule {
        id,
        title,
        severity,
        why,
        advice,
        reference,
        on_request: false,
        always_told: false,
    }
}

/// A rule that is mailed whatever group its member is of.
const fn told(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    (why, advice): (&'static str, &'static str),
    reference: &'static str,
) -> Rule {
    let rule = rule(id, title, Some(severity), why, advice, reference);
    Rule {
        always_told: true,
        ..rule
    }
}

/// A rule that is looked for only where `[severity]` names it.
const fn asked(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    why: &'static str,
    reference: &'static str,
) -> Rule {
    let rule = rule(id, title, Some(severity), why, "", reference);
    Rule {
        on_request: true,
        ..rule
    }
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_an_id_of_its_own_in_kebab_case() {
        let ids: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        for id in ids {
            assert!(
                id.bytes()
                    .all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit())
            );
        }
    }

    #[test]
    fn what_is_said_is_a_sentence() {
        for rule in RULES.iter() {
            for sentence in [rule.why, rule.advice]
                .into_iter()
                .filter(|text| !text.is_empty())
            {
                assert!(sentence.ends_with('.'), "{}: {sentence}", rule.id);
                assert!(
                    sentence.starts_with(|c: char| c.is_ascii_uppercase()),
                    "{}",
                    rule.id
                );
            }
            assert!(!rule.title.is_empty(), "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_the_design_names_is_there() {
        for id in "issuer-changed issuer-mismatch endpoint-host-changed endpoint-path-changed \
            endpoint-removed endpoint-added endpoint-not-https scope-removed scope-added \
            grant-removed grant-weakened pkce-s256-removed pkce-plain-added auth-method-removed \
            auth-method-none-added alg-none-added alg-removed requirement-raised \
            requirement-dropped jwks-disjoint key-replaced key-type-new key-secret-published key-added \
            key-removed key-returned member-added member-removed member-changed redirect-changed \
            issuing-ca-changed certificate-expiring document-unavailable document-unusable \
            trouble-here"
            .split_whitespace()
        {
            assert!(find(id).is_some(), "{id}");
        }
    }
}
