//! What else is on the host that does not answer.

use url::Url;

use super::input::MailInput;
use super::several;
use super::words::{first, name};
use crate::policy::mail::MailKind;

/// `On the same host: authorization_endpoint, token_endpoint and jwks_uri.` Told of one provider, whose
/// documents named anything; nothing was asked.
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
    let mut members: Vec<String> = there.map(|it| name(&it.member)).collect();
    members.sort();
    members.dedup();
    Some(match members.as_slice() {
        [] => "Nothing else that its documents named is on the same host.".to_owned(),
        some => format!("On the same host, when it was read last: {}.", first(some)),
    })
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}
