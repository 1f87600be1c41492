//! The members of a key that nearly every rule asks for.

use crate::document::jwk;
use serde_json::{Map, Value};

/// The members that nearly every rule asks for, looked up once: a set may have many keys.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KeyMembers<'a> {
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
    /// Whether `alg`, `kid`, `kty` or `use` is there and is not a text.
    pub(crate) is_mistyped: bool,
}

impl<'a> KeyMembers<'a> {
    pub(crate) fn of(members: &'a Map<String, Value>) -> Self {
        let mut named = Self::default();
        for (name, value) in members {
            let text = value.as_str();
            match name.as_str() {
                jwk::ALG => named.alg = text,
                jwk::CRV => named.crv = text,
                jwk::E => named.e = text,
                jwk::KID => named.kid = text,
                jwk::KTY => named.kty = text,
                jwk::N => named.n = text,
                jwk::PUB => named.public = text,
                jwk::USE => named.purpose = text,
                jwk::X => named.x = text,
                jwk::Y => named.y = text,
                jwk::X5C => named.certificates = Some(value),
                jwk::KEY_OPS => named.operations = Some(value),
                _ => {}
            }
            let is_text_by_rule =
                matches!(name.as_str(), jwk::ALG | jwk::KID | jwk::KTY | jwk::USE);
            named.is_mistyped |= is_text_by_rule && text.is_none();
            named.has_purpose |= name == jwk::USE;
        }
        named
    }
}
