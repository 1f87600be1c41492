//! What a client can ask for as a scope.

use serde_json::Value;

/// Whether a request can name a scope: one token of printable ASCII (RFC 6749 section 3.3). A request
/// separates scopes by spaces, so that one with a space in it cannot be asked for.
pub fn can_be_asked_for(scope: &Value) -> bool {
    scope.as_str().is_some_and(|text| {
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        !text.is_empty() && text.bytes().all(is_allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_with_a_space_cannot_be_asked_for() {
        for (scope, can) in [
            ("openid", true),
            ("https://a.example/x", true),
            ("CV External Vendors", false),
            ("link ", false),
            ("", false),
            ("a\"b", false),
        ] {
            assert_eq!(can_be_asked_for(&Value::from(scope)), can, "{scope}");
        }
    }
}
