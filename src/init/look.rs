//! From one address to providers: the address itself, the well-known addresses of what it may be, the
//! issuer that its document names. One step each, and no further.

use super::discovered::{DiscoveredDocument, DiscoveredProvider, group};
use super::probe::{Probe, ProbeAddress, ProbeAnswer, is_out_of_reach};
use super::start_address::StartAddress;
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::text::{bounded, visible};
use crate::document::well_known;
use crate::fetch::Fetcher;

/// Issuers that are followed from one address.
const MOST_FOLLOWED: usize = 8;

/// What came of one address.
#[derive(Debug)]
pub(super) struct SearchResult {
    /// Everything that was asked, in order.
    pub(super) answers: Vec<ProbeAnswer>,
    pub(super) found: Vec<DiscoveredProvider>,
    /// Further remarks about what was found, in words.
    pub(super) notes: Vec<String>,
}

/// Asks until something is found.
pub(super) async fn look(fetcher: &Fetcher, start: &StartAddress) -> SearchResult {
    let probe = Probe {
        fetcher: fetcher.clone(),
        loopback: start.loopback().to_owned(),
        home: start.url.to_string(),
    };
    let mut look = SearchResult {
        answers: Vec::new(),
        found: Vec::new(),
        notes: Vec::new(),
    };
    look.search(&probe, start).await;
    look.follow_issuers(&probe, start).await;
    look.leave_to_resources();
    for one in &mut look.found {
        if let Some(url) = one.jwks_uri() {
            let kind = Some(Kind::JWKS);
            one.keys = Some(probe.one(ProbeAddress { kind, url }).await);
        }
        one.name.clone_from(&start.name);
    }
    look
}

impl SearchResult {
    /// The address itself and what it may be the issuer or the resource of.
    async fn search(&mut self, probe: &Probe, start: &StartAddress) {
        let mut identities = start.identities();
        let mut set = None;
        if let Some(url) = start.page() {
            let kind = well_known::identity_of(&url).and_then(|(_, kind)| kind);
            let page = probe.one(ProbeAddress { kind, url }).await;
            let is_lost = is_out_of_reach(&page);
            let document = page.seen.as_ref().ok();
            set = document
                .filter(|document| document.kind().is_named_by_another())
                .map(|document| DiscoveredDocument {
                    url: page.url.clone(),
                    document: document.clone(),
                });
            self.answers.push(page);
            if is_lost {
                return;
            }
            // A document that answered says itself which identity it belongs to.
            let named = group(&self.answers);
            if let Some(found) = named.first().filter(|one| is_address(&one.identity)) {
                identities = vec![found.identity.clone()];
            }
        }
        for identity in identities {
            let is_lost = self.ask(probe, well_known::everywhere(&identity)).await;
            self.found = group(&self.answers);
            if let Some(set) = &set {
                // Of the documents found there, only those that name this key set are kept.
                self.found
                    .retain(|one| one.jwks_uri().as_ref() == Some(&set.url));
            }
            if is_lost || !self.found.is_empty() {
                break;
            }
        }
        if let Some(set) = set.filter(|_| self.found.is_empty()) {
            self.notes
                .push("no document that was found names this key set".to_owned());
            self.found.push(DiscoveredProvider {
                identity: start.url.origin().ascii_serialization(),
                is_resource: false,
                documents: vec![set],
                keys: None,
                name: None,
            });
        }
    }

    /// Asks what was not asked yet; whether the host cannot be reached.
    async fn ask(&mut self, probe: &Probe, addresses: Vec<(Kind, String)>) -> bool {
        let is_new = |url: &str| !self.answers.iter().any(|known| known.url == url);
        let new = addresses
            .into_iter()
            .filter(|(_, url)| is_new(url))
            .map(|(kind, url)| ProbeAddress {
                kind: Some(kind),
                url,
            });
        let answers = probe.all(new.collect()).await;
        let is_lost = answers.first().is_some_and(is_out_of_reach);
        self.answers.extend(answers);
        is_lost
    }

    /// Where a document names another issuer than the one that was asked, that one is asked.
    async fn follow_issuers(&mut self, probe: &Probe, start: &StartAddress) {
        let known = start.identities();
        let is_other = |one: &&DiscoveredProvider| {
            let is_asked = known.contains(&one.identity) || !is_address(&one.identity);
            !one.is_resource && !one.is_at_home() && !is_asked
        };
        let found = self.found.iter().filter(is_other);
        let others: Vec<String> = found.map(|one| one.identity.clone()).collect();
        if others.is_empty() || self.found.iter().any(is_lone_set) {
            return;
        }
        for issuer in others.iter().take(MOST_FOLLOWED) {
            let forms = well_known::forms(Kind::OAUTH_AUTHORIZATION_SERVER, issuer);
            self.ask(probe, forms).await;
        }
        self.found = group(&self.answers);
    }

    /// The authorization servers that a resource names are watched with it, and are no providers of their own.
    fn leave_to_resources(&mut self) {
        let resources = self.found.iter().filter(|one| one.is_resource);
        let servers: Vec<String> = resources
            .flat_map(|one| &one.documents)
            .flat_map(|discovered| discovered.document.values(names::AUTHORIZATION_SERVERS))
            .map(str::to_owned)
            .collect();
        if !servers.is_empty() {
            let first = servers.iter().take(MOST_FOLLOWED);
            let shown: Vec<String> = first.map(|one| bounded(&visible(one), 100)).collect();
            self.notes.push(format!(
                "a resource; its authorization servers are watched with it: {}",
                shown.join(", ")
            ));
        }
        self.found
            .retain(|one| one.is_resource || !servers.contains(&one.identity));
    }
}

/// Whether this is a key set that no document names.
fn is_lone_set(found: &DiscoveredProvider) -> bool {
    let mut documents = found.documents.iter();
    documents.all(|discovered| discovered.kind().is_named_by_another())
}

/// Whether addresses can be made of an identity: one with a template stands for many.
fn is_address(identity: &str) -> bool {
    !identity.contains(['{', '}']) && identity.len() <= 1_000
}
