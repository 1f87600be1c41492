//! Groups the answers into providers: what each document describes, and where it was found.

use crate::document::canonical::{Document, named_url};
use crate::document::kind::{About, Kind, Naming};
use crate::document::well_known;

use super::probe::ProbeAnswer;

/// A document with the address that answered.
#[derive(Debug, Clone)]
pub(super) struct DiscoveredDocument {
    pub(super) url: String,
    pub(super) document: Document,
}

impl DiscoveredDocument {
    pub(super) fn kind(&self) -> Kind {
        self.document.kind()
    }

    /// Whether it stands where what it describes says.
    pub(super) fn is_at_home(&self, identity: &str) -> bool {
        let mut own = well_known::metadata_url(self.kind(), identity)
            .into_iter()
            .chain(well_known::earlier(self.kind(), identity));
        own.any(|url| url == self.url)
    }
}

/// Documents that describe one thing, and nothing else.
#[derive(Debug, Clone)]
pub(super) struct DiscoveredProvider {
    /// The issuer or resource, character by character as they write it.
    pub(super) identity: String,
    pub(super) is_resource: bool,
    /// The documents; the facts of the first are shown.
    pub(super) documents: Vec<DiscoveredDocument>,
    /// The key set that they name, as it answered.
    pub(super) keys: Option<ProbeAnswer>,
    /// The name for the provider, if what was typed gives one.
    pub(super) name: Option<String>,
}

impl DiscoveredProvider {
    /// Whether every document stands where the identity says, so that no address is to be written.
    pub(super) fn is_at_home(&self) -> bool {
        let mut documents = self.documents.iter();
        documents.all(|discovered| discovered.is_at_home(&self.identity))
    }

    /// The address of the key set that its documents name.
    pub(super) fn jwks_uri(&self) -> Option<String> {
        let mut leading = self
            .documents
            .iter()
            .filter(|discovered| discovered.kind().leads_to(Kind::JWKS));
        leading.find_map(|discovered| {
            named_url(
                discovered.kind(),
                Kind::JWKS,
                discovered.document.canonical(),
            )
        })
    }

    /// Whether its key set is to be watched: one was there.
    pub(super) fn has_keys(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.seen.is_ok())
    }
}

/// Documents by what they describe, in the order in which they came. Of those that say the same word for
/// word the first is kept, and those that stand where their identity says win over others: a server may
/// answer everything alike.
pub(super) fn group(answers: &[ProbeAnswer]) -> Vec<DiscoveredProvider> {
    let mut found: Vec<DiscoveredProvider> = Vec::new();
    let mut documents: Vec<(String, DiscoveredDocument)> =
        answers.iter().filter_map(discovered).collect();
    documents.sort_by_key(|(identity, discovered)| !discovered.is_at_home(identity));
    for (identity, discovered) in documents {
        let is_same =
            |known: &DiscoveredDocument| known.document.members() == discovered.document.members();
        if found.iter().flat_map(|one| &one.documents).any(is_same) {
            continue;
        }
        let is_resource = discovered.kind().row().about == About::Resource;
        let same = found
            .iter_mut()
            .find(|one| one.identity == identity && one.is_resource == is_resource);
        match same {
            // Each kind of document has one address; the first is kept.
            Some(one)
                if one
                    .documents
                    .iter()
                    .any(|it| it.kind() == discovered.kind()) => {}
            // A document found elsewhere is used only if nothing else is known of this identity.
            Some(_) if !discovered.is_at_home(&identity) => {}
            Some(one) => one.documents.push(discovered),
            None => found.push(DiscoveredProvider {
                identity,
                is_resource,
                documents: vec![discovered],
                keys: None,
                name: None,
            }),
        }
    }
    found
}

/// A document and what it describes; `None` for a key set, which belongs to the document that names it,
/// and for a document that lacks the identity it must have.
fn discovered(answer: &ProbeAnswer) -> Option<(String, DiscoveredDocument)> {
    let document = answer.seen.as_ref().ok()?;
    let kind = document.kind();
    let says = document.identity().filter(|identity| !identity.is_empty());
    let of_address = || well_known::identity_of(&answer.url).map(|(identity, _)| identity);
    let identity = match kind.row().rule {
        Naming::Exact => says.map(str::to_owned)?,
        _ if kind.is_well_known() => of_address()?,
        _ => return None,
    };
    let discovered = DiscoveredDocument {
        url: answer.url.clone(),
        document: document.clone(),
    };
    Some((identity, discovered))
}
