//! What a profile demands beyond the base specifications: FAPI 2.0 and the Model Context Protocol.
//!
//! Nothing in a document says that its server follows a profile, so each of these is looked for only
//! where `[severity]` names it. What a profile demands that a rule of `finding` or `key` already says
//! stands there: `password-grant-offered`, `pkce-s256-missing`, `sender-constraint-missing`,
//! `issuer-parameter-missing`, `issuer-mismatch`, `endpoint-not-https`, `key-id-repeated`, `key-weak`.

/// The rows, sorted by id.
#[rustfmt::skip]
macro_rules! profile_rules {
    ([$($then:ident)*] $($rows:tt)*) => { hand_on! { [$($then)*] $($rows)* { "Profiles",
        FapiAlgs "fapi-algs" = asked("offers algorithms that FAPI forbids", Notice,
            "Only PS256, ES256 and EdDSA may sign; RS256 for ID tokens is demanded by OpenID Connect and forbidden here.",
            Some("FAPI 2.0 Security Profile section 5.4.1"))
            .cured("no longer offers algorithms that FAPI forbids"),
        FapiBearerMethods "fapi-bearer-methods" = asked("takes access tokens in other ways than FAPI allows", Notice,
            "A FAPI resource takes them in the header and never in the query.",
            Some("FAPI 2.0 Security Profile section 5.3.4"))
            .cured("no longer takes access tokens in other ways than FAPI allows"),
        FapiCibaPush "fapi-ciba-push" = asked("delivers CIBA tokens by push", Notice,
            "Push hands the tokens to an address instead of to a client that authenticates.",
            Some("FAPI-CIBA section 5.2.2"))
            .cured("no longer delivers CIBA tokens by push"),
        FapiClientAuth "fapi-client-auth" = asked("offers client authentication that FAPI forbids", Notice,
            "Only private_key_jwt and mutual TLS are allowed; left out, the member stands for client_secret_basic.",
            Some("FAPI 2.0 Security Profile section 5.3.2.1"))
            .cured("no longer offers client authentication that FAPI forbids"),
        FapiKeyByReference "fapi-key-by-reference" = asked("point to keys elsewhere", Notice,
            "A FAPI client must not rely on x5u or jku.",
            Some("FAPI 2.0 Security Profile section 5.4.2"))
            .about_keys().cured("no longer point to keys elsewhere"),
        FapiPkce "fapi-pkce" = asked("offers other PKCE methods than S256 alone", Notice,
            "FAPI demands S256 and nothing else.",
            Some("FAPI 2.0 Security Profile section 5.3.2.2"))
            .cured("no longer offers other PKCE methods than S256 alone"),
        FapiPushedRequests "fapi-pushed-requests" = asked("does not require pushed authorization requests", Notice,
            "FAPI demands an endpoint for them and that nothing else is taken.",
            Some("FAPI 2.0 Security Profile section 5.3.2.2"))
            .cured("no longer fails to require pushed authorization requests"),
        FapiResponseTypes "fapi-response-types" = asked("offers other response types than code", Notice,
            "FAPI allows no token in the authorization response.",
            Some("FAPI 2.0 Security Profile section 5.3.2.2"))
            .cured("no longer offers other response types than code"),
        FapiSignedIntrospection "fapi-signed-introspection" = asked("names no algorithms for signed introspection", Notice,
            "Introspection responses that nobody can dispute must be signed.",
            Some("FAPI 2.0 Message Signing section 5.5")),
        FapiSignedRequests "fapi-signed-requests" = asked("does not require signed requests", Notice,
            "Authorization requests that nobody can dispute must be signed, and with an allowed algorithm.",
            Some("FAPI 2.0 Message Signing section 5.3"))
            .cured("no longer fails to require signed requests"),
        FapiSignedResponses "fapi-signed-responses" = asked("does not sign authorization responses", Notice,
            "The response mode jwt and its algorithms are demanded.",
            Some("FAPI 2.0 Message Signing section 5.4"))
            .cured("no longer fails to sign authorization responses"),
        McpAuthorizationServers "mcp-authorization-servers" = asked("names no authorization server", Notice,
            "An MCP client has nowhere else to look for one.",
            Some("MCP Authorization, Authorization Server Location")),
        McpOfflineAccess "mcp-offline-access" = asked("lists offline_access", Notice,
            "Refresh tokens are a matter between the client and the authorization server.",
            Some("MCP Authorization, Refresh Tokens"))
            .cured("no longer lists offline_access"),
        McpRegistration "mcp-registration" = asked("offers MCP clients no way to register", Notice,
            "Neither client ID metadata documents nor a registration endpoint: only clients registered by hand can connect.",
            Some("MCP Authorization, Client Registration"))
            .cured("no longer offers MCP clients no way to register"),
        McpResourceForm "mcp-resource-form" = asked("is not in canonical form", Notice,
            "Clients send the canonical identifier: lower case scheme and host, no fragment, no slash at the end.",
            Some("MCP Authorization, Canonical Server URI")),
    } } };
}
