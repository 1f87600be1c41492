//! Which members came or went with a change, or were there all the time.
//!
//! A change compares effective values: what is left out stands for its default, so `false` before may
//! be a value, or the member may be absent. The patch of the event tells which. It is used, rather than
//! a field of the change, because events are hashed as they are stored: a new field of a change would
//! give a replay other hashes, and be missing from all changes that exist.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::patch::PatchText;

/// What became of a member as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// It was there before and is there now, or this is not known.
    Kept,
    /// It was left out before.
    Came,
    /// It is left out now.
    Went,
}

/// What became of the members of a document, by JSON Pointer.
#[derive(Debug, Default)]
pub struct Publications(BTreeMap<String, Publication>);

/// An operation of a patch, without its value.
#[derive(Deserialize)]
struct PatchStep<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
}

impl Publications {
    /// What a patch says; reads it once.
    pub fn of(patch: &PatchText) -> Self {
        let steps: Vec<PatchStep<'_>> = serde_json::from_str(patch.as_str()).unwrap_or_default();
        let mut publications = BTreeMap::new();
        for step in steps {
            let publication = match step.op.as_ref() {
                "add" => Publication::Came,
                "remove" => Publication::Went,
                _ => Publication::Kept,
            };
            // The first of several: what stands within a member has a longer path.
            publications
                .entry(step.path.into_owned())
                .or_insert(publication);
        }
        Self(publications)
    }

    /// What became of the member of this name.
    pub fn of_member(&self, member: &str) -> Publication {
        let pointer = format!("/{}", member.replace('~', "~0").replace('/', "~1"));
        let known = self.0.get(&pointer).copied();
        known.unwrap_or(Publication::Kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::canonical::Document;
    use crate::document::kind::Kind;
    use crate::meaning::diff;

    #[test]
    fn a_member_came_or_went_only_if_it_was_left_out_on_one_side() {
        let document =
            |text| Document::from_canonical(Kind::OAUTH_AUTHORIZATION_SERVER, text).unwrap();
        let old = document(r#"{"a/b":1,"gone":true,"kept":false,"list":["a"]}"#);
        let new = document(r#"{"a/b":2,"kept":true,"list":["a","b"],"new~x":false}"#);
        let publications = Publications::of(&diff::patch(&old, &new));
        for (member, publication) in [
            ("new~x", Publication::Came),
            ("gone", Publication::Went),
            ("kept", Publication::Kept),
            ("a/b", Publication::Kept),
            ("list", Publication::Kept),
            ("never", Publication::Kept),
        ] {
            assert_eq!(publications.of_member(member), publication, "{member}");
        }
    }
}
