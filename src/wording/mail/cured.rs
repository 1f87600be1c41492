//! What is said of a requirement once it is met again, and of one key that does not meet it: by rule.

/// A title that is no longer true. A rule that says what is lacking has none of its own.
pub(super) fn words(subject: &str, rule: &str, title: &str) -> String {
    match cured(rule) {
        Some(cured) => format!("{subject} {cured}"),
        None => format!("no longer true: {subject} {title}"),
    }
}

/// Behind what it is about.
#[rustfmt::skip]
fn cured(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "alg-none-offered" => "no longer offers alg none where it must not",
        "alias-without-effect" => "no longer name no endpoint that mutual TLS is for",
        "attestation-algs-missing" => "no longer lacks the algorithms of client attestation",
        "auth-algs-missing" => "no longer lacks the algorithms of JWT client authentication",
        "bearer-in-query" => "no longer takes access tokens in the query",
        "bearer-method-unknown" => "no longer names an unknown bearer method",
        "byte-order-mark" => "no longer begins with a byte order mark",
        "certificate-binding-undeclared" => "no longer fails to declare certificate-bound tokens",
        "ciba-incomplete" => "no longer describes CIBA incompletely",
        "device-flow-incomplete" => "no longer describes the device flow incompletely",
        "dpop-alg-symmetric" => "no longer offers symmetric algorithms for DPoP",
        "duplicate-name" => "no longer stands twice",
        "duplicate-name-conflict" => "no longer stands twice, with two values",
        "duplicate-value" => "no longer lists a value twice",
        "empty-array" => "is no longer an empty array",
        "federation-endpoint-missing" => "no longer lacks the federation registration endpoint",
        "id-token-rs256-missing" => "no longer fails to offer RS256 for ID tokens",
        "id-token-unsigned" => "no longer offers unsigned ID tokens",
        "identity-assurance-incomplete" => "no longer describes verified claims incompletely",
        "implicit-by-omission" => "no longer offers the implicit grant by being absent",
        "implicit-offered" => "no longer offers tokens in the front channel",
        "issuer-malformed" => "no longer has a query, a fragment, a user name or a scheme in capitals",
        "issuer-missing" => "is no longer missing",
        "issuer-parameter-missing" => "no longer fails to announce iss in the response",
        "language-tag-malformed" => "no longer has a language tag that is none",
        "language-tag-misplaced" => "no longer has a language, though it is not for people to read",
        "media-type" => "no longer has a media type that is not JSON",
        "misspelled-member" => "is no longer a registered name in other case",
        "mix-up-undefended" => "no longer describes no defense against mix-up",
        "null-member" => "is no longer null",
        "openid-scope-missing" => "no longer fails to list the scope openid",
        "par-endpoint-missing" => "no longer requires pushed requests without an endpoint",
        "password-grant-offered" => "no longer offers the password grant",
        "pkce-plain-offered" => "no longer offers PKCE plain",
        "pkce-s256-missing" => "no longer fails to offer PKCE S256",
        "prompt-values-incomplete" => "no longer lists prompt values incompletely",
        "recommended-member-missing" => "is no longer missing, though recommended",
        "request-uri-by-omission" => "no longer offers request_uri by being absent",
        "required-member-missing" => "is no longer missing or empty, though required",
        "resource-query" => "no longer has a query",
        "signed-metadata-disagrees" => "no longer differs from the signed copy",
        "subject-type-unknown" => "no longer names an unknown subject type",
        "url-fragment" => "no longer has a fragment",
        "url-not-public" => "is no longer an address that is not public",
        "url-user-name" => "no longer has a user name or a password",
        "wrong-type" => "no longer has the wrong JSON type",
        "key-alg-unfit" => "no longer have an alg that does not fit the key",
        "key-alg-unprotected" => "no longer have alg none, or that of a shared secret",
        "key-certificate-differs" => "no longer have a certificate of another key",
        "key-certificate-malformed" => "no longer have an x5c that is no chain of certificates",
        "key-encoding" => "are no longer encoded against the rules",
        "key-exponent" => "no longer have a small RSA exponent",
        "key-exponent-broken" => "no longer have an RSA exponent that protects nothing",
        "key-id-repeated" => "no longer share a kid",
        "key-incomplete" => "no longer lack members that their type needs",
        "key-operations-contradict" => "no longer have key_ops that contradict use",
        "key-operations-repeated" => "no longer list a key operation twice",
        "key-oversized" => "are no longer very long",
        "key-secret-published" => "are no longer private or symmetric",
        "key-set-empty" => "are no longer none",
        "key-use-and-operations" => "no longer have both use and key_ops",
        "key-use-missing" => "no longer lack use where it is needed",
        "key-used-twice" => "no longer serve for signing and encryption",
        "key-weak" => "are no longer too short",
        "fapi-algs" => "no longer offers algorithms that FAPI forbids",
        "fapi-bearer-methods" => "no longer takes access tokens in other ways than FAPI allows",
        "fapi-ciba-push" => "no longer delivers CIBA tokens by push",
        "fapi-client-auth" => "no longer offers client authentication that FAPI forbids",
        "fapi-key-by-reference" => "no longer point to keys elsewhere",
        "fapi-pkce" => "no longer offers other PKCE methods than S256 alone",
        "fapi-pushed-requests" => "no longer fails to require pushed authorization requests",
        "fapi-response-types" => "no longer offers other response types than code",
        "fapi-signed-requests" => "no longer fails to require signed requests",
        "fapi-signed-responses" => "no longer fails to sign authorization responses",
        "mcp-offline-access" => "no longer lists offline_access",
        "mcp-registration" => "no longer offers MCP clients no way to register",
        "documents-disagree" => "no longer differs between the two documents of the issuer",
        "keys-disagree" => "no longer holds other keys than the key set",
        "resource-scope-unknown" => "no longer lists scopes that the server does not list",
        "rs256-key-missing" => "no longer offers RS256 without a key for it",
        _ => return None,
    })
}

/// The title of a rule about keys, where it is about one.
#[rustfmt::skip]
pub(super) fn of_one_key(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "key-alg-unfit" => "has an alg that does not fit the key",
        "key-alg-unprotected" => "has alg none, or that of a shared secret",
        "key-certificate-differs" => "has a certificate of another key",
        "key-certificate-malformed" => "has an x5c that is no chain of certificates",
        "key-encoding" => "is encoded against the rules",
        "key-exponent" => "has a small RSA exponent",
        "key-exponent-broken" => "has an RSA exponent that protects nothing",
        "key-id-missing" => "has no kid",
        "key-operations-contradict" => "has key_ops that contradict use",
        "key-oversized" => "is very long",
        "key-secret-published" => "is private or symmetric",
        "key-set-empty" => "is none",
        "key-set-malformed" => "is no array of objects",
        "key-use-and-operations" => "has both use and key_ops",
        "key-weak" => "is too short",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::rule::{RULES, find};

    #[test]
    fn what_is_said_of_a_rule_is_said_of_one_there_is() {
        let known = |rule: &str| find(rule).is_some();
        assert!(cured("key-weak").is_some() && known("key-weak"));
        let all = RULES.iter();
        let said = all.filter(|row| cured(row.id).is_some()).count();
        assert_eq!(said, 80);
        let of_one = RULES.iter().filter(|row| of_one_key(row.id).is_some());
        assert_eq!(of_one.count(), 15);
    }
}
