//! Turns a configuration into what is polled: targets with their rows and addresses.

use std::sync::Arc;

use jiff::Timestamp;

use super::following;
use super::watched::WatchedTarget;
use crate::config::Config;
use crate::config::Provider;
use crate::document::fingerprint::sha256_half;
use crate::document::well_known::metadata_url;
use crate::meaning::judge::{Judge, rules_of};
use crate::meaning::provider::Target;
use crate::meaning::provider_policy::Policy;
use crate::policy::roster::RosterEntry;
use crate::store::{Store, StoreError, TargetRow, TargetSpec};

/// Each document of each provider, in the order of the configuration.
pub fn documents(providers: &[Arc<Provider>]) -> impl Iterator<Item = (&Arc<Provider>, Target)> {
    let each = providers.iter().flat_map(|provider| {
        let kinds = provider.documents.iter();
        kinds.map(move |kind| (provider, *kind))
    });
    let mut before: Option<(&Arc<Policy>, Arc<str>)> = None;
    each.map(move |(provider, kind)| {
        let (identity, policy) = (&provider.identity, &provider.policy);
        let derived = || metadata_url(kind, identity.as_str());
        let named = provider.urls.get(&kind).cloned();
        let url: Option<Arc<str>> = named.or_else(derived).map(Arc::from);
        // Providers of one policy share what it makes of the rules: there may be thousands of them.
        let known = before.as_ref().filter(|(of, _)| Arc::ptr_eq(of, policy));
        let rules = known.map_or_else(|| rules_of(policy), |(_, rules)| Arc::clone(rules));
        before = Some((policy, Arc::clone(&rules)));
        let target = Target {
            provider: provider.name.clone(),
            kind: kind.into(),
            judge: Judge::by(rules, Some(identity.shared()), url.clone()),
            url,
            identity: identity.clone().of(kind),
            policy: Arc::clone(policy),
        };
        (provider, target)
    })
}

/// The targets of a configuration, to be compared with other ones.
pub fn roster(providers: &[Arc<Provider>]) -> Vec<RosterEntry> {
    documents(providers)
        .map(|(provider, target)| RosterEntry {
            about: Some(if target.kind.is_key_set() {
                target.url.as_deref().unwrap_or_default().to_owned()
            } else {
                provider.identity.as_str().to_owned()
            })
            .filter(|about| !about.is_empty()),
            provider: target.provider,
            kind: target.kind,
            formerly: provider.formerly.clone(),
        })
        .collect()
}

/// The targets of a store that are watched, to be compared with those of a configuration.
pub fn stored(rows: Vec<TargetRow>) -> Vec<RosterEntry> {
    // Targets that a resource leads to are not configured; they come and go with its document.
    let is_configured = |row: &TargetRow| row.kind.issuer().is_none();
    let watched = rows
        .into_iter()
        .filter(|row| row.retired_at.is_none() && is_configured(row));
    let entry = |row: TargetRow| {
        let baseline = row.tracking.baseline.as_ref();
        let identity = baseline.and_then(|known| known.judgement.judge.identity.as_deref());
        RosterEntry {
            about: if row.kind.is_key_set() {
                row.url.clone()
            } else {
                identity.map(str::to_owned)
            },
            provider: row.provider,
            kind: row.kind,
            formerly: Vec::new(),
        }
    };
    watched.map(entry).collect()
}

/// What is done with the stored targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetSync {
    /// They become those of this configuration: targets that left it are retired.
    Exactly,
    /// Those of this configuration are added; a daemon may watch others with its own configuration.
    Added,
    /// They stay unchanged.
    Untouched,
}

/// Finds the stored targets for the configuration.
pub async fn watched(
    config: &Config,
    store: &Store,
    keeping: TargetSync,
    now: Timestamp,
) -> Result<Vec<Arc<WatchedTarget>>, StoreError> {
    let mut found: Vec<_> = documents(&config.providers)
        .map(|(provider, target)| (Arc::clone(provider), target))
        .collect();
    found.extend(following::targets(&config.providers, store)?);
    let specs: Vec<TargetSpec> = found
        .iter()
        .map(|(provider, target)| TargetSpec {
            provider: target.provider.clone(),
            kind: target.kind.clone(),
            url: target.url.as_deref().map(str::to_owned),
            formerly: provider.formerly.clone(),
        })
        .collect();
    let ids = match keeping {
        TargetSync::Exactly => store.sync_targets(specs, now).await?,
        TargetSync::Added => store.add_targets(specs, now).await?,
        TargetSync::Untouched => store.find_targets(&specs)?,
    };
    let key = store.key()?;
    Ok(found
        .into_iter()
        .zip(ids)
        .map(|((provider, target), id)| {
            let headers = headers(&provider, &key);
            Arc::new(WatchedTarget::of(&provider, target, id, headers))
        })
        .collect())
}

/// A hash that identifies the headers of a provider. Headers may be secret, and a plain hash could reveal
/// a secret, so the hash is keyed by the store.
fn headers(provider: &Provider, key: &str) -> Arc<str> {
    if provider.headers.is_empty() {
        return Arc::default();
    }
    let mut text = key.to_owned();
    for (name, value) in &provider.headers {
        text.push('\n');
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value.reveal());
    }
    sha256_half(&text).into()
}
