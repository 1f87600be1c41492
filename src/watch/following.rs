//! What a resource leads to (RFC 9728): the authorization servers that its document names, one level deep,
//! and their key sets. They are targets like any other, which come and go with that document.
//!
//! Which document a server has, and where, is found once, when it is named for the first time, and kept as
//! the name and the address of its target: asking at every poll would be three requests for one.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::elsewhere::is_document;
use super::watched::Watched;
use crate::clock;
use crate::config::Provider;
use crate::document::kind::{Checks, Kind, Place};
use crate::document::name::DocumentName;
use crate::document::well_known;
use crate::fetch::Fetcher;
use crate::meaning::judge::Judge;
use crate::meaning::provider::{Identity, Target};
use crate::policy::followed::{Named, named};
use crate::store::{KnownTarget, Store, StoreError, TargetSpec};

/// What a resource leads to now, and which of it is known.
pub(super) struct Following {
    named: Named,
    known: Vec<KnownTarget>,
}

impl Following {
    /// Reads it; `None` of a provider that leads nowhere.
    pub(super) fn of(store: &Store, provider: &Provider) -> Result<Option<Self>, StoreError> {
        let Identity::Resource(resource) = &provider.identity else {
            return Ok(None);
        };
        let mut found = Named::default();
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

    /// The document of a server, once it was found.
    fn server(&self, issuer: &str) -> Option<&KnownTarget> {
        let is_it = |one: &&KnownTarget| {
            one.document.issuer() == Some(issuer) && one.document.is_of_server()
        };
        let watched = self.known.iter().find(|one| one.is_watched && is_it(one));
        watched.or_else(|| self.known.iter().find(is_it))
    }

    /// Servers whose document was not looked for yet.
    fn unknown(&self) -> impl Iterator<Item = &str> {
        let servers = self.named.servers.iter().map(String::as_str);
        servers.filter(|issuer| self.server(issuer).is_none())
    }

    /// All that is to be watched besides what is configured: name and address.
    fn wanted(&self, provider: &Provider) -> Vec<(DocumentName, Option<String>)> {
        let mut wanted = Vec::new();
        let keys = |name: &DocumentName| -> Vec<(DocumentName, Option<String>)> {
            let leads = name.row().leads.iter();
            let led = leads.filter(|(_, kind)| provider.follows_keys && kind.is_named_by_another());
            led.map(|(_, kind)| (name.beside(*kind), None)).collect()
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

    /// What is watched and led to no more, and whether something is led to that is not watched.
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

/// What the resources among these providers lead to, as far as it was found.
pub(super) fn targets(
    providers: &[Arc<Provider>],
    store: &Store,
) -> Result<Vec<(Arc<Provider>, Target)>, StoreError> {
    let mut all = Vec::new();
    for provider in providers {
        let Some(following) = Following::of(store, provider)? else {
            continue;
        };
        for (name, url) in following.wanted(provider) {
            let issuer = name.issuer().map(str::to_owned);
            let judge = issuer.as_deref().unwrap_or(provider.identity.as_str());
            let target = Target {
                provider: provider.name.clone(),
                judge: Judge::of(Some(judge), url.as_deref(), &provider.policy),
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

/// Looks for the documents of servers that a resource names for the first time. Whether what is watched is
/// not what is to be watched now.
pub(super) async fn follow(
    fetcher: &Fetcher,
    store: &Store,
    watched: &Arc<Watched>,
) -> Result<bool, StoreError> {
    if watched.target.kind.issuer().is_some() || !watched.target.kind.is_of_resource() {
        return Ok(false);
    }
    let provider = &watched.provider;
    let Some(following) = Following::of(store, provider)? else {
        return Ok(false);
    };
    let mut looks = JoinSet::new();
    for issuer in following.unknown() {
        let (fetcher, watched, issuer) = (fetcher.clone(), Arc::clone(watched), issuer.to_owned());
        looks.spawn(async move { look(&fetcher, &watched, &issuer).await });
    }
    let mut found = Vec::new();
    while let Some(ended) = looks.join_next().await {
        // One that panicked is looked for again at the next poll.
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

/// The first address of a server that answers with its document; the first of all where none does, whose
/// outage is told then.
async fn look(
    fetcher: &Fetcher,
    watched: &Watched,
    issuer: &str,
) -> Option<(DocumentName, String)> {
    let forms = forms(issuer);
    for (kind, url) in &forms {
        let seen = fetcher
            .observe(watched.request(url, None), clock::now)
            .await;
        if is_document(*kind, &seen) {
            return Some((DocumentName::of(*kind, issuer), url.clone()));
        }
    }
    let first = forms.into_iter().next();
    first.map(|(kind, url)| (DocumentName::of(kind, issuer), url))
}

/// RFC 8414 inserted, OpenID inserted, OpenID appended: the order in which clients of resources ask (Model
/// Context Protocol, authorization server metadata discovery).
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
