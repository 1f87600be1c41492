//! Families of values: many that begin alike say more by that beginning than two of them by name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::naming::word;
use crate::document::scope::can_be_asked_for;
use crate::wording::mail::highlight::shown;
use crate::wording::mail::words::{count, is_harmless, list};

/// Fewer values than these are named one by one.
const MANY: usize = 6;
/// Fewer values than these are no family.
const MEMBERS: usize = 3;
/// Most families that are named in a sentence, and in a subject.
const TOLD: usize = 5;
const IN_SUBJECT: usize = 3;

/// Values that begin alike.
#[derive(Debug, Clone)]
struct Family<'a> {
    /// What they begin with, with the mark that ends it.
    start: &'a str,
    members: Vec<&'a str>,
}

/// The families that most of some values belong to.
#[derive(Debug)]
pub(super) struct Families<'a> {
    /// The largest first.
    all: Vec<Family<'a>>,
    /// How many values there are.
    total: usize,
    /// Those that belong to none.
    rest: Vec<&'a Value>,
}

impl<'a> Families<'a> {
    /// The families of many values; `None` where less than half of them belong to one.
    pub(super) fn of(values: &'a [Value]) -> Option<Self> {
        if values.len() < MANY {
            return None;
        }
        let root = Family {
            start: "",
            members: values.iter().map(word).collect(),
        };
        let mut all = root.children();
        all.truncate(TOLD);
        // The largest family is taken apart as long as that leaves few, and hardly a value without one.
        while let Some(place) = all
            .iter()
            .position(|it| it.is_divided(TOLD - all.len() + 1))
        {
            let parts = all.remove(place).children();
            all.extend(parts);
            sort(&mut all);
        }
        all.retain(Family::is_telling);
        let covered: usize = all.iter().map(|it| it.members.len()).sum();
        let is_of_one = |value: &&Value| all.iter().any(|it| word(value).starts_with(it.start));
        let rest = values.iter().filter(|value| !is_of_one(value)).collect();
        (2 * covered > values.len()).then_some(Self {
            all,
            total: values.len(),
            rest,
        })
    }

    /// `: 21 of cks-*, 7 of jct.das/* and 3 others`, `: 9 of lft.jct-wif.das/*, and https://a.example`.
    pub(super) fn sentence(&self) -> String {
        if let ([one], []) = (self.all.as_slice(), self.rest.as_slice()) {
            return format!(", all {}*", one.start);
        }
        let mut parts: Vec<String> = self
            .all
            .iter()
            .map(|it| format!("{} of {}*", count(it.members.len()), it.start))
            .collect();
        match self.rest.as_slice() {
            [] => {}
            // Few that differ are perhaps the news.
            odd @ ([_] | [_, _]) if odd.iter().all(|it| can_be_asked_for(it)) => {
                parts.extend(odd.iter().map(|it| shown(it, 80)));
            }
            [_] => parts.push("1 other".to_owned()),
            many => parts.push(format!("{} others", count(many.len()))),
        }
        format!(": {}", list(&parts))
    }

    /// `most of them cks-*`, `all a-* and b-*`: the fullest words first.
    pub(super) fn in_subject(&self) -> Vec<String> {
        let most = self.all.len().min(IN_SUBJECT);
        let forms = (1..=most).rev().filter_map(|number| {
            let told = self.all.iter().take(number);
            let covered: usize = told.clone().map(|it| it.members.len()).sum();
            let names: Vec<String> = told.map(|it| format!("{}*", it.start)).collect();
            let how_many = if covered == self.total {
                "all"
            } else {
                "most of them"
            };
            (2 * covered > self.total).then(|| format!("{how_many} {}", list(&names)))
        });
        forms.collect()
    }
}

fn sort(families: &mut [Family<'_>]) {
    families.sort_by_key(|it| (std::cmp::Reverse(it.members.len()), it.start));
}

impl<'a> Family<'a> {
    /// The families that its members fall into by what follows, each with the longest beginning that they
    /// share; the largest first.
    fn children(&self) -> Vec<Self> {
        let mut parts: BTreeMap<&'a str, Vec<&'a str>> = BTreeMap::new();
        for member in &self.members {
            if let Some(start) = next(member, self.start.len()) {
                parts.entry(start).or_default().push(member);
            }
        }
        let large = parts
            .into_iter()
            .filter(|(_, members)| members.len() >= MEMBERS);
        let mut children: Vec<Self> = large
            .map(|(start, members)| Self { start, members }.longest())
            .collect();
        sort(&mut children);
        children
    }

    /// The same with the longest beginning that its members share.
    fn longest(mut self) -> Self {
        let first = self.members.first().copied().unwrap_or_default();
        while let Some(longer) = next(first, self.start.len()) {
            // What is too long to be told need not be compared: a value may be a megabyte of marks.
            if !is_harmless(longer) || !self.members.iter().all(|it| it.starts_with(longer)) {
                break;
            }
            self.start = longer;
        }
        self
    }

    /// Whether it is better told as families of its own: at most so many, that leave out one at most.
    fn is_divided(&self, most: usize) -> bool {
        let children = self.children();
        let covered: usize = children.iter().map(|it| it.members.len()).sum();
        (2..=most).contains(&children.len()) && covered + 1 >= self.members.len()
    }

    fn is_telling(&self) -> bool {
        // A scheme says nothing.
        let word = self.start.trim_end_matches([':', '/']);
        !matches!(word, "http" | "https" | "urn") && is_harmless(self.start)
    }
}

/// A value up to the next mark behind its first bytes, marks that follow it included.
fn next(value: &str, from: usize) -> Option<&str> {
    let is_mark = |it: char| matches!(it, ':' | '.' | '/' | '-');
    let rest = value.get(from..)?;
    let mark = rest.find(is_mark)?;
    let behind = rest.get(mark..)?.find(|it| !is_mark(it));
    value.get(..from + mark + behind.unwrap_or(rest.len() - mark))
}
