//! What the metadata of a resource leads to: the authorization servers it names, one level deep.
//!
//! The list is not followed without end: only the first few names that can be issuers are followed. What
//! these servers name in turn is not followed, so that following cannot run in a circle.

use serde_json::Value;

use crate::document::kind::Kind;
use crate::document::name::is_followed;

/// The most authorization servers of a resource that are followed.
const MOST: usize = 8;
/// The most names in the list that are looked at to find them.
const LOOKED_THROUGH: usize = 256;

/// The targets that a document leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedTargets {
    /// The issuers that are named, in the order of the document.
    pub servers: Vec<String>,
    /// Kinds of other documents of the same provider whose address the document gives.
    pub own: Vec<Kind>,
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
        let issuers = listed.take(LOOKED_THROUGH).filter_map(Value::as_str);
        for issuer in issuers.filter(|issuer| is_followed(issuer)) {
            let is_new = !named.servers.iter().any(|known| known == issuer);
            if is_new && named.servers.len() < MOST {
                named.servers.push(issuer.to_owned());
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
    fn a_resource_may_have_a_key_set_of_its_own() {
        let own = |text: &str| named(Kind::OAUTH_PROTECTED_RESOURCE, text).own;
        assert_eq!(own(r#"{"jwks_uri":"https://a.example/k"}"#), [Kind::JWKS]);
        assert!(own(r#"{"jwks_uri":""}"#).is_empty());
        assert!(own("no JSON").is_empty());
    }
}
