//! From a configuration to what is polled: targets with their rows and addresses.

use std::sync::Arc;

use jiff::Timestamp;

use super::poll::Watched;
use crate::config::Config;
use crate::model::kind::Kind;
use crate::model::provider::{Provider, Target};
use crate::model::well_known::metadata_url;
use crate::store::{Store, StoreError, TargetSpec};

/// Every document of every provider, with where it is, in the order of the configuration.
pub fn documents(providers: &[Arc<Provider>]) -> impl Iterator<Item = (&Arc<Provider>, Target)> {
    providers.iter().flat_map(|provider| {
        provider.documents.iter().map(move |kind| {
            let derived = || metadata_url(*kind, provider.identity.as_str());
            let target = Target {
                provider: provider.name.clone(),
                kind: *kind,
                url: provider.urls.get(kind).cloned().or_else(derived),
                identity: Some(provider.identity.clone()).filter(|_| *kind != Kind::Jwks),
                policy: Arc::clone(&provider.policy),
            };
            (provider, target)
        })
    })
}

/// What becomes of the targets that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// They are those of this configuration: what left it is retired.
    Exactly,
    /// Those of this configuration are there; a daemon may watch others with its own.
    Added,
    /// They stay as they are.
    Untouched,
}

/// Finds the stored targets of the configuration.
pub async fn watched(
    config: &Config,
    store: &Store,
    keeping: Keeping,
    now: Timestamp,
) -> Result<Vec<Arc<Watched>>, StoreError> {
    let found: Vec<_> = documents(&config.providers).collect();
    let specs: Vec<TargetSpec> = found
        .iter()
        .map(|(_, target)| TargetSpec {
            provider: target.provider.clone(),
            kind: target.kind,
            url: target.url.clone(),
        })
        .collect();
    let ids = match keeping {
        Keeping::Exactly => store.sync_targets(specs, now).await?,
        Keeping::Added => store.add_targets(specs, now).await?,
        Keeping::Untouched => store.find_targets(&specs)?,
    };
    Ok(found
        .into_iter()
        .zip(ids)
        .map(|((provider, target), id)| Arc::new(Watched::of(provider, target, id)))
        .collect())
}
