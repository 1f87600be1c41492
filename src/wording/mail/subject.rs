//! Subjects.
//!
//! The provider, then the gravest change, then how grave. A subject is a header: it is built from
//! configured names, our own words, names of members and, where they are short and harmless,
//! values of sets; [`clean`] has the last word on every character of it.

use std::collections::HashSet;

use super::advice::advice;
use super::changes_told;
use super::input::Answered;
use super::phrase;
use super::words::{count, counted};
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::change::moves::{Told, arrange};
use crate::meaning::change::place::in_order;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// Most characters of a subject.
const MAX: usize = 140;
/// What a list of mails shows of it.
const SHOWN: usize = 78;

/// What changed, in the words of a subject and of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headline {
    /// `issuer changed, 5 endpoints moved with it, +1 more`.
    pub(super) subject: String,
    /// `changed its issuer and moved 5 endpoints to another host`.
    pub(super) predicate: String,
    /// The gravest severity.
    pub(super) severity: Severity,
    /// Whether the gravest change takes away what is declared to be used.
    pub(super) used: bool,
    /// How many changes are named by `predicate`.
    pub(super) named: usize,
    /// How many are not.
    pub(super) others: usize,
    /// What to do about the gravest change.
    pub(super) advice: String,
}

/// Finds the headline of changes; `None` if there are none.
pub(super) fn headline<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Option<Headline> {
    let told = arrange(in_order(changes));
    let total: usize = told.iter().map(Told::count).sum();
    let first = told.first()?;
    let gravest = first.gravest()?;
    let severities = told.iter().filter_map(Told::gravest);
    let severity = severities.map(|change| change.severity).max()?;
    let companion = told.iter().find_map(|told| match told {
        Told::Move(moved) if gravest.member == "issuer" => Some(moved),
        _ => None,
    });
    let (subject, predicate, named) = match (first, companion) {
        (Told::One(change), Some(moved)) => {
            let words = phrase::of(change);
            let number = count(moved.members.len());
            let noun = moved.noun();
            (
                format!("{}, {number} {noun}s moved with it", words.subject),
                format!(
                    "{} and moved {number} {noun}s to another host",
                    words.predicate
                ),
                1 + moved.members.len(),
            )
        }
        (Told::One(change), None) => {
            let words = phrase::of(change);
            (words.subject, words.predicate, 1)
        }
        (Told::Move(moved), _) => {
            let number = count(moved.members.len());
            let noun = moved.noun();
            (
                format!("{number} {noun}s moved to another host"),
                format!("moved {number} {noun}s to another host"),
                moved.members.len(),
            )
        }
    };
    // That all keys were replaced says already that some came and some went.
    let implied = told.iter().filter(|told| match told {
        Told::One(change) => {
            gravest.rule == Rule::JwksDisjoint
                && change.member == gravest.member
                && matches!(change.rule.known(), Some(Rule::KeyAdded | Rule::KeyRemoved))
        }
        Told::Move(_) => false,
    });
    let others = total - named - implied.count();
    let used = match (gravest.used, gravest.used_values.len()) {
        (false, _) => String::new(),
        (true, 0) => ", which you use".to_owned(),
        (true, some) => format!(", of which you use {}", count(some)),
    };
    let more = match others {
        0 => String::new(),
        _ => format!(", +{} more", count(others)),
    };
    Some(Headline {
        subject: format!("{}{used}{more}", shorten(&subject, 70)),
        predicate,
        severity,
        used: gravest.used,
        named,
        others,
        advice: advice(gravest).to_owned(),
    })
}

/// The headline of all changes of one event, whatever its kind.
pub(super) fn headline_of_all(event: &Event) -> Option<Headline> {
    headline(&event.body.changes)
}

/// The headline of several events: each change once, though several documents have it.
pub(super) fn headline_of(kind: MailKind, events: &[&Event]) -> Option<Headline> {
    let mut changes: Vec<&Change> = Vec::new();
    let mut known = HashSet::new();
    // What is damped or settled beside other news does not make the headline.
    let telling = events
        .iter()
        .filter(|it| it.body.kind == EventKind::Changed);
    for event in telling {
        for change in changes_told::told_changes(kind, event) {
            let values = (
                &change.added,
                &change.removed,
                &change.before,
                &change.after,
            );
            if known.insert((&change.rule, &change.member, values)) {
                changes.push(change);
            }
        }
    }
    headline(changes)
}

/// Who: the provider, or how many.
pub(super) fn who(providers: &[&str]) -> String {
    match providers {
        [] => "no provider".to_owned(),
        [one] => (*one).to_owned(),
        many => counted(u64::try_from(many.len()).unwrap_or(u64::MAX), "provider"),
    }
}

/// `[issuerwatch] WHO: WHAT (REMARK)`, clean and short enough.
pub(super) fn subject(who: &str, what: &str, remark: Option<&str>) -> String {
    let start = format!("[issuerwatch] {}: ", shorten(&clean(who), 64));
    let end = remark.map_or_else(String::new, |remark| format!(" ({})", clean(remark)));
    let others = start.chars().count() + end.chars().count();
    let mut what = clean(what);
    if what.chars().count() + others > SHOWN {
        what = terse(&what);
    }
    format!("{start}{}{end}", shorten(&what, MAX.saturating_sub(others)))
}

/// The same in fewer words. Names of members without the ending that says nothing: `dpop_signing_alg_values_supported` is
/// `dpop_signing_alg`.
fn terse(what: &str) -> String {
    let words = what.split(' ').map(|word| {
        let (word, mark) = match word.strip_suffix([',', ':']) {
            Some(plain) => (plain, word.get(plain.len()..).unwrap_or_default()),
            None => (word, ""),
        };
        let endings = ["_values_supported", "_supported"];
        let plain = endings.iter().find_map(|ending| word.strip_suffix(ending));
        format!(
            "{}{mark}",
            plain.filter(|plain| plain.contains('_')).unwrap_or(word)
        )
    });
    let words = words.collect::<Vec<_>>().join(" ");
    words
        .replace("client authentication method", "client auth method")
        .replace(", held back until now", ", held back")
        .replace(" replaced at once", " replaced")
        .replace(" where it must not", "")
}

/// Whether the mail that is answered is about the same.
pub(super) fn is_about(answered: &Answered, who: &str) -> bool {
    let subject = answered.subject.trim_start_matches("Re: ");
    let start = format!("[issuerwatch] {}: ", shorten(&clean(who), 64));
    subject.starts_with(&start)
}

/// Whether the subject that is answered says something less grave than a mail that is so grave.
pub(super) fn says_less(answered: &Answered, remark: Option<&str>) -> bool {
    let last = answered.subject.rsplit_once('(');
    let said = last.and_then(|(_, rest)| Severity::parse(rest.strip_suffix(')')?));
    let grave = remark.and_then(Severity::parse);
    said.zip(grave).is_some_and(|(said, grave)| said < grave)
}

/// Whether the mail that is answered told of a return: then this one does not undo what it told.
pub(super) fn is_of_return(answered: &Answered) -> bool {
    let subject = &answered.subject;
    let starts = [": reverted after ", ": reverted: ", ": earlier state again"];
    subject.starts_with("Re: ") || starts.iter().any(|start| subject.contains(start))
}

/// The subject of a mail that answers another one.
pub(super) fn answer(answered: &Answered) -> String {
    let known = clean(&answered.subject);
    let plain = known.strip_prefix("Re: ").unwrap_or(&known);
    if plain.starts_with("[issuerwatch] ") {
        format!("Re: {}", shorten(plain, MAX - 4))
    } else {
        format!("Re: [issuerwatch] {}", shorten(plain, MAX - 18))
    }
}

/// Printable ASCII only, words separated by one space: nothing can end a header or look like
/// another character. Values with anything else never come here; names do not need it.
fn clean(text: &str) -> String {
    let ascii: String = text
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { ' ' })
        .collect();
    ascii.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}
