//! Which specification is cited for a document of a kind.
//!
//! The tables cite RFC 8414 and OpenID Connect Discovery side by side where both define a member. A reader
//! of one document wants the one that rules it.

use crate::document::kind::Kind;

const RFC_8414: &str = "RFC 8414 ";
const DISCOVERY: &str = "OpenID Connect Discovery ";

/// Sections of RFC 8414, and the sections of OpenID Connect Discovery that say the same.
const SAME: [(&str, &str); 4] = [
    (
        "RFC 8414 section 2",
        "OpenID Connect Discovery 1.0 section 3",
    ),
    (
        "RFC 8414 section 3.2",
        "OpenID Connect Discovery 1.0 section 4.2",
    ),
    (
        "RFC 8414 section 3.3",
        "OpenID Connect Discovery 1.0 section 4.3",
    ),
    (
        "RFC 8414 section 4",
        "OpenID Connect Discovery 1.0 section 5",
    ),
];

/// A reference as it holds for documents of this kind.
pub(super) fn for_kind(kind: Kind, reference: &str) -> String {
    let parts = || reference.split(", ");
    let has = |start: &str| parts().any(|part| part.starts_with(start));
    let without = |start: &'static str| -> Vec<&str> {
        parts().filter(|part| !part.starts_with(start)).collect()
    };
    let cited: Vec<&str> = if kind == Kind::OPENID_CONFIGURATION && has(DISCOVERY) {
        without(RFC_8414)
    } else if kind == Kind::OPENID_CONFIGURATION {
        parts().map(in_discovery).collect()
    } else if kind == Kind::OAUTH_AUTHORIZATION_SERVER && has(RFC_8414) {
        without(DISCOVERY)
    } else {
        return reference.to_owned();
    };
    cited.join(", ")
}

/// The section of OpenID Connect Discovery that says the same as one of RFC 8414, where there is one.
fn in_discovery(part: &str) -> &str {
    SAME.iter()
        .find(|(of, _)| *of == part)
        .map_or(part, |(_, same)| *same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_judged_by_the_specification_that_defines_it() {
        let both = "RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3, RFC 9470 section 7";
        for (kind, reference, cited) in [
            (
                Kind::OPENID_CONFIGURATION,
                both,
                "OpenID Connect Discovery 1.0 section 3, RFC 9470 section 7",
            ),
            (
                Kind::OAUTH_AUTHORIZATION_SERVER,
                both,
                "RFC 8414 section 2, RFC 9470 section 7",
            ),
            (
                Kind::OPENID_CONFIGURATION,
                "RFC 8414 section 3.3, OpenID Connect Core 1.0 section 3.1.3.7",
                "OpenID Connect Discovery 1.0 section 4.3, OpenID Connect Core 1.0 section 3.1.3.7",
            ),
            (
                Kind::OAUTH_AUTHORIZATION_SERVER,
                "OpenID Connect Discovery 1.0 section 3",
                "OpenID Connect Discovery 1.0 section 3",
            ),
            (Kind::JWKS, "RFC 8414 section 2", "RFC 8414 section 2"),
        ] {
            assert_eq!(for_kind(kind, reference), cited, "{reference}");
        }
    }
}
