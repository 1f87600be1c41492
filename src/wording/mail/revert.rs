//! Leads of mails about a return: a state that was there before.
//!
//! Only the way back from the very change that was told is a revert: there is something to undo
//! then. Any other return is a change like others, that happens to lead to a known state.

use jiff::{SignedDuration, Timestamp};

use super::ended::EndedDanger;
use super::headline::{Headline, HeadlineSubject};
use super::input::InReplyTo;
use super::lead::{NewsText, lead, takes_away, uncapitalized, when};
use super::page::MailTone;
use super::refusal;
use super::reported::reported_changes;
use super::steps;
use super::subject_words::{Remark, SubjectWords};
use super::words::{at, count, date, name};
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::change::moves::{self, arrange};
use crate::meaning::change::order::Rank;
use crate::policy::event::{Event, EventBody, EventKind};
use crate::policy::mail::MailKind;
use crate::wording::text::duration_words;

/// What a return means to readers of the earlier mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    /// The change that a mail told of is undone.
    Undone,
    /// Some earlier state is there again.
    Again,
}

/// How long readers are taken to remember a change, so that its return counts as undoing it.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Return {
    /// The kind of return; `None` unless all these events return to an earlier state.
    pub(super) fn of(events: &[Event], answered: Option<&InReplyTo>) -> Option<Self> {
        let mut changed = changed(events).peekable();
        changed.peek()?;
        // A mail that told of a return itself left nothing that this one could undo.
        let mail = answered.and_then(|answered| answered.mail.as_ref());
        let mut undone = mail.is_some_and(|mail| !mail.topic.is_return);
        for event in changed {
            let until = event.body.returned_to()?;
            undone &= event.body.old_since() == Some(until);
            // After a week nobody remembers what to undo.
            undone &= event.body.at.duration_since(until) < WEEK;
        }
        Some(if undone { Self::Undone } else { Self::Again })
    }

    /// What the subject says: what is there now. It never repeats that of the mail it undoes, which
    /// says the contrary.
    pub(super) fn what(self, headline: &Headline, away: Option<&str>) -> SubjectWords {
        match (self, away) {
            (Self::Undone, away) => {
                let after = away.map_or_else(String::new, |away| format!(", after {away}"));
                let both = headline.back.clone().and(headline.second.as_deref());
                both.reverted(&after)
            }
            // How long it was otherwise stands in the first lines: little depends on it.
            (Self::Again, _) => headline.back.clone().and(headline.second.as_deref()),
        }
    }

    /// The first word of the mail.
    pub(super) fn word(self, headline: &Headline) -> String {
        match self {
            Self::Undone => "REVERTED".to_owned(),
            Self::Again => headline.severity.as_str().to_uppercase(),
        }
    }

    /// What to do; `ended` is a danger that is over with it, which outweighs the rest.
    pub(super) fn advice(self, headline: &Headline, ended: Option<&EndedDanger>) -> String {
        if let Some(ended) = ended {
            return ended.advice();
        }
        match (self, headline.thing) {
            (Self::Again, _) => headline.advice.clone(),
            (Self::Undone, HeadlineSubject::Issuer) => {
                "nothing, if you changed nothing because of the earlier mail; else look at `iss` in \
                 a fresh token first, and then undo it. Clients that read the document meanwhile have to \
                 read it again."
                    .to_owned()
            }
            (Self::Undone, HeadlineSubject::Host) => {
                "where you name one of the hosts, in a firewall or a configuration, allow both: they \
                 may change again. Clients that read the document need nothing."
                    .to_owned()
            }
            (Self::Undone, HeadlineSubject::Other) if headline.severity <= Severity::Notice => {
                "nothing, if you changed nothing because of the earlier mail; else undo it.".to_owned()
            }
            // A change that was grave in one direction is not harmless in the other.
            (Self::Undone, HeadlineSubject::Other) => format!(
                "undo what you changed because of the earlier mail, and {}",
                uncapitalized(&headline.advice)
            ),
        }
    }
}

/// The events that are changes.
fn changed(events: &[Event]) -> impl Iterator<Item = &Event> {
    let is_changed = |event: &&Event| event.body.kind() == EventKind::Changed;
    events.iter().filter(is_changed)
}

/// How long it was away, if it is the same for all.
pub(super) fn away(events: &[Event]) -> Option<String> {
    let away = |event: &Event| {
        let until = event.body.returned_to()?;
        Some(duration_words(event.body.at.duration_since(until)))
    };
    let mut all = changed(events).map(away);
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// The first lines about one provider that is back in an earlier state.
pub(super) fn text(
    kind: Return,
    answered: Option<&InReplyTo>,
    events: &[Event],
    event: &Event,
    who: &str,
    headline: &Headline,
) -> Option<NewsText> {
    let until = event.body.returned_to()?;
    let away = duration_words(event.body.at.duration_since(until));
    let severity = headline.severity;
    let what = what(events, headline);
    let is_short_stay = kind == Return::Again && is_short_stay(event, until);
    let sentence = match kind {
        Return::Again if is_short_stay => format!(
            "{who} {}: it came on {} and went after {away}. It counts as {severity}, because it was never \
             taken away before, and its coming was not mailed.{}",
            headline.predicate,
            date(until),
            headline.also
        ),
        // Names stand in what happened; hosts in where they are.
        Return::Undone if headline.thing == HeadlineSubject::Other => format!(
            "{who} {}.{} It is back in the state it had until {}, after {away}. It counts as {severity}.",
            headline.predicate,
            headline.also,
            at(until)
        ),
        Return::Undone => format!(
            "{who} is back in the state it had until {}, after {away}: {what}. It counts as {severity}.",
            at(until)
        ),
        // The way back is no move to another host.
        Return::Again if headline.thing == HeadlineSubject::Host => format!(
            "{who} is on a host again that it had before: {what}.{}{}",
            headline.also,
            before(event, until)
        ),
        Return::Again => format!(
            "{who} {}.{}{}",
            headline.predicate,
            headline.also,
            before(event, until)
        ),
    };
    let accepted = refusal::accepting_clients(events).unwrap_or_default();
    let sentence = format!("{sentence}{accepted}");
    let advice = if is_short_stay {
        format!("nothing, unless you began to use it since {}.", date(until))
    } else if kind == Return::Again && alternates(event, until, headline) {
        wait(headline)
    } else {
        let ended = EndedDanger::of(events, answered);
        let is_restored = kind == Return::Undone && is_restored(events, event);
        let plain = ended.is_none() && headline.severity <= Severity::Notice;
        if is_restored && plain {
            RESTORED.to_owned()
        } else {
            kind.advice(headline, ended.as_ref())
        }
    };
    Some(NewsText {
        what: if is_short_stay {
            headline.back.within("", &format!(" after {away}"))
        } else {
            kind.what(headline, Some(&away))
        },
        remark: Some(Remark::Severity(severity)),
        lead: lead(
            &kind.word(headline),
            MailTone::Of(severity),
            sentence,
            when(event),
            Some(advice),
        ),
    })
}

/// Whether all that is told is one value that came some days ago and is gone, and that was never taken away
/// before: there is nobody who relied on it for longer. A damped member tells of a first removal all the
/// same; without that the value may have been there long ago, and its short return says nothing.
fn is_short_stay(event: &Event, until: Timestamp) -> bool {
    let EventBody::Changed(changed) = &event.body.body else {
        return false;
    };
    let told = reported_changes(MailKind::Changed, event);
    let [one] = told.as_slice() else {
        return false;
    };
    event.body.old_since() == Some(until)
        && event.body.at.duration_since(until) < WEEK
        && takes_away(event)
        && one.severity == Severity::Breaking
        && one.removed.len() == 1
        && !one.used
        && changed.told_all_the_same.contains(&one.subject)
}

/// What to do where what was taken away is there again.
const RESTORED: &str =
    "nothing: what worked before works again. Where you worked around it, that can go.";

/// Whether the gravest change gives back what was taken away, or corrects what clients refused.
fn is_restored(events: &[Event], event: &Event) -> bool {
    let all: Vec<&Event> = events.iter().collect();
    let told = reported_changes(MailKind::Changed, event);
    told.first().is_some_and(|change| {
        let is_gain = change.removed.is_empty() && change.before.is_none();
        is_gain || steps::is_corrected(change, &all)
    })
}

/// How soon a state has to be back to seem one of two that are served in turn.
const TURN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Fewer changes are one thing that came and went, and no other version of the document.
const OF_A_VERSION: usize = 3;

/// Whether two versions of a document seem to alternate: the one is back within days, and breaks clients.
/// Keys and addresses that are back are never waited for.
fn alternates(event: &Event, until: Timestamp, headline: &Headline) -> bool {
    let is_soon = event.body.at.duration_since(until) < TURN;
    let told = reported_changes(MailKind::Changed, event);
    let is_of_lists = told.iter().all(|change| {
        let is_address = change.group == Group::Endpoints && change.severity >= Severity::Breaking;
        change.group != Group::Keys && !is_address
    });
    is_soon
        && is_of_lists
        && told.len() >= OF_A_VERSION
        && event.body.old_since() == Some(until)
        && headline.severity == Severity::Breaking
        && headline.thing == HeadlineSubject::Other
}

/// What to do where two versions alternate.
fn wait(headline: &Headline) -> String {
    format!(
        "two versions of the document seem to alternate: wait a day or two before you change anything. If \
         this one stays: {}",
        uncapitalized(&headline.advice)
    )
}

/// Since when it was different, where the state in between followed directly on the one that is back. If it
/// did not, that is known of the document and not of the values: what is known of their past stands with it
/// (`background`).
fn before(event: &Event, until: Timestamp) -> String {
    if event.body.old_since() != Some(until) {
        return String::new();
    }
    let away = duration_words(event.body.at.duration_since(until));
    let told = reported_changes(MailKind::Changed, event);
    if takes_away(event) {
        let was = match told.as_slice() {
            [one] if one.removed.len() <= 1 => "It was",
            _ => "They were",
        };
        return format!(" {was} there for {away}, since {}.", date(until));
    }
    format!(
        " It was so before, until {}; for {away} it was otherwise.",
        at(until)
    )
}

/// What is back: `issuer and 5 endpoints are on appleid.apple.com again`.
fn what(events: &[Event], headline: &Headline) -> String {
    let told = changed(events).flat_map(|event| reported_changes(MailKind::Changed, event));
    let changes: Vec<&Change> = told.collect();
    let told = arrange(changes.iter().copied());
    let moved = told.iter().find_map(|told| match told {
        moves::ChangeOrMove::Move(moved) => Some(moved),
        moves::ChangeOrMove::One(_) => None,
    });
    let Some(moved) = moved.filter(|moved| {
        let gravest = moved.gravest().map(|change| change.severity);
        gravest == Some(headline.severity) || has_issuer(&changes)
    }) else {
        return headline.back.words();
    };
    let number = count(moved.members.len());
    let to = name(&moved.to);
    let issuer = if has_issuer(&changes) {
        "issuer and "
    } else {
        ""
    };
    let from = name(&moved.from);
    format!(
        "{issuer}{number} {}s are on {to} again, not on {from}",
        moved.noun()
    )
}

fn has_issuer(changes: &[&Change]) -> bool {
    changes.iter().any(|change| Rank::of(change).is_of_issuer())
}
