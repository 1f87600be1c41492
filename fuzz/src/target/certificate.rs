//! Certificates: of a server, and in a key set.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use issuerwatch::document::canonical::Document;
use issuerwatch::document::kind::Kind;
use issuerwatch::fetch::certificate::certificate;
use issuerwatch::meaning::diff;
use issuerwatch::meaning::provider_policy::Policy;

use super::{Judge, Target, hold, hold_harmless};

/// Tags and lengths of DER.
const TOKENS: &[&str] = &[
    "0\u{3}",
    "0\u{0}",
    "\u{2}\u{1}\u{1}",
    "\u{3}\u{2}\u{0}",
    "\u{17}\u{d}",
    "\u{c}\u{1}\u{1b}",
    "U\u{4}\u{3}",
    "\u{0}",
    "\u{7f}",
    "9",
];

pub(super) const CERTIFICATE: Target = Target {
    name: "certificate",
    tokens: TOKENS,
    prepare: || -> Judge { Box::new(judge) },
};

fn judge(seed: &[u8], input: &[u8]) -> Result<(), String> {
    let read = certificate(input);
    hold(read.sha256.len() == 64 && read.sha1.len() == 40, || {
        "a fingerprint has its length".to_owned()
    })?;
    if let Some(issuer) = &read.issuer {
        hold_harmless(issuer, 120)?;
    }
    hold(certificate(input) == read, || {
        "the same reads the same".to_owned()
    })?;
    // A key that publishes nothing but its certificate is the key that it certifies.
    let set = |der: &[u8]| {
        let body = format!(
            r#"{{"keys":[{{"kty":"RSA","kid":"a","x5c":["{}"]}}]}}"#,
            STANDARD.encode(der)
        );
        Document::parse(Kind::JWKS, body.as_bytes(), None).map_err(|failure| failure.detail)
    };
    let (before, after) = (set(seed)?, set(input)?);
    hold(after.keys().len() == 1, || "one key".to_owned())?;
    diff::changes(&before, &after, None, &Policy::default());
    Ok(())
}
