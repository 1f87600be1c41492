//! What a document is called within its provider: its kind, and its issuer if another document led to
//! it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::address::{is_plain, is_protected};
use super::kind::Kind;

/// Longest issuer that a document is called by: longer ones are not followed.
pub const LONGEST: usize = 512;

/// `oauth-authorization-server`, or `oauth-authorization-server@as.example`.
///
/// It answers what its kind answers, because the table of kinds holds for the documents of any issuer. Only
/// its text is its own: that of its kind alone would be the name of another document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentName {
    kind: Kind,
    of: Option<Arc<Followed>>,
}

/// What only the name of a document has to which another one led.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Followed {
    issuer: Box<str>,
    /// The whole name.
    text: Box<str>,
}

impl DocumentName {
    /// The document of a kind that an issuer has, to which another document led.
    pub fn of(kind: Kind, issuer: &str) -> Self {
        let shown = issuer.strip_prefix("https://").unwrap_or(issuer);
        let followed = Followed {
            issuer: issuer.into(),
            text: format!("{kind}@{shown}").into(),
        };
        Self {
            kind,
            of: Some(Arc::new(followed)),
        }
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        match &self.of {
            None => self.kind.as_str(),
            Some(followed) => &followed.text,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The issuer it belongs to; `None` if it is the provider's own and no other document led to it.
    pub fn issuer(&self) -> Option<&str> {
        self.of.as_ref().map(|followed| &*followed.issuer)
    }

    /// The document of another kind of the same issuer.
    #[must_use]
    pub fn of_same_issuer(&self, kind: Kind) -> Self {
        match self.issuer() {
            Some(issuer) => Self::of(kind, issuer),
            None => Self::from(kind),
        }
    }

    /// Whether it says where the other document is, which must be of the same issuer.
    pub fn leads_to_named(&self, other: &Self) -> bool {
        self.issuer() == other.issuer() && self.kind.leads_to(other.kind)
    }

    /// Whether this is its text form.
    pub fn is_called(&self, text: &str) -> bool {
        self.as_str() == text
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((kind, issuer)) = text.split_once('@') else {
            return Kind::parse(text).map(Self::from);
        };
        let issuer = match issuer.strip_prefix("http://") {
            Some(_) => issuer.to_owned(),
            None => format!("https://{issuer}"),
        };
        let kind = Kind::parse(kind)?;
        is_followed(&issuer).then(|| Self::of(kind, &issuer))
    }
}

/// Whether a document may be called by an issuer and is followed. The issuer then stands in names,
/// paths and logs, and clients would read an odd one differently.
pub fn is_followed(issuer: &str) -> bool {
    let url = Url::parse(issuer).ok().filter(Url::has_host);
    url.is_some_and(|url| {
        issuer.len() <= LONGEST
            && is_protected(issuer)
            && is_plain(issuer)
            && issuer.bytes().all(|byte| byte.is_ascii_graphic())
            && !issuer.contains(['@', '?', '#', '\\', '"', '\'', '<', '>', '*', '{', '}'])
            && issuer.starts_with(url.scheme())
    })
}

impl From<Kind> for DocumentName {
    fn from(kind: Kind) -> Self {
        Self { kind, of: None }
    }
}

impl Deref for DocumentName {
    type Target = Kind;

    fn deref(&self) -> &Kind {
        &self.kind
    }
}

impl PartialEq<Kind> for DocumentName {
    fn eq(&self, kind: &Kind) -> bool {
        self.of.is_none() && self.kind == *kind
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for DocumentName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DocumentName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("no document: {text}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_called_by_its_kind_and_by_whose_it_is() {
        for (text, issuer) in [
            ("jwks", None),
            ("jwks@as.example", Some("https://as.example")),
            (
                "openid-configuration@as.example/t/",
                Some("https://as.example/t/"),
            ),
            ("jwks@http://127.0.0.1:80/x", Some("http://127.0.0.1:80/x")),
        ] {
            let name = DocumentName::parse(text).unwrap();
            assert_eq!(name.issuer(), issuer);
            assert_eq!(name.to_string(), text);
            assert_eq!(name.as_str(), text);
            let json = serde_json::to_string(&name).unwrap();
            assert_eq!(serde_json::from_str::<DocumentName>(&json).unwrap(), name);
        }
        for text in [
            "",
            "x",
            "@a.example",
            "jwks@",
            "jwks@a b.example",
            "jwks@user@a.example",
        ] {
            assert_eq!(DocumentName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_issuer_that_clients_read_differently_is_not_followed() {
        let long = format!("https://a.example/{}", "a".repeat(LONGEST));
        for issuer in [
            long.as_str(),
            "https://user:secret@a.example",
            "https://a.example/\n",
            "https://a.example/\u{202e}",
            "HTTPS://a.example",
            "https://a.example\\@b.example",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "https://a.example/{tenant}",
            "as.example",
            "",
        ] {
            assert!(!is_followed(issuer), "{issuer}");
        }
        for issuer in [
            "https://a.example",
            "https://a.example/",
            "http://127.0.0.1:1/x",
        ] {
            assert!(is_followed(issuer), "{issuer}");
        }
    }
}
