//! Key sets (RFC 7517): which keys there are, and how one set differs from another.
//!
//! A key is its material, named by the thumbprint of RFC 7638, not its kid: a kid may stand for
//! several keys, and one key may be given another kid.

use std::borrow::Cow;

use serde_json::{Map, Value};

pub use self::key_type::is_registered;
pub use self::material::Material;
pub use self::purpose::encrypts;
use super::fingerprint::sha256_half;

pub(crate) mod certificate;
pub(crate) mod key_type;
pub(crate) mod material;
pub(crate) mod purpose;
mod spki;

/// The member of a description that stands in place of a thumbprint that cannot be had.
const UNREAD: &str = "unread";

/// One key of a set.
#[derive(Debug, Clone)]
pub struct Key<'a> {
    /// Its members.
    pub members: &'a Map<String, Value>,
    /// What it is by its members.
    pub material: Cow<'a, Material>,
    pub(crate) named: Named<'a>,
}

/// The members that nearly every rule asks for, looked up once: a set may have many keys.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) alg: Option<&'a str>,
    pub(crate) crv: Option<&'a str>,
    pub(crate) e: Option<&'a str>,
    pub(crate) kid: Option<&'a str>,
    pub(crate) kty: Option<&'a str>,
    pub(crate) n: Option<&'a str>,
    pub(crate) public: Option<&'a str>,
    pub(crate) purpose: Option<&'a str>,
    pub(crate) x: Option<&'a str>,
    pub(crate) y: Option<&'a str>,
    pub(crate) certificates: Option<&'a Value>,
    pub(crate) operations: Option<&'a Value>,
    /// Whether it has a `use`, of whatever type.
    pub(crate) has_purpose: bool,
    /// Whether `alg`, `kid`, `kty` or `use` is no text.
    pub(crate) is_mistyped: bool,
}

impl<'a> Named<'a> {
    fn of(members: &'a Map<String, Value>) -> Self {
        let mut named = Self::default();
        for (name, value) in members {
            let text = value.as_str();
            match name.as_str() {
                "alg" => named.alg = text,
                "crv" => named.crv = text,
                "e" => named.e = text,
                "kid" => named.kid = text,
                "kty" => named.kty = text,
                "n" => named.n = text,
                "pub" => named.public = text,
                "use" => named.purpose = text,
                "x" => named.x = text,
                "y" => named.y = text,
                "x5c" => named.certificates = Some(value),
                "key_ops" => named.operations = Some(value),
                _ => {}
            }
            let is_text_by_rule = matches!(name.as_str(), "alg" | "kid" | "kty" | "use");
            named.is_mistyped |= is_text_by_rule && text.is_none();
            named.has_purpose |= name == "use";
        }
        named
    }
}

impl<'a> Key<'a> {
    /// A member that is text.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        match name {
            "alg" => self.named.alg,
            "crv" => self.named.crv,
            "e" => self.named.e,
            "kid" => self.named.kid,
            "kty" => self.named.kty,
            "n" => self.named.n,
            "pub" => self.named.public,
            "use" => self.named.purpose,
            "x" => self.named.x,
            "y" => self.named.y,
            _ => self.members.get(name).and_then(Value::as_str),
        }
    }

    /// Reads it; what is known of its material need not be read again.
    fn of(members: &'a Map<String, Value>, material: Option<&'a Material>) -> Self {
        let named = Named::of(members);
        Self {
            members,
            material: material
                .map_or_else(|| Cow::Owned(Material::of(members, &named)), Cow::Borrowed),
            named,
        }
    }

    /// Whether tokens may be verified with it: it is not said to be for encryption.
    pub fn is_signing(&self) -> bool {
        purpose::is_signing(self)
    }

    /// What is shown and stored of it in a change: never the material.
    pub fn description(&self) -> Value {
        self.description_with(None)
    }

    /// The same with a text that a rule is about.
    pub(crate) fn description_with(&self, more: Option<(&str, &str)>) -> Value {
        let mut description = Map::new();
        let usual = ["kid", "kty", "alg", "use"];
        let usual = usual
            .iter()
            .filter_map(|name| Some((*name, self.text(name)?)));
        for (name, text) in usual.chain(more) {
            description.insert(name.to_owned(), Value::from(text));
        }
        // What cannot be read is told from another one by a hash of its text.
        let (name, hash) = match &self.material.thumbprint {
            Some(thumbprint) => ("thumbprint", Some(thumbprint.clone())),
            None if self.text("kty") == Some("oct") => (UNREAD, None),
            None => (UNREAD, Some(sha256_half(&self.material.identity))),
        };
        if let Some(hash) = hash {
            description.insert(name.to_owned(), Value::from(hash));
        }
        // Nothing else in it would say that it is for encryption.
        let is_said = description.contains_key("use") || purpose::of_alg(self.text("alg"));
        if !is_said && !self.is_signing() {
            description.insert(purpose::MARK.to_owned(), Value::from(true));
        }
        Value::Object(description)
    }

    pub(crate) fn said_about_it(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let members = self.members.iter();
        members.filter(|(name, _)| !self.material.is_made_of(name))
    }
}

/// The keys of a key set, in its order; what is no object is left out.
pub fn keys(set: &Map<String, Value>) -> Vec<Key<'_>> {
    let keys = set.get("keys").and_then(Value::as_array);
    keys_in(keys.map(Vec::as_slice).unwrap_or_default())
}

/// The keys among values.
pub fn keys_in(values: &[Value]) -> Vec<Key<'_>> {
    let keys = values.iter().filter_map(Value::as_object);
    keys.map(|members| Key::of(members, None)).collect()
}

/// The material of the keys of a set, in their order: what takes longest to read of them.
pub fn materials(set: &Map<String, Value>) -> Vec<Material> {
    let keys = keys(set).into_iter();
    keys.map(|key| key.material.into_owned()).collect()
}

/// The keys of a set whose material was read before.
pub fn keys_of<'a>(set: &'a Map<String, Value>, materials: &'a [Material]) -> Vec<Key<'a>> {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten().filter_map(Value::as_object);
    let read = keys.zip(materials);
    let read = read.map(|(members, material)| Key::of(members, Some(material)));
    // How many there are cannot be seen from a filter: room for all is made at once.
    let mut keys = Vec::with_capacity(materials.len());
    keys.extend(read);
    keys
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

/// A key as people name it: `a1b2 (RS256)`; `None` if this is no description of a key.
pub fn words(description: &Value) -> Option<String> {
    let members = description.as_object()?;
    let known = [
        "kid",
        "kty",
        "alg",
        "use",
        "thumbprint",
        "issuer",
        UNREAD,
        key_type::WORD,
        purpose::MARK,
    ];
    if !members.contains_key("kty") || !members.keys().all(|name| known.contains(&name.as_str())) {
        return None;
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let name = text("kid").or(text("thumbprint")).unwrap_or("(no kid)");
    let mut kind = text("alg").or(text("kty")).unwrap_or_default().to_owned();
    if let Some(whole) = text(key_type::WORD) {
        kind = match text("alg") {
            Some(alg) if !whole.ends_with(alg) => format!("{whole}, {alg}"),
            Some(_) | None => whole.to_owned(),
        };
    }
    if text("use") == Some("enc") || members.contains_key(purpose::MARK) {
        kind.push_str(", enc");
    }
    Some(match text("issuer") {
        Some(issuer) => format!("{name} ({kind}), issuer {issuer}"),
        None => format!("{name} ({kind})"),
    })
}

/// The SHA-1 thumbprint of a certificate.
#[cfg(test)]
pub fn x5t(certificate: &[u8]) -> String {
    material::encode(&super::fingerprint::sha1(certificate))
}
