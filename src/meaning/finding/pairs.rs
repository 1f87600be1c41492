//! Which of the documents that are known now belong together, and what the pairs show.
//!
//! The documents of one provider do, and a resource and an authorization server, which are two
//! providers. `check` and `status` ask the same of the same baselines.
//!
//! What two documents show together is a line of `check` and `status` and no event: which of them
//! is wrong nobody can say, and polls of two documents end in any order, so that the daemon and a
//! replay of what it saw would tell it at different polls.

use super::between;
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::meaning::change::Finding;
use crate::meaning::provider_policy::Policy;

/// A document as it is known now.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// Name of its provider.
    pub provider: &'a str,
    /// What decides about its findings.
    pub policy: &'a Policy,
    /// The document.
    pub document: Document,
}

impl Known<'_> {
    /// `provider/document`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.provider, self.document.kind())
    }
}

/// What two documents do not agree in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The names of the two.
    pub documents: [String; 2],
    /// What is found; never empty.
    pub findings: Vec<Finding>,
}

/// Whether a document belongs with another of those that are asked about: only then it has to be
/// read. All are given by provider and kind.
pub fn has_partner((provider, kind): (&str, Kind), all: &[(&str, Kind)]) -> bool {
    let mut others = all.iter().filter(|other| **other != (provider, kind));
    others.any(|(other, of)| belongs((provider, kind), (other, *of)))
}

fn belongs((one, kind): (&str, Kind), (other, of): (&str, Kind)) -> bool {
    let is_resource = |kind| kind == Kind::OauthProtectedResource;
    let is_key_set = kind == Kind::Jwks || of == Kind::Jwks;
    // The keys of another provider are nobody's business.
    one == other || (is_resource(kind) != is_resource(of) && !is_key_set)
}

/// What all pairs of these documents do not agree in, in their order.
pub fn related(known: &[Known<'_>]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (position, one) in known.iter().enumerate() {
        for other in known.iter().skip(position + 1) {
            let place = |it: &Known<'_>| it.document.kind();
            if !belongs((one.provider, place(one)), (other.provider, place(other))) {
                continue;
            }
            let findings = between(&one.document, &other.document, one.policy);
            if !findings.is_empty() {
                let documents = [one.name(), other.name()];
                pairs.push(Pair {
                    documents,
                    findings,
                });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    const RS256: &str =
        r#"{"issuer":"https://a.example","id_token_signing_alg_values_supported":["RS256"]}"#;
    const EC: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}]}"#;

    fn rules(documents: &[(&str, Kind, &str)]) -> Vec<String> {
        let policy = Policy::default();
        let known = documents.iter().map(|(provider, kind, text)| Known {
            provider,
            policy: &policy,
            document: Document::from_canonical(*kind, text).unwrap(),
        });
        let known: Vec<Known<'_>> = known.collect();
        let pairs = related(&known);
        let said = pairs.iter().flat_map(|pair| {
            let [one, other] = &pair.documents;
            let found = pair.findings.iter();
            found.map(move |finding| format!("{one} {other} {}", finding.rule))
        });
        said.collect()
    }

    #[test]
    fn metadata_and_the_keys_of_its_provider_belong_together_and_those_of_others_do_not() {
        let metadata = ("a", Kind::OpenidConfiguration, RS256);
        assert_eq!(
            rules(&[metadata, ("a", Kind::Jwks, EC)]),
            ["a/openid-configuration a/jwks signing-key-missing"]
        );
        assert!(rules(&[metadata, ("b", Kind::Jwks, EC)]).is_empty());
    }

    #[test]
    fn only_what_belongs_with_another_has_to_be_read() {
        let keys = ("a", Kind::Jwks);
        let (own, other) = (
            ("a", Kind::OpenidConfiguration),
            ("b", Kind::OpenidConfiguration),
        );
        let resource = ("r", Kind::OauthProtectedResource);
        assert!(has_partner(keys, &[keys, own]));
        assert!(!has_partner(keys, &[keys, other, resource]));
        assert!(has_partner(resource, &[resource, other]));
        assert!(!has_partner(resource, &[resource]));
    }
}
