//! What a key is for: signing or encryption. What is said of a key that came or went follows from it.

use serde_json::Value;

use super::key::Key;
use crate::document::jwk;

/// The member of a description that says of a key for encryption what neither `use` nor `alg` does.
pub(crate) const MARK: &str = "encrypts";
/// How the algorithms begin that encrypt or agree on keys (RFC 7518 section 4, RFC 8037).
const ENCRYPTING: [&str; 8] = [
    "RSA-OAEP", "RSA1_5", "ECDH-ES", "A128", "A192", "A256", "PBES2", "dir",
];
/// Curves that agree on keys and sign nothing (RFC 8037 section 3.2).
const AGREEING: [&str; 2] = ["X25519", "X448"];

impl Key<'_> {
    /// Whether tokens may be verified with it: it is not said to be for encryption.
    pub fn is_signing(&self) -> bool {
        is_signing(self)
    }
}

fn is_signing(key: &Key<'_>) -> bool {
    // An empty list says nothing: some libraries write it to every key.
    let operations = key
        .named
        .operations
        .and_then(Value::as_array)
        .filter(|values| !values.is_empty());
    let agrees = key
        .text(jwk::CRV)
        .is_some_and(|crv| AGREEING.contains(&crv));
    key.text(jwk::USE) != Some("enc")
        && !of_alg(key.text(jwk::ALG))
        && !agrees
        && operations.is_none_or(|values| values.iter().any(|value| value == "verify"))
}

/// Whether an algorithm is one of encryption.
pub(crate) fn of_alg(alg: Option<&str>) -> bool {
    alg.is_some_and(|alg| ENCRYPTING.iter().any(|start| alg.starts_with(start)))
}

/// Whether the description of a key says that it is for encryption.
pub fn encrypts(description: &Value) -> bool {
    let text = |name: &str| description.get(name).and_then(Value::as_str);
    text(jwk::USE) == Some("enc") || of_alg(text(jwk::ALG)) || description.get(MARK).is_some()
}
