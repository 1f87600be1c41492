//! What a document says it describes: the member that the table of kinds names, or what the
//! configuration points to.

use std::borrow::Cow;

use serde_json::Value;

use super::provider_policy::Policy;
use crate::document::canonical::Document;
use crate::document::kind::Naming;

/// What a document says it describes.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredIdentity<'a> {
    /// The member it stands in.
    pub member: Cow<'a, str>,
    /// What stands there.
    pub value: Option<&'a Value>,
}

/// What a document says it describes; `None` if documents of its kind do not say it.
pub fn declared_identity<'a>(
    document: &'a Document,
    policy: &'a Policy,
) -> Option<DeclaredIdentity<'a>> {
    let row = document.kind().row();
    if row.rule != Naming::Pointed {
        let member = row.identity?;
        return Some(DeclaredIdentity {
            member: member.into(),
            value: document.members().get(member),
        });
    }
    let (first, rest) = policy.identity.as_ref()?.split_front()?;
    let member = first.decoded().into_owned();
    let value = document.members().get(&member);
    Some(DeclaredIdentity {
        value: value.and_then(|value| rest.resolve(value).ok()),
        member: member.into(),
    })
}
