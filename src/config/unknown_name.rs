//! Names on the command line that mean nothing, and what may have been meant.

use std::collections::BTreeSet;

use super::problem::nearest;
use crate::document::name::DocumentName;
use crate::document::text::visible;
use crate::meaning::pattern::is_pattern;

/// A name that was typed matches no target, or several: the command ends with exit code 2, whatever it
/// was asked to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// The error for a name that nothing has. `place` is where it was looked for.
pub(crate) fn error<'a>(
    name: &str,
    place: &str,
    there: impl Iterator<Item = (&'a str, DocumentName)>,
) -> UsageError {
    UsageError(words(name, place, &there.collect()))
}

fn words(name: &str, place: &str, there: &BTreeSet<(&str, DocumentName)>) -> String {
    if is_pattern(name) {
        return format!("nothing {place} fits \"{}\"", visible(name));
    }
    let (provider, document) = match name.split_once('/') {
        Some((provider, document)) => (provider, Some(document)),
        None => (name, None),
    };
    let kinds_of = |provider: &str| -> Vec<String> {
        let own = there.iter().filter(|(of, _)| *of == provider);
        own.map(|(_, document)| document.to_string()).collect()
    };
    let kinds = kinds_of(provider);
    if let (Some(document), false) = (document, kinds.is_empty()) {
        let (provider, document) = (visible(provider), visible(document));
        let there = kinds.join(", ");
        return format!("{provider} has no document \"{document}\" {place}; it has {there}");
    }
    let near = nearest(provider, there.iter().map(|(provider, _)| *provider));
    let hint = match (near, document) {
        (Some(near), Some(document)) if kinds_of(near).iter().any(|it| it == document) => {
            format!("; did you mean \"{near}/{document}\"?")
        }
        (Some(near), _) => format!("; did you mean \"{near}\"?"),
        (None, _) => String::new(),
    };
    format!(
        "no provider is named \"{}\" {place}{hint}",
        visible(provider)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;

    #[test]
    fn a_name_that_means_nothing_is_answered_with_what_may_have_been_meant() {
        let there = [
            ("local", Kind::OAUTH_AUTHORIZATION_SERVER),
            ("kc-prod", Kind::OPENID_CONFIGURATION),
            ("kc-prod", Kind::JWKS),
        ];
        for (name, expected) in [
            (
                "lokal",
                "no provider is named \"lokal\" in x; did you mean \"local\"?",
            ),
            (
                "local/jwks",
                "local has no document \"jwks\" in x; it has oauth-authorization-server",
            ),
            (
                "kc-prd/jwks",
                "no provider is named \"kc-prd\" in x; did you mean \"kc-prod/jwks\"?",
            ),
            (
                "lokal/jwks",
                "no provider is named \"lokal\" in x; did you mean \"local\"?",
            ),
            ("zzz", "no provider is named \"zzz\" in x"),
            ("", "no provider is named \"\" in x"),
            ("okta*", "nothing in x fits \"okta*\""),
        ] {
            assert_eq!(
                error(
                    name,
                    "in x",
                    there.into_iter().map(|(name, kind)| (name, kind.into()))
                )
                .to_string(),
                expected
            );
        }
        let nobody = error("a", "in x", std::iter::empty()).to_string();
        assert!(nobody.ends_with("in x"));
    }
}
