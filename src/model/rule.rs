//! The table of rules: what a change is called, how grave it is, why it matters, what to do.

use super::severity::Severity::{self, Breaking, Info, Notice, Security};

/// A named meaning of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its id: in JSON, in `[severity]`, in mails.
    pub id: &'static str,
    /// The change in words, after the name of the member: `moved to another host`.
    pub title: &'static str,
    /// How grave; `None` where the table of members decides.
    pub severity: Option<Severity>,
    /// Why it matters: one sentence; empty where the table of members says it.
    pub why: &'static str,
    /// What to check or do: one imperative sentence; empty where there is no advice.
    pub advice: &'static str,
    /// Specification and section; empty where the table of members says it.
    pub reference: &'static str,
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
    }
}

/// All rules for changes of metadata documents and of their retrieval, by id.
#[rustfmt::skip]
pub static RULES: [Rule; 25] = [
    rule("alg-none-added", "offers alg none", Some(Security),
        "A signature with alg none is no signature: anyone can write such a token.",
        "Make sure that your clients refuse alg none.", "RFC 8725 section 3.2"),
    rule("alg-removed", "lost algorithms", Some(Breaking),
        "Clients that are set to one of these algorithms fail.",
        "Check which algorithm your clients are registered with.", ""),
    rule("auth-method-none-added", "offers client authentication none", Some(Notice),
        "Public clients may now use the endpoint without authentication.",
        "", "OpenID Connect Core 1.0 section 9"),
    rule("auth-method-removed", "lost client authentication methods", Some(Breaking),
        "A client that authenticates in this way is refused.",
        "Check how your clients authenticate at the token endpoint.", "RFC 8414 section 2"),
    rule("endpoint-added", "added", Some(Info), "", "", ""),
    rule("endpoint-host-changed", "moved to another host", None, "",
        "Ask the provider before you let clients follow; firewalls and allow lists name the old host.", ""),
    rule("endpoint-not-https", "is no https URL", Some(Security),
        "What is sent there is not protected, or is no address at all.",
        "Keep clients from using it until the provider has answered.", "RFC 8414 section 2"),
    rule("endpoint-path-changed", "moved", Some(Breaking),
        "Clients that keep the old address fail.",
        "Let your clients read the document again, or change the address they hold.", ""),
    rule("endpoint-removed", "removed", Some(Breaking), "",
        "Find out which of your clients call it.", ""),
    rule("grant-removed", "lost grant types", Some(Breaking),
        "A token request with this grant type is refused.",
        "Find out which of your clients use this grant.", "RFC 8414 section 2"),
    rule("grant-weakened", "offers weak grant types", Some(Notice),
        "The implicit and password grants expose tokens or passwords to the client.",
        "", "RFC 9700 section 2.1.2, RFC 9700 section 2.4"),
    rule("issuer-changed", "changed", Some(Security),
        "Clients compare it character by character with `iss`: those that read this document at run time now reject tokens that carry the old one.",
        "Look at `iss` in a fresh token before you change any client; the document and the tokens may disagree.",
        "RFC 8414 section 3.3, OpenID Connect Core 1.0 section 3.1.3.7"),
    rule("issuer-mismatch", "is not the configured one", Some(Security),
        "A document whose issuer is not the one it was asked for must not be used.",
        "Do not let clients use this document until the provider has explained it.",
        "RFC 8414 section 3.3, OpenID Connect Discovery 1.0 section 4.3"),
    rule("member-added", "added", None, "", "", ""),
    rule("member-changed", "changed", None, "", "", ""),
    rule("member-removed", "removed", None, "", "", ""),
    rule("pkce-plain-added", "offers PKCE plain", Some(Notice),
        "The method plain exposes the verifier in the authorization request.", "", "RFC 9700 section 2.1.1"),
    rule("pkce-s256-removed", "lost PKCE S256", Some(Security),
        "Clients that insist on S256 stop, all others lose the protection of the code.",
        "Check whether your clients still send an S256 challenge and whether it is still enforced.",
        "RFC 9700 section 2.1.1"),
    rule("redirect-changed", "is answered from another URL", Some(Notice),
        "Clients that do not follow redirects, or follow them to the wrong place, get another document.",
        "", "RFC 8414 section 3.2"),
    rule("requirement-dropped", "is no longer required", Some(Notice),
        "A protection is no longer enforced for all clients.", "", ""),
    rule("requirement-raised", "is required now", Some(Breaking),
        "Clients that do not meet the requirement are refused.",
        "Check whether your clients meet it.", ""),
    rule("scope-added", "added", Some(Info), "A new permission is offered.", "", "RFC 8414 section 2"),
    rule("scope-removed", "lost scopes", None,
        "A request for a scope that the server does not know fails or is silently narrowed.",
        "Expect `invalid_scope` from the next token request that asks for it.",
        "RFC 8414 section 2, RFC 6749 section 3.3"),
    rule("url-form-changed", "is written in another form", Some(Info),
        "The address is the same after URL normalization; only who compares text notices.", "", "RFC 3986 section 6.2"),
    rule("type-changed", "has another JSON type", Some(Breaking),
        "Typed clients fail to read the whole document.", "Try your clients against the new document.", ""),
];

/// The rule of this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_an_id_of_its_own() {
        let ids: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
    }
}
