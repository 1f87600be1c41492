//! What is said of a requirement once it is met again, and of one key that does not meet it: by rule.

/// A title that is no longer true.
pub(super) fn words(subject: &str, rule: &str, title: &str) -> String {
    match find(CURED, rule) {
        Some(cured) => format!("{subject} {cured}"),
        None => format!("no longer true: {subject} {title}"),
    }
}

/// The title of a rule about keys, where it is about one.
pub(super) fn of_one_key(rule: &str) -> Option<&'static str> {
    find(OF_ONE_KEY, rule)
}

fn find(table: &[(&str, &'static str)], rule: &str) -> Option<&'static str> {
    let row = table.iter().find(|(id, _)| *id == rule);
    row.map(|(_, words)| *words)
}

/// By rule, behind what it is about. A rule that says what is not there has no row: two denials in one
/// sentence are hard to read.
#[rustfmt::skip]
static CURED: &[(&str, &str)] = &[
    ("alg-none-offered", "no longer offers alg none where it must not"),
    ("attestation-algs-missing", "no longer lacks the algorithms of client attestation"),
    ("auth-algs-missing", "no longer lacks the algorithms of JWT client authentication"),
    ("bearer-in-query", "no longer takes access tokens in the query"),
    ("bearer-method-unknown", "no longer names an unknown bearer method"),
    ("byte-order-mark", "no longer begins with a byte order mark"),
    ("certificate-binding-undeclared", "no longer fails to declare certificate-bound tokens"),
    ("ciba-incomplete", "no longer describes CIBA incompletely"),
    ("device-flow-incomplete", "no longer describes the device flow incompletely"),
    ("documents-disagree", "no longer differs between the two documents of the issuer"),
    ("dpop-alg-symmetric", "no longer offers symmetric algorithms for DPoP"),
    ("duplicate-name", "no longer stands twice"),
    ("duplicate-name-conflict", "no longer stands twice, with two values"),
    ("duplicate-value", "no longer lists a value twice"),
    ("empty-array", "is no longer an empty array"),
    ("fapi-algs", "no longer offers algorithms that FAPI forbids"),
    ("fapi-bearer-methods", "no longer takes access tokens in other ways than FAPI allows"),
    ("fapi-ciba-push", "no longer delivers CIBA tokens by push"),
    ("fapi-client-auth", "no longer offers client authentication that FAPI forbids"),
    ("fapi-key-by-reference", "no longer point to keys elsewhere"),
    ("fapi-pkce", "no longer offers other PKCE methods than S256 alone"),
    ("fapi-pushed-requests", "no longer fails to require pushed authorization requests"),
    ("fapi-response-types", "no longer offers other response types than code"),
    ("fapi-signed-requests", "no longer fails to require signed requests"),
    ("fapi-signed-responses", "no longer fails to sign authorization responses"),
    ("federation-endpoint-missing", "no longer lacks the federation registration endpoint"),
    ("id-token-rs256-missing", "no longer fails to offer RS256 for ID tokens"),
    ("id-token-unsigned", "no longer offers unsigned ID tokens"),
    ("identity-assurance-incomplete", "no longer describes verified claims incompletely"),
    ("implicit-by-omission", "no longer offers the implicit grant by being absent"),
    ("implicit-offered", "no longer offers tokens in the front channel"),
    ("issuer-malformed", "no longer has a query, a fragment, a user name or a scheme in capitals"),
    ("issuer-missing", "is no longer missing"),
    ("issuer-parameter-missing", "no longer fails to announce iss in the response"),
    ("key-alg-unfit", "no longer have an alg that does not fit the key"),
    ("key-alg-unprotected", "no longer have alg none, or that of a shared secret"),
    ("key-certificate-differs", "no longer have a certificate of another key"),
    ("key-certificate-malformed", "no longer have an x5c that is no chain of certificates"),
    ("key-encoding", "are no longer encoded against the rules"),
    ("key-exponent", "no longer have a small RSA exponent"),
    ("key-exponent-broken", "no longer have an RSA exponent that protects nothing"),
    ("key-id-repeated", "no longer share a kid"),
    ("key-incomplete", "no longer lack members that their type needs"),
    ("key-operations-contradict", "no longer have key_ops that contradict use"),
    ("key-operations-repeated", "no longer list a key operation twice"),
    ("key-oversized", "are no longer very long"),
    ("key-secret-published", "are no longer private or symmetric"),
    ("key-set-empty", "are no longer none"),
    ("key-use-and-operations", "no longer have both use and key_ops"),
    ("key-use-missing", "no longer lack use where it is needed"),
    ("key-used-twice", "no longer serve for signing and encryption"),
    ("key-weak", "are no longer too short"),
    ("keys-disagree", "no longer holds other keys than the key set"),
    ("language-tag-malformed", "no longer has a language tag that is none"),
    ("language-tag-misplaced", "no longer has a language, though it is not for people to read"),
    ("mcp-offline-access", "no longer lists offline_access"),
    ("media-type", "no longer has a media type that is not JSON"),
    ("misspelled-member", "is no longer a registered name in other case"),
    ("null-member", "is no longer null"),
    ("openid-scope-missing", "no longer fails to list the scope openid"),
    ("par-endpoint-missing", "no longer requires pushed requests without an endpoint"),
    ("password-grant-offered", "no longer offers the password grant"),
    ("pkce-plain-offered", "no longer offers PKCE plain"),
    ("pkce-s256-missing", "no longer fails to offer PKCE S256"),
    ("prompt-values-incomplete", "no longer lists prompt values incompletely"),
    ("recommended-member-missing", "is no longer missing, though recommended"),
    ("request-uri-by-omission", "no longer offers request_uri by being absent"),
    ("required-member-missing", "is no longer missing or empty, though required"),
    ("resource-query", "no longer has a query"),
    ("resource-scope-unknown", "no longer lists scopes that the server does not list"),
    ("rs256-key-missing", "no longer offers RS256 without a key for it"),
    ("signed-metadata-disagrees", "no longer differs from the signed copy"),
    ("subject-type-unknown", "no longer names an unknown subject type"),
    ("url-fragment", "no longer has a fragment"),
    ("url-not-public", "is no longer an address that is not public"),
    ("url-user-name", "no longer has a user name or a password"),
    ("wrong-type", "no longer has the wrong JSON type"),
];

/// By rule.
#[rustfmt::skip]
static OF_ONE_KEY: &[(&str, &str)] = &[
    ("key-alg-unfit", "has an alg that does not fit the key"),
    ("key-alg-unprotected", "has alg none, or that of a shared secret"),
    ("key-certificate-differs", "has a certificate of another key"),
    ("key-certificate-malformed", "has an x5c that is no chain of certificates"),
    ("key-encoding", "is encoded against the rules"),
    ("key-exponent", "has a small RSA exponent"),
    ("key-exponent-broken", "has an RSA exponent that protects nothing"),
    ("key-id-missing", "has no kid"),
    ("key-operations-contradict", "has key_ops that contradict use"),
    ("key-oversized", "is very long"),
    ("key-secret-published", "is private or symmetric"),
    ("key-set-empty", "is none"),
    ("key-set-malformed", "is no array of objects"),
    ("key-use-and-operations", "has both use and key_ops"),
    ("key-weak", "is too short"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::rule;

    #[test]
    fn what_is_said_of_a_rule_is_said_of_one_there_is() {
        for (id, _) in CURED.iter().chain(OF_ONE_KEY) {
            assert!(rule::find(id).is_some(), "{id}");
        }
    }

    #[test]
    fn what_is_met_again_is_not_denied_twice() {
        let keys = words("keys", "key-weak", "are too short");
        assert_eq!(keys, "keys are no longer too short");
        let title = "name no endpoint that mutual TLS is for";
        let aliases = words("aliases", "alias-without-effect", title);
        assert_eq!(aliases, format!("no longer true: aliases {title}"));
    }
}
