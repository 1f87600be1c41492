//! What is shown and stored of a key in a change, and read in it again: never the material.

use serde_json::{Map, Value};

use super::key::Key;
use super::{key_type, purpose};
use crate::document::fingerprint::sha256_half;
use crate::document::jwk;

/// The member of a description that stands in place of a thumbprint that cannot be had.
const UNREAD: &str = "unread";
/// The bits of its modulus.
const SIZE: &str = "size";

impl Key<'_> {
    /// What is shown and stored of it in a change: never the material.
    pub fn description(&self) -> Value {
        self.description_with(None)
    }

    /// The same with one more member (name and text), which a rule is about.
    pub(crate) fn description_with(&self, more: Option<(&str, &str)>) -> Value {
        let mut description = Map::new();
        let usual = [jwk::KID, jwk::KTY, jwk::ALG, jwk::USE]
            .iter()
            .filter_map(|name| Some((*name, self.text(name)?)));
        for (name, text) in usual.chain(more) {
            description.insert(name.to_owned(), Value::from(text));
        }
        match self.text(jwk::KTY) {
            Some("RSA") => {
                let bits = self.bits().map(Value::from);
                description.extend(bits.map(|bits| (SIZE.to_owned(), bits)));
            }
            Some("EC" | "OKP") => {
                let curve = self.text(jwk::CRV).map(Value::from);
                description.extend(curve.map(|curve| (jwk::CRV.to_owned(), curve)));
            }
            _ => {}
        }
        // Keys whose material cannot be read are told apart by a hash of their text.
        let (name, hash) = match &self.material.thumbprint {
            Some(thumbprint) => ("thumbprint", Some(thumbprint.clone())),
            None if self.text(jwk::KTY) == Some("oct") => (UNREAD, None),
            None => (UNREAD, Some(sha256_half(&self.material.identity))),
        };
        if let Some(hash) = hash {
            description.insert(name.to_owned(), Value::from(hash));
        }
        // Nothing else in it would say that it is for encryption.
        let is_said = description.contains_key(jwk::USE) || purpose::of_alg(self.text(jwk::ALG));
        if !is_said && !self.is_signing() {
            description.insert(purpose::MARK.to_owned(), Value::from(true));
        }
        Value::Object(description)
    }
}

/// The thumbprint in the description of a key, as it stands in a change.
pub fn thumbprint_of(description: &Value) -> Option<&str> {
    description.get("thumbprint").and_then(Value::as_str)
}

/// What a description names the key itself by: its thumbprint, or a hash where it has none.
pub fn hash_of(description: &Value) -> Option<&str> {
    let unread = || description.get(UNREAD).and_then(Value::as_str);
    thumbprint_of(description).or_else(unread)
}

/// The kind of the key in a description that is about it: `AKP ML-DSA-44`.
pub fn kind_of(description: &Value) -> Option<&str> {
    description.get(key_type::WORD).and_then(Value::as_str)
}

/// Whether a description is of a key that both sides share.
pub fn is_symmetric(description: &Value) -> bool {
    description.get(jwk::KTY).and_then(Value::as_str) == Some("oct")
}

/// What kind of key a description is about: `RSA 2048`, `EC P-256`.
pub fn strength_of(description: &Value) -> Option<String> {
    let text = |name: &str| description.get(name).and_then(Value::as_str);
    let kty = text(jwk::KTY)?;
    let size = description.get(SIZE).and_then(Value::as_u64);
    Some(match (size, text(jwk::CRV)) {
        (Some(size), _) => format!("{kty} {size}"),
        (None, Some(curve)) => format!("{kty} {curve}"),
        (None, None) => kty.to_owned(),
    })
}

/// A key as people name it: `a1b2 (RS256)`; `None` if this is not the description of a key.
pub fn words(description: &Value) -> Option<String> {
    let members = description.as_object()?;
    let known = [
        jwk::KID,
        jwk::KTY,
        jwk::ALG,
        jwk::USE,
        "thumbprint",
        jwk::ISSUER,
        UNREAD,
        jwk::CRV,
        SIZE,
        key_type::WORD,
        purpose::MARK,
    ];
    if !members.contains_key(jwk::KTY) || !members.keys().all(|name| known.contains(&name.as_str()))
    {
        return None;
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let name = text(jwk::KID).or(text("thumbprint")).unwrap_or("(no kid)");
    let mut kind = text(jwk::ALG)
        .or(text(jwk::KTY))
        .unwrap_or_default()
        .to_owned();
    if let Some(whole) = text(key_type::WORD) {
        kind = match text(jwk::ALG) {
            Some(alg) if !whole.ends_with(alg) => format!("{whole}, {alg}"),
            Some(_) | None => whole.to_owned(),
        };
    }
    if text(jwk::USE) == Some("enc") || members.contains_key(purpose::MARK) {
        kind.push_str(", enc");
    }
    Some(match text(jwk::ISSUER) {
        Some(issuer) => format!("{name} ({kind}), issuer {issuer}"),
        None => format!("{name} ({kind})"),
    })
}
