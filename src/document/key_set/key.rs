//! One key of a set.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::key_members::KeyMembers;
use super::material::Material;
use crate::document::jwk;

/// One key of a set.
#[derive(Debug, Clone)]
pub struct Key<'a> {
    /// Its members.
    pub members: &'a Map<String, Value>,
    /// The key itself, as read from its members.
    pub material: Cow<'a, Material>,
    pub(crate) named: KeyMembers<'a>,
}

impl<'a> Key<'a> {
    /// A member that is text.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        match name {
            jwk::ALG => self.named.alg,
            jwk::CRV => self.named.crv,
            jwk::E => self.named.e,
            jwk::KID => self.named.kid,
            jwk::KTY => self.named.kty,
            jwk::N => self.named.n,
            jwk::PUB => self.named.public,
            jwk::USE => self.named.purpose,
            jwk::X => self.named.x,
            jwk::Y => self.named.y,
            _ => self.members.get(name).and_then(Value::as_str),
        }
    }

    /// The length of its modulus in bits, if it has one that can be read.
    pub fn bits(&self) -> Option<usize> {
        let modulus = self.material.modulus.as_ref()?;
        let unused = modulus.first()?.leading_zeros() as usize;
        Some(modulus.len() * 8 - unused)
    }

    /// Reads it; what is known of its material need not be read again.
    pub(super) fn of(members: &'a Map<String, Value>, material: Option<&'a Material>) -> Self {
        let named = KeyMembers::of(members);
        Self {
            members,
            material: material
                .map_or_else(|| Cow::Owned(Material::of(members, &named)), Cow::Borrowed),
            named,
        }
    }

    pub(crate) fn said_about_it(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let members = self.members.iter();
        members.filter(|(name, _)| !self.material.is_made_of(name))
    }
}
