//! Follows a resource (RFC 9728) to the authorization servers that its document names, one level deep,
//! and to their key sets. These are ordinary targets, which come and go with that document.
//!
//! Which document a server has, and at which address, is looked up once, when it is named for the first
//! time, and kept as name and address of its target: looking it up at every poll would be three requests
//! for one. Only a server that never had a document, and says that there is none at the address that was
//! taken for want of a better one, is looked up again: it may have been away when it was named.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::other_addresses::is_document;
use super::watched::WatchedTarget;
use crate::clock;
use crate::config::Provider;
use crate::document::kind::{Checks, Kind, Place};
use crate::document::name::DocumentName;
use crate::document::well_known;
use crate::fetch::Fetcher;
use crate::meaning::change::Change;
use crate::meaning::judge::{Judge, rules_of};
use crate::meaning::provider::{Identity, Target};
use crate::policy::announced::{self, KnownServer};
use crate::policy::event::FindingChange;
use crate::policy::followed::{NamedTargets, named};
use crate::policy::sighting::Sighting;
use crate::store::{Store, StoreError, StoredTarget, TargetSpec};

/// The targets that a resource leads to now, and which of them are known.
pub(super) struct FollowedTargets {
    named: NamedTargets,
    known: Vec<StoredTarget>,
}

impl FollowedTargets {
    /// Reads them from the store; `None` for a provider that leads to no others.
    pub(super) fn of(store: &Store, provider: &Provider) -> Result<Option<Self>, StoreError> {
        let Identity::Resource(resource) = &provider.identity else {
            return Ok(None);
        };
        let mut found = NamedTargets::default();
        let leading = DocumentName::from(Kind::JWKS);
        for (from, canonical) in store.metadata_of(&provider.name, Some(resource), &leading)? {
            if from.is_of_resource() {
                found = named(from.kind(), &canonical);
            }
        }
        Ok(Some(Self {
            named: found,
            known: store.known_targets(&provider.name)?,
        }))
    }

    /// The document of a server, if it was found.
    fn server(&self, issuer: &str) -> Option<&StoredTarget> {
        let is_it = |one: &&StoredTarget| {
            one.document.issuer() == Some(issuer) && one.document.is_of_server()
        };
        let known = self.known.iter().filter(is_it);
        known.min_by_key(|one| (!one.is_watched, !one.has_document))
    }

    /// Servers whose document was not looked up yet.
    fn unknown(&self) -> impl Iterator<Item = &str> {
        let servers = self.named.servers.iter().map(String::as_str);
        servers.filter(|issuer| self.server(issuer).is_none())
    }

    /// Servers that answer and never had a document where they were looked for, with what it was called.
    fn misplaced(
        &self,
        store: &Store,
        provider: &Provider,
    ) -> Result<Vec<DocumentName>, StoreError> {
        let servers = self.named.servers.iter();
        let known = servers.filter_map(|issuer| self.server(issuer));
        let mut misplaced = Vec::new();
        for one in known.filter(|one| one.is_watched && !one.has_document) {
            let spec = spec(provider, one.document.clone(), None);
            for target_id in store.find_targets(&[spec])? {
                let state = store.tracking(target_id)?.state;
                let last = state.outage.as_ref().and_then(|it| it.polls.last());
                if last.is_some_and(|poll| poll.failure.is_missing()) {
                    misplaced.push(one.document.clone());
                }
            }
        }
        Ok(misplaced)
    }

    /// Name and address of all targets to be watched besides the configured ones.
    fn wanted(&self, provider: &Provider) -> Vec<(DocumentName, Option<String>)> {
        let mut wanted = Vec::new();
        let keys = |name: &DocumentName| -> Vec<(DocumentName, Option<String>)> {
            let leads = name.row().leads.iter();
            let led = leads.filter(|(_, kind)| provider.follows_keys && kind.is_named_by_another());
            led.map(|(_, kind)| (name.of_same_issuer(*kind), None))
                .collect()
        };
        if provider.follows_keys {
            let own = self
                .named
                .own
                .iter()
                .filter(|kind| !provider.documents.contains(kind));
            wanted.extend(own.map(|kind| (DocumentName::from(*kind), None)));
        }
        for issuer in &self.named.servers {
            if let Some(server) = self.server(issuer) {
                wanted.push((server.document.clone(), server.url.clone()));
                wanted.extend(keys(&server.document));
            }
        }
        wanted
    }

    /// Targets that are watched but no longer led to, and whether some are led to but not watched.
    fn moved(&self, provider: &Provider) -> (Vec<DocumentName>, bool) {
        let wanted = self.wanted(provider);
        let is_wanted = |name: &DocumentName| wanted.iter().any(|(one, _)| one == name);
        let watched = self.known.iter().filter(|one| one.is_watched);
        let names: Vec<&DocumentName> = watched.map(|one| &one.document).collect();
        let is_configured =
            |name: &DocumentName| provider.documents.iter().any(|kind| *name == *kind);
        let gone = names
            .iter()
            .filter(|name| !is_configured(name) && !is_wanted(name));
        let comes = wanted.iter().any(|(name, _)| !names.contains(&name));
        (gone.map(|name| (*name).clone()).collect(), comes)
    }
}

/// The targets that the resources among these providers lead to, as far as they were found.
pub(super) fn targets(
    providers: &[Arc<Provider>],
    store: &Store,
) -> Result<Vec<(Arc<Provider>, Target)>, StoreError> {
    let mut all = Vec::new();
    for provider in providers {
        let Some(following) = FollowedTargets::of(store, provider)? else {
            continue;
        };
        for (name, url) in following.wanted(provider) {
            let issuer: Option<Arc<str>> = name.issuer().map(Arc::from);
            let judge = issuer.unwrap_or_else(|| provider.identity.shared());
            let url: Option<Arc<str>> = url.map(Arc::from);
            let rules = rules_of(&provider.policy);
            let target = Target {
                provider: provider.name.clone(),
                judge: Judge::by(rules, Some(judge), url.clone()),
                identity: Identity::of_document(&name, None),
                kind: name,
                url,
                policy: Arc::clone(&provider.policy),
            };
            all.push((Arc::clone(provider), target));
        }
    }
    Ok(all)
}

/// Looks up the documents of servers that a resource names for the first time. Returns whether the
/// watched targets differ from those to be watched now.
pub(super) async fn follow(
    fetcher: &Fetcher,
    store: &Store,
    watched: &Arc<WatchedTarget>,
) -> Result<bool, StoreError> {
    if watched.target.kind.issuer().is_some() || !watched.target.kind.is_of_resource() {
        return Ok(false);
    }
    let provider = &watched.provider;
    let Some(following) = FollowedTargets::of(store, provider)? else {
        return Ok(false);
    };
    let unknown = following.unknown().map(|issuer| (issuer.to_owned(), None));
    let misplaced = following.misplaced(store, provider)?.into_iter();
    let again = misplaced.filter_map(|name| Some((name.issuer()?.to_owned(), Some(name))));
    let mut looks = JoinSet::new();
    for (issuer, known) in unknown.chain(again) {
        let (fetcher, watched) = (fetcher.clone(), Arc::clone(watched));
        looks.spawn(async move {
            let found = look(&fetcher, &watched, &issuer).await;
            let is_known = known.is_some();
            let first = || forms(&issuer).into_iter().next().filter(|_| !is_known);
            let (kind, url) = found.or_else(first)?;
            Some((DocumentName::of(kind, &issuer), url, known))
        });
    }
    let mut found = Vec::new();
    while let Some(ended) = looks.join_next().await {
        // A server whose task panicked is looked up again at the next poll.
        found.extend(ended.ok().flatten());
    }
    let is_new = !found.is_empty();
    let (mut gone, comes) = following.moved(provider);
    for (name, url, known) in found {
        // What was taken for want of a better one gives way.
        gone.extend(known.filter(|known| *known != name));
        let spec = spec(provider, name, Some(url));
        store.add_target(spec, clock::now()).await?;
    }
    let is_gone = !gone.is_empty();
    if is_gone {
        store
            .retire_targets(provider.name.clone(), gone, clock::now())
            .await?;
    }
    Ok(is_new || is_gone || comes)
}

/// A target of a provider, to be found in the store or to be added to it.
fn spec(provider: &Provider, kind: DocumentName, url: Option<String>) -> TargetSpec {
    TargetSpec {
        provider: provider.name.clone(),
        kind,
        url,
        formerly: provider.formerly.clone(),
    }
}

/// What the documents of the servers of a resource say of the names under which they were found, for a poll
/// of the resource that changes its list of them.
pub(super) fn announced(
    store: &Store,
    target: &Target,
    sighting: &Sighting,
) -> Result<Vec<FindingChange>, StoreError> {
    let changes = &sighting.difference.changes;
    let leads = |change: &Change| {
        let mut leads = target.kind.row().leads.iter();
        leads.any(|(member, _)| change.subject == *member)
    };
    if !announced::tells(&target.kind) || !changes.iter().any(leads) {
        return Ok(Vec::new());
    }
    let known = store.known_targets(&target.provider)?;
    let servers = known.into_iter().filter(|one| one.is_watched);
    let specs: Vec<TargetSpec> = servers
        .map(|one| TargetSpec {
            provider: target.provider.clone(),
            kind: one.document,
            url: None,
            formerly: Vec::new(),
        })
        .collect();
    let mut known = Vec::new();
    for (spec, target_id) in specs.iter().zip(store.find_targets(&specs)?) {
        let tracking = store.tracking(target_id)?;
        known.extend(KnownServer::of(
            &spec.kind,
            &tracking,
            sighting.observation.at,
        ));
    }
    Ok(announced::of_sighting(target, sighting, &known))
}

/// Whether a resource led to this target and does so no more. A poll may wait while the resource drops it.
pub(super) fn is_left(store: &Store, target: &Target) -> Result<bool, StoreError> {
    if target.kind.issuer().is_none() {
        return Ok(false);
    }
    let known = store.known_targets(&target.provider)?;
    let is_it = |one: &&StoredTarget| one.document == target.kind;
    Ok(known.iter().find(is_it).is_some_and(|one| !one.is_watched))
}

/// The first address at which a server answers with its document. If there is none, the first of all is
/// polled, whose outage is told then.
async fn look(fetcher: &Fetcher, watched: &WatchedTarget, issuer: &str) -> Option<(Kind, String)> {
    for (kind, url) in forms(issuer) {
        let observation = fetcher
            .observe(watched.request(&url, None), clock::now)
            .await;
        if is_document(kind, &observation) {
            return Some((kind, url));
        }
    }
    None
}

/// The addresses in the order in which clients of resources ask (Model Context Protocol, authorization
/// server metadata discovery): RFC 8414 inserted, OpenID inserted, OpenID appended.
fn forms(issuer: &str) -> Vec<(Kind, String)> {
    let servers = Kind::ALL.iter().filter(|kind| kind.is_of_server());
    let places = servers.flat_map(|kind| match kind.row().checks {
        Checks::OpenidProvider => vec![(*kind, Place::Inserted), (*kind, Place::Appended)],
        _ => vec![(*kind, kind.row().place)],
    });
    let mut forms: Vec<(Kind, String)> = Vec::new();
    for (kind, place) in places {
        let url = well_known::at(kind, place, issuer);
        let is_new = |url: &String| !forms.iter().any(|(_, known)| known == url);
        let form = url.filter(is_new);
        forms.extend(form.map(|url| (kind, url)));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_looked_for_in_the_order_of_clients() {
        let urls = |issuer: &str| -> Vec<String> {
            let forms = forms(issuer).into_iter();
            forms
                .map(|(kind, url)| format!("{kind} {}", url.replace("/.well-known", "~")))
                .collect()
        };
        assert_eq!(
            urls("https://as.example/t1"),
            [
                "oauth-authorization-server https://as.example~/oauth-authorization-server/t1",
                "openid-configuration https://as.example~/openid-configuration/t1",
                "openid-configuration https://as.example/t1~/openid-configuration",
            ]
        );
        assert_eq!(
            urls("https://as.example"),
            [
                "oauth-authorization-server https://as.example~/oauth-authorization-server",
                "openid-configuration https://as.example~/openid-configuration",
            ]
        );
    }
}
