//! Reads the events of a mail so that it takes the memory of one document, not of all.
//!
//! The changes of one event may take some megabytes, and 64 such events may be due at once. So what
//! grouping needs of an event is stored with its alert (`policy/grouping/outline.rs`); a claim names
//! events without holding them; the report of a recorded poll has only outlines; and `check` reads the
//! events of each document again when it prints them. If several documents have more than 4 MiB to tell,
//! their mail is a digest, which is made document by document; a summary tells as many events as fit, the
//! oldest first, and says how many more there are. The drawback: such a mail shows what each subject
//! would say, without the values. Cutting changes out of events was rejected, because the history must
//! answer for every member.

use crate::policy::event::Event;
use crate::policy::grouping::{MUCH, News};
use crate::policy::mail::MailKind;
use crate::store::{Claim, Store, StoreError};
use crate::wording::mail::Digest;

/// The events of a mail, as far as it tells of them.
#[derive(Debug, Default)]
pub(super) struct MailEvents {
    events: Vec<Event>,
    /// For a digest, what it says of each event.
    pub(super) digest: Option<Digest>,
    /// How many events were left out.
    pub(super) left_out: usize,
}

impl MailEvents {
    /// Reads the events that a mail tells of.
    pub(super) fn of(store: &Store, claim: &Claim) -> Result<Self, StoreError> {
        let ids = |news: &[&News]| news.iter().map(|one| one.id).collect::<Vec<i64>>();
        if claim.kind == MailKind::Digest {
            let mut digest = Digest::default();
            for part in parts(&claim.events) {
                let events = store.events(&ids(&part))?;
                digest.add(events);
            }
            return Ok(Self {
                digest: Some(digest),
                ..Self::default()
            });
        }
        let mut news: Vec<&News> = claim.events.iter().collect();
        if claim.kind == MailKind::Summary {
            let mut size = 0;
            let fitting = news.iter().take_while(|one| {
                size += one.size;
                size <= MUCH
            });
            news.truncate(fitting.count().max(1));
        }
        Ok(Self {
            events: store.events(&ids(&news))?,
            digest: None,
            left_out: claim.events.len() - news.len(),
        })
    }

    /// The events, oldest first; for a digest, outlines.
    pub(super) fn events(&self) -> &[Event] {
        match &self.digest {
            Some(digest) => digest.events(),
            None => &self.events,
        }
    }
}

/// The parts of a digest: each provider, or, if that is too much, each of its documents.
fn parts(all: &[News]) -> Vec<Vec<&News>> {
    let size_of = |provider: &str| {
        let own = all.iter().filter(|one| one.provider == provider);
        own.map(|one| one.size).sum::<usize>()
    };
    let mut news: Vec<&News> = all.iter().collect();
    news.sort_by(|one, two| one.provider.cmp(&two.provider));
    let mut parts = Vec::new();
    for own in news.chunk_by(|one, two| one.provider == two.provider) {
        let provider = own.first().map_or("", |one| one.provider.as_str());
        if size_of(provider) <= MUCH {
            parts.push(own.to_vec());
            continue;
        }
        let mut own = own.to_vec();
        own.sort_by_key(|one| one.document.clone());
        let documents = own.chunk_by(|one, two| one.document == two.document);
        parts.extend(documents.map(<[&News]>::to_vec));
    }
    parts
}
