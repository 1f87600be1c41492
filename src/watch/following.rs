//! Follows a resource (RFC 9728) to the authorization servers that its document names, one level deep,
//! and to their key sets. These are ordinary targets, which come and go with that document.
//!
//! Which document a server has, and at which address, is looked up once, when it is named for the first
//! time, and kept as name and address of its target: looking it up at every poll would be three requests
//! for one.

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
use crate::meaning::judge::{Judge, rules_of};
use crate::meaning::provider::{Identity, Target};
use crate::policy::followed::{NamedTargets, named};
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
        let watched = self.known.iter().find(|one| one.is_watched && is_it(one));
        watched.or_else(|| self.known.iter().find(is_it))
    }

    /// Servers whose document was not looked up yet.
    fn unknown(&self) -> impl Iterator<Item = &str> {
        let servers = self.named.servers.iter().map(String::as_str);
        servers.filter(|issuer| self.server(issuer).is_none())
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
            let judge = issuer.clone().unwrap_or_else(|| provider.identity.shared());
            let url: Option<Arc<str>> = url.map(Arc::from);
            let rules = rules_of(&provider.policy);
            let target = Target {
                provider: provider.name.clone(),
                judge: Judge::by(rules, Some(judge), url.clone()),
                identity: issuer.and_then(|it| Identity::Announced(it).of(name.kind())),
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
    let mut looks = JoinSet::new();
    for issuer in following.unknown() {
        let (fetcher, watched, issuer) = (fetcher.clone(), Arc::clone(watched), issuer.to_owned());
        looks.spawn(async move { look(&fetcher, &watched, &issuer).await });
    }
    let mut found = Vec::new();
    while let Some(ended) = looks.join_next().await {
        // A server whose task panicked is looked up again at the next poll.
        found.extend(ended.ok().flatten());
    }
    let is_new = !found.is_empty();
    for (name, url) in found {
        let spec = TargetSpec {
            provider: provider.name.clone(),
            kind: name,
            url: Some(url),
            formerly: provider.formerly.clone(),
        };
        store.add_target(spec, clock::now()).await?;
    }
    let (gone, comes) = following.moved(provider);
    let is_gone = !gone.is_empty();
    if is_gone {
        store
            .retire_targets(provider.name.clone(), gone, clock::now())
            .await?;
    }
    Ok(is_new || is_gone || comes)
}

/// The first address at which a server answers with its document; if there is none, the first of all,
/// whose outage is told then.
async fn look(
    fetcher: &Fetcher,
    watched: &WatchedTarget,
    issuer: &str,
) -> Option<(DocumentName, String)> {
    let forms = forms(issuer);
    for (kind, url) in &forms {
        let observation = fetcher
            .observe(watched.request(url, None), clock::now)
            .await;
        if is_document(*kind, &observation) {
            return Some((DocumentName::of(*kind, issuer), url.clone()));
        }
    }
    let first = forms.into_iter().next();
    first.map(|(kind, url)| (DocumentName::of(kind, issuer), url))
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
