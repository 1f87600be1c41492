//! What stayed as it was where addresses moved. By issuer and keys a reader tells a switch between hosts from
//! a provider that was taken over.

use super::gone_servers::{gone_servers, is_of_one};
use super::headline::headline_of;
use super::input::MailInput;
use super::lead::is_of_twins;
use super::reported::reported_changes;
use super::{several, words};
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::{Change, FindingState};
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;

/// `The issuer is unchanged.`, behind the first sentence of a mail about addresses of one provider.
pub(super) fn said(input: &MailInput<'_>) -> Option<String> {
    let mut findings = input.events.iter().flat_map(|event| event.body.findings());
    if input.kind == MailKind::Finding && input.answers.is_some() && findings.any(is_of_twins) {
        return Some("Only one of them made the change that you were told of.".to_owned());
    }
    if !matches!(input.kind, MailKind::Changed | MailKind::Damped) {
        return None;
    }
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    if let Some(words) = of_gone_server(input) {
        return Some(words);
    }
    // Beside news of a resource it would be read as said of that.
    let mut kinds = input.events.iter().map(|event| event.document.kind());
    if kinds.any(Kind::is_of_resource) {
        return None;
    }
    let said: Vec<String> = [of_issuer(input), same_keys(input)]
        .into_iter()
        .flatten()
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// What a server changed that the resource no longer names: who still uses it needs that as well.
fn of_gone_server(input: &MailInput<'_>) -> Option<String> {
    let gone = gone_servers(input.events.iter());
    let is_of_gone = |event: &&Event| is_of_one(event, &gone);
    let of_gone: Vec<&Event> = input.events.iter().filter(is_of_gone).collect();
    let headline = headline_of(input.kind, &of_gone);
    let told = headline.filter(|it| it.severity >= Severity::Notice)?;
    Some(format!("For clients that still use it: {}.", told.brief))
}

fn of_issuer(input: &MailInput<'_>) -> Option<String> {
    let is_move = |change: &&Change| {
        matches!(
            change.rule.known(),
            Some(Rule::EndpointHostChanged | Rule::EndpointPathChanged)
        )
    };
    let moves = |event: &&Event| {
        let changes = reported_changes(input.kind, event);
        event.document.kind().is_of_server() && changes.iter().any(is_move)
    };
    input.events.iter().find(moves)?;
    // What is held back is no less changed.
    let changes = || input.events.iter().flat_map(|event| event.body.changes());
    let mut findings = input.events.iter().flat_map(|event| event.body.findings());
    let is_mismatch = findings.any(|moved| {
        moved.state == FindingState::New && moved.finding.rule == Rule::IssuerMismatch
    });
    if is_mismatch || changes().any(|change| change.subject == names::ISSUER) {
        return None;
    }
    let is_of_keys =
        |change: &Change| change.subject == names::JWKS_URI || change.group == Group::Keys;
    Some(if changes().any(is_of_keys) {
        "The issuer is unchanged.".to_owned()
    } else {
        "Issuer and jwks_uri are unchanged.".to_owned()
    })
}

/// A key set that moved and is the same: clients that fetch it anew find the keys they know.
fn same_keys(input: &MailInput<'_>) -> Option<String> {
    input.events.iter().find_map(|event| of_event(input, event))
}

fn of_event(input: &MailInput<'_>, event: &Event) -> Option<String> {
    let mut changes = event.body.changes().iter();
    let moved = changes.find(|change| change.subject == names::JWKS_URI)?;
    let url = moved.after.as_ref()?.as_str()?;
    let old = moved.before.as_ref()?.as_str()?;
    // A key set that is still read at the old address does not show what the new one serves.
    let set = input.key_sets.iter().find(|set| {
        set.provider == event.provider
            && set.document.issuer() == event.document.issuer()
            && set.url != old
            && set.since < event.body.at
            && set.seen_at >= event.body.at
    })?;
    let place = if set.url == url {
        "The key set at its new address"
    } else {
        "The key set that was read since then"
    };
    Some(match set.keys {
        1 => format!("{place} has the same 1 key as before."),
        keys => format!(
            "{place} has the same {} keys as before.",
            words::count(keys)
        ),
    })
}
