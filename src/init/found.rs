//! Groups the answers into providers: what each document describes, and where it was found.

use crate::document::canonical::{Document, named_url};
use crate::document::kind::{About, Kind, Naming};
use crate::document::well_known;

use super::probe::Answer;

/// A document with the address that answered.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) url: String,
    pub(super) document: Document,
}

impl Piece {
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
pub(super) struct Found {
    /// The issuer or resource, character by character as they write it.
    pub(super) identity: String,
    pub(super) is_resource: bool,
    /// The documents; the facts of the first are shown.
    pub(super) pieces: Vec<Piece>,
    /// The key set that they name, as it answered.
    pub(super) keys: Option<Answer>,
    /// The name for the provider, if what was typed gives one.
    pub(super) name: Option<String>,
}

impl Found {
    /// Whether every document stands where the identity says, so that no address is to be written.
    pub(super) fn is_at_home(&self) -> bool {
        let mut pieces = self.pieces.iter();
        pieces.all(|piece| piece.is_at_home(&self.identity))
    }

    /// The address of the key set that its documents name.
    pub(super) fn jwks_uri(&self) -> Option<String> {
        let mut leading = self
            .pieces
            .iter()
            .filter(|piece| piece.kind().leads_to(Kind::JWKS));
        leading.find_map(|piece| named_url(piece.kind(), Kind::JWKS, piece.document.canonical()))
    }

    /// Whether its key set is to be watched: one was there.
    pub(super) fn has_keys(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.seen.is_ok())
    }
}

/// Documents by what they describe, in the order in which they came. Of those that say the same word for
/// word the first is kept, and those that stand where their identity says win over others: a server may
/// answer everything alike.
pub(super) fn group(answers: &[Answer]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut pieces: Vec<(String, Piece)> = answers.iter().filter_map(piece).collect();
    pieces.sort_by_key(|(identity, piece)| !piece.is_at_home(identity));
    for (identity, piece) in pieces {
        let is_same = |known: &Piece| known.document.members() == piece.document.members();
        if found.iter().flat_map(|one| &one.pieces).any(is_same) {
            continue;
        }
        let is_resource = piece.kind().row().about == About::Resource;
        let same = found
            .iter_mut()
            .find(|one| one.identity == identity && one.is_resource == is_resource);
        match same {
            // Each kind of document has one address; the first is kept.
            Some(one) if one.pieces.iter().any(|it| it.kind() == piece.kind()) => {}
            // A document found elsewhere is used only if nothing else is known of this identity.
            Some(_) if !piece.is_at_home(&identity) => {}
            Some(one) => one.pieces.push(piece),
            None => found.push(Found {
                identity,
                is_resource,
                pieces: vec![piece],
                keys: None,
                name: None,
            }),
        }
    }
    found
}

/// A document and what it describes; `None` for a key set, which belongs to the document that names it,
/// and for a document that lacks the identity it must have.
fn piece(answer: &Answer) -> Option<(String, Piece)> {
    let document = answer.seen.as_ref().ok()?;
    let kind = document.kind();
    let says = document.identity().filter(|identity| !identity.is_empty());
    let of_address = || well_known::identity_of(&answer.url).map(|(identity, _)| identity);
    let identity = match kind.row().rule {
        Naming::Exact => says.map(str::to_owned)?,
        _ if kind.is_well_known() => of_address()?,
        _ => return None,
    };
    let piece = Piece {
        url: answer.url.clone(),
        document: document.clone(),
    };
    Some((identity, piece))
}
