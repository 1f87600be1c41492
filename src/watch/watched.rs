//! A watched target, with everything needed to fetch it.

use std::sync::Arc;

use crate::config::Provider;
use crate::document::observation::Validators;
use crate::fetch::Request;
use crate::meaning::provider::Target;

/// A target with what is needed to fetch it and to tell people about it.
#[derive(Debug, Clone)]
pub struct WatchedTarget {
    /// Row of the target.
    pub target_id: i64,
    /// The target.
    pub target: Target,
    /// The host that the operator named: the only host that may resolve to any address.
    pub trusted_host: Box<str>,
    /// A hash of the headers that are sent, keyed by the store, because other headers may get another
    /// answer.
    pub headers: Arc<str>,
    /// The provider's configuration; shared, as there may be thousands of targets.
    pub provider: Arc<Provider>,
}

impl WatchedTarget {
    /// Makes one document of a provider; `headers` is the hash of its headers.
    pub fn of(provider: &Arc<Provider>, target: Target, target_id: i64, headers: Arc<str>) -> Self {
        let named = url::Url::parse(provider.named_for(target.kind.kind())).ok();
        let host = named.as_ref().and_then(|named| named.host_str());
        Self {
            target_id,
            target,
            trusted_host: host.unwrap_or_default().into(),
            headers,
            provider: Arc::clone(provider),
        }
    }

    /// Its address; `None` for a key set, whose address the provider's metadata gives.
    pub fn url(&self) -> Option<&str> {
        self.target.url.as_deref()
    }

    /// The request for this target at an address. Its headers are sent only to the origin of the address that
    /// the operator named.
    pub(super) fn request<'a>(
        &'a self,
        url: &'a str,
        validators: Option<&'a Validators>,
    ) -> Request<'a> {
        Request {
            url,
            trusted_host: &self.trusted_host,
            home: self.provider.named_for(self.target.kind.kind()),
            allow_hosts: &self.provider.allow_hosts,
            headers: &self.provider.headers,
            validators,
        }
    }

    /// Whether the other document gives the address of this one.
    pub fn is_led_by(&self, other: &Self) -> bool {
        let (own, other) = (&self.target, &other.target);
        own.provider == other.provider && other.kind.leads_to_named(&own.kind)
    }

    /// `provider/document`, as it is shown and logged.
    pub fn name(&self) -> String {
        format!("{}/{}", self.target.provider, self.target.kind)
    }
}
