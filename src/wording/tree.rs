//! The documents that a resource leads to, as a tree below it.

use super::text::{are, counted};
use crate::document::name::DocumentName;
use crate::document::text::{bounded, visible};
use crate::policy::followed::{MOST, NamedTargets, NotFollowed};

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

/// What a resource names and does not lead to, a line for each reason.
pub fn not_followed(named: &NamedTargets) -> Vec<String> {
    let mut lines = Vec::new();
    let beyond = &named.left_out;
    if beyond.count > 0 {
        lines.push(format!(
            "{} {} named and not followed: at most {MOST} are. {}",
            counted(beyond.count as u64, "more authorization server"),
            are(beyond.count),
            names(beyond)
        ));
    }
    let unfit = &named.unfit;
    if unfit.count > 0 {
        lines.push(format!(
            "{} in authorization_servers {} not followed: no issuer that all clients read alike. {}",
            counted(unfit.count as u64, "name"),
            are(unfit.count),
            names(unfit)
        ));
    }
    lines
}

/// `Not watched: https://a.example, https://b.example and 3 more.`
fn names(these: &NotFollowed) -> String {
    let first = these.first.iter();
    let shown: Vec<String> = first.map(|it| bounded(&visible(it), 100)).collect();
    let more = match these.count.saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("Not watched: {}{more}.", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;
    use crate::policy::followed::named;

    #[test]
    fn what_is_named_and_not_followed_is_said_with_its_reason() {
        let lines = |servers: &[String]| {
            let text = serde_json::json!({"authorization_servers": servers}).to_string();
            not_followed(&named(Kind::OAUTH_PROTECTED_RESOURCE, &text))
        };
        let many = |count: usize| -> Vec<String> {
            (0..count)
                .map(|it| format!("https://a{it}.example"))
                .collect()
        };
        assert!(lines(&many(8)).is_empty());
        assert_eq!(
            lines(&many(9)),
            [
                "1 more authorization server is named and not followed: at most 8 are. \
              Not watched: https://a8.example."
            ]
        );
        let mut odd = many(12);
        odd.push("https://a.example/#x".to_owned());
        assert_eq!(
            lines(&odd),
            [
                "4 more authorization servers are named and not followed: at most 8 are. Not watched: \
                 https://a8.example, https://a9.example, https://a10.example and 1 more.",
                "1 name in authorization_servers is not followed: no issuer that all clients read alike. \
                 Not watched: https://a.example/#x."
            ]
        );
    }

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
