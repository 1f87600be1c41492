//! What proves an answer about keys: the event that tells of each, its hash, the head of the chain; and
//! answers that are read at one moment, so that the head fits them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write;

use crate::policy::key_life::KeyLife;
use crate::store::Reader;

/// What proves something: an event, its hash, and the head of the chain that it stands in.
pub(super) struct Proofs {
    /// The event that proves what is said of each key, with its hash.
    pub(super) hashes: Vec<Option<(i64, String)>>,
    /// Number and hash of the last event of all.
    pub(super) head: Option<(i64, String)>,
}

pub(super) fn proofs(reader: &Reader, lives: &[KeyLife]) -> anyhow::Result<Proofs> {
    let mut known: BTreeMap<i64, Option<String>> = BTreeMap::new();
    for event in lives.iter().filter_map(|life| life.proved_by) {
        if let Entry::Vacant(unknown) = known.entry(event) {
            unknown.insert(reader.hash_of(event)?);
        }
    }
    let hash = |event: i64| Some((event, known.get(&event)?.clone()?));
    let hashes = lives.iter().map(|life| life.proved_by.and_then(hash));
    Ok(Proofs {
        hashes: hashes.collect(),
        head: reader.head()?,
    })
}

/// Prints an answer that was read at one moment of the store, so that the head fits it. It is printed
/// afterwards, so that a slow reader of the output does not hold up the writer of the store.
pub(super) fn at_one_moment(
    reader: &Reader,
    out: &mut dyn Write,
    read: impl FnOnce(&Reader, &mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut answer = Vec::new();
    reader.at_one_moment(|reader| read(reader, &mut answer))?;
    out.write_all(&answer)?;
    Ok(())
}
