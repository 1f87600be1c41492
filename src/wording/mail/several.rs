//! Mails about many providers that have the same news. Keys, totals and hosts differ from provider to
//! provider, so they are left out of the common words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::Value;

use super::ended::EndedDanger;
use super::headline::{HeadlineSubject, headline_of};
use super::input::InReplyTo;
use super::keys::{is_of_keys, number_of};
use super::lead::{NewsText, is_gathered, lead, takes_away, when_between};
use super::page::{MailTone, Section};
use super::refusal;
use super::reported::reported_changes;
use super::revert::{self, Return};
use super::subject_words::Remark;
use super::wave::Wave;
use super::words;
use super::words::{at, count, cut, name, utc_beside};
use crate::document::address::domain_or_host;
use crate::document::text::visible;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::finding;
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;
use crate::wording::text::duration_words;

/// Most names that are listed.
const NAMES: usize = 400;
/// From this many providers on, the same change at the same time suggests a common vendor.
const ROLL_OUT: usize = 5;

/// The names of the providers, each once, sorted.
pub(super) fn providers(events: &[Event]) -> Vec<&str> {
    let mut providers: Vec<&str> = events.iter().map(|event| event.provider.as_str()).collect();
    providers.sort_unstable();
    providers.dedup();
    providers
}

/// The same change at several providers.
pub(super) fn same(
    events: &[Event],
    who: &str,
    answered: Option<&InReplyTo>,
    wave: Option<&Wave>,
) -> Option<NewsText> {
    let providers = providers(events);
    // Each provider has its own number of keys, so these are the events of one provider.
    let of_first = of_provider(events, events.first()?.provider.as_str());
    let common = common(events);
    let headline = headline_of(MailKind::Changed, &Vec::from_iter(&common))
        .or_else(|| headline_of(MailKind::Changed, &Vec::from_iter(&of_first)))?;
    let (first, last) = span(events)?;
    let lasted = last.body.at.duration_since(first.body.at);
    let within = if lasted.is_zero() {
        String::new()
    } else {
        format!(" within {}", duration_words(lasted))
    };
    let back = Return::of(events, answered);
    let away = revert::away(events);
    let after = away
        .as_deref()
        .map_or_else(String::new, |away| format!(" after {away}"));
    let severity = headline.severity;
    let behind = match back {
        Some(Return::Undone) if providers.len() >= ROLL_OUT => alike_at_many(events, "roll-back"),
        Some(Return::Undone) => format!(" It counts as {severity}."),
        None if providers.len() >= ROLL_OUT => alike_at_many(events, "roll-out"),
        Some(Return::Again) | None => String::new(),
    };
    // What a client refuses is said wherever a change is the news.
    let refused = refusal::refusing_clients(events);
    let refused_words = match &refused {
        Some(refused) => format!(" {refused}."),
        None => String::new(),
    };
    let what = match back {
        Some(Return::Undone) => format!(
            "{who} went back to the earlier state{after}{within}: {}.",
            headline.back.words()
        ),
        // Hosts are those of the first.
        Some(Return::Again) if headline.thing != HeadlineSubject::Other => format!(
            "{who} went back to what they had before{within}: {}.",
            headline.back.words()
        ),
        _ => {
            format!(
                "Each of {who} {}{within}{}.{}{}",
                headline.predicate,
                Wave::before(wave),
                headline.also,
                back.and(was_otherwise(events, first, away.as_deref()))
                    .unwrap_or_default()
            )
        }
    };
    let sentence = format!("{what}{refused_words}{behind}");
    let mut when = seen_at_many(events, first, last);
    let returned = returned(events).len();
    if back.is_none() && returned > 0 {
        when.push_str(&format!(
            " For {} of the {} it is the way back to an earlier state.",
            count(returned),
            count(providers.len())
        ));
    }
    let (word, advice, what) = match back {
        Some(back) => (
            back.word(&headline),
            back.advice(&headline, EndedDanger::of(events, answered).as_ref()),
            back.what(&headline, away.as_deref()),
        ),
        None => {
            let word = severity.as_str().to_uppercase();
            let what = match &refused {
                Some(refused) => headline.alone.clone().and(Some(refused)),
                None => headline.what.clone(),
            };
            (word, headline.advice.clone(), what)
        }
    };
    Some(NewsText {
        what,
        remark: Some(Remark::Severity(severity)),
        lead: lead(&word, MailTone::Of(severity), sentence, when, Some(advice)),
    })
}

/// ` It was there for 49 days.`, where that is known: a state that did not follow directly on the one that is back
/// says nothing of it.
fn was_otherwise(events: &[Event], first: &Event, away: Option<&str>) -> Option<String> {
    let follows = |event: &Event| event.body.old_since() == event.body.returned_to();
    let was = if takes_away(first) { "there" } else { "away" };
    let lasted = away.filter(|_| events.iter().all(follows))?;
    Some(format!(" It was {was} for {lasted}."))
}

/// When it was seen first and last, what the polls before saw, and that what gathered may belong to nothing.
fn seen_at_many(events: &[Event], first: &Event, last: &Event) -> String {
    let is_loss = takes_away(first);
    let seen = if is_loss { "Gone since" } else { "First seen" };
    let mut when = format!("{seen} {}", at(first.body.at));
    // What one round of polls saw has one time; what spread has a first and a last.
    if last.body.at.duration_since(first.body.at) > ROUND {
        when.push_str(&format!(" ({})", first.provider));
        let time = utc_beside(last.body.at, first.body.at);
        when.push_str(&format!(", last {time} ({})", last.provider));
    }
    when.push('.');
    when.push_str(&when_between(events, is_loss).unwrap_or_default());
    if is_gathered(events) && providers(events).len() < ROLL_OUT && common_domain(events).is_none()
    {
        when.push_str(" They probably come together only because nothing was polled in between.");
    }
    when
}

/// What many that change alike have in common, as far as it can be seen: whose hosts they are on, else no more
/// than the time.
fn alike_at_many(events: &[Event], called: &str) -> String {
    match common_domain(events) {
        Some(domain) => format!(" All are on {}.", cut(&visible(&domain), 80)),
        None => format!(" It may be one vendor's {called}."),
    }
}

/// The registrable domain that all of them are on.
fn common_domain(events: &[Event]) -> Option<String> {
    let domain = |event: &Event| domain_or_host(event.body.source()?.url.as_deref()?);
    let mut domains: BTreeSet<String> = events.iter().map(domain).collect::<Option<_>>()?;
    let first = domains.pop_first()?;
    domains.is_empty().then_some(first)
}

/// How long a round of polls takes at the most: targets with one schedule are spread over less.
const ROUND: SignedDuration = SignedDuration::from_mins(2);

/// The providers for which the news is a return to an earlier state.
fn returned(events: &[Event]) -> Vec<&str> {
    let is_return = |event: &&Event| event.body.returned_to().is_some();
    let returned = events.iter().filter(is_return);
    let mut names: Vec<&str> = returned.map(|event| event.provider.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What is not the same at all of them.
pub(super) fn notes(events: &[Event]) -> Vec<String> {
    let back = returned(events);
    if back.is_empty() || back.len() == providers(events).len() {
        return Vec::new();
    }
    let listed = |which: &[&str]| {
        let names: Vec<String> = which.iter().map(|provider| name(provider)).collect();
        words::first(&names)
    };
    let all = providers(events);
    let new: Vec<&str> = all
        .iter()
        .filter(|it| !back.contains(it))
        .copied()
        .collect();
    // The shorter list says as much.
    let are_back = match back.len() {
        1 => "is back in a state it had before",
        _ => "are back in a state they had before",
    };
    let of = format!(
        "{} of the {} {are_back}",
        count(back.len()),
        count(all.len())
    );
    vec![if new.len() < back.len() {
        format!("{of}; it is new at {}.", listed(&new))
    } else {
        format!("{of}: {}.", listed(&back))
    }]
}

/// All names, in columns.
pub(super) fn names(events: &[Event]) -> Section {
    let all = providers(events);
    let shown: Vec<String> = all.iter().take(NAMES).map(|it| (*it).to_owned()).collect();
    let left_out = all.len().saturating_sub(NAMES);
    let more = (left_out > 0).then(|| format!("... and {} more", count(left_out)));
    Section {
        intro: Some("The providers:".to_owned()),
        names: shown,
        more: more.into_iter().collect(),
        ..Section::default()
    }
}

/// The news of the first provider, with all taken out that does not hold for the others: totals,
/// keys, which of its keys a finding is about.
pub(super) fn common(events: &[Event]) -> Vec<Event> {
    let first = providers(events).first().copied();
    let mut own = of_provider(events, first.unwrap_or_default());
    let has_own_keys = !own_keys(events).is_empty();
    for event in &mut own {
        let others: Vec<&Event> = events
            .iter()
            .filter(|it| it.document == event.document)
            .collect();
        let mut changes = event.body.changes_mut();
        if let Some(changes) = &mut changes {
            changes.retain(|change| !(has_own_keys && is_of_keys(change)));
        }
        for change in changes.into_iter().flatten() {
            let same =
                |other: &&Change| (&other.rule, &other.subject) == (&change.rule, &change.subject);
            let all = || others.iter().flat_map(|other| other.body.changes());
            let rule = change.rule.known();
            if matches!(
                rule,
                Some(Rule::EndpointHostChanged | Rule::RedirectChanged)
            ) && all().filter(same).any(|other| other.after != change.after)
            {
                // Hosts of their own must not be told as that of the first one.
                (change.before, change.after) = (None, None);
                continue;
            }
            let mut sizes = all().filter(same).map(|other| other.size_before);
            if sizes.any(|size| size != change.size_before) {
                change.size_before = None;
            }
        }
        for moved in event.body.findings_mut().into_iter().flatten() {
            let all = others.iter().flat_map(|other| other.body.findings());
            let mut same = all.filter(|other| other.finding.rule == moved.finding.rule);
            let differs = same.any(|other| other.finding.why != moved.finding.why);
            if let Some(row) = moved.finding.rule.row().filter(|_| differs) {
                row.why
                    .unwrap_or_default()
                    .clone_into(&mut moved.finding.why);
            }
            // The values of each provider are listed behind its name.
            moved.finding.expected = None;
            moved.finding.found = None;
            // Each provider has keys of its own.
            moved.finding.about_keys.clear();
        }
    }
    own
}

/// For each provider a row with its name and the values that the common finding is about there; no
/// row for a finding without values.
pub(super) fn own_values(events: &[Event]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for event in events {
        let new = event.body.findings().iter();
        for moved in new.filter(|moved| moved.state == FindingState::New) {
            let values = finding::values(&moved.finding);
            if values.is_empty() {
                continue;
            }
            let words: Vec<String> = values
                .iter()
                .map(|(label, value)| format!("{label} {value}"))
                .collect();
            rows.push(vec![name(&event.provider), words.join(", ")]);
        }
    }
    rows
}

/// What each provider did with keys of its own, if they are not the same: its name, how many keys
/// went, how many came.
pub(super) fn own_keys(events: &[Event]) -> Vec<Vec<String>> {
    let keys = |provider: &str| -> Vec<&Change> {
        let own = events.iter().filter(|event| event.provider == provider);
        own.flat_map(|event| event.body.changes())
            .filter(|change| is_of_keys(change))
            .collect()
    };
    let providers = providers(events);
    let first = providers
        .first()
        .map(|first| keys(first))
        .unwrap_or_default();
    if providers.iter().all(|provider| keys(provider) == first) {
        return Vec::new();
    }
    let row = |provider: &&str| {
        let changes = keys(provider);
        let removed: Vec<&Value> = changes.iter().flat_map(|change| &change.removed).collect();
        let added: Vec<&Value> = changes.iter().flat_map(|change| &change.added).collect();
        let size = changes.iter().find_map(|change| change.size_before);
        let (gone, new) = (number_of(removed), number_of(added));
        let of = size.map_or_else(String::new, |size| format!(" of {}", count(size)));
        let gone = format!("{}{of} keys gone", count(gone));
        vec![name(provider), gone, format!("{} new", count(new))]
    };
    providers.iter().map(row).collect()
}

/// What is said above the news of the first provider, which stands for all.
pub(super) fn alike(events: &[Event]) -> String {
    let providers = providers(events);
    let news = |provider: &&str| -> Vec<_> {
        let own = events.iter().filter(|event| event.provider == **provider);
        let changed = own.flat_map(|event| {
            let changes = reported_changes(MailKind::Changed, event)
                .into_iter()
                .filter(|change| !is_of_keys(change));
            changes.map(|change| {
                let values = (
                    &change.before,
                    &change.after,
                    &change.added,
                    &change.removed,
                );
                (&event.document, &change.rule, &change.subject, values)
            })
        });
        changed.collect()
    };
    let Some((first, others)) = providers.split_first() else {
        return String::new();
    };
    if others.iter().all(|other| news(other) == news(first)) {
        return "Everywhere the same:".to_owned();
    }
    let others = match others {
        [_] => "the other one changed alike, on its own host",
        _ => "the others changed alike, each on its own host",
    };
    format!("At {}; {others}:", name(first))
}

/// The providers, each once and sorted, with their events.
pub(super) fn by_provider(events: &[Event]) -> Vec<(&str, Vec<Event>)> {
    let mut each: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
    for event in events {
        let own = each.entry(event.provider.as_str()).or_default();
        own.push(event.clone());
    }
    each.into_iter().collect()
}

/// The events of one provider.
pub(super) fn of_provider(events: &[Event], provider: &str) -> Vec<Event> {
    let own = events.iter().filter(|event| event.provider == provider);
    own.cloned().collect()
}

/// The first and the last of events.
pub(super) fn span(events: &[Event]) -> Option<(&Event, &Event)> {
    let first = events.iter().min_by_key(|event| event.body.at)?;
    let last = events.iter().max_by_key(|event| event.body.at)?;
    Some((first, last))
}
