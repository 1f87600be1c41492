//! What a mail says about the past of what it reports.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use super::down;
use super::habit as habit_words;
use super::input::{Counted, MailInput, SeenBetween};
use super::keys::{Turnover, is_replacement};
use super::news;
use super::page::Lead;
use super::reported::reported_changes;
use super::revert::Return;
use super::several;
use super::subject_words::SubjectWords;
use super::words::{at, count, date, list, numbered, ordinal};
use crate::document::severity::Severity;
use crate::meaning::change::{Change, Habit};
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::habit;
use crate::policy::mail::MailKind;
use crate::wording::text::duration_words;

/// The event that a mail is mainly about, whose past it tells: the gravest change, of several the first; the
/// gravest of all where nothing changed.
pub fn main_event(events: &[Event]) -> Option<&Event> {
    events.iter().min_by_key(|event| {
        let is_other = event.body.kind() != EventKind::Changed;
        (is_other, Reverse(event.body.severity))
    })
}

/// `Replaced the same way on 2025-11-20.`, where there is something to be said. Each provider has its own
/// past, so nothing is said of several.
pub(super) fn said(input: &MailInput<'_>) -> Option<String> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    match input.kind {
        MailKind::Failing => of_outage(input),
        MailKind::Recovered => of_end(input),
        MailKind::Changed | MailKind::Damped => of_change(input),
        _ => None,
    }
}

fn of_outage(input: &MailInput<'_>) -> Option<String> {
    let ended = &input.background?.ended_outages;
    let last = date(*ended.latest().next()?);
    if down::reminded(input.events).is_some() {
        return None;
    }
    Some(format!("The outage before ended on {last}."))
}

/// `This was outage 7 since 2025-05-29, the second in June.`
fn of_end(input: &MailInput<'_>) -> Option<String> {
    let background = input.background?;
    let ended = &background.ended_outages;
    let last = *ended.latest().next()?;
    let now = input.events.iter().map(|event| event.body.at).max()?;
    let month = |at: Timestamp| at.strftime("%B %Y").to_string();
    let this = month(now);
    let of_month = ended.latest().filter(|at| month(**at) == this).count();
    // If the first of those that were read is of this month, there may be more of them.
    let is_month_whole = ended.is_whole() || ended.latest().any(|at| month(*at) != this);
    let mut said = match background.first_document_at {
        Some(first) => format!(
            "This was outage {} since {}",
            count(ended.total().saturating_add(1)),
            date(first)
        ),
        None => "It was down before".to_owned(),
    };
    match of_month {
        1.. if is_month_whole => {
            said.push_str(&format!(
                ", the {} in {this}.",
                ordinal(of_month as u64 + 1)
            ));
        }
        _ => said.push_str(&format!("; the one before ended on {}.", date(last))),
    }
    Some(said)
}

fn of_change(input: &MailInput<'_>) -> Option<String> {
    let is_changed = |event: &&Event| event.body.kind() == EventKind::Changed;
    let event = main_event(input.events).filter(is_changed)?;
    let changes = reported_changes(input.kind, event);
    let gravest = *changes.first()?;
    let of_keys = input
        .background
        .filter(|_| gravest.rule == Rule::JwksDisjoint)
        .and_then(|it| {
            let is_told = nth_replacement(input).is_some();
            of_keys(event, gravest, &it.replaced_keys, is_told)
        });
    let said: Vec<String> = of_keys
        .into_iter()
        .chain(as_it_was(input, event, gravest))
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// Since when the document is as it was, where the state in between did not follow directly on that one: else
/// the first sentence says so. What is back is in the first sentence too.
fn as_it_was(input: &MailInput<'_>, event: &Event, gravest: &Change) -> Option<String> {
    let is_return = news::return_of(input.kind, input.events, input.answers);
    let until = event.body.returned_to()?;
    if is_return != Some(Return::Again) || event.body.old_since() == Some(until) {
        return None;
    }
    let mut touched = input.background.iter().flat_map(|it| &it.touched);
    let last = touched.find(|last| gravest.subject == last.member.as_str());
    let told = last.and_then(|last| Some((last.at, way(gravest, &date(last.at))?)));
    Some(match told {
        None => format!("The whole document is as it was until {}.", at(until)),
        Some((when, way)) if when == until => {
            format!("{way} Now the whole document is as it was until then.")
        }
        // Two dates that do not belong to one change read like a contradiction.
        Some((when, way)) if when > until => way,
        Some((_, way)) => format!("{way} The whole document is as it was until {}.", at(until)),
    })
}

/// How many earlier replacements are told with their dates.
const DATED: usize = 4;

/// When the signing keys were all replaced before, and how often that was, if it was regular.
/// How often stands in the first sentence already where `is_told`.
fn of_keys(
    event: &Event,
    change: &Change,
    before: &Counted<SeenBetween>,
    is_told: bool,
) -> Option<String> {
    let last = before.latest().next()?;
    if let Some(habit) = change.habit {
        return of_habit(habit, before, event.body.at);
    }
    if let Some(habit) = rhythm(before.latest()) {
        let every = duration_words(SignedDuration::from_secs(habit.every));
        let after = duration_words(event.body.at.duration_since(last.at));
        return Some(format!(
            "It replaced them every {every} until {}; this time it was after {after}.",
            date(last.at)
        ));
    }
    let mut dates: Vec<String> = before.latest().take(DATED).map(seen).collect();
    dates.reverse();
    let often = match before.total() {
        _ if is_told => "Before".to_owned(),
        many => format!("Its signing keys were all replaced {} before", times(many)),
    };
    let fixed = match before.total() {
        1..=2 => "",
        _ => ", at no fixed interval",
    };
    let last = match before.total() {
        many if many > DATED as u64 => format!("; the last {}", times(DATED as u64)),
        _ => String::new(),
    };
    Some(format!("{often}{fixed}{last}: {}.", list(&dates)))
}

/// The rhythm that these belong to. What happened at an unknown time is no part of one.
fn rhythm<'a>(latest_first: impl Iterator<Item = &'a SeenBetween>) -> Option<Habit> {
    let known = latest_first.take_while(|it| it.after.is_none());
    let mut times: Vec<Timestamp> = known.map(|it| it.at).collect();
    times.reverse();
    habit::habit(&times)
}

/// Says the how-manieth time it is that all signing keys were replaced: who was told before knows more of it
/// than a mail, which does not know whether logins survived.
pub(super) fn tell_replacement(
    input: &MailInput<'_>,
    what: SubjectWords,
    lead: &mut Lead,
) -> SubjectWords {
    let Some(Replacement {
        nth,
        span,
        broken,
        is_unlike,
    }) = nth_replacement(input)
    else {
        return what;
    };
    if nth == 1 {
        let first = input.background.and_then(|it| it.first_document_at);
        if let Some(first) = first {
            let since = date(first);
            lead.sentence.push_str(&format!(
                " It is the first time since watching began on {since}."
            ));
        }
        return what;
    }
    let within = span.map_or_else(String::new, |span| format!(" in {}", duration_words(span)));
    let nth_words = numbered(nth);
    lead.sentence.push_str(&format!(
        " It is the {nth_words} time{within}{}.",
        broken.map_or_else(String::new, |habit| {
            let every = duration_words(SignedDuration::from_secs(habit.every));
            format!(", and out of its rhythm of {every}")
        })
    ));
    // Logins that survived the others say little of one that is unlike them.
    if let Some(advice) = lead.advice.as_mut().filter(|_| !is_unlike) {
        let before = match nth {
            2 => "the time before".to_owned(),
            many => format!("the {} times before", many - 1),
        };
        *advice = format!(
            "nothing if your logins survived {before}, which is not known here; else {advice}"
        );
    }
    let short = format!("{nth_words} time");
    what.and_first(&[format!("{short}{within}"), short])
}

/// How a replacement of all signing keys stands to those before.
struct Replacement {
    /// The how-manieth time it is.
    nth: u64,
    /// How long ago the first was, where all of them are known.
    span: Option<SignedDuration>,
    /// The rhythm that it breaks.
    broken: Option<Habit>,
    /// Whether it is breaking, and breaks a rhythm or leaves fewer signing keys.
    is_unlike: bool,
}

/// `None` where it is a habit, which says so itself, or not the main news of one provider.
fn nth_replacement(input: &MailInput<'_>) -> Option<Replacement> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    if input.kind != MailKind::Changed
        || news::is_found_graver(input.events)
        || news::return_of(input.kind, input.events, input.answers).is_some()
    {
        return None;
    }
    let event = main_event(input.events).filter(|it| it.body.kind() == EventKind::Changed)?;
    let changes = reported_changes(input.kind, event);
    let gravest = *changes.first()?;
    if !is_replacement(gravest) || gravest.habit.is_some() {
        return None;
    }
    let before = &input.background?.replaced_keys;
    let first = before.latest().last().filter(|_| before.is_whole());
    let span = first.map(|first| event.body.at.duration_since(first.at));
    let is_fewer = Turnover::of(changes.iter().copied()).is_some_and(Turnover::shrinks);
    let broken = rhythm(before.latest());
    Some(Replacement {
        nth: before.total().saturating_add(1),
        span,
        broken,
        is_unlike: gravest.severity >= Severity::Breaking && (broken.is_some() || is_fewer),
    })
}

/// The times before that belong to a rhythm, how far apart they were if that differs, and that others were
/// at other intervals. How often it was in a row is said before: another number beside it is a riddle.
fn of_habit(habit: Habit, before: &Counted<SeenBetween>, now: Timestamp) -> Option<String> {
    let of_rhythm = habit.count.checked_sub(1)?;
    let shown = usize::try_from(of_rhythm).ok()?.min(DATED);
    let mut dates: Vec<String> = before.latest().take(shown).map(seen).collect();
    dates.reverse();
    if dates.len() < 2 {
        return None;
    }
    let mut said = if habit::is_counted_out(habit) || (shown as u64) < of_rhythm {
        format!("The last {} before: {}.", times(shown as u64), list(&dates))
    } else {
        format!("Before {}.", list(&dates))
    };
    let times = before.latest().take(shown).map(|it| it.at);
    said.extend(unequal_gaps(now, times));
    let others = before.total().saturating_sub(of_rhythm);
    if others > 0 && !habit::is_counted_out(habit) {
        let place = usize::try_from(of_rhythm).ok()?;
        let latest = before.latest().nth(place);
        let last = |on| latest.map_or_else(String::new, |it| format!(", {on} {},", date(it.at)));
        let those = before.latest().skip(place);
        said.push_str(&match others {
            _ if let Some(habit) = rhythm(those) => format!(
                " Those before were every {} as well{}.",
                duration_words(SignedDuration::from_secs(habit.every)),
                latest.map_or_else(String::new, |it| format!(", until {}", date(it.at)))
            ),
            1 => format!(" One before these{} was at another interval.", last("on")),
            _ => format!(
                " Those before{} were at other intervals.",
                last("the last on")
            ),
        });
    }
    Some(said)
}

/// Gaps that differ by more than this are told: a mean of them says when it was at none of the times.
const ALIKE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// ` This time it was 84 days after the last time, and 98 days lay before that.`; `times` are
/// the earlier ones, the latest first.
fn unequal_gaps(now: Timestamp, times: impl Iterator<Item = Timestamp>) -> Option<String> {
    let mut later = now;
    let each = times.map(|at| {
        let gap = later.duration_since(at);
        later = at;
        gap
    });
    let gaps: Vec<SignedDuration> = each.collect();
    let (shortest, longest) = (gaps.iter().min()?, gaps.iter().max()?);
    if *longest - *shortest <= ALIKE {
        return None;
    }
    let (latest, earlier) = gaps.split_first()?;
    let earlier: Vec<String> = earlier.iter().map(|gap| duration_words(*gap)).collect();
    let last = duration_words(*latest);
    Some(match earlier.as_slice() {
        [one] => {
            format!(" This time it was {last} after the last time, and {one} lay before that.")
        }
        several => format!(
            " This time it was {last} after the last time, and before that lay {}.",
            list(several)
        ),
    })
}

/// That further replacements are not mailed, where the mail is about one that is a habit.
pub(super) fn quiet(input: &MailInput<'_>) -> Option<String> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    let event = main_event(input.events).filter(|_| input.kind == MailKind::Changed)?;
    let changes = reported_changes(input.kind, event);
    habit_words::quiet(event, changes.first()?)
}

/// `once`, `twice`, `3 times`.
fn times(number: u64) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        many => format!("{} times", count(many)),
    }
}

/// `on 2026-02-13`, `between 2026-05-09 and 2026-05-25 (not watched)`.
fn seen(one: &SeenBetween) -> String {
    match one.after {
        None => format!("on {}", date(one.at)),
        Some(after) => format!("between {} and {} (not watched)", date(after), date(one.at)),
    }
}

/// Since when the value was different.
fn way(gravest: &Change, date: &str) -> Option<String> {
    let came = gravest.before.is_none() && gravest.removed.is_empty();
    let went = gravest.after.is_none() && gravest.added.is_empty();
    if came {
        let was = if gravest.added.len() > 1 {
            "They were"
        } else {
            "It was"
        };
        return Some(format!("{was} taken away on {date}."));
    }
    let they = if gravest.removed.len() > 1 {
        "They"
    } else {
        "It"
    };
    went.then(|| format!("{they} came on {date}."))
}
