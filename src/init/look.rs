//! From one address to providers: the address itself, the well-known addresses of what it may be, the
//! issuer that its document names. One step each, and no further.

use super::discovered::{DiscoveredDocument, DiscoveredProvider, group};
use super::probe::{Probe, ProbeAddress, ProbeAnswer, is_out_of_reach};
use super::start_address::StartAddress;
use crate::document::canonical::Document;
use crate::document::failure::Failure;
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::text::{bounded, visible};
use crate::document::well_known;
use crate::fetch::Fetcher;
use crate::policy::followed::named;
use crate::wording::tree::not_followed;

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
            if self.found.is_empty() && self.has_nothing_of_resource(&identity) {
                self.ask_resource(probe, start).await;
            }
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

    /// Whether there is nothing at the address that a resource of this identity has.
    fn has_nothing_of_resource(&self, identity: &str) -> bool {
        let own = well_known::metadata_url(Kind::OAUTH_PROTECTED_RESOURCE, identity);
        let mut answers = self.answers.iter();
        answers.any(|one| {
            Some(&one.url) == own.as_ref() && one.seen.as_ref().is_err_and(Failure::is_missing)
        })
    }

    /// Asks the resource itself where its document is, once, and that address (RFC 9728 section 5.1).
    /// Only a document of the very resource that was asked is taken: what another says of itself there is
    /// not to be used (section 3.3).
    async fn ask_resource(&mut self, probe: &Probe, start: &StartAddress) {
        let itself = start.url.as_str();
        if !self.answers.iter().any(|known| known.url == itself) {
            let url = itself.to_owned();
            let itself = probe.one(ProbeAddress { kind: None, url }).await;
            self.answers.push(itself);
        }
        let mut of_itself = self.answers.iter().filter(|known| known.url == itself);
        let failure = of_itself.find_map(|answer| answer.seen.as_ref().err());
        let Some(hint) = failure.and_then(|failure| failure.hint.clone()) else {
            return;
        };
        if self.answers.iter().any(|known| known.url == hint.0) {
            return;
        }
        let kind = Some(Kind::OAUTH_PROTECTED_RESOURCE);
        let answer = probe.one(ProbeAddress { kind, url: hint.0 }).await;
        let says = answer.seen.as_ref().ok().and_then(Document::identity);
        match says.filter(|says| !start.identities().iter().any(|own| own == says)) {
            Some(other) => self.notes.push(format!(
                "names {} as where its document is, which is that of another resource: {}",
                bounded(&visible(&answer.url), 200),
                bounded(&visible(other), 200)
            )),
            None => self.answers.push(answer),
        }
        self.found = group(&self.answers);
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
        let documents: Vec<&Document> = resources
            .flat_map(|one| &one.documents)
            .map(|discovered| &discovered.document)
            .collect();
        let values = documents
            .iter()
            .flat_map(|document| document.values(names::AUTHORIZATION_SERVERS));
        let servers: Vec<String> = values.map(str::to_owned).collect();
        for document in documents {
            let named = named(document.kind(), document.canonical());
            if !named.servers.is_empty() {
                let servers = named.servers.iter();
                let shown: Vec<String> = servers.map(|one| bounded(&visible(one), 100)).collect();
                self.notes.push(format!(
                    "a resource; its authorization servers are watched with it: {}",
                    shown.join(", ")
                ));
            }
            self.notes.extend(not_followed(&named));
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
