//! What an issuer of credentials demands of the proofs of wallets, by value: which types it takes no more,
//! which key attestations it wants, which algorithms are gone.

use std::collections::BTreeSet;

use serde_json::Value;

use super::form::{Phrase, phrase};
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::wording::mail::words::{is_harmless, list, name};

/// What more is demanded of the proofs for credentials, alike for all that are told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::wording::mail) struct ProofDemand {
    /// Types of proofs that are taken no more.
    gone: Vec<String>,
    /// Types that are taken.
    left: Vec<String>,
    /// Algorithms that are taken no more with types that stayed.
    algs: Vec<String>,
    /// Types whose keys must be attested now, with the levels that are asked.
    attested: Vec<String>,
    levels: Vec<String>,
}

impl ProofDemand {
    /// What a change demands; `None` where it is about something else, or differs from credential to credential.
    pub(in crate::wording::mail) fn of(change: &Change) -> Option<Self> {
        if change.rule != Rule::RequirementRaised {
            return None;
        }
        let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
        let (before, after) = (before.as_object()?, after.as_object()?);
        let mut all = after.iter().map(|(credential, new)| {
            let old = before.get(credential)?.as_object()?;
            let new = new.as_object()?;
            // Another member beside it would go untold.
            let is_alone = old.len() == 1 && new.len() == 1;
            Self::between(old.get(PROOFS)?, new.get(PROOFS)?).filter(|_| is_alone)
        });
        let first = all.next()??;
        all.all(|other| other.as_ref() == Some(&first))
            .then_some(first)
    }

    fn between(old: &Value, new: &Value) -> Option<Self> {
        let (old, new) = (old.as_object()?, new.as_object()?);
        let mut demand = Self {
            gone: old
                .keys()
                .filter(|it| !new.contains_key(*it))
                .cloned()
                .collect(),
            left: new.keys().cloned().collect(),
            ..Self::default()
        };
        let (mut algs, mut levels) = (BTreeSet::new(), BTreeSet::new());
        for (kind, now) in new {
            let was = old.get(kind);
            let taken = texts(now.get("proof_signing_alg_values_supported"));
            let taken_before =
                texts(was.and_then(|it| it.get("proof_signing_alg_values_supported")));
            algs.extend(taken_before.difference(&taken).cloned());
            let is_new = was.is_none_or(|it| it.get(ATTESTED).is_none());
            if let Some(asked) = now.get(ATTESTED).filter(|_| is_new) {
                demand.attested.push(kind.clone());
                let each = asked.as_object().into_iter().flat_map(|it| it.values());
                levels.extend(each.flat_map(|it| texts(Some(it))));
            }
        }
        demand.algs = algs.into_iter().collect();
        demand.levels = levels.into_iter().collect();
        let words = [&demand.gone, &demand.left, &demand.algs, &demand.levels];
        let is_plain = words.into_iter().flatten().all(|word| is_harmless(word));
        let is_some =
            !(demand.gone.is_empty() && demand.algs.is_empty() && demand.attested.is_empty());
        (is_plain && is_some && !demand.left.is_empty()).then_some(demand)
    }

    /// `attestation proofs with keys attested as iso_18045_high`.
    fn wanted(&self) -> String {
        format!("{} proofs{}", list(&self.left), self.attestation())
    }

    fn attestation(&self) -> String {
        match (self.attested.is_empty(), self.levels.as_slice()) {
            (true, _) => String::new(),
            (false, []) => " with attested keys".to_owned(),
            (false, levels) => format!(" with keys attested as {}", list(levels)),
        }
    }

    /// The words for a change of the demands for `which` credentials.
    pub(super) fn phrase(&self, which: &str, member: &str) -> Phrase {
        let algs = match self.algs.as_slice() {
            [] => String::new(),
            gone => format!(", and takes {} no more", list(gone)),
        };
        let title = format!("{} demands more for {which}", name(member));
        if !self.gone.is_empty() {
            let gone = list(&self.gone);
            return phrase(
                format!(
                    "no {gone} proofs any more for {which}, only {}",
                    list(&self.left)
                ),
                format!(
                    "takes no {gone} proofs any more for {which}, only {}{algs}",
                    self.wanted()
                ),
                title,
            );
        }
        if !self.attested.is_empty() {
            let (kinds, with) = (list(&self.attested), self.attestation());
            return phrase(
                format!("{kinds} proofs for {which} need attested keys now"),
                format!("takes {kinds} proofs for {which} only{with} now{algs}"),
                title,
            );
        }
        let algs = list(&self.algs);
        phrase(
            format!("proofs with {algs} no longer taken for {which}"),
            format!("takes no proofs with {algs} any more for {which}"),
            title,
        )
    }

    /// What to do about it.
    pub(in crate::wording::mail) fn advice(&self) -> String {
        let not = match self.algs.as_slice() {
            [] => String::new(),
            gone => format!(", and without {}", list(gone)),
        };
        format!(
            "see whether your wallets can make {}{not}: those that cannot are refused these credentials.",
            self.wanted()
        )
    }
}

const PROOFS: &str = "proof_types_supported";
const ATTESTED: &str = "key_attestations_required";

fn texts(value: Option<&Value>) -> BTreeSet<String> {
    let values = value.and_then(Value::as_array).into_iter().flatten();
    values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
