//! What an outage means for clients: what is on the host that fails, and what they have meanwhile.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::cause::{is_nameless, is_refused, last_failure};
use super::documents::KeysNow;
use super::input::NamedAddress;
use super::several;
use super::words::date;
use crate::document::failure::{Cause, TextKind};
use crate::document::member::names;
use crate::policy::event::{Event, EventBody};
use crate::wording::failure::{
    self, CACHED, TRY, TRY_HOST_UP, TRY_LOGIN_HOST, TRY_OTHER_HOST, TRY_SAME_HOST, keys_ran_out,
};

/// When polls began to fail.
pub(super) fn since(event: &Event) -> Timestamp {
    let failed = event.body.failed();
    failed.map_or(event.body.at, |failed| failed.since)
}

/// How long an outage has lasted, if this mail reminds of one that was told before.
pub(super) fn reminded(events: &[Event]) -> Option<SignedDuration> {
    let reminders = events
        .iter()
        .filter(|event| matches!(&event.body.body, EventBody::Failing(failing) if failing.reminder.is_some()));
    reminders
        .map(|event| event.body.at.duration_since(since(event)))
        .min()
}

/// When the next reminder comes, if there is one.
fn remind_at(event: &Event) -> Option<Timestamp> {
    match &event.body.body {
        EventBody::Failing(failing) => failing.remind_at,
        _ => None,
    }
}

/// Whether this mail is the last one until the outage is over.
pub(super) fn is_last(events: &[Event]) -> bool {
    reminded(events).is_some() && events.iter().all(|event| remind_at(event).is_none())
}

/// What is mailed next.
pub(super) fn next(events: &[Event]) -> String {
    let back = "a mail when it is back";
    match events.iter().filter_map(remind_at).min() {
        Some(next) => format!(
            "Next reminder, if it lasts: {}; you get {back}.",
            date(next)
        ),
        None if is_last(events) => format!("This was the last reminder; you get {back}."),
        None => format!("You get {back}."),
    }
}

/// Which endpoints are on the host that does not answer; `None` for what is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct EndpointsOnHost {
    login: Option<bool>,
    token: Option<bool>,
    keys: Option<bool>,
}

impl EndpointsOnHost {
    /// Which endpoints are on the host of an outage, by the addresses that the documents named.
    pub(super) fn of(events: &[Event], addresses: &[NamedAddress]) -> Self {
        let on_it = |member| is_on_host(events, addresses, member);
        Self {
            login: on_it(names::AUTHORIZATION_ENDPOINT),
            token: on_it(names::TOKEN_ENDPOINT),
            keys: on_it(names::JWKS_URI),
        }
    }

    /// Whether the key set is on the host of the outage and still answers: then it is not the host that fails.
    pub(super) fn is_host_up(self, keys: KeysNow) -> bool {
        self.keys == Some(true) && keys == KeysNow::Answering
    }

    /// What else may fail, behind what the failure asks for.
    pub(super) fn remark(self, keys: KeysNow) -> String {
        if self.is_host_up(keys) {
            return " The key set on the same host still answers, so sign-in is likely fine: try one."
                .to_owned();
        }
        let host = match (self.login, self.token) {
            (_, Some(true)) => " The token endpoint is on the same host: sign-in may fail too.",
            (Some(true), _) => " Login begins on the same host: it may fail too.",
            _ => "",
        };
        match keys.ran_out() {
            Some(lasted) => format!("{host} {}", keys_ran_out(lasted)),
            None => host.to_owned(),
        }
    }

    /// What else fails by now, and what not to send there, behind what a long outage asks for. Of a refusal
    /// nothing is said: it may have met this machine alone.
    pub(super) fn others_for_long(self, events: &[Event], keys: KeysNow) -> String {
        let mut last = events.iter().filter_map(last_failure);
        let is_page =
            last.all(|failure| matches!(failure.cause, Cause::NotJson(TextKind::Html { .. })));
        if keys == KeysNow::Answering || is_refused(events) {
            return String::new();
        }
        let host = match (self.token, is_nameless(events)) {
            (Some(true), true) => " The token endpoint is on the same name.",
            (Some(true), false) => {
                " The token endpoint is on the same host: sign-in probably fails too."
            }
            _ => "",
        };
        let secret = if is_page { failure::NO_SECRET } else { "" };
        format!("{host}{secret}")
    }

    /// What clients can do while the document is gone, behind the question whether it is gone for good.
    /// Nothing is known of the hosts of several providers.
    pub(super) fn meanwhile(self, events: &[Event], keys: KeysNow) -> &'static str {
        if self.is_host_up(keys) {
            return " The key set on the same host still answers: the host is up, and probably only this \
                    address is gone. Clients that hold the document may go on; new ones cannot start.";
        }
        match (self.token, is_nameless(events)) {
            (Some(true), true) => {
                " The token endpoint is on the same name: where that has no address, nobody can sign \
                 in, whether the document is in a cache or not."
            }
            (Some(true), false) => " The token endpoint is on the same host: sign-in may fail too.",
            // Where the name is gone, the rest may be gone with it.
            (None, true) => "",
            _ if several::providers(events).len() > 1 => "",
            _ => CACHED,
        }
    }

    /// Which login to try.
    pub(super) fn login(self, keys: KeysNow) -> &'static str {
        if self.is_host_up(keys) {
            return TRY_HOST_UP;
        }
        match (self.login, self.token) {
            (_, Some(true)) => TRY_SAME_HOST,
            (Some(true), Some(false)) => TRY_LOGIN_HOST,
            (_, Some(false)) => TRY_OTHER_HOST,
            (_, None) => TRY,
        }
    }

    /// What clients have that go on meanwhile.
    pub(super) fn cached(self, keys: KeysNow) -> String {
        if let Some(lasted) = keys.ran_out() {
            return format!(" {}", keys_ran_out(lasted));
        }
        let keys = match (keys, self.keys) {
            (KeysNow::Answering, _) => ", and they can fetch its keys.",
            (_, Some(false)) => "; the keys are on another host.",
            (_, Some(true) | None) => "; keys are cached for minutes to hours.",
        };
        format!(" Clients that hold the document may go on{keys}")
    }
}

/// Whether the host that does not answer is that of this member, if both are known.
fn is_on_host(events: &[Event], addresses: &[NamedAddress], member: &str) -> Option<bool> {
    let host = |url: &str| Some(Url::parse(url).ok()?.host_str()?.to_owned());
    let named = addresses.iter().filter(|it| it.member == member);
    let hosts: Vec<String> = named.filter_map(|it| host(&it.url)).collect();
    let urls = events
        .iter()
        .map(|event| event.body.source()?.url.as_deref());
    let failing = urls
        .map(|url| host(url?))
        .collect::<Option<Vec<String>>>()?;
    if hosts.is_empty() {
        return None;
    }
    Some(failing.iter().any(|host| hosts.contains(host)))
}
