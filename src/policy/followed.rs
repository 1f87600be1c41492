//! What the metadata of a resource leads to: the authorization servers it names, one level deep.
//!
//! The list is not followed without end: only the first few names that can be issuers are followed. What
//! these servers name in turn is not followed, so that following cannot run in a circle. Names that are not
//! followed are counted, so that nobody takes silence about a server for a server that is well.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::kind::Kind;
use crate::document::name::is_followed;

/// The most authorization servers of a resource that are followed.
pub const MOST: usize = 8;
/// The most names in the list that are looked at to find them.
const LOOKED_THROUGH: usize = 256;
/// The most names of one reason that are told of those that are not followed.
const SHOWN: usize = 3;

/// The targets that a document leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedTargets {
    /// The issuers that are named, in the order of the document.
    pub servers: Vec<String>,
    /// Kinds of other documents of the same provider whose address the document gives.
    pub own: Vec<Kind>,
    /// Issuers that are named and not followed, because there are too many.
    pub left_out: NotFollowed,
    /// Names that are no issuers, or such that clients read differently.
    pub unfit: NotFollowed,
}

/// Names that are not followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotFollowed {
    /// How many there are.
    pub count: usize,
    /// The first of them, as they are written.
    pub first: Vec<String>,
}

impl NotFollowed {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(name.to_owned());
        }
    }
}

/// Reads what the canonical document of a resource leads to.
pub fn named(kind: Kind, canonical: &str) -> NamedTargets {
    let document: Value = serde_json::from_str(canonical).unwrap_or_default();
    let mut named = NamedTargets::default();
    for (member, to) in kind.row().leads {
        let value = document.get(*member);
        if to.is_named_by_another() {
            let is_there = value
                .and_then(Value::as_str)
                .is_some_and(|url| !url.is_empty());
            named.own.extend(is_there.then_some(*to));
            continue;
        }
        let listed = value.and_then(Value::as_array).into_iter().flatten();
        let mut known = BTreeSet::new();
        for (place, issuer) in listed.filter_map(Value::as_str).enumerate() {
            let is_read = place < LOOKED_THROUGH;
            if !known.insert(issuer) {
                continue;
            }
            if is_read && !is_followed(issuer) {
                named.unfit.add(issuer);
            } else if is_read && named.servers.len() < MOST {
                named.servers.push(issuer.to_owned());
            } else {
                named.left_out.add(issuer);
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(list: &Value) -> Vec<String> {
        let text = serde_json::json!({"authorization_servers": list}).to_string();
        named(Kind::OAUTH_PROTECTED_RESOURCE, &text).servers
    }

    #[test]
    fn the_first_eight_that_can_be_issuers_are_followed_once_each() {
        let many: Vec<String> = (0..10_000)
            .map(|it| format!("https://a{it}.example"))
            .collect();
        assert_eq!(servers(&serde_json::json!(many)), many[..8]);
        let odd = serde_json::json!([
            "https://user:secret@a.example",
            "javascript:alert(1)",
            7,
            null,
            ["https://b.example"],
            "https://a.example/\u{7}",
            format!("https://a.example/{}", "x".repeat(600)),
            "https://a.example",
            "https://a.example",
            "https://a.example/",
        ]);
        assert_eq!(servers(&odd), ["https://a.example", "https://a.example/"]);
        assert!(servers(&serde_json::json!("https://a.example")).is_empty());
        assert!(servers(&serde_json::json!({})).is_empty());
    }

    #[test]
    fn what_is_named_and_not_followed_is_counted_and_the_first_of_it_kept() {
        let list: Vec<String> = (0..12).map(|it| format!("https://a{it}.example")).collect();
        let mut list = serde_json::json!(list);
        let all = list.as_array_mut().unwrap();
        all.insert(0, Value::from("https://a.example/?tenant=1"));
        all.push(Value::from("https://a11.example"));
        all.push(Value::from(7));
        let text = serde_json::json!({"authorization_servers": list}).to_string();
        let named = named(Kind::OAUTH_PROTECTED_RESOURCE, &text);
        let expected = |count, first: &[&str]| NotFollowed {
            count,
            first: first.iter().map(|&it| it.to_owned()).collect(),
        };
        let beyond = [
            "https://a8.example",
            "https://a9.example",
            "https://a10.example",
        ];
        assert_eq!(named.left_out, expected(4, &beyond));
        assert_eq!(named.unfit, expected(1, &["https://a.example/?tenant=1"]));
    }

    #[test]
    fn a_resource_may_have_a_key_set_of_its_own() {
        let own = |text: &str| named(Kind::OAUTH_PROTECTED_RESOURCE, text).own;
        assert_eq!(own(r#"{"jwks_uri":"https://a.example/k"}"#), [Kind::JWKS]);
        assert!(own(r#"{"jwks_uri":""}"#).is_empty());
        assert!(own("no JSON").is_empty());
    }
}
