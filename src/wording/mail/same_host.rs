//! What else is on the host that does not answer.

use std::collections::BTreeSet;

use url::Url;

use super::documents::KeysNow;
use super::input::MailInput;
use super::several;
use super::words::{count, cut, list, name};
use crate::document::member::names;
use crate::policy::mail::MailKind;

/// What every sign-in needs: named before all else.
const NEEDED: [&str; 3] = [
    names::AUTHORIZATION_ENDPOINT,
    names::JWKS_URI,
    names::TOKEN_ENDPOINT,
];

/// How many members are named, where there are more than one more.
const NAMED: usize = 3;

/// `On the same host: authorization_endpoint, jwks_uri (answers), token_endpoint and 6 others.` Told of one
/// provider, whose documents named anything; nothing but its documents was asked. What every sign-in needs
/// is named where it is on another host, too.
pub(super) fn note(input: &MailInput<'_>) -> Option<String> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    if input.kind != MailKind::Failing || input.addresses.is_empty() {
        return None;
    }
    let asked = input
        .events
        .iter()
        .filter_map(|event| event.body.source()?.url.as_deref());
    let hosts: Vec<String> = asked.filter_map(host).collect();
    if hosts.is_empty() {
        return None;
    }
    let is_there = |url: &str| host(url).is_some_and(|host| hosts.contains(&host));
    let there = input.addresses.iter().filter(|it| is_there(&it.url));
    let mut members: Vec<&str> = there.map(|it| it.member.as_str()).collect();
    members.sort_by_key(|member| (!NEEDED.contains(member), *member));
    members.dedup();
    let documents = input.background.map_or(&[][..], |it| &it.documents);
    let answers = KeysNow::of(input.events, documents) == KeysNow::Answering;
    let called = |member: &&str| match *member {
        names::JWKS_URI if answers => format!("{} (answers)", name(member)),
        _ => name(member),
    };
    let mut called: Vec<String> = members.iter().map(called).collect();
    if called.len() > NAMED + 1 {
        let others = called.split_off(NAMED).len();
        called.push(format!("{} others", count(others)));
    }
    let mut note = match called.as_slice() {
        [] => "Nothing else that its documents named is on the same host.".to_owned(),
        some => format!("On the same host: {}.", list(some)),
    };
    let elsewhere: Vec<String> = input
        .addresses
        .iter()
        .filter(|it| {
            let member = it.member.as_str();
            // The key set is asked, and told apart from this.
            let is_asked = member == names::JWKS_URI;
            NEEDED.contains(&member) && !is_asked && !members.contains(&member)
        })
        .filter_map(|it| {
            Some(format!(
                "{} on {}",
                name(&it.member),
                cut(&host(&it.url)?, 80)
            ))
        })
        .collect::<BTreeSet<String>>()
        .into_iter()
        .collect();
    if !elsewhere.is_empty() {
        note.push_str(&format!(" Elsewhere, and not asked: {}.", list(&elsewhere)));
    }
    Some(note)
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}
