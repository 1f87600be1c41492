//! Key sets (RFC 7517): which keys there are.
//!
//! A key is its material, named by the thumbprint of RFC 7638, not its kid: a kid may stand for
//! several keys, and one key may be given another kid.

use crate::document::member::names;
use serde_json::{Map, Value};

pub use self::description::{hash_of, is_symmetric, kind_of, strength_of, thumbprint_of, words};
pub use self::key::Key;
pub use self::key_type::is_registered;
pub use self::material::Material;
pub use self::purpose::encrypts;

mod certificate;
pub(crate) mod certified;
mod description;
mod key;
mod key_members;
pub(crate) mod key_type;
mod material;
pub(crate) mod octets;
mod public;
pub(crate) mod purpose;
mod spki;

/// The keys of a key set, in its order; elements that are not objects are left out.
pub fn keys(set: &Map<String, Value>) -> Vec<Key<'_>> {
    let keys = set.get(names::KEYS).and_then(Value::as_array);
    keys_in(keys.map(Vec::as_slice).unwrap_or_default())
}

/// The keys among values.
pub fn keys_in(values: &[Value]) -> Vec<Key<'_>> {
    let keys = values.iter().filter_map(Value::as_object);
    keys.map(|members| Key::of(members, None)).collect()
}

/// The material of the keys of a set, in their order. It is the part that takes longest to read.
pub fn materials(set: &Map<String, Value>) -> Vec<Material> {
    let keys = keys(set).into_iter();
    keys.map(|key| key.material.into_owned()).collect()
}

/// The keys of a set whose material was read before.
pub fn keys_of<'a>(set: &'a Map<String, Value>, materials: &'a [Material]) -> Vec<Key<'a>> {
    let keys = set
        .get(names::KEYS)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object);
    let read = keys
        .zip(materials)
        .map(|(members, material)| Key::of(members, Some(material)));
    // A filter does not know how many elements it yields, so room for all is allocated at once.
    let mut keys = Vec::with_capacity(materials.len());
    keys.extend(read);
    keys
}

/// The SHA-1 thumbprint of a certificate.
#[cfg(test)]
pub fn x5t(certificate: &[u8]) -> String {
    octets::encode(&super::fingerprint::sha1(certificate))
}
