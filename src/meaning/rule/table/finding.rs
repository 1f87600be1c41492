//! Requirements and recommendations that one metadata document can show it does not meet.
//!
//! `issuer-mismatch` and `endpoint-not-https` are rules for changes too and stand there. What should
//! not be offered and is, is info; what should be offered and is not is looked for on request only.

/// The rows, sorted by id.
#[rustfmt::skip]
macro_rules! finding_rules {
    ([$($then:ident)*] $($rows:tt)*) => { hand_on! { [$($then)*] $($rows)* { "What a document shows by itself",
        AlgNoneOffered "alg-none-offered" = rule("offers alg none where it must not", Some(Security),
            "What is signed with none is not signed: anyone can write it.",
            Some("Make sure that your clients refuse alg none."), Some("RFC 8414 section 2, RFC 9728 section 2"))
            .cured("no longer offers alg none where it must not"),
        AliasWithoutEffect "alias-without-effect" = rule("name no endpoint that mutual TLS is for", Some(Info),
            "An alias stands for the endpoint of the same name: one without that endpoint, or of an address that is no back channel, is used by nobody.", None,
            Some("RFC 8705 section 5"))
            .cured("no longer name no endpoint that mutual TLS is for"),
        AttestationAlgsMissing "attestation-algs-missing" = rule("lacks the algorithms of client attestation", Some(Notice),
            "Client attestation is offered without the lists of algorithms it needs.", None,
            Some("draft-ietf-oauth-attestation-based-client-auth"))
            .cured("no longer lacks the algorithms of client attestation"),
        AuthAlgsMissing "auth-algs-missing" = rule("lacks the algorithms of JWT client authentication", Some(Notice),
            "JWT client authentication is offered without the algorithms that are accepted.", None,
            Some("RFC 8414 section 2"))
            .cured("no longer lacks the algorithms of JWT client authentication"),
        AuthAsymmetricMissing "auth-asymmetric-missing" = asked("offers no asymmetric client authentication", Info,
            "Private key JWT or mutual TLS is recommended: no secret is then stored on both sides.",
            Some("RFC 9700 section 2.5")),
        BearerInQuery "bearer-in-query" = rule("takes access tokens in the query", Some(Notice),
            "Tokens in URLs leak through histories, logs and Referer headers.", None,
            Some("RFC 9700 section 4.3.2"))
            .cured("no longer takes access tokens in the query"),
        BearerMethodUnknown "bearer-method-unknown" = rule("names an unknown bearer method", Some(Notice),
            "Only header, body and query are defined.", None, Some("RFC 9728 section 2"))
            .cured("no longer names an unknown bearer method"),
        ByteOrderMark "byte-order-mark" = rule("begins with a byte order mark", Some(Info),
            "Strict parsers refuse it.", None, Some("RFC 8259 section 8.1"))
            .cured("no longer begins with a byte order mark"),
        CertificateBindingUndeclared "certificate-binding-undeclared" = rule("does not declare certificate-bound tokens", Some(Info),
            "Mutual TLS is offered, but not whether tokens are bound to the certificate.", None,
            Some("RFC 8705 section 3.3"))
            .cured("no longer lacks the declaration of certificate-bound tokens"),
        CibaIncomplete "ciba-incomplete" = rule("describes CIBA incompletely", Some(Notice),
            "The endpoint, the delivery modes and the grant type belong together.", None,
            Some("OpenID CIBA Core 1.0 section 4"))
            .over_as("CIBA is no longer described incompletely"),
        ClientRefuses "client-refuses" = rule("is refused by a client that is declared to be used", Some(Breaking),
            "A client that stands in uses.clients does not use a document that lacks what it demands.",
            Some("Look whether that client still works, and tell the provider what the client demands."), None)
            .cured("is accepted now by a client that is declared to be used").always_told(),
        DeviceFlowIncomplete "device-flow-incomplete" = rule("describes the device flow incompletely", Some(Notice),
            "The device authorization endpoint and its grant type belong together.", None,
            Some("RFC 8628 section 4"))
            .over_as("the device flow is no longer described incompletely"),
        DpopAlgSymmetric "dpop-alg-symmetric" = rule("offers symmetric algorithms for DPoP", Some(Notice),
            "DPoP proofs must be signed with an asymmetric key.", None, Some("RFC 9449 section 4.2"))
            .cured("no longer offers symmetric algorithms for DPoP"),
        DuplicateName "duplicate-name" = rule("stands twice", Some(Notice),
            "Of a name that stands twice in one object, clients read different values.", None,
            Some("RFC 8259 section 4"))
            .cured("no longer stands twice"),
        DuplicateNameConflict "duplicate-name-conflict" = rule("stands twice, with two values", Some(Security),
            "Clients that take the first value and clients that take the last use different addresses: so two readers are shown two documents.",
            Some("Ask the provider which of the two is meant, and look at what your clients read."), Some("RFC 8259 section 4"))
            .cured("no longer stands twice, with two values"),
        DuplicateValue "duplicate-value" = rule("lists a value twice", Some(Info),
            "The member is a set: the repetition means nothing and shows that the list is kept by hand.", None, None)
            .cured("no longer lists a value twice"),
        EmptyArray "empty-array" = rule("is an empty array", Some(Info),
            "A member without values must be left out.", None, Some("RFC 8414 section 3.2"))
            .cured("is no longer an empty array"),
        FederationEndpointMissing "federation-endpoint-missing" = rule("lacks the federation registration endpoint", Some(Notice),
            "Explicit registration is offered without an endpoint for it.", None,
            Some("OpenID Federation 1.0 section 5.1.3"))
            .cured("no longer lacks the federation registration endpoint"),
        IdTokenRs256Missing "id-token-rs256-missing" = rule("does not offer RS256 for ID tokens", Some(Info),
            "Every OpenID provider must support RS256; FAPI forbids it, so many leave it out.", None,
            Some("OpenID Connect Discovery 1.0 section 3"))
            .cured("now offers RS256 for ID tokens"),
        IdTokenUnsigned "id-token-unsigned" = rule("offers unsigned ID tokens", Some(Notice),
            "A client may ask for them where they come from the token endpoint, but then the connection alone protects them.", None,
            Some("OpenID Connect Core 1.0 section 2"))
            .cured("no longer offers unsigned ID tokens"),
        IdentityAssuranceIncomplete "identity-assurance-incomplete" = rule("describes verified claims incompletely", Some(Notice),
            "Verified claims are offered without the members that must describe them.", None,
            Some("OpenID Connect for Identity Assurance 1.0 section 8"))
            .over_as("verified claims are no longer described incompletely"),
        ImplicitByOmission "implicit-by-omission" = rule("offers the implicit grant by being absent", Some(Info),
            "Left out, it stands for authorization_code and implicit.", None, Some("RFC 8414 section 2"))
            .cured("no longer offers the implicit grant by being absent"),
        ImplicitOffered "implicit-offered" = rule("offers tokens in the front channel", Some(Info),
            "The implicit grant exposes access tokens in the browser and should not be used.", None,
            Some("RFC 9700 section 2.1.2"))
            .cured("no longer offers tokens in the front channel"),
        IssuerMalformed "issuer-malformed" = rule("has a query, a fragment, a user name or a scheme in capitals", Some(Notice),
            "An identifier that has them is none, and well-known addresses cannot be made from it.", None,
            Some("RFC 8414 section 2, RFC 9728 section 1.2"))
            .cured("no longer has a query, a fragment, a user name or a scheme in capitals"),
        IssuerMissing "issuer-missing" = rule("is missing", Some(Breaking),
            "The document does not say whose it is, so a client must not use it.", None,
            Some("RFC 8414 section 3.3"))
            .cured("is no longer missing"),
        IssuerParameterMissing "issuer-parameter-missing" = asked("does not announce iss in the response", Info,
            "Without it, clients of several servers need another defense against mix-up.",
            Some("RFC 9207 section 3, FAPI 2.0 Security Profile section 5.3.2.2, MCP Authorization"))
            .cured("no longer lacks iss in the response"),
        LanguageBaseMissing "language-base-missing" = rule("has no version without a language", Some(Info),
            "A client whose language is not among the tagged ones has nothing to show.", None, Some("RFC 9728 section 2.1")),
        LanguageTagMalformed "language-tag-malformed" = rule("has a language tag that is none", Some(Info),
            "Clients cannot choose a language by it.", None, Some("RFC 9728 section 2.1"))
            .cured("no longer has a language tag that is none"),
        LanguageTagMisplaced "language-tag-misplaced" = rule("has a language, though it is not for people to read", Some(Info),
            "Clients do not look for this member by language.", None, Some("RFC 9728 section 2.1"))
            .cured("no longer has a language, though it is not for people to read"),
        MediaType "media-type" = rule("has a media type that is not JSON", Some(Info),
            "Strict clients refuse the document.", None, Some("RFC 8414 section 3.2"))
            .cured("no longer has a media type that is not JSON"),
        MisspelledMember "misspelled-member" = rule("is a registered name in other case", Some(Notice),
            "Names are compared exactly: clients do not see this member.", None, Some("RFC 8414 section 4"))
            .cured("is no longer a registered name in other case"),
        MixUpUndefended "mix-up-undefended" = asked("describes no defense against mix-up", Info,
            "A client of several servers cannot tell which of them answered: neither iss nor a signed response nor an ID token says so.",
            Some("RFC 9700 section 2.1, RFC 9700 section 4.4.2"))
            .cured("is no longer without a defense against mix-up"),
        NullMember "null-member" = rule("is null", Some(Info),
            "A member without a value must be left out: typed clients may fail on null.", None,
            Some("RFC 8414 section 3.2"))
            .cured("is no longer null"),
        OpenidScopeMissing "openid-scope-missing" = rule("does not list the scope openid", Some(Info),
            "An OpenID provider must support it, but may leave it off the list.", None, Some("OpenID Connect Discovery 1.0 section 3"))
            .cured("no longer leaves openid out of its list"),
        ParEndpointMissing "par-endpoint-missing" = rule("requires pushed requests without an endpoint", Some(Notice),
            "Clients are told to push authorization requests, but not where.", None, Some("RFC 9126 section 5"))
            .cured("no longer requires pushed requests without an endpoint"),
        PasswordGrantOffered "password-grant-offered" = rule("offers the password grant", Some(Notice),
            "It hands the user's password to the client and must not be used.", None, Some("RFC 9700 section 2.4"))
            .cured("no longer offers the password grant"),
        PkcePlainOffered "pkce-plain-offered" = rule("offers PKCE plain", Some(Info),
            "The method plain exposes the verifier in the authorization request.", None,
            Some("RFC 9700 section 2.1.1"))
            .cured("no longer offers PKCE plain"),
        PkcePlainOnly "pkce-plain-only" = rule("offers no PKCE method but plain", Some(Security),
            "The method plain exposes the verifier in the authorization request: the code is as good as unprotected.",
            Some("Ask the provider for S256, which every server must be able to do."), Some("RFC 9700 section 2.1.1")),
        PkceS256Missing "pkce-s256-missing" = rule("does not offer PKCE S256", Some(Info),
            "Clients that insist on S256, as they should, cannot use this server.", None,
            Some("RFC 9700 section 2.1.1, RFC 8414 section 2"))
            .cured("now offers PKCE S256"),
        PromptValuesIncomplete "prompt-values-incomplete" = rule("lists prompt values incompletely", Some(Info),
            "Where the member stands it must list all values: create alone cannot be all.", None,
            Some("OpenID Connect Prompt Create 1.0 section 4.2"))
            .cured("no longer lists create alone"),
        RecommendedMemberMissing "recommended-member-missing" = asked("is missing, though recommended", Info,
            "Clients must be told in another way.", None)
            .cured("is no longer missing, as recommended"),
        RequestUriByOmission "request-uri-by-omission" = asked("offers request_uri by being absent", Info,
            "Left out, it stands for true.", Some("OpenID Connect Discovery 1.0 section 3"))
            .cured("no longer offers request_uri by being absent"),
        RequiredMemberMissing "required-member-missing" = rule("is missing or empty, though required", Some(Notice),
            "Clients may rely on it in this kind of document.", None, None)
            .cured("is no longer missing where it is required"),
        ResourceQuery "resource-query" = rule("has a query", Some(Info),
            "An identifier of a resource should have none: caches and gateways drop it.", None, Some("RFC 9728 section 1.2"))
            .cured("no longer has a query"),
        SecretPublished "secret-published" = rule("holds a password or another secret", Some(Security),
            "Everybody can read the document, and use what is in it.",
            Some("Tell the provider at once: the secret has to be changed, because everybody could read it."), Some("RFC 6749 section 10.1"))
            .cured("no longer holds a password or another secret"),
        SenderConstraintMissing "sender-constraint-missing" = asked("offers no sender-constrained tokens", Info,
            "Neither DPoP nor mutual TLS: whoever holds a token can use it.",
            Some("RFC 9700 section 2.2.1, FAPI 2.0 Security Profile section 5.3.2.1")),
        SignedMetadataDisagrees "signed-metadata-disagrees" = rule("differs from the signed copy", Some(Security),
            "Clients that check the signed copy read another value than all others.",
            Some("Find out which of the two the provider means before you use either."),
            Some("RFC 8414 section 2.1, RFC 9728 section 2.2"))
            .cured("no longer differs from the signed copy"),
        SignedMetadataMalformed "signed-metadata-malformed" = rule("is no signed token with an issuer", Some(Notice),
            "It must be a JWS with alg other than none and a claim iss, without another copy inside.", None,
            Some("RFC 8414 section 2.1, RFC 9728 section 2.2")),
        SubjectTypeUnknown "subject-type-unknown" = rule("names an unknown subject type", Some(Info),
            "Only public and pairwise are defined.", None, Some("OpenID Connect Core 1.0 section 8"))
            .cured("no longer names an unknown subject type"),
        UrlFragment "url-fragment" = rule("has a fragment", Some(Notice),
            "Endpoint addresses must not have one, and clients cut it off or fail.", None, Some("RFC 6749 section 3.1"))
            .cured("no longer has a fragment"),
        UrlMalformed "url-malformed" = rule("is no URL that all clients read alike", Some(Info),
            "Clients cannot follow it, or do not agree on where it leads.", None, Some("RFC 8414 section 2"))
            .said("{} is no URL that all clients read alike", "publishes a value of {} that clients read differently"),
        UrlNotPublic "url-not-public" = rule("is an address that is not public", Some(Notice),
            "A client that follows it is led into its own network.", None, Some("RFC 9728 section 7.7"))
            .cured("is no longer an address that is not public"),
        UrlUserName "url-user-name" = rule("has a user name or a password", Some(Notice),
            "What stands there is sent to the host or shown, and hides which host it is.", None, Some("RFC 3986 section 3.2.1"))
            .cured("no longer has a user name or a password"),
        WrongType "wrong-type" = rule("has the wrong JSON type", Some(Notice),
            "The specification gives it another type: typed clients may fail.",
            Some("Load the document once with each client library that parses it into types."), Some("RFC 8414 section 2"))
            .cured("no longer has the wrong JSON type"),
    } } };
}
