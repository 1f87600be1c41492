//! Where the document of an issuer or a resource is.

use url::Url;

use super::kind::{Kind, Place};

/// The URL of a document that stands at a well-known address; `None` where another document or the
/// configuration says its place, and if the identity is not a URL with a host.
pub fn metadata_url(kind: Kind, identity: &str) -> Option<String> {
    at(kind, kind.row().place, identity)
}

/// Where earlier versions of its specification put a document.
pub fn earlier(kind: Kind, identity: &str) -> impl Iterator<Item = String> {
    let places = kind.row().earlier.iter();
    places.filter_map(move |place| at(kind, *place, identity))
}

/// The URL of a document at a place that follows from the identity.
pub fn at(kind: Kind, place: Place, identity: &str) -> Option<String> {
    let url = Url::parse(identity).ok().filter(Url::has_host)?;
    let origin = url.origin().ascii_serialization();
    let path = url.path();
    let bare = path.strip_suffix('/').unwrap_or(path);
    Some(match place {
        // RFC 8414 section 3.1: inserted before the path, whose terminating slash is removed.
        Place::Inserted => format!("{origin}/.well-known/{kind}{bare}"),
        // OpenID Connect Discovery 1.0 section 4.1: appended.
        Place::Appended => format!("{origin}{bare}/.well-known/{kind}"),
        // RFC 9728 section 3.1: inserted before path and query; only the slash directly after the
        // host is removed.
        Place::InsertedWhole => {
            let path = if path == "/" { "" } else { path };
            let query = url
                .query()
                .map(|query| format!("?{query}"))
                .unwrap_or_default();
            format!("{origin}/.well-known/{kind}{path}{query}")
        }
        Place::Named | Place::Given => return None,
    })
}

/// The identity whose document stands at this address, and its kind if that is known here; `None` if
/// the address is not well-known. The slash that may end an identity cannot be read back.
pub fn identity_of(address: &str) -> Option<(String, Option<Kind>)> {
    const MARK: &str = "/.well-known/";
    let address = address.split(['?', '#']).next()?;
    let (before, after) = address.split_once(MARK)?;
    let (name, path) = match after.split_once('/') {
        Some((name, path)) if !path.is_empty() => (name, format!("/{path}")),
        _ => (after.trim_end_matches('/'), String::new()),
    };
    let identity = format!("{before}{path}");
    let is_url = Url::parse(&identity).is_ok_and(|url| url.has_host());
    is_url.then(|| (identity, Kind::parse(name)))
}

/// The addresses at which a document like this one may be instead: what providers and clients that
/// read the specifications otherwise use. Each with the kind of document that is there.
pub fn forms(kind: Kind, identity: &str) -> Vec<(Kind, String)> {
    let row = kind.row();
    let mut forms: Vec<(Kind, String)> = Vec::new();
    let family = Kind::ALL.iter().copied();
    for kind in family.filter(|kind| kind.is_well_known() && kind.row().family == row.family) {
        for place in [kind.row().place, Place::Inserted, Place::Appended] {
            let url = at(kind, place, identity);
            let is_new = |url: &String| !forms.iter().any(|(_, known)| known == url);
            forms.extend(url.filter(is_new).map(|url| (kind, url)));
        }
    }
    forms
}

/// Every address at which something about an identity may stand, each once: for kinds that describe
/// authorization servers in all forms, for other kinds where their specifications (old or new) put them.
pub fn everywhere(identity: &str) -> Vec<(Kind, String)> {
    let mut all = forms(Kind::OAUTH_AUTHORIZATION_SERVER, identity);
    for kind in Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.is_well_known())
    {
        let own = metadata_url(kind, identity).into_iter();
        for url in own.chain(earlier(kind, identity)) {
            if !all.iter().any(|(_, known)| *known == url) {
                all.push((kind, url));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_document_an_address_is_is_read_back_from_it() {
        for (address, identity, kind) in [
            (
                "https://a.example/.well-known/openid-configuration",
                "https://a.example",
                Some(Kind::OPENID_CONFIGURATION),
            ),
            (
                "https://a.example/t/1/.well-known/openid-configuration?x=1",
                "https://a.example/t/1",
                Some(Kind::OPENID_CONFIGURATION),
            ),
            (
                "https://a.example/.well-known/oauth-authorization-server/t/1",
                "https://a.example/t/1",
                Some(Kind::OAUTH_AUTHORIZATION_SERVER),
            ),
            (
                "https://a.example/.well-known/jwks.json",
                "https://a.example",
                None,
            ),
        ] {
            assert_eq!(identity_of(address), Some((identity.to_owned(), kind)));
        }
        assert_eq!(identity_of("/.well-known/openid-configuration"), None);
        assert_eq!(identity_of("https://a.example/x"), None);
    }

    #[test]
    fn a_document_may_be_at_the_other_forms_of_its_address() {
        let urls = |kind, identity| -> Vec<String> {
            let forms = forms(kind, identity).into_iter();
            forms.map(|(_, url)| url).collect()
        };
        assert_eq!(
            urls(Kind::OAUTH_AUTHORIZATION_SERVER, "https://a.example/t/"),
            [
                "https://a.example/.well-known/oauth-authorization-server/t",
                "https://a.example/t/.well-known/oauth-authorization-server",
                "https://a.example/t/.well-known/openid-configuration",
                "https://a.example/.well-known/openid-configuration/t",
            ]
        );
        assert_eq!(
            urls(Kind::OPENID_CONFIGURATION, "https://a.example"),
            [
                "https://a.example/.well-known/oauth-authorization-server",
                "https://a.example/.well-known/openid-configuration",
            ]
        );
        assert_eq!(urls(Kind::JWKS, "https://a.example").len(), 0);
        assert_eq!(urls(Kind::OPENID_CONFIGURATION, "nonsense").len(), 0);
    }

    fn check(kind: Kind, identity: &str, expected: &str) {
        assert_eq!(metadata_url(kind, identity).as_deref(), Some(expected));
    }

    #[test]
    fn the_examples_of_rfc_8414() {
        let kind = Kind::OAUTH_AUTHORIZATION_SERVER;
        let root = "https://example.com/.well-known/oauth-authorization-server";
        check(kind, "https://example.com", root);
        check(kind, "https://example.com/", root);
        check(
            kind,
            "https://example.com/issuer1",
            &format!("{root}/issuer1"),
        );
        check(
            kind,
            "https://example.com/issuer1/",
            &format!("{root}/issuer1"),
        );
    }

    #[test]
    fn the_examples_of_openid_connect_discovery() {
        let kind = Kind::OPENID_CONFIGURATION;
        check(
            kind,
            "https://example.com",
            "https://example.com/.well-known/openid-configuration",
        );
        check(
            kind,
            "https://example.com/issuer1",
            "https://example.com/issuer1/.well-known/openid-configuration",
        );
    }

    #[test]
    fn the_examples_of_rfc_9728() {
        let kind = Kind::OAUTH_PROTECTED_RESOURCE;
        let root = "https://resource.example.com/.well-known/oauth-protected-resource";
        check(kind, "https://resource.example.com/", root);
        check(
            kind,
            "https://resource.example.com/resource1",
            &format!("{root}/resource1"),
        );
        check(
            kind,
            "https://resource.example.com/p/?x=1",
            &format!("{root}/p/?x=1"),
        );
    }

    /// Where a kind stands for an identity, in the forms that matter: without a path, with a slash, with a
    /// path, with a path and a slash.
    #[test]
    fn each_kind_stands_where_its_row_says() {
        let identities = [
            "https://a.example",
            "https://a.example/",
            "https://a.example/b/c",
            "https://a.example/b/",
        ];
        for kind in Kind::ALL.iter().filter(|kind| kind.is_well_known()) {
            let suffix = format!("/.well-known/{kind}");
            let expected = match kind.row().place {
                Place::Appended => {
                    ["", "", "/b/c", "/b"].map(|path| format!("https://a.example{path}{suffix}"))
                }
                Place::InsertedWhole => {
                    ["", "", "/b/c", "/b/"].map(|path| format!("https://a.example{suffix}{path}"))
                }
                _ => ["", "", "/b/c", "/b"].map(|path| format!("https://a.example{suffix}{path}")),
            };
            for (identity, expected) in identities.iter().zip(&expected) {
                check(*kind, identity, expected);
            }
        }
        let issuer = Kind::parse("openid-credential-issuer").unwrap();
        let drafts: Vec<String> = earlier(issuer, "https://a.example/b/").collect();
        assert_eq!(
            drafts,
            ["https://a.example/b/.well-known/openid-credential-issuer"]
        );
        for kind in Kind::ALL {
            assert_eq!(metadata_url(*kind, "a.example"), None, "{kind}");
        }
    }
}
