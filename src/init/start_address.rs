//! What a person has in the clipboard, read into the addresses that are asked.

use url::Url;

use super::named_provider;
use crate::document::address::{is_loopback, is_plain};
use crate::document::text::{bounded, visible};
use crate::document::well_known;

/// The longest text that is taken for an address, in characters.
const LONGEST: usize = 2_000;
/// How many paths of one address are tried as issuer: the whole path, two above it, and the bare host.
const MOST_PATHS: usize = 4;

/// Whatever may lead to an issuer or a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartAddress {
    /// As it was given, harmless.
    pub(super) text: String,
    /// The address that was read from the text.
    pub(super) url: Url,
    /// The name for the provider, if the text gives one.
    pub(super) name: Option<String>,
}

impl StartAddress {
    /// Reads what was given; the error is for who gave it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let given = text.trim();
        if given.is_empty() || given.len() > LONGEST {
            return Err("expected an address, a host or a name".to_owned());
        }
        let (name, address) = match named_provider::address(given) {
            Some(found) => found.map(|(name, address)| (Some(name), address))?,
            None => (None, given.to_owned()),
        };
        let address = if address.contains("://") {
            address
        } else {
            format!("https://{address}")
        };
        let parsed = Url::parse(&address).ok().filter(Url::has_host);
        let mut url = parsed.ok_or("no address: expected https://..., a host or a name")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it holds a user name, which is not sent: leave it out".to_owned());
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err("only https is asked, and http at a loopback address".to_owned());
        }
        url.set_fragment(None);
        // The fragment is cut off, so that all clients read the same host in the address.
        let bare = address.split('#').next().unwrap_or_default();
        if !is_plain(bare) {
            return Err("not every client reads the same host in it: write it plainly".to_owned());
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            // Between two schemes that are both known this does not fail.
            let _is_set = url.set_scheme("https");
        }
        Ok(Self {
            text: bounded(&visible(given), 200),
            url,
            name,
        })
    }

    /// The host, if it may be one of this machine: no other is asked at an address that is not public.
    pub(super) fn loopback(&self) -> &str {
        let host = self.url.host_str().unwrap_or_default();
        if is_loopback(&self.url) { host } else { "" }
    }

    /// The address itself, unless it is a host and nothing else.
    pub(super) fn page(&self) -> Option<String> {
        let is_more = self.url.path() != "/" || self.url.query().is_some();
        is_more.then(|| self.url.to_string())
    }

    /// Identifiers that may be the issuer or the resource, the likeliest first.
    pub(super) fn identities(&self) -> Vec<String> {
        if let Some((identity, _)) = well_known::identity_of(self.url.as_str()) {
            return vec![identity];
        }
        let origin = self.url.origin().ascii_serialization();
        let path = self.url.path();
        let mut all = vec![format!(
            "{origin}{}",
            path.strip_suffix('/').unwrap_or(path)
        )];
        if path.len() > 1 && path.ends_with('/') {
            // Of a resource the slash counts (RFC 9728 section 3.1); of an issuer the addresses are the same.
            all.push(format!("{origin}{path}"));
        }
        let mut rest = path.trim_end_matches('/');
        while let Some((above, _)) = rest.rsplit_once('/') {
            if all.len() + 1 >= MOST_PATHS && !above.is_empty() {
                rest = above;
                continue;
            }
            all.push(format!("{origin}{above}"));
            rest = above;
        }
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identities(text: &str) -> Vec<String> {
        StartAddress::parse(text).unwrap().identities()
    }

    #[test]
    fn an_address_may_be_an_issuer_with_its_path_or_with_less_of_it() {
        assert_eq!(identities("a.example"), ["https://a.example"]);
        assert_eq!(
            identities("https://a.example/t/"),
            [
                "https://a.example/t",
                "https://a.example/t/",
                "https://a.example"
            ]
        );
        assert_eq!(
            identities("https://a.example/a/b/c/d/e/f#x"),
            [
                "https://a.example/a/b/c/d/e/f",
                "https://a.example/a/b/c/d/e",
                "https://a.example/a/b/c/d",
                "https://a.example"
            ]
        );
        assert_eq!(
            identities("https://a.example/t/.well-known/openid-configuration"),
            ["https://a.example/t"]
        );
    }

    #[test]
    fn what_is_no_plain_address_is_refused_and_no_user_name_is_sent() {
        for text in [
            "",
            "https://",
            "ftp://a.example",
            "https://user:secret@a.example",
            "user@a.example",
            "https://a.example\\@b.example/",
            "a b",
        ] {
            let error = StartAddress::parse(text).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        let url = |text: &str| StartAddress::parse(text).unwrap().url.to_string();
        assert_eq!(url("http://a.example/"), "https://a.example/");
        assert_eq!(url("http://127.0.0.1:80/x"), "http://127.0.0.1/x");
    }
}
