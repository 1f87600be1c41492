//! Rules: the named meanings of changes, and the requirements that findings are about.

pub use self::name::RuleName;
pub use self::row::{ChangeWords, RuleRow, Weight};
pub use self::table::Rule;

mod identity;
mod name;
mod row;
mod table;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_an_id_of_its_own_in_kebab_case() {
        let ids: std::collections::BTreeSet<_> = Rule::all().into_iter().map(Rule::id).collect();
        assert_eq!(ids.len(), Rule::all().len());
        for id in ids {
            assert!(
                id.bytes()
                    .all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit())
            );
        }
    }

    #[test]
    fn what_is_said_is_a_sentence() {
        for rule in Rule::all() {
            let id = rule.id();
            let rule = rule.row();
            for sentence in rule.why.into_iter().chain(rule.advice) {
                assert!(sentence.ends_with('.'), "{id}: {sentence}");
                assert!(
                    sentence.starts_with(|c: char| c.is_ascii_uppercase()),
                    "{id}"
                );
            }
            assert!(!rule.title.is_empty(), "{id}");
            assert!(rule.reference.is_none_or(|text| !text.is_empty()), "{id}");
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
            assert!(Rule::find(id).is_some(), "{id}");
        }
    }
}
