//! Notes below the items: what a reader may want to know and no item says.

use super::input::MailInput;
use super::{
    background, damped_notes, down, gap, habit, reported, same_host, several, summary, upgrade,
    words,
};
use crate::document::kind::Shape;
use crate::document::member::{self, names};
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::policy::event::Event;
use crate::policy::followed::MOST;
use crate::policy::mail::MailKind;

/// What a reader may want to know and no item says.
pub(super) fn notes(input: &MailInput<'_>) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    match input.digest {
        Some(digest) => notes.extend(digest.notes()),
        None => {
            let each = input.events.iter();
            notes.extend(each.flat_map(|event| notes_of(input.kind, event)));
        }
    }
    if input.kind == MailKind::Digest {
        notes.extend(gap::left_out(input.events));
    }
    if input.left_out > 0 {
        notes.push(format!(
            "{} more events are too much for a mail; the history tells them.",
            words::count(input.left_out)
        ));
    }
    if input.kind != MailKind::Digest && input.kind != MailKind::Summary {
        notes.extend(several::notes(input.events));
    }
    if input.kind == MailKind::Summary {
        notes.extend(summary::next(input));
    }
    if matches!(input.kind, MailKind::Summary | MailKind::Settled) {
        notes.extend(damped_notes::switch_off(input.events));
    }
    if input.kind != MailKind::Digest {
        let declares_use = input.providers.iter().any(|it| it.declares_use);
        notes.extend(damped_notes::all(input.kind, input.events, declares_use));
    }
    notes.extend(same_host::note(input));
    if input.kind == MailKind::Failing {
        let mut note = down::next(input.events);
        if let [one] = input.providers
            && let Some(watched) = &one.watched
        {
            note.push_str(&format!(
                " It is polled {} as before.",
                watched.schedule_words
            ));
        }
        notes.push(note);
    }
    if input.kind != MailKind::Changed {
        return notes;
    }
    let mut each = input.events.iter();
    let is_said = background::quiet(input).is_some();
    let habits = each.find_map(|event| {
        Some(habit::notes(event, input.has_weekly, is_said)).filter(|notes| !notes.is_empty())
    });
    notes.extend(habits.into_iter().flatten());
    let changes = || input.events.iter().flat_map(|event| event.body.changes());
    // Who hears of additions alone, or of little, does not fear for the rest.
    let is_little = changes().all(|change| change.severity == Severity::Info);
    if is_little || changes().all(upgrade::is_addition) {
        return notes;
    }
    // Any other JSON has no endpoints, scopes and methods that could have stayed as they were.
    if input
        .events
        .iter()
        .all(|event| event.document.kind().row().shape == Shape::Object)
    {
        return notes;
    }
    let groups: Vec<Group> = changes().map(group).collect();
    let rest: Vec<String> = [Group::Endpoints, Group::Scopes, Group::Methods]
        .into_iter()
        .filter(|group| !groups.contains(group))
        .map(|group| group.to_string())
        .collect();
    if !rest.is_empty() {
        notes.push(format!("Not changed: {}.", words::list(&rest)));
    }
    notes
}

/// What a reader takes a change to be of: an endpoint that nobody registered is one all the same.
fn group(change: &Change) -> Group {
    let is_named = change
        .subject
        .member()
        .is_some_and(member::is_named_endpoint);
    match change.group {
        Group::Other if is_named => Group::Endpoints,
        group => group,
    }
}

/// What a reader may want to know of one event and no item says.
pub(super) fn notes_of(kind: MailKind, event: &Event) -> Vec<String> {
    let mut notes = Vec::new();
    let held = reported::held_back(kind, event);
    if !held.moved_along.is_empty() {
        notes.push(format!(
            "Moved along and held back, because damped: {}.",
            words::first(&held.moved_along)
        ));
    }
    if !held.others.is_empty() {
        notes.push(format!(
            "Held back, because damped: {}.",
            words::first(&held.others)
        ));
    }
    notes.extend(damped_notes::told_all_the_same(event));
    notes.extend(not_followed(event));
    notes
}

/// That a resource names more servers now than are watched.
fn not_followed(event: &Event) -> Option<String> {
    let changes = event.body.changes().iter();
    let of_list = changes.filter(|change| change.subject == names::AUTHORIZATION_SERVERS);
    let before = of_list.clone().find_map(|change| change.size_before)?;
    let (came, went) = of_list.fold((0, 0), |(came, went), change| {
        (came + change.added.len(), went + change.removed.len())
    });
    let now = (before + came).saturating_sub(went);
    (came > 0 && now > MOST).then(|| {
        format!(
            "It names {} authorization servers now, of which at most {MOST} are watched: `issuerwatch status` \
             names the others.",
            words::count(now)
        )
    })
}
