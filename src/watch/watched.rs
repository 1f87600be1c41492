//! What is watched: a target with what it takes to fetch it.

use std::sync::Arc;

use crate::config::Provider;
use crate::document::observation::Validators;
use crate::fetch::Request;
use crate::meaning::provider::Target;

/// A target with what it takes to fetch it and to tell people about it.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Row of the target.
    pub target_id: i64,
    /// The target.
    pub target: Target,
    /// Where it is; `None` for a key set, which the provider's metadata names.
    pub url: Option<String>,
    /// Host the operator named: the one that may be anywhere.
    pub trusted_host: String,
    /// What the operator named: its origin gets the headers.
    pub home: String,
    /// A hash of the headers that are sent, keyed by the store: with other headers another answer
    /// may come.
    pub headers: Arc<str>,
    /// What else is configured; shared, as there may be thousands.
    pub provider: Arc<Provider>,
}

impl Watched {
    /// One document of a provider; `headers` names its headers.
    pub fn of(provider: &Arc<Provider>, target: Target, target_id: i64, headers: Arc<str>) -> Self {
        let url = target.url.clone();
        let named = provider.named_for(target.kind.kind()).to_owned();
        let trusted_host = url::Url::parse(&named)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        Self {
            target_id,
            target,
            url,
            trusted_host,
            home: named,
            headers,
            provider: Arc::clone(provider),
        }
    }

    /// What is asked of an address of it.
    pub(super) fn request<'a>(
        &'a self,
        url: &'a str,
        validators: Option<&'a Validators>,
    ) -> Request<'a> {
        Request {
            url,
            trusted_host: &self.trusted_host,
            home: &self.home,
            allow_hosts: &self.provider.allow_hosts,
            headers: &self.provider.headers,
            validators,
        }
    }

    /// Whether the other document says where this one is.
    pub fn is_led_by(&self, other: &Self) -> bool {
        let (own, other) = (&self.target, &other.target);
        own.provider == other.provider && other.kind.leads_to_named(&own.kind)
    }

    /// `provider/document`, as it is shown and logged.
    pub fn name(&self) -> String {
        format!("{}/{}", self.target.provider, self.target.kind)
    }
}
