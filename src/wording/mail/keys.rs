//! What is said of keys that came, went or were replaced: few one by one, many by their kinds. Nobody
//! reads a list of kids; it stands in the patch.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::highlight::{plain, shown};
use super::limits::Limits;
use super::page::{Line, ShownLines, Sign};
use super::words::{count, counted, cut};
use crate::document::key_set;
use crate::document::severity::Group;
use crate::meaning::change::Change;
use crate::meaning::key_set::leaves_none;
use crate::meaning::rule::Rule;

/// Most keys that are shown one by one where it matters little which they are.
const FEW: usize = 3;
/// Most of them where it matters.
const SOME: usize = 6;

/// Most kinds of keys that are counted one by one.
const KINDS: usize = 8;

/// Whether a change only lists the keys that another one of the same set is about.
pub(super) fn is_part_of_another(change: &Change, others: &[&Change]) -> bool {
    let is_list = change.rule == Rule::KeyAdded || change.rule == Rule::KeyRemoved;
    is_list
        && others.iter().any(|other| {
            other.rule == Rule::JwksDisjoint
                && other.subject == change.subject
                && other.severity >= change.severity
        })
}

/// A key set of which no signing key is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turnover {
    /// Whether no key at all is left: there may be others beside the signing keys.
    pub(super) is_whole: bool,
    /// How many keys are gone.
    pub(super) gone: usize,
    /// How many of them were for encryption.
    pub(super) encrypting: usize,
    /// How many came.
    pub(super) new: usize,
    /// How many of them are for encryption.
    pub(super) new_encrypting: usize,
}

impl Turnover {
    /// The turnover that these changes make, if all signing keys are gone.
    pub(super) fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Option<Self> {
        let changes: Vec<&Change> = changes.into_iter().collect();
        let lists = |rule| changes.iter().filter(move |change| change.rule == rule);
        lists(Rule::JwksDisjoint).next()?;
        let lost = lists(Rule::KeyRemoved).next()?;
        let gone = number_of(&lost.removed);
        let encrypting = lost.removed.iter().filter(|key| key_set::encrypts(key));
        let new = || lists(Rule::KeyAdded).flat_map(|change| &change.added);
        Some(Self {
            is_whole: lost.size_before == Some(gone),
            gone,
            encrypting: number_of(encrypting),
            new: number_of(new()),
            new_encrypting: number_of(new().filter(|key| key_set::encrypts(key))),
        })
    }

    /// How many of the keys that are gone were not for encryption.
    fn signing(self) -> usize {
        self.gone - self.encrypting.min(self.gone)
    }

    /// How many of the keys that came are not for encryption.
    fn new_signing(self) -> usize {
        self.new - self.new_encrypting.min(self.new)
    }

    /// Whether fewer signing keys stand where these stood.
    pub(super) fn shrinks(self) -> bool {
        self.new_signing() < self.signing()
    }

    /// `all 12 signing keys (8 now) and 4 encryption keys`, in a subject.
    pub(super) fn subject(self) -> String {
        let signing = match self.signing() {
            1 => "signing key".to_owned(),
            2 => "both signing keys".to_owned(),
            many => format!("all {} signing keys", count(many)),
        };
        let signing = match self.new_signing() {
            new if new > 0 && new != self.signing() => format!("{signing} ({} now)", count(new)),
            _ => signing,
        };
        let is_of_both = self.is_whole && self.new_encrypting > 0;
        match self.encrypting {
            0 => signing,
            _ if !is_of_both => signing,
            1 => format!("{signing} and encryption key"),
            many => format!("{signing} and {} encryption keys", count(many)),
        }
    }

    /// `all its 16 keys by 12 others`, `its signing key by another one and its encryption key by 2 others`, in
    /// a sentence: who encrypts to the provider has something else to do than who verifies its tokens.
    pub(super) fn object(self) -> String {
        if self.encrypting == 0 {
            let gone = match self.gone {
                _ if !self.is_whole && self.signing() == 1 => "its only signing key".to_owned(),
                _ if !self.is_whole => format!("all its {} signing keys", count(self.signing())),
                1 => "its only key".to_owned(),
                2 => "both its keys".to_owned(),
                many => format!("all its {} keys", count(many)),
            };
            return match self.new {
                0 => gone,
                new => format!("{gone} by {}", others(new)),
            };
        }
        let signing = match self.signing() {
            1 => "its signing key".to_owned(),
            2 => "both its signing keys".to_owned(),
            many => format!("all its {} signing keys", count(many)),
        };
        let encrypting = match (self.is_whole, self.encrypting) {
            (true, 1) => "its encryption key".to_owned(),
            (true, 2) => "both its encryption keys".to_owned(),
            (true, many) => format!("all its {} encryption keys", count(many)),
            (false, 1) => "an encryption key".to_owned(),
            (false, many) => format!("{} encryption keys", count(many)),
        };
        let signing = format!("{signing} by {}", others(self.new_signing()));
        match self.new_encrypting {
            0 => format!("{signing} and took away {encrypting}"),
            new => format!("{signing} and {encrypting} by {}", others(new)),
        }
    }

    /// What those have to do who encrypt to the provider, where a key for it is gone.
    pub(super) fn of_encryption(self) -> Option<String> {
        Some(match (self.encrypting, self.new_encrypting) {
            (0, _) => return None,
            (_, 0) if self.new > 0 => {
                "No new key is marked for encryption: whoever encrypts to the provider has none."
                    .to_owned()
            }
            (_, 1) => "If you encrypt to the provider, take its new encryption key.".to_owned(),
            (_, 0) => "If you encrypt to the provider, take its new keys.".to_owned(),
            (_, many) => format!(
                "If you encrypt to the provider, take its {} new encryption keys.",
                count(many)
            ),
        })
    }
}

/// Whether other signing keys stand where those are gone that a change is about.
pub(super) fn is_replacement(change: &Change) -> bool {
    change.rule == Rule::JwksDisjoint && !leaves_none(change)
}

/// `another one`, `3 others`.
fn others(number: usize) -> String {
    match number {
        0 => "none".to_owned(),
        1 => "another one".to_owned(),
        many => format!("{} others", count(many)),
    }
}

/// How many keys these are: one can stand under several kids.
pub(super) fn number_of<'a>(keys: impl IntoIterator<Item = &'a Value>) -> usize {
    let mut different: BTreeSet<&str> = BTreeSet::new();
    let mut without = 0;
    for key in keys {
        match key_set::thumbprint_of(key) {
            Some(thumbprint) => _ = different.insert(thumbprint),
            None => without += 1,
        }
    }
    different.len() + without
}

/// The lines of a change of keys.
pub(super) fn lines(change: &Change, others: &[&Change], limits: &Limits) -> ShownLines {
    if change.rule == Rule::JwksDisjoint {
        return whole_sets(change, others, limits);
    }
    let is_list = change.rule == Rule::KeyAdded || change.rule == Rule::KeyRemoved;
    let total = change.removed.len() + change.added.len();
    let most = if is_list { FEW } else { SOME }.min(limits.values);
    let mut shown = ShownLines {
        lines: Vec::new(),
        more: None,
    };
    if is_list && total > FEW {
        shown.lines.extend(kinds(Sign::Old, &change.removed));
        shown.lines.extend(kinds(Sign::New, &change.added));
        shown.more = Some(listed(limits));
        return shown;
    }
    let old = change.removed.iter().map(|key| (Sign::Old, key));
    let new = change.added.iter().map(|key| (Sign::New, key));
    let keys = old.chain(new).take(most);
    shown.lines = keys.map(|(sign, key)| line(sign, key, limits)).collect();
    if let left_out @ 1.. = total.saturating_sub(most) {
        shown.more = Some(limits.left_out(left_out));
    }
    shown
}

/// A set that shares no signing key with the one before: what there was, and what there is.
fn whole_sets(change: &Change, others: &[&Change], limits: &Limits) -> ShownLines {
    let parts: Vec<&&Change> = others
        .iter()
        .filter(|it| is_part_of_another(it, &[change]))
        .collect();
    let of = |sign, keys: Vec<&Value>| -> Vec<Line> {
        if keys.len() > FEW {
            kinds(sign, keys)
        } else {
            keys.into_iter()
                .map(|key| line(sign, key, limits))
                .collect()
        }
    };
    let removed: Vec<&Value> = parts.iter().flat_map(|part| &part.removed).collect();
    let added: Vec<&Value> = parts.iter().flat_map(|part| &part.added).collect();
    let is_counted = removed.len() > FEW || added.len() > FEW;
    let mut lines = of(Sign::Old, removed);
    lines.extend(of(Sign::New, added));
    let more = is_counted.then(|| format!("No thumbprint in common. {}", listed(limits)));
    ShownLines { lines, more }
}

fn listed(limits: &Limits) -> String {
    format!("All kids and thumbprints {}.", limits.whole)
}

/// `12 signing keys (6 RSA 2048, 6 EC P-256), 4 for encryption (4 RSA 2048)`: each key once.
fn kinds<'a>(sign: Sign, keys: impl IntoIterator<Item = &'a Value>) -> Vec<Line> {
    let keys: Vec<&Value> = keys.into_iter().collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let each: Vec<&Value> = keys
        .iter()
        .copied()
        .filter(|key| key_set::thumbprint_of(key).is_none_or(|it| known.insert(it)))
        .collect();
    let (encrypting, signing): (Vec<&Value>, Vec<&Value>) =
        each.iter().copied().partition(|key| key_set::encrypts(key));
    let total = |keys: &[&Value]| u64::try_from(keys.len()).unwrap_or(u64::MAX);
    let mut lines = Vec::new();
    if !signing.is_empty() {
        let number = counted(total(&signing), "signing key");
        lines.push(format!("{number} ({})", by_type(&signing)));
    }
    if !encrypting.is_empty() {
        let number = counted(total(&encrypting), "key");
        lines.push(format!(
            "{number} for encryption ({})",
            by_type(&encrypting)
        ));
    }
    lines.into_iter().map(|line| plain(sign, line)).collect()
}

/// `3 EC P-256, 3 RSA 2048`; where all types are equally many, `2 each of EC P-256, RSA 2048`.
fn by_type(keys: &[&Value]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for key in keys {
        let strength = key_set::strength_of(key);
        let kind = strength.map_or_else(|| "of no known type".to_owned(), |it| cut(&it, 60));
        *counts.entry(kind).or_default() += 1;
    }
    let mut by_count: Vec<(String, usize)> = counts.into_iter().collect();
    by_count.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    if let [(_, first), (_, _), .., (_, last)] = by_count.as_slice()
        && first == last
        && by_count.len() <= KINDS
    {
        let types: Vec<&str> = by_count.iter().map(|(kind, _)| kind.as_str()).collect();
        return format!("{} each of {}", count(*first), types.join(", "));
    }
    let others: usize = by_count.iter().skip(KINDS).map(|(_, number)| number).sum();
    let mut kinds: Vec<String> = by_count
        .into_iter()
        .take(KINDS)
        .map(|(kind, number)| format!("{} {kind}", count(number)))
        .collect();
    if others > 0 {
        kinds.push(format!("{} others", count(others)));
    }
    kinds.join(", ")
}

/// A key with what it is and its thumbprint: two of them can have the same name.
fn line(sign: Sign, key: &Value, limits: &Limits) -> Line {
    let mut words = shown(key, limits.value);
    let is_said = |kind: &String| words.contains(kind.as_str());
    if let Some(kind) = key_set::strength_of(key).filter(|kind| !is_said(kind)) {
        words.push_str(&format!(", {}", cut(&kind, 60)));
    }
    if let Some(thumbprint) = key_set::thumbprint_of(key).filter(|it| !words.contains(it)) {
        words.push_str(&format!(", thumbprint {}", cut(thumbprint, 60)));
    }
    plain(sign, words)
}

/// Whether a change lists keys.
pub(super) fn is_of_keys(change: &Change) -> bool {
    change.group == Group::Keys && !(change.added.is_empty() && change.removed.is_empty())
}
