//! What a profile demands beyond the base specifications: FAPI 2.0 and the Model Context Protocol.
//!
//! Nothing in a document says that its server follows a profile, so each of these is looked for only
//! where `[severity]` names it. What a profile demands that a rule of `finding` or `key` already says
//! stands there: `password-grant-offered`, `pkce-s256-missing`, `sender-constraint-missing`,
//! `issuer-parameter-missing`, `issuer-mismatch`, `endpoint-not-https`, `key-id-repeated`, `key-weak`.

use super::{Rule, asked};
use crate::document::severity::Severity::Notice;

/// By id.
#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    asked("fapi-algs", "offers algorithms that FAPI forbids", Notice,
        "Only PS256, ES256 and EdDSA may sign; RS256 for ID tokens is demanded by OpenID Connect and forbidden here.",
        "FAPI 2.0 Security Profile section 5.4.1"),
    asked("fapi-bearer-methods", "takes access tokens in other ways than FAPI allows", Notice,
        "A FAPI resource takes them in the header and never in the query.",
        "FAPI 2.0 Security Profile section 5.3.4"),
    asked("fapi-ciba-push", "delivers CIBA tokens by push", Notice,
        "Push hands the tokens to an address instead of to a client that authenticates.",
        "FAPI-CIBA section 5.2.2"),
    asked("fapi-client-auth", "offers client authentication that FAPI forbids", Notice,
        "Only private_key_jwt and mutual TLS are allowed; left out, the member stands for client_secret_basic.",
        "FAPI 2.0 Security Profile section 5.3.2.1"),
    asked("fapi-key-by-reference", "point to keys elsewhere", Notice,
        "A FAPI client must not rely on x5u or jku.",
        "FAPI 2.0 Security Profile section 5.4.2"),
    asked("fapi-pkce", "offers other PKCE methods than S256 alone", Notice,
        "FAPI demands S256 and nothing else.",
        "FAPI 2.0 Security Profile section 5.3.2.2"),
    asked("fapi-pushed-requests", "does not require pushed authorization requests", Notice,
        "FAPI demands an endpoint for them and that nothing else is taken.",
        "FAPI 2.0 Security Profile section 5.3.2.2"),
    asked("fapi-response-types", "offers other response types than code", Notice,
        "FAPI allows no token in the authorization response.",
        "FAPI 2.0 Security Profile section 5.3.2.2"),
    asked("fapi-signed-introspection", "names no algorithms for signed introspection", Notice,
        "Introspection responses that nobody can dispute must be signed.",
        "FAPI 2.0 Message Signing section 5.5"),
    asked("fapi-signed-requests", "does not require signed requests", Notice,
        "Authorization requests that nobody can dispute must be signed, and with an allowed algorithm.",
        "FAPI 2.0 Message Signing section 5.3"),
    asked("fapi-signed-responses", "does not sign authorization responses", Notice,
        "The response mode jwt and its algorithms are demanded.",
        "FAPI 2.0 Message Signing section 5.4"),
    asked("mcp-authorization-servers", "names no authorization server", Notice,
        "An MCP client has nowhere else to look for one.",
        "MCP Authorization, Authorization Server Location"),
    asked("mcp-offline-access", "lists offline_access", Notice,
        "Refresh tokens are a matter between the client and the authorization server.",
        "MCP Authorization, Refresh Tokens"),
    asked("mcp-registration", "offers MCP clients no way to register", Notice,
        "Neither client ID metadata documents nor a registration endpoint: only clients registered by hand can connect.",
        "MCP Authorization, Client Registration"),
    asked("mcp-resource-form", "is not in canonical form", Notice,
        "Clients send the canonical identifier: lower case scheme and host, no fragment, no slash at the end.",
        "MCP Authorization, Canonical Server URI"),
];
