//! Providers that are known by a name: a table of data. What is derived from it is asked like any other
//! address, and its issuer is the one that its document writes.

/// A name with what it takes behind its colon, and the address that it stands for.
struct NamedProvider {
    name: &'static str,
    /// The word for what stands behind the colon, used if it is left out; none if the name takes nothing.
    takes: Option<&'static str>,
    /// The address, in which `{}` stands for what was given behind the colon.
    address: &'static str,
}

const fn known(
    name: &'static str,
    takes: Option<&'static str>,
    address: &'static str,
) -> NamedProvider {
    NamedProvider {
        name,
        takes,
        address,
    }
}

const TABLE: &[NamedProvider] = &[
    known("google", None, "https://accounts.google.com"),
    known("apple", None, "https://appleid.apple.com"),
    known("gitlab", None, "https://gitlab.com"),
    known(
        "github-actions",
        None,
        "https://token.actions.githubusercontent.com",
    ),
    // A tenant by its id or a domain of it; `common` and the like have an issuer with a template.
    known(
        "entra",
        Some("TENANT"),
        "https://login.microsoftonline.com/{}/v2.0",
    ),
    known("okta", Some("DOMAIN"), "https://{}"),
    known("auth0", Some("DOMAIN"), "https://{}/"),
    // A realm, such as https://sso.example.com/realms/main.
    known("keycloak", Some("URL"), "{}"),
];

/// The name that a provider gets, and the address; `None` where the text is no such name.
pub(super) fn address(text: &str) -> Option<Result<(String, String), String>> {
    let (name, given) = match text.split_once(':') {
        Some((name, given)) => (name, Some(given.trim())),
        None => (text, None),
    };
    let row = TABLE
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(name))?;
    let is_plain = |given: &str| {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        row.takes == Some("URL") || given.chars().all(is_of_name)
    };
    // A domain is pasted with its scheme, and with the slash behind it.
    let bare = |given: &str| {
        let bare = given.strip_prefix("https://").unwrap_or(given);
        bare.trim_end_matches('/').to_owned()
    };
    let Some(takes) = row.takes else {
        return Some(match given {
            None | Some("") => Ok((row.name.to_owned(), row.address.to_owned())),
            Some(_) => Err(format!("{} takes nothing behind it", row.name)),
        });
    };
    let given = match given {
        Some(given) if !given.is_empty() && takes == "URL" => given.to_owned(),
        Some(given) if !given.is_empty() => bare(given),
        Some(_) | None => return Some(Err(format!("write {}:{takes}", row.name))),
    };
    if !is_plain(&given) {
        return Some(Err(format!("write {}:{takes}, and nothing else", row.name)));
    }
    // The first label of the domain is used to tell providers of one kind apart.
    let which = given.split('.').next().unwrap_or_default();
    let called = match takes {
        "URL" => row.name.to_owned(),
        _ => format!("{}-{which}", row.name),
    };
    Some(Ok((called, row.address.replace("{}", &given))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_an_address_with_what_is_given() {
        for (text, name, expected) in [
            ("google", "google", "https://accounts.google.com"),
            (
                "entra:contoso.com",
                "entra-contoso",
                "https://login.microsoftonline.com/contoso.com/v2.0",
            ),
            (
                "okta:https://dev-1.okta.com/",
                "okta-dev-1",
                "https://dev-1.okta.com",
            ),
            (
                "keycloak:https://sso.example.com/realms/main",
                "keycloak",
                "https://sso.example.com/realms/main",
            ),
        ] {
            let found = address(text).unwrap().unwrap();
            assert_eq!(found, (name.to_owned(), expected.to_owned()), "{text}");
        }
        for wrong in ["entra", "entra:", "google:x", "okta:a/b", "auth0:a b"] {
            assert!(address(wrong).unwrap().is_err(), "{wrong}");
        }
        assert!(address("https://accounts.google.com").is_none());
        assert!(address("example.com").is_none());
    }
}
