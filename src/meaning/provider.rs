//! What is watched: targets, what they must say they are about, and the policy that holds for each.

use std::sync::Arc;

use super::judge::Judge;
use super::pattern::{is_pattern, matches};
use super::provider_policy::Policy;
use super::rule::Rule;
use crate::document::kind::Kind;
use crate::document::name::DocumentName;

/// The URL that identifies what a document is about, compared character by character. Shared, as a provider, its
/// targets and their judges have the same one, and there may be thousands of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// An authorization server (RFC 8414 section 2).
    Issuer(Arc<str>),
    /// A protected resource (RFC 9728 section 1.2).
    Resource(Arc<str>),
    /// An authorization server, as a resource announces it (RFC 9728 section 2).
    Announced(Arc<str>),
    /// The address of a document that does not name what it describes.
    Address(Arc<str>),
}

impl Identity {
    /// The rule that is broken where a document names something else.
    pub fn mismatch(&self) -> Rule {
        match self {
            Self::Issuer(_) | Self::Address(_) => Rule::IssuerMismatch,
            Self::Resource(_) => Rule::ResourceMismatch,
            Self::Announced(_) => Rule::IssuerAnnouncedDifferently,
        }
    }

    /// What a document of this kind calls itself.
    pub fn named_by(kind: Kind, url: &str) -> Self {
        let url = url.into();
        if kind.is_of_resource() {
            Self::Resource(url)
        } else {
            Self::Issuer(url)
        }
    }

    /// What a document must say it describes. If a resource led to an authorization server, that is the
    /// issuer as the resource names it, whatever is configured; of all others it is what is configured.
    pub fn of_document(document: &DocumentName, configured: Option<&Self>) -> Option<Self> {
        let whose = match document.issuer() {
            Some(issuer) => Some(Self::Announced(issuer.into())),
            None => configured.cloned(),
        };
        whose?.of(document.kind())
    }

    /// What documents of this kind must say they describe, if they must say anything.
    pub fn of(self, kind: Kind) -> Option<Self> {
        Some(self).filter(|it| kind.must_name_itself() && !matches!(it, Self::Address(_)))
    }

    /// The URL as configured.
    pub fn as_str(&self) -> &str {
        self.url()
    }

    /// The same, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(self.url())
    }

    fn url(&self) -> &Arc<str> {
        match self {
            Self::Issuer(url) | Self::Resource(url) | Self::Announced(url) | Self::Address(url) => {
                url
            }
        }
    }
}

/// One document of one provider at one URL: what is polled. Shown as `provider/document`.
#[derive(Debug, Clone)]
pub struct Target {
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: DocumentName,
    /// Where it is; `None` for a key set whose `jwks_uri` is not known yet. Its judge has the same one.
    pub url: Option<Arc<str>>,
    /// What the document must say it is about; `None` where the first document seen decides
    /// (a replayed provider that no configuration names) and for key sets.
    pub identity: Option<Identity>,
    /// The policy that decides about its changes.
    pub policy: Arc<Policy>,
    /// As whose document it is read, and by which rules.
    pub judge: Judge,
}

impl Target {
    /// Whether people mean it by this: the name of its provider, or `provider/document`.
    pub fn is_called(&self, name: &str) -> bool {
        is_called(&self.provider, &self.kind, name)
    }
}

/// Whether people mean a document of a provider by this: `provider` or `provider/document`, in which
/// `*` stands for any characters.
pub fn is_called(provider: &str, document: &DocumentName, name: &str) -> bool {
    if is_pattern(name) {
        return matches(name, provider) || matches(name, &format!("{provider}/{document}"));
    }
    let rest = name.strip_prefix(provider);
    let is_it = |rest: &str| document.is_called(rest);
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/').is_some_and(is_it))
}

/// A value that must not be shown. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}
