//! The claims of `signed_metadata` (RFC 8414 section 2.1, RFC 9728 section 2.2).
//!
//! The signature is not verified, because there is no key to trust. Only what a document shows by
//! itself is checked: that its two copies agree and that the signed one does not change unnoticed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::canonical::canonicalize;
use super::kind::Kind;
use super::parse;

/// The claims of a compact JWS, in canonical form; `None` if the token is not a compact JWS.
pub fn claims(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || signature.is_empty() && !is_unsigned(token) {
        return None;
    }
    decoded(header)?;
    let mut claims = decoded(payload)?;
    canonicalize(&mut claims);
    Some(claims)
}

/// Whether a token says that it is signed: with an algorithm, and not with `none`.
pub fn is_signed(token: &str) -> bool {
    algorithm(token).is_some_and(|alg| !alg.eq_ignore_ascii_case("none"))
}

/// Whether it has the header of a token, and that says it is not signed. With `none` the signature is empty
/// (RFC 7515 appendix A.5).
pub fn is_unsigned(token: &str) -> bool {
    let header = token.split('.').next().and_then(decoded);
    header.is_some() && !is_signed(token)
}

/// The `alg` of its header.
fn algorithm(token: &str) -> Option<String> {
    let header = decoded(token.split('.').next()?)?;
    Some(header.get("alg")?.as_str()?.to_owned())
}

fn decoded(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    Some(
        parse::object(Kind::OAUTH_AUTHORIZATION_SERVER, &bytes, None)
            .ok()?
            .members,
    )
}

/// Whether a claim changes with every signing.
pub fn is_routine(claim: &str) -> bool {
    matches!(claim, "iat" | "exp" | "nbf" | "jti")
}

/// Whether a claim is about the token and not metadata.
pub fn is_about_the_token(claim: &str) -> bool {
    is_routine(claim) || matches!(claim, "iss" | "sub" | "aud")
}
