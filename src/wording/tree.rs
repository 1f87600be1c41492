//! The documents that a resource leads to, as a tree below it.

use crate::document::name::DocumentName;

/// How a document is shown below what leads to it; `None` for one of the provider's own, to which nothing
/// led.
pub fn branch(name: &DocumentName) -> Option<String> {
    name.issuer().map(|_| {
        let indent = if name.is_named_by_another() { 5 } else { 2 };
        format!("{:indent$}└─ {name}", "")
    })
}

/// What documents of one provider are sorted by, so that each stands below what leads to it: its own first,
/// then server by server, each with its key set.
pub fn place(name: &DocumentName) -> (Option<&str>, bool) {
    let is_below = name.issuer().is_some() && name.is_named_by_another();
    (name.issuer(), is_below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;

    #[test]
    fn a_document_stands_below_what_leads_to_it() {
        let of = |kind, issuer| DocumentName::of(kind, issuer);
        let mut names = [
            of(Kind::JWKS, "https://a.example"),
            of(Kind::JWKS, "https://b.example"),
            of(Kind::OAUTH_AUTHORIZATION_SERVER, "https://a.example"),
            of(Kind::OPENID_CONFIGURATION, "https://b.example"),
            DocumentName::from(Kind::JWKS),
            DocumentName::from(Kind::OAUTH_PROTECTED_RESOURCE),
        ];
        names.sort_by(|one, other| place(one).cmp(&place(other)));
        let shown: Vec<String> = names
            .iter()
            .map(|name| branch(name).unwrap_or_else(|| name.to_string()))
            .collect();
        assert_eq!(
            shown,
            [
                "jwks",
                "oauth-protected-resource",
                "  └─ oauth-authorization-server@a.example",
                "     └─ jwks@a.example",
                "  └─ openid-configuration@b.example",
                "     └─ jwks@b.example",
            ]
        );
    }
}
