//! `url` and `urls`: addresses of documents that are not at the place that follows from the issuer.

use std::collections::BTreeMap;

use toml::Spanned;
use url::Url;

use super::problem::shown;
use super::reader::Section;
use crate::document::address::is_protected;
use crate::document::kind::{Kind, Place as Standing};
use crate::meaning::provider::Identity;

/// Reads the configured addresses, by document. If some documents are not known, it only checks that
/// the values are addresses.
pub(super) fn read(section: &Section<'_>, documents: Option<&[Kind]>) -> BTreeMap<Kind, String> {
    let mut urls = several(section, documents);
    let Some(text) = section.text("url") else {
        return urls;
    };
    let url = address(section, &text, "url");
    // A document whose address another document names is not what `url` means beside metadata.
    let all = documents.unwrap_or_default();
    let metadata: Vec<Kind> = metadata(all).collect();
    let kind = match metadata.as_slice() {
        [] => all.first().copied(),
        [one] => Some(*one),
        many => {
            let each = many
                .iter()
                .map(|kind| format!("{kind} = \"...\""))
                .collect::<Vec<_>>()
                .join(", ");
            let what = format!("url is of one metadata document: write urls = {{ {each} }}");
            section.problem(text.span(), what);
            None
        }
    };
    let Some(kind) = kind else {
        return urls;
    };
    if urls.contains_key(&kind) {
        let what = format!("url is that of {kind}, which urls names too: write one of them");
        section.problem(text.span(), what);
    }
    if let Some(url) = url {
        urls.insert(kind, url);
    }
    urls
}

fn metadata(documents: &[Kind]) -> impl Iterator<Item = Kind> {
    let all = documents.iter().copied();
    all.filter(|kind| !kind.is_named_by_another())
}

/// `urls = { openid-configuration = "..." }`.
fn several(section: &Section<'_>, documents: Option<&[Kind]>) -> BTreeMap<Kind, String> {
    let mut urls = BTreeMap::new();
    let Some(table) = section.child("urls") else {
        return urls;
    };
    for (key, _) in table.entries() {
        let name = key.get_ref().as_ref();
        let is_followed = |kind: &Kind| documents.is_none_or(|all| all.contains(kind));
        let Some(kind) = Kind::parse(name).filter(is_followed) else {
            let known: Vec<&str> = documents
                .unwrap_or(Kind::ALL)
                .iter()
                .map(|kind| kind.as_str())
                .collect();
            let what = format!(
                "urls names \"{}\"; the documents are {}",
                shown(name),
                known.join(", ")
            );
            section.problem(key.span(), what);
            continue;
        };
        let url = table.text(name);
        if let Some(url) = url.and_then(|text| address(section, &text, &format!("urls.{kind}"))) {
            urls.insert(kind, url);
        }
    }
    urls
}

/// Whether each document can be found.
pub(super) fn check(
    section: &Section<'_>,
    identity: &Identity,
    documents: &[Kind],
    urls: &BTreeMap<Kind, String>,
) {
    // An address that was written and cannot be used was reported already.
    let has_url = section.get("url").is_some();
    let urls_written = section.child("urls");
    let is_written = |kind: &Kind| {
        let is_meant = metadata(documents).all(|one| one == *kind);
        let mut named = urls_written.iter().flat_map(Section::entries);
        (has_url && is_meant) || named.any(|(key, _)| key.get_ref() == kind.as_str())
    };
    let is_found = |kind: &Kind| match kind.row().place {
        Standing::Named => documents.iter().any(|one| one.leads_to(*kind)),
        Standing::Given => false,
        Standing::Inserted | Standing::InsertedWhole | Standing::Appended => true,
    };
    let lost = documents
        .iter()
        .filter(|kind| !urls.contains_key(kind) && !is_found(kind));
    for kind in lost.filter(|kind| !is_written(kind)) {
        let what = if kind.is_named_by_another() {
            format!("document \"{kind}\" is found by another document: add that, or give its url")
        } else {
            format!("document \"{kind}\" has no address of its own: give its url")
        };
        section.problem(section.span_of("documents"), what);
    }
    let derived: Vec<Kind> = metadata(documents)
        .filter(|kind| kind.is_well_known() && !urls.contains_key(kind))
        .collect();
    if section.get("url").is_some() || !has_template(identity.as_str()) {
        return;
    }
    let write = match derived.as_slice() {
        [] => return,
        [_] if urls.is_empty() => "write it as url = \"https://...\"".to_owned(),
        many => {
            let each = many
                .iter()
                .map(|kind| format!("{kind} = \"https://...\""))
                .collect::<Vec<_>>()
                .join(", ");
            format!("write them as urls = {{ {each} }}")
        }
    };
    let key = match identity {
        Identity::Issuer(_) => "issuer",
        Identity::Resource(_) => "resource",
        Identity::Address(_) | Identity::Announced(_) => return,
    };
    let what = format!(
        "{key} \"{}\" has a template, of which no address can be made: {write}",
        shown(identity.as_str())
    );
    section.problem(section.span_of(key), what);
}

/// Whether a part of a URL is to be filled in, as `{tenantid}` of Entra's `common` is.
fn has_template(url: &str) -> bool {
    let upper = url.to_ascii_uppercase();
    url.contains(['{', '}', '<', '>'])
        || ["%7B", "%7D", "%3C", "%3E"]
            .iter()
            .any(|coded| upper.contains(coded))
}

/// A URL that may be asked: https, or http to loopback.
pub(super) fn address(section: &Section<'_>, text: &Spanned<&str>, key: &str) -> Option<String> {
    let value = *text.get_ref();
    let problem = |what: &str| {
        // The part before an @ may be a password.
        if value.contains('@') {
            section.secret_problem(text.span(), format!("{key} {what}"));
        } else {
            section.problem(text.span(), format!("{key} \"{}\" {what}", shown(value)));
        }
        None
    };
    if value
        .chars()
        .any(|c| c.is_control() || c == '\\' || c == ' ')
    {
        return problem("has a space, a backslash or a control character");
    }
    let Ok(url) = Url::parse(value) else {
        let begins_with_host = value.starts_with(|c: char| c.is_alphanumeric());
        return if begins_with_host && !value.contains("://") {
            problem(&format!("is no URL: write \"https://{}\"", shown(value)))
        } else {
            problem("is no URL")
        };
    };
    if !url.username().is_empty() || url.password().is_some() {
        return problem("must not hold a user or a password");
    }
    if !is_protected(value) {
        return problem("must be https; http is for loopback addresses only");
    }
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Provider;
    use crate::config::name::ProviderNames;
    use crate::config::overrides::Overrides;
    use crate::config::provider;
    use crate::config::tests::reading;

    fn read(lines: &str) -> (Option<Provider>, Vec<String>) {
        let text = format!("name = \"x\"\n{lines}");
        reading(&text, |section, location| {
            provider::read(
                section,
                &Overrides::default(),
                location,
                &mut ProviderNames::default(),
            )
        })
    }

    const ENTRA: &str = "issuer = \"https://login.example/{tenantid}/v2.0\"\n";
    const URL: &str = "https://login.example/common/v2.0/.well-known/openid-configuration";

    #[test]
    fn url_is_that_of_the_metadata_and_the_key_set_follows_it() {
        let documents = "documents = [\"jwks\", \"openid-configuration\"]\n";
        let (provider, problems) = read(&format!("{ENTRA}{documents}url = \"{URL}\""));
        assert_eq!(problems, Vec::<String>::new());
        let provider = provider.unwrap();
        let expected = BTreeMap::from([(Kind::OPENID_CONFIGURATION, URL.to_owned())]);
        assert_eq!(provider.urls, expected);
        assert_eq!(provider.named_for(Kind::OPENID_CONFIGURATION), URL);
        assert_eq!(
            provider.named_for(Kind::JWKS),
            URL,
            "trusted as far as what names it"
        );
    }

    #[test]
    fn each_document_may_have_an_address_of_its_own() {
        let documents =
            "documents = [\"openid-configuration\", \"oauth-authorization-server\", \"jwks\"]\n";
        let urls = "urls = { openid-configuration = \"https://a.example/o\", jwks = \"https://b.example/k\" }";
        let text = format!("issuer = \"https://a.example/x\"\n{documents}{urls}");
        let (provider, problems) = read(&text);
        assert_eq!(problems, Vec::<String>::new());
        let provider = provider.unwrap();
        for (kind, named) in [
            (Kind::OPENID_CONFIGURATION, "https://a.example/o"),
            (Kind::OAUTH_AUTHORIZATION_SERVER, "https://a.example/x"),
            (Kind::JWKS, "https://b.example/k"),
        ] {
            assert_eq!(provider.named_for(kind), named);
        }
        let url = "url = \"https://a.example/m\"\nurls = { jwks = \"https://b.example/k\" }";
        let (provider, problems) = read(&format!("issuer = \"https://a.example\"\n{url}"));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(provider.unwrap().urls.len(), 2);
    }

    #[test]
    fn documents_left_out_are_the_metadata_and_its_key_set() {
        let (provider, problems) = read("issuer = \"https://a.example\"");
        assert_eq!(problems, Vec::<String>::new());
        let documents = provider.unwrap().documents;
        assert_eq!(documents, [Kind::OAUTH_AUTHORIZATION_SERVER, Kind::JWKS]);
        let (provider, _) = read("resource = \"https://a.example\"");
        assert_eq!(
            provider.unwrap().documents,
            [Kind::OAUTH_PROTECTED_RESOURCE]
        );
    }

    #[test]
    fn an_address_that_means_nothing_or_is_missing_is_said_with_the_way_out() {
        let two =
            "documents = [\"openid-configuration\", \"oauth-authorization-server\", \"jwks\"]\n";
        let issuer = "issuer = \"https://a.example\"\n";
        for (lines, problem) in [
            (
                format!("{issuer}{two}url = \"https://a.example/m\""),
                "url is of one metadata document: write urls = { openid-configuration = \"...\", \
                 oauth-authorization-server = \"...\" }",
            ),
            (
                ENTRA.to_owned(),
                "issuer \"https://login.example/{tenantid}/v2.0\" has a template, of which no address \
                 can be made: write it as url = \"https://...\"",
            ),
            (
                format!("issuer = \"https://login.example/%7btenant%7d\"\n{two}"),
                "issuer \"https://login.example/%7btenant%7d\" has a template, of which no address can be \
                 made: write them as urls = { openid-configuration = \"https://...\", \
                 oauth-authorization-server = \"https://...\" }",
            ),
            (
                format!("{ENTRA}{two}urls = {{ openid-configuration = \"{URL}\" }}"),
                "issuer \"https://login.example/{tenantid}/v2.0\" has a template, of which no address can \
                 be made: write them as urls = { oauth-authorization-server = \"https://...\" }",
            ),
            (
                format!("{issuer}urls = {{ openid-configuration = \"{URL}\" }}"),
                "urls names \"openid-configuration\"; the documents are oauth-authorization-server, jwks",
            ),
            (
                format!("{issuer}urls = {{ jwks = 1 }}"),
                "jwks must be a string",
            ),
            (
                format!("{issuer}urls = {{ jwks = \"http://a.example\" }}"),
                "urls.jwks \"http://a.example\" must be https; http is for loopback addresses only",
            ),
            (
                format!(
                    "{issuer}url = \"{URL}\"\nurls = {{ oauth-authorization-server = \"{URL}\" }}"
                ),
                "url is that of oauth-authorization-server, which urls names too: write one of them",
            ),
            (
                format!("{issuer}documents = [\"jwks\"]"),
                "document \"jwks\" is found by another document: add that, or give its url",
            ),
        ] {
            assert_eq!(read(&lines).1, [problem], "{lines}");
        }
    }
}
