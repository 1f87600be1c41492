//! What else is on the host that does not answer.

use url::Url;

use super::input::MailInput;
use super::several;
use super::words::{count, list, name};
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

/// `On the same host: authorization_endpoint, jwks_uri, token_endpoint and 6 others.` Told of one provider,
/// whose documents named anything; nothing was asked.
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
    let mut called: Vec<String> = members.iter().map(|member| name(member)).collect();
    if called.len() > NAMED + 1 {
        let others = called.split_off(NAMED).len();
        called.push(format!("{} others", count(others)));
    }
    Some(match called.as_slice() {
        [] => "Nothing else that its documents named is on the same host.".to_owned(),
        some => format!("On the same host, when it was read last: {}.", list(some)),
    })
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}
