//! The first lines of a mail, and when it happened in words.

use jiff::{SignedDuration, Timestamp};

use super::page::{Lead, MailTone};
use super::subject_words::{Remark, SubjectWords};
use super::words::{at, counted, utc_beside};
use crate::document::severity::Group;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::key_set::leaves_none;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind, FindingChange};
use crate::wording::text::duration_words;

/// What there is to tell.
#[derive(Debug)]
pub(super) struct NewsText {
    /// The words of the subject.
    pub(super) what: SubjectWords,
    /// The remark that stands behind them in parentheses.
    pub(super) remark: Option<Remark>,
    /// The first lines.
    pub(super) lead: Lead,
}

/// The first lines.
pub(super) fn lead(
    word: &str,
    tone: MailTone,
    sentence: String,
    when: String,
    advice: Option<String>,
) -> Lead {
    Lead {
        word: word.to_owned(),
        tone,
        about: String::new(),
        sentence,
        when,
        advice: advice.map(|advice| uncapitalized(&advice)),
        tally: None,
        late: None,
    }
}

/// `Do: look at ...` reads as one sentence.
pub(super) fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

/// A gap that is longer than between two polls of a usual schedule: the time in between was not watched.
pub(super) const LONG: SignedDuration = SignedDuration::from_hours(36);

/// `First seen 02:15, confirmed 10 s later, not yet at the poll of 02:00.` For removals it says that the
/// value was still there then; for keys, what two polls cannot see.
pub(super) fn when(event: &Event) -> String {
    if let Some(words) = ends(event) {
        return words;
    }
    let way = if takes_away(event) {
        GONE
    } else if is_exchanged(event) {
        OTHER
    } else {
        CAME
    };
    when_of(event, way, replaces_keys(event))
}

/// Like `when`, for what was seen before.
pub(super) fn when_again(event: &Event) -> String {
    when_of(event, AGAIN, replaces_keys(event))
}

/// Like `when`, for something that is there now, such as a requirement that is not met.
pub(super) fn when_seen(event: &Event) -> String {
    if event.body.findings().iter().any(is_of_twins) {
        // Neither document need have changed at this poll or at the one before.
        return format!(
            "Two polls of each document saw it, the last at {}.",
            at(event.body.at)
        );
    }
    when_of(event, CAME, false)
}

/// Whether it is new that two documents of one authorization server disagree.
pub(super) fn is_of_twins(moved: &FindingChange) -> bool {
    moved.state == FindingState::New && moved.finding.rule == Rule::TwinsDisagree
}

/// Whether all that is told is that something is no longer there.
pub(super) fn takes_away(event: &Event) -> bool {
    let changes = event.body.changes().iter();
    let mut told = changes.filter(|change| !change.is_held_back()).peekable();
    let is_less = |change: &Change| {
        change.added.is_empty()
            && change.after.is_none()
            && change.group != Group::Keys
            && (change.before.is_some() || !change.removed.is_empty())
    };
    event.body.kind() == EventKind::Changed && told.peek().is_some() && told.all(is_less)
}

/// The words for the state now, and for the state at the poll before.
#[derive(Clone, Copy)]
struct StateWords {
    now: &'static str,
    before: &'static str,
}

const CAME: StateWords = StateWords {
    now: "First seen",
    before: "not yet",
};
const OTHER: StateWords = StateWords {
    now: "First seen",
    before: "still the old one",
};
const AGAIN: StateWords = StateWords {
    now: "Seen",
    before: "other",
};
const GONE: StateWords = StateWords {
    now: "Gone since",
    before: "still there",
};

/// What is told of an event.
fn told(event: &Event) -> impl Iterator<Item = &Change> {
    let changes = event.body.changes().iter();
    changes.filter(|change| !change.is_held_back())
}

/// Whether all that is told is that one thing stands where another one stood: a CA, a place, a server.
fn is_exchanged(event: &Event) -> bool {
    let is_one_for_another = |change: &Change| {
        let rule = change.rule.known();
        let is_of_it = matches!(
            rule,
            Some(
                Rule::IssuingCaChanged | Rule::RedirectChanged | Rule::AuthorizationServersReplaced
            )
        );
        let is_other = change.before.is_some() && change.after.is_some();
        is_of_it && (is_other || !change.added.is_empty() && !change.removed.is_empty())
    };
    told(event).next().is_some() && told(event).all(is_one_for_another)
}

/// When a certificate ends, where that is all that is told: when it was noticed says little beside it.
fn ends(event: &Event) -> Option<String> {
    let mut all = told(event);
    let change = all
        .next()
        .filter(|it| it.rule == Rule::CertificateExpiring)?;
    if all.next().is_some() {
        return None;
    }
    let end: Timestamp = change.after.as_ref()?.as_str()?.parse().ok()?;
    let left = end.duration_since(event.body.at);
    let now = at(event.body.at);
    Some(if left.is_positive() {
        format!(
            "It ends {}, {} after the poll of {now}.",
            at(end),
            duration_words(left)
        )
    } else {
        format!("It ended {}, before the poll of {now}.", at(end))
    })
}

fn when_of(event: &Event, way: StateWords, is_of_keys: bool) -> String {
    let yet = way.before;
    let seen = event.body.at;
    let provenance = event.body.provenance();
    let candidate_since = provenance.and_then(|it| it.candidate_since);
    let first = candidate_since.unwrap_or(seen);
    let mut when = format!("{} {}", way.now, at(first));
    let earlier = candidate_since.map(|_| seen);
    if let Some(confirmed) = provenance.and_then(|it| it.confirmed_at).or(earlier) {
        let later = duration_words(confirmed.duration_since(first));
        when.push_str(&format!(", confirmed {later} later"));
    }
    let Some(last) = event.body.last_good_at() else {
        return when + ".";
    };
    let good = utc_beside(last, seen);
    let between = format!("between the polls of {} and {}", at(last), at(seen));
    when.push_str(&match failures(event) {
        Some(failed) => {
            let failed = counted(failed, "poll");
            format!(", {yet} at the last good poll, {good}; {failed} failed since.")
        }
        None if event.body.is_after_gap() => {
            format!(". It happened {between}, while nothing was polled.")
        }
        None if seen.duration_since(last) > LONG => {
            let unseen = if is_of_keys {
                unseen(seen.duration_since(last))
            } else {
                String::new()
            };
            format!(". It happened {between}{unseen}.")
        }
        None if is_of_keys => {
            let unseen = unseen(seen.duration_since(last));
            format!(", {yet} at the poll of {good}{unseen}.")
        }
        None => format!(", {yet} at the poll of {good}."),
    });
    when
}

/// What two polls cannot see of keys that replace each other.
fn unseen(gap: SignedDuration) -> String {
    let gap = duration_words(gap);
    format!(": an overlap shorter than {gap} is not seen from here")
}

/// How many polls failed right before.
fn failures(event: &Event) -> Option<u64> {
    let before = event.body.provenance().and_then(|it| it.failures);
    before.or(event.body.failed().map(|failed| failed.count))
}

/// Whether a key set has no key of the set before: two polls cannot see how long both were there.
fn replaces_keys(event: &Event) -> bool {
    let mut changes = event.body.changes().iter();
    changes.any(|change| {
        change.rule == Rule::JwksDisjoint && !leaves_none(change) && !change.is_held_back()
    })
}

/// The same for several events: what the polls before saw, or between which polls it happened.
/// `is_loss` is whether it was still there then.
pub(super) fn when_between(events: &[Event], is_loss: bool) -> Option<String> {
    let is_news =
        |event: &&Event| matches!(event.body.kind(), EventKind::Changed | EventKind::Finding);
    let news = || events.iter().filter(is_news);
    let seen = news().map(|event| event.body.at).max()?;
    // A document seen for the first time has no poll before.
    let goods: Vec<Timestamp> = news()
        .map(|event| event.body.last_good_at())
        .collect::<Option<_>>()?;
    let (first, last) = (*goods.iter().min()?, *goods.iter().max()?);
    let gap = seen.duration_since(first);
    let unseen = if events.iter().any(replaces_keys) {
        unseen(gap)
    } else {
        String::new()
    };
    if gap > LONG {
        let (good, seen) = (at(first), at(seen));
        return Some(format!(
            " It happened between the polls of {good} and {seen}{unseen}."
        ));
    }
    if news().any(|event| failures(event).is_some()) {
        return None;
    }
    let yet = if is_loss { "Still there" } else { "Not yet" };
    Some(if at(first) == at(last) {
        format!(
            " {yet} at the polls of {}{unseen}.",
            utc_beside(first, seen)
        )
    } else {
        format!(
            " {yet} at the polls of {} to {}{unseen}.",
            at(first),
            at(last)
        )
    })
}

/// Whether the polls before these events were so long ago that what they tell has gathered meanwhile.
pub(super) fn is_gathered(events: &[Event]) -> bool {
    let is_late = |event: &Event| {
        let last = event.body.last_good_at();
        last.is_some_and(|last| event.body.at.duration_since(last) > LONG)
    };
    events.iter().all(is_late)
}
