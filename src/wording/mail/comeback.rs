//! What is there again is never told as news: which values are new, which are back, and which earlier mail
//! that answers.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use serde_json::Value;

use super::background::main_event;
use super::headline::headline_of;
use super::highlight::shown;
use super::input::{Background, EarlierMail, KnownValues, LastChange, MailInput};
use super::news;
use super::page::{Section, Sign};
use super::phrase::{few_names, first_names, short_name, two_named};
use super::refusal;
use super::reported::reported_changes;
use super::revert::Return;
use super::several;
use super::subject_words::SubjectWords;
use super::words::{count, counted, date, list, name};
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;
use crate::wording::noun::noun;

/// What a mail says beside its usual words, because something of it was there before.
pub(super) struct Comeback {
    /// The words of the subject, where they are other ones.
    pub(super) what: Option<SubjectWords>,
    /// What is added to the first sentence: which values are back, and since when they were gone. It stands
    /// behind that sentence and not in its place, so that nothing else that is told there is lost.
    pub(super) back: Option<String>,
    /// What to do about values that are back, where nothing else is to be done.
    pub(super) advice: Option<String>,
    /// What the mail closes, behind that.
    pub(super) closes: Option<Closed>,
}

/// Earlier mails that a mail closes.
pub(super) struct Closed {
    /// `follows the mail of 2025-10-17`.
    pub(super) words: String,
    /// Where it goes on at others that the mails told of.
    pub(super) elsewhere: Option<String>,
    /// What to do about it.
    pub(super) advice: &'static str,
}

/// What is back in the changes of one provider; `None` where nothing is, or where the mail says that a
/// change was undone.
pub(super) fn of(input: &MailInput<'_>) -> Option<Comeback> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    if input.kind != MailKind::Changed {
        return None;
    }
    if news::return_of(input.kind, input.events, input.answers) == Some(Return::Undone) {
        return None;
    }
    let background = input.background?;
    let is_changed = |event: &&Event| event.body.kind() == EventKind::Changed;
    let event = main_event(input.events).filter(is_changed)?;
    let changes = reported_changes(input.kind, event);
    let closes = closed(background, &changes);
    let set = changes
        .first()
        .and_then(|gravest| of_set(background, gravest, second_fact(input)));
    if set.is_none() && closes.is_none() {
        return None;
    }
    let (what, back, advice) = match set {
        Some(set) => (Some(set.what), Some(set.sentence), Some(set.advice)),
        None => (None, None, None),
    };
    Some(Comeback {
        what,
        back,
        advice,
        closes,
    })
}

/// What the subject says beside the gravest change.
fn second_fact(input: &MailInput<'_>) -> Option<String> {
    let all: Vec<&Event> = input.events.iter().collect();
    let headline = || headline_of(input.kind, &all)?.second;
    refusal::refusing_clients(input.events).or_else(headline)
}

/// What is said of a set of which some values are back.
struct SetWords {
    what: SubjectWords,
    sentence: String,
    advice: String,
}

/// Values of a set that came, some of which it had before.
fn of_set(background: &Background, gravest: &Change, second: Option<String>) -> Option<SetWords> {
    // A list that is there again as a whole is told as that.
    let is_whole = gravest.size_before == Some(0);
    if gravest.added.is_empty() || !gravest.removed.is_empty() || is_whole {
        return None;
    }
    let known = known(background, gravest)?;
    let is_known = |value: &&Value| known.values().iter().any(|it| it.value == **value);
    let (back, new): (Vec<Value>, Vec<Value>) = gravest
        .added
        .iter()
        .cloned()
        .partition(|value| is_known(&value));
    if back.is_empty() {
        return None;
    }
    let member = gravest.subject.as_str();
    let one = noun(member).unwrap_or("value");
    let place = match noun(member) {
        Some(_) => String::new(),
        None => format!(" in {}", name(member)),
    };
    let gone = || known.values().iter().map(|it| it.gone_at);
    let since = dates(gone());
    let all = gravest.added.len();
    let advice = put_in_again(back.len(), all, &gone().min().map(date).unwrap_or_default());
    if new.is_empty() {
        let what = match some_names(&back) {
            Some(names) => format!("{}{place} back", called(back.len(), one, &names)),
            None => format!("{}{place} back", counted(size(back.len()), one)),
        };
        let are = match back.len() {
            1 => "It is",
            _ => "They are",
        };
        return Some(SetWords {
            what: SubjectWords::plain(what).and(second.as_deref()),
            sentence: format!("{are} back, gone since {since}."),
            advice,
        });
    }
    let what = SubjectWords::of_forms(added(&new, one, &place));
    let others = match (new.len(), some_names(&new)) {
        _ if !known.are_others_new() => String::new(),
        // The first sentence has just named them.
        (2, Some(names)) if Some(&names) == two_named(&gravest.added).as_ref() => {
            "These two were never seen here before; ".to_owned()
        }
        (1, Some(name)) => format!("{name} was never seen here before; "),
        (_, Some(names)) => format!("{names} were never seen here before; "),
        (1, None) => "one was never seen here before; ".to_owned(),
        (many, None) => format!("{} of them were never seen here before; ", count(many)),
    };
    let sentence = format!(
        "{} back, gone since {since}.",
        match some_names(&back) {
            Some(names) if back.len() == 1 => format!("{others}{names} is"),
            Some(names) => format!("{others}{names} are"),
            None => format!("{others}{} are", counted(size(back.len()), one)),
        },
    );
    let second = second.unwrap_or_else(|| format!("{} back", count(back.len())));
    Some(SetWords {
        what: what.and(Some(&second)),
        sentence,
        advice,
    })
}

/// What to do about so many of all values that are back: who took them out can put them in again.
fn put_in_again(back: usize, all: usize, since: &str) -> String {
    let which = match back {
        1 if all == 1 => "it".to_owned(),
        1 => "the one that is back".to_owned(),
        many if many == all => "one of them".to_owned(),
        many => format!("one of the {} that are back", count(many)),
    };
    format!(
        "if you took {which} out of a client since {since}, you may ask for it again; else nothing."
    )
}

/// `scope a added`, `21 scopes added, a and b among them`, the fullest words first.
fn added(values: &[Value], one: &str, place: &str) -> Vec<String> {
    if let Some(names) = some_names(values) {
        return vec![format!(
            "{}{place} added",
            called(values.len(), one, &names)
        )];
    }
    let number = format!("{}{place} added", counted(size(values.len()), one));
    let first = first_names(values).into_iter();
    let named = first.map(|names| format!("{number}, {names} among them"));
    named.chain([number.clone()]).collect()
}

/// The values, where they are few and short.
fn some_names(values: &[Value]) -> Option<String> {
    short_name(values).or_else(|| few_names(values))
}

/// `scope a`, `scopes a and b`.
fn called(number: usize, one: &str, names: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{one}{plural} {names}")
}

fn size(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The values that a change brought and that were taken away before; `None` where that was not looked up.
fn known<'a>(background: &'a Background, change: &Change) -> Option<&'a KnownValues> {
    let mut of_members = background.known_values.iter();
    of_members.find(|known| change.subject == known.member())
}

/// Most values that an item names as new, or as back.
const NAMED: usize = 5;

/// Tells in its item which values of a set are new and which are back.
pub(super) fn tell_apart(input: &MailInput<'_>, sections: &mut [Section]) {
    let Some(background) = input.background.filter(|_| input.kind == MailKind::Changed) else {
        return;
    };
    for change in input.events.iter().flat_map(|event| event.body.changes()) {
        let Some(known) = known(background, change).filter(|it| it.are_others_new()) else {
            continue;
        };
        let known: HashSet<&Value> = known.values().iter().map(|it| &it.value).collect();
        let (back, new): (Vec<&Value>, Vec<&Value>) =
            change.added.iter().partition(|value| known.contains(value));
        if back.is_empty() || new.is_empty() {
            continue;
        }
        let names = |values: &[&Value]| {
            let names: Vec<String> = values.iter().map(|value| shown(value, 60)).collect();
            list(&names)
        };
        let others = |rest: usize| match rest {
            1 => "the other one is".to_owned(),
            many => format!("the {} others are", count(many)),
        };
        let words = match (new.len(), back.len()) {
            (..=NAMED, rest) => format!("New: {}; {} back.", names(&new), others(rest)),
            (rest, ..=NAMED) => format!("Back: {}; {} new.", names(&back), others(rest)),
            (new, back) => format!("{} are new, {} are back.", count(new), count(back)),
        };
        let mut items = sections.iter_mut().flat_map(|section| &mut section.items);
        let item = items.find(|item| {
            item.member == change.subject.as_str()
                && !item.lines.is_empty()
                && item.lines.iter().all(|line| line.sign == Sign::New)
        });
        if let Some(item) = item {
            item.more.push(words);
        }
    }
}

/// Of spellings that were corrected before: it is the second time, so nothing was corrected.
pub(super) fn alternates(input: &MailInput<'_>, sections: &mut [Section]) {
    let Some(background) = input.background else {
        return;
    };
    let changes = input.events.iter().flat_map(|event| event.body.changes());
    let is_spaced = |value: &Value| {
        value
            .as_str()
            .is_some_and(|it| it.contains(char::is_whitespace))
    };
    for change in
        changes.filter(|it| it.rule == Rule::ScopeRemoved && it.removed.iter().all(is_spaced))
    {
        let mut known = background.gone_before.iter();
        let before = known.find(|(member, _)| change.subject == member.as_str());
        let Some((_, before)) = before else {
            continue;
        };
        for section in &mut *sections {
            let mut own = section.items.iter_mut();
            let item = own.find(|item| {
                item.member == change.subject.as_str()
                    && item.lines.iter().all(|line| line.sign == Sign::Old)
            });
            if let Some(item) = item {
                item.why = format!(
                    "It went on {} too: two versions of the document seem to alternate. A scope cannot contain a \
                     space, so nobody could ask for it.",
                    date(*before)
                );
            }
        }
    }
}

/// The mails that told of the loss of what is back now.
fn closed(background: &Background, changes: &[&Change]) -> Option<Closed> {
    let mut told: BTreeSet<&EarlierMail> = BTreeSet::new();
    for change in changes {
        let values = known(background, change).map_or(&[][..], KnownValues::values);
        told.extend(values.iter().filter_map(|it| it.told_in.as_ref()));
        // A member that came with another value is not back.
        let is_back = |last: &&LastChange| {
            change.subject == last.member.as_str()
                && change.before.is_none()
                && last.gone.is_some()
                && last.gone == change.after
        };
        let last = background.touched.iter().find(is_back);
        told.extend(last.and_then(|last| last.told_in.as_ref()));
    }
    // A mail that tells of a loss of its own ends no alarm.
    if changes
        .iter()
        .any(|change| change.severity >= Severity::Breaking)
    {
        return None;
    }
    let mails = if told.len() == 1 { "mail" } else { "mails" };
    (!told.is_empty()).then(|| Closed {
        words: format!(
            "follows the {mails} of {}",
            dates(told.iter().map(|it| it.at))
        ),
        elsewhere: elsewhere(&told),
        advice: "nothing; if you took out of a client what is back, you can put it in again.",
    })
}

/// `fresh8-auth, which that mail told of too, is still without.`
fn elsewhere(told: &BTreeSet<&EarlierMail>) -> Option<String> {
    let providers = told.iter().flat_map(|it| &it.still_without);
    let still: BTreeSet<&String> = providers.collect();
    let names: Vec<String> = still.iter().map(|it| name(it)).collect();
    let that = match told.len() {
        1 => "that mail",
        _ => "those mails",
    };
    Some(match names.as_slice() {
        [] => return None,
        [one] => format!("{one}, which {that} told of too, is still without."),
        few if few.len() <= 3 => {
            format!(
                "{}, which {that} told of too, are still without.",
                list(few)
            )
        }
        many => format!(
            "{} others, which {that} told of too, are still without.",
            count(many.len())
        ),
    })
}

/// `2025-10-17`, `2025-10-17 and 2025-11-28`: each day once, at most three of them.
fn dates(times: impl Iterator<Item = Timestamp>) -> String {
    let days: BTreeSet<String> = times.map(date).collect();
    let surplus = days.len().saturating_sub(3);
    let latest: Vec<String> = days.into_iter().skip(surplus).collect();
    list(&latest)
}
