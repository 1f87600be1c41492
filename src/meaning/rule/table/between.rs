//! What two documents show together; shown by `check`, never an event.

/// The rows, sorted by id.
#[rustfmt::skip]
macro_rules! between_rules {
    ([$($then:ident)*] $($rows:tt)*) => { hand_on! { [$($then)*] $($rows)* { "What two documents show together",
        DocumentsDisagree "documents-disagree" = rule("differs between the two documents of the issuer", Some(Notice),
            "A client that reads the one acts otherwise than a client that reads the other.",
            Some("Find out which of the two your clients read."), Some("RFC 8414 section 5"))
            .cured("no longer differs between the two documents of the issuer"),
        KeysDisagree "keys-disagree" = rule("holds other keys than the key set", Some(Notice),
            "A client verifies with the one or the other: some tokens fail at some clients.", None,
            Some("OpenID Federation 1.0 section 5.2.1.1"))
            .cured("no longer holds other keys than the key set"),
        ResourceDpopUnmatched "resource-dpop-unmatched" = rule("has no DPoP algorithm in common with the server", Some(Notice),
            "The resource demands DPoP, and no proof satisfies both.", None, Some("RFC 9728 section 2, RFC 9449 section 5.1")),
        ResourceLinkOneSided "resource-link-one-sided" = rule("is not confirmed by the other side", Some(Notice),
            "Of resource and authorization server only one names the other: a client cannot know that they belong together.", None,
            Some("RFC 9728 section 4, RFC 9728 section 7.6")),
        ResourceScopeUnknown "resource-scope-unknown" = rule("lists scopes that the server does not list", Some(Info),
            "Both lists may be partial; if not, a request for such a scope fails.", None, Some("RFC 9728 section 7.2"))
            .cured("no longer lists scopes that the server does not list"),
        TwinsDisagree "twins-disagree" = rule("differs between oauth-authorization-server and openid-configuration", Some(Notice),
            "Clients that read the one go elsewhere, or are protected otherwise, than clients that read the other.",
            Some("Ask the provider which of the two holds, and until they agree keep clients at the value that they had before."),
            Some("RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3"))
            .cured("no longer differs between oauth-authorization-server and openid-configuration"),
        Rs256KeyMissing "rs256-key-missing" = rule("offers RS256 without a key for it", Some(Notice),
            "Every client must be able to verify RS256, and here it cannot.", None, Some("OpenID Connect Core 1.0 section 10.1"))
            .cured("no longer offers RS256 without a key for it"),
        SigningKeyMissing "signing-key-missing" = rule("offers no algorithm that a published key fits", Some(Breaking),
            "No ID token can be verified with the key set.", Some("Look at the header of a fresh token."),
            Some("OpenID Connect Core 1.0 section 10.1")),
    } } };
}
