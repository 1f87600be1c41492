//! A signed token (JWT as compact JWS: RFC 7515, RFC 7519), as far as it says who signed it and when.
//!
//! Only issuer, key, algorithm and time are read, so that code with a `Token` cannot print any other
//! claim. It has no `Debug` on purpose. Nothing is verified here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Number;

use super::key_set::Key;
use crate::document::jwk;

/// Most bytes of a token.
pub const MAX: usize = 1024 * 1024;
/// Most bytes of its header: room for a chain of certificates.
const MAX_HEADER: usize = 64 * 1024;

/// A token that was read.
pub struct Token<'t> {
    /// Who says to have issued it.
    pub issuer: Option<String>,
    /// What its key is called.
    pub kid: Option<String>,
    /// The algorithm as it stands there.
    pub alg: String,
    /// What kind of algorithm that is.
    pub algorithm: Algorithm,
    /// When it says to have been issued.
    pub issued_at: Option<Timestamp>,
    /// Whether its header demands extensions, of which none is known here (RFC 7515 section 4.1.11).
    pub has_demands: bool,
    /// What is signed.
    pub signed: &'t str,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Why a text is not a token. The words never quote the text, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// It has more bytes than are read.
    #[error("it is longer than 1 MiB: no token is")]
    Long,
    /// Its header has more bytes than are read.
    #[error("its header is longer than 64 KiB: no token has such a header")]
    LongHeader,
    /// It has five parts, so it is encrypted.
    #[error(
        "it is encrypted (JWE, five parts): who signed what is inside can be seen by its recipient only. \
         Decrypt it and give the token inside"
    )]
    Encrypted,
    /// It is in the JSON serialization of RFC 7515 section 7.2.
    #[error("it is JSON: a signed token is three parts of base64url with dots between them")]
    Json,
    /// It has another number of parts, or they are not base64url.
    #[error("it is no signed token: that is three parts of base64url with dots between them")]
    Parts,
    /// Its first part is not the header of a JWS.
    #[error(
        "its header is no JSON object in which alg, and kid if it is there, stand once and as text"
    )]
    Header,
    /// It holds another token.
    #[error("it holds another token (nested, cty JWT): give the token inside")]
    Nested,
    /// Its second part is not a set of claims.
    #[error(
        "its claims are no JSON object in which iss stands once and as text, and iat once and as a number"
    )]
    Claims,
}

/// Members that stand twice are an error: two readers would read two tokens.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    cty: Option<String>,
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    iat: Option<Number>,
}

impl<'t> Token<'t> {
    /// Reads a token.
    pub fn read(text: &'t str) -> Result<Self, NoToken> {
        let text = text.trim_ascii();
        if text.len() > MAX {
            return Err(NoToken::Long);
        }
        if text.starts_with('{') {
            return Err(NoToken::Json);
        }
        let parts: Vec<&str> = text.splitn(6, '.').collect();
        let (header, payload, signature) = match parts[..] {
            [header, payload, signature] => (header, payload, signature),
            [_, _, _, _, _] => return Err(NoToken::Encrypted),
            _ => return Err(NoToken::Parts),
        };
        if header.len() > MAX_HEADER {
            return Err(NoToken::LongHeader);
        }
        let octets = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_odd| NoToken::Parts);
        let (head, claims) = (octets(header)?, octets(payload)?);
        let signature = octets(signature)?;
        let head: Header = serde_json::from_slice(&head).map_err(|_odd| NoToken::Header)?;
        let is_nested = head.cty.is_some_and(|cty| cty.eq_ignore_ascii_case("JWT"));
        if is_nested {
            return Err(NoToken::Nested);
        }
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_odd| NoToken::Claims)?;
        let signed = text.get(..header.len() + 1 + payload.len());
        Ok(Self {
            issuer: claims.iss,
            kid: head.kid,
            algorithm: Algorithm::of(&head.alg),
            alg: head.alg,
            issued_at: claims.iat.as_ref().and_then(time),
            has_demands: head.crit.is_some(),
            signed: signed.unwrap_or_default(),
            signature,
        })
    }
}

/// A `NumericDate` (RFC 7519 section 2), to the second; `None` if it is outside of the calendar.
fn time(number: &Number) -> Option<Timestamp> {
    let seconds = number.as_i64().or_else(|| {
        let seconds = number.as_f64()?.floor();
        // Written out and read: a cast would turn NaN and overflow into numbers.
        format!("{seconds:.0}").parse().ok()
    })?;
    Timestamp::from_second(seconds).ok()
}

/// What an algorithm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `none`: nobody signed it.
    Unsigned,
    /// A shared secret: everybody who can verify such a token can also make one.
    Shared,
    /// A signature that can be verified with a public key.
    Signed(SigningAlgorithm),
    /// One that is not known here.
    Unknown,
}

/// A way to sign (RFC 7518 section 3.1, RFC 8037, RFC 8812).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the registry")]
pub enum SigningAlgorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
    Es256k,
    EdDsa,
}

impl Algorithm {
    fn of(alg: &str) -> Self {
        Self::Signed(match alg {
            "RS256" => SigningAlgorithm::Rs256,
            "RS384" => SigningAlgorithm::Rs384,
            "RS512" => SigningAlgorithm::Rs512,
            "PS256" => SigningAlgorithm::Ps256,
            "PS384" => SigningAlgorithm::Ps384,
            "PS512" => SigningAlgorithm::Ps512,
            "ES256" => SigningAlgorithm::Es256,
            "ES384" => SigningAlgorithm::Es384,
            "ES512" => SigningAlgorithm::Es512,
            "ES256K" => SigningAlgorithm::Es256k,
            "EdDSA" | "Ed25519" => SigningAlgorithm::EdDsa,
            "HS256" | "HS384" | "HS512" => return Self::Shared,
            other if other.eq_ignore_ascii_case("none") => return Self::Unsigned,
            _ => return Self::Unknown,
        })
    }
}

impl SigningAlgorithm {
    /// Type and curve of the keys that sign so.
    fn kind(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                ("RSA", None)
            }
            Self::Es256 => ("EC", Some("P-256")),
            Self::Es384 => ("EC", Some("P-384")),
            Self::Es512 => ("EC", Some("P-521")),
            Self::Es256k => ("EC", Some("secp256k1")),
            Self::EdDsa => ("OKP", Some("Ed25519")),
        }
    }

    /// Whether a key may have signed so: it is of the type, and is not said to be for something else.
    pub fn fits(self, key: &Key<'_>) -> bool {
        let (kty, crv) = self.kind();
        let alg = key.text(jwk::ALG).map(Algorithm::of);
        key.text(jwk::KTY) == Some(kty)
            && crv.is_none_or(|crv| key.text(jwk::CRV) == Some(crv))
            && alg.is_none_or(|alg| alg == Algorithm::Signed(self))
            && key.is_signing()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn made(header: &Value, claims: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.AAAA", encode(&header.to_string()), encode(claims))
    }

    fn refused(text: &str) -> Option<NoToken> {
        Token::read(text).err()
    }

    #[test]
    fn who_signed_it_and_when_is_read_and_nothing_else() {
        let header = json!({"alg": "ES256", "kid": "a", "typ": "at+jwt"});
        let claims = r#"{"iss": "https://a.example", "iat": 1800000000.9, "sub": "me"}"#;
        let text = format!(" {}\n", made(&header, claims));
        let token = Token::read(&text).ok().unwrap();
        assert_eq!(token.issuer.as_deref(), Some("https://a.example"));
        assert_eq!(
            (token.kid.as_deref(), token.alg.as_str()),
            (Some("a"), "ES256")
        );
        assert_eq!(token.algorithm, Algorithm::Signed(SigningAlgorithm::Es256));
        assert_eq!(token.issued_at, Timestamp::from_second(1_800_000_000).ok());
        assert!(text.contains(token.signed) && text.trim() == format!("{}.AAAA", token.signed));
        assert!(!token.has_demands);
    }

    #[test]
    fn a_time_that_no_calendar_has_is_none() {
        for iat in ["1e300", "-1e300", "99999999999999999999", "null"] {
            let text = made(&json!({"alg": "ES256"}), &format!(r#"{{"iat": {iat}}}"#));
            assert_eq!(Token::read(&text).ok().unwrap().issued_at, None, "{iat}");
        }
    }

    #[test]
    fn what_is_no_signed_token_is_said_to_be_what_it_is() {
        let header = json!({"alg": "ES256"});
        assert_eq!(refused(""), Some(NoToken::Parts));
        assert_eq!(refused("a.b"), Some(NoToken::Parts));
        assert_eq!(refused("a.b.c.d.e.f"), Some(NoToken::Parts));
        assert_eq!(refused("e30.e30.*"), Some(NoToken::Parts));
        assert_eq!(refused("a.b.c.d.e"), Some(NoToken::Encrypted));
        assert_eq!(refused("{\"payload\": \"e30\"}"), Some(NoToken::Json));
        assert_eq!(refused("e30.e30.AAAA"), Some(NoToken::Header));
        let nested = made(&json!({"alg": "ES256", "cty": "JWT"}), "e30.e30.AAAA");
        assert_eq!(refused(&nested), Some(NoToken::Nested));
        for claims in [
            "[]",
            "{\"iss\": 1}",
            "{\"iat\": \"1\"}",
            "{\"iss\": \"a\", \"iss\": \"b\"}",
        ] {
            assert_eq!(
                refused(&made(&header, claims)),
                Some(NoToken::Claims),
                "{claims}"
            );
        }
        let long = json!({"alg": "ES256", "x": "a".repeat(MAX_HEADER)});
        assert_eq!(refused(&made(&long, "{}")), Some(NoToken::LongHeader));
        let long = format!("{{\"x\": \"{}\"}}", "a".repeat(MAX));
        assert_eq!(refused(&made(&header, &long)), Some(NoToken::Long));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), parts in "[A-Za-z0-9_.-]{0,200}") {
            drop(Token::read(&text));
            drop(Token::read(&parts));
        }
    }
}
