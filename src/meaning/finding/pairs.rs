//! Which of the documents that are known now belong together, and what the pairs show.
//!
//! The documents of one provider do, and a resource and an authorization server, which are two
//! providers. `check` and `status` ask the same of the same baselines.
//!
//! What two documents show together is a line of `check` and `status` but not an event. It cannot be
//! known which of them is wrong, and polls of two documents end in any order, so that the daemon and a
//! replay of what it saw would tell it at different polls. The two documents of one authorization server
//! are polled in turn, so their events are possible (`twins`).

use std::collections::HashMap;
use std::rc::Rc;

use super::between;
use crate::document::canonical::Document;
use crate::document::name::DocumentName;
use crate::meaning::change::Finding;
use crate::meaning::provider_policy::Policy;

/// A document that is known now, before it is read.
#[derive(Debug, Clone)]
pub struct CurrentDocument<'a> {
    /// Name of its provider.
    pub provider: &'a str,
    /// Its kind.
    pub kind: DocumentName,
    /// The policy that decides about its findings.
    pub policy: &'a Policy,
}

impl CurrentDocument<'_> {
    /// `provider/document`.
    fn name(&self) -> String {
        format!("{}/{}", self.provider, self.kind)
    }
}

/// What two documents do not agree in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisagreeingPair {
    /// The names of the two.
    pub documents: [String; 2],
    /// What is found; never empty.
    pub findings: Vec<Finding>,
}

fn belongs(one: &CurrentDocument<'_>, other: &CurrentDocument<'_>) -> bool {
    // A key set belongs only to metadata of its own provider.
    one.provider == other.provider
        || (one.kind.is_of_resource() && other.kind.is_of_server())
        || (one.kind.is_of_server() && other.kind.is_of_resource())
}

/// Tells what all pairs of these documents do not agree in, in their order. `read` gets a position and
/// returns a canonical text; it is called only for documents that belong with another. A pair is told
/// before the next is read, so that the documents need not be in memory all at once.
pub fn related<E>(
    known: &[CurrentDocument<'_>],
    read: impl FnMut(usize) -> Result<Option<String>, E>,
    mut tell: impl FnMut(DisagreeingPair) -> Result<(), E>,
) -> Result<(), E> {
    let mut shelf = DocumentCache {
        read,
        kept: HashMap::new(),
        room: ROOM,
    };
    for (position, one) in known.iter().enumerate() {
        let mut others = known
            .iter()
            .enumerate()
            .skip(position + 1)
            .filter(|(_, other)| belongs(one, other))
            .peekable();
        if others.peek().is_none() {
            continue;
        }
        let Some(document) = shelf.take(position, one)? else {
            continue;
        };
        for (place, other) in others {
            let Some(second) = shelf.take(place, other)? else {
                continue;
            };
            let findings = between(&document, &second, one.policy);
            if !findings.is_empty() {
                let documents = [one.name(), other.name()];
                tell(DisagreeingPair {
                    documents,
                    findings,
                })?;
            }
        }
    }
    Ok(())
}

/// Most bytes of documents that are kept for the next pair.
const ROOM: usize = 2 << 20;

/// Documents that are compared with each other. They are kept as long as there is room, because there
/// may be many pairs; the others are read again for each pair, so that two at a time are in memory.
struct DocumentCache<Read> {
    read: Read,
    kept: HashMap<usize, Option<Rc<Document>>>,
    room: usize,
}

impl<E, Read: FnMut(usize) -> Result<Option<String>, E>> DocumentCache<Read> {
    fn take(
        &mut self,
        place: usize,
        known: &CurrentDocument<'_>,
    ) -> Result<Option<Rc<Document>>, E> {
        if let Some(kept) = self.kept.get(&place) {
            return Ok(kept.clone());
        }
        let text = (self.read)(place)?;
        let size = text.as_ref().map_or(0, String::len);
        let document = text
            .and_then(|text| Document::from_canonical(known.kind.kind(), &text))
            .map(Rc::new);
        if size <= self.room {
            self.room -= size;
            self.kept.insert(place, document.clone());
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;

    const RS256: &str =
        r#"{"issuer":"https://a.example","id_token_signing_alg_values_supported":["RS256"]}"#;
    const EC: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}]}"#;

    /// What is found, and which documents were read for it.
    fn told(documents: &[(&str, Kind, &str)]) -> (Vec<String>, Vec<usize>) {
        let policy = Policy::default();
        let known: Vec<CurrentDocument<'_>> = documents
            .iter()
            .map(|(provider, kind, _)| CurrentDocument {
                provider,
                kind: (*kind).into(),
                policy: &policy,
            })
            .collect();
        let (mut said, mut read) = (Vec::new(), Vec::new());
        let text = |place: usize| {
            read.push(place);
            Ok::<_, std::convert::Infallible>(Some(documents[place].2.to_owned()))
        };
        let tell = |pair: DisagreeingPair| {
            let [one, other] = &pair.documents;
            let found = pair.findings.iter();
            said.extend(found.map(|finding| format!("{one} {other} {}", finding.rule)));
            Ok(())
        };
        related(&known, text, tell).unwrap();
        (said, read)
    }

    fn rules(documents: &[(&str, Kind, &str)]) -> Vec<String> {
        told(documents).0
    }

    #[test]
    fn metadata_and_the_keys_of_its_provider_belong_together_and_those_of_others_do_not() {
        let metadata = ("a", Kind::OPENID_CONFIGURATION, RS256);
        assert_eq!(
            rules(&[metadata, ("a", Kind::JWKS, EC)]),
            ["a/openid-configuration a/jwks signing-key-missing"]
        );
        assert!(rules(&[metadata, ("b", Kind::JWKS, EC)]).is_empty());
    }

    #[test]
    fn only_what_belongs_with_another_is_read_and_a_small_one_once() {
        let read = |documents: &[(&str, Kind)]| {
            let all = documents
                .iter()
                .map(|(provider, kind)| (*provider, *kind, "{}"));
            told(&all.collect::<Vec<_>>()).1
        };
        let keys = ("a", Kind::JWKS);
        let own = ("a", Kind::OPENID_CONFIGURATION);
        let other = ("b", Kind::OPENID_CONFIGURATION);
        let resource = ("r", Kind::OAUTH_PROTECTED_RESOURCE);
        assert_eq!(read(&[keys, own]), [0, 1]);
        assert_eq!(read(&[keys, other, resource]), [1, 2]);
        assert_eq!(read(&[resource, other, own]), [0, 1, 2]);
        assert!(read(&[resource]).is_empty());
    }
}
