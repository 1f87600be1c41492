//! What to do about documents that cannot be had.

use std::borrow::Cow;
use std::cmp::Reverse;

use jiff::SignedDuration;

use super::cause::{
    by_count, distinct, graver_first, is_here, is_nameless, is_refusal, is_refused, last_failure,
    latest,
};
use super::documents::KeysNow;
use super::down::{EndpointsOnHost, is_last, reminded};
use super::input::{DocumentState, NamedAddress};
use super::several;
use super::words::{count, first, list, name};
use crate::document::failure::{Cause, Failure, Reason, Side};
use crate::policy::event::Event;
use crate::wording::failure::{
    self, ASK, ASK_FOR_KEYS, ASK_FOR_NAME, ASK_WHERE, BEHIND_CDN, DECIDE, LOGIN_DECIDES, MOVED,
    REFUSED, REFUSED_FOR_LONG, TRY_KEYS, keys_ran_out, limited_all_the_same,
};

/// Most pieces of advice in one mail.
const PIECES: usize = 4;
/// Most providers that a piece of advice names.
const NAMED: usize = 3;

/// What to do about an outage: what its most frequent cause asks for, or the next one that asks for
/// anything; what lasts for days may be meant. `addresses` are what the documents named, `documents` what
/// their last polls brought. Unlike causes have advice of their own: what is right for a name without an
/// address is wrong for a page that stands where the document was.
pub(super) fn advice(
    events: &[Event],
    addresses: &[NamedAddress],
    documents: &[DocumentState],
) -> String {
    if several::providers(events).len() < 2 || by_count(events).len() < 2 {
        return of_one(events, addresses, documents);
    }
    // What several are told alike is told once.
    let mut told: Vec<Advised<'_>> = Vec::new();
    for (provider, own) in graver_first(events) {
        let advice = of_one(&own, &[], &[]);
        let reasons = by_count(&own);
        match told.iter_mut().find(|it| it.advice == advice) {
            Some(known) => known.add(provider, reasons),
            None => told.push(Advised {
                advice,
                providers: vec![provider],
                reasons,
            }),
        }
    }
    if let [one] = told.as_slice() {
        return one.advice.clone();
    }
    if told.len() > PIECES {
        told.sort_by_key(|it| Reverse(it.providers.len()));
    }
    let mut each: Vec<String> = told.iter().take(PIECES).map(Advised::words).collect();
    if told.len() > PIECES {
        each.push("The others: fetch each document from where your clients run.".to_owned());
    }
    each.join(" ")
}

/// What providers are told alike, and why they fail.
struct Advised<'a> {
    advice: String,
    providers: Vec<&'a str>,
    reasons: Vec<Reason>,
}

impl<'a> Advised<'a> {
    fn add(&mut self, provider: &'a str, reasons: Vec<Reason>) {
        self.providers.push(provider);
        self.reasons.extend(reasons);
    }

    /// `one and two: find out ...`, `5 of them (HTTP 404): find out ...`.
    fn words(&self) -> String {
        let names: Vec<String> = self.providers.iter().map(|it| name(it)).collect();
        let who = if names.len() <= NAMED {
            list(&names)
        } else {
            let each = distinct(self.reasons.iter().cloned());
            let words: Vec<String> = each.iter().map(Reason::to_string).collect();
            format!("{} of them ({})", count(names.len()), first(&words))
        };
        format!("{who}: {}", self.advice)
    }
}

fn of_one(events: &[Event], addresses: &[NamedAddress], documents: &[DocumentState]) -> String {
    let causes = of_causes(events);
    if let (true, Some(advice)) = (is_here(events), &causes) {
        return advice.clone().into_owned();
    }
    if reminded(events).is_some() {
        let hosts = EndpointsOnHost::of(events, addresses);
        return of_long(events, documents, causes.as_deref(), hosts);
    }
    let is_of_keys = events.iter().all(|event| event.document.is_key_set());
    let hosts = EndpointsOnHost::of(events, addresses);
    let keys = KeysNow::of(events, documents);
    if let Some(each) = of_documents(events) {
        return format!("{each}{}", hosts.remark(keys));
    }
    match causes {
        Some(advice) if advice == MOVED => {
            format!(
                "{MOVED}{}{}",
                on_purpose(events),
                hosts.meanwhile(events, keys)
            )
        }
        // What the keys say of sign-in stands in the first sentence then.
        Some(advice) if is_shut_out(events, documents) => advice.into_owned(),
        Some(advice) => format!("{advice}{}", hosts.remark(keys)),
        None if is_of_keys => of_keys(keys),
        None => format!("{}{}", hosts.login(keys), hosts.cached(keys)),
    }
}

/// What each document of one provider asks for, where that is not the same.
fn of_documents(events: &[Event]) -> Option<String> {
    if several::providers(events).len() != 1 {
        return None;
    }
    let mut told: Vec<(Vec<String>, Cow<'static, str>)> = Vec::new();
    for event in events {
        let document = name(event.document.as_str());
        let advice = of_causes(std::slice::from_ref(event))?;
        match told.iter_mut().find(|(_, known)| *known == advice) {
            Some((documents, _)) => documents.push(document),
            None => told.push((vec![document], advice)),
        }
    }
    let each = told.iter().map(|(documents, advice)| {
        let documents = list(documents);
        format!("{documents}: {advice}")
    });
    (told.len() > 1).then(|| each.collect::<Vec<_>>().join(" "))
}

/// What to do about an outage that was told before: it grows with time, and the last reminder asks for a
/// decision.
fn of_long(
    events: &[Event],
    documents: &[DocumentState],
    causes: Option<&str>,
    hosts: EndpointsOnHost,
) -> String {
    // A page where the document was says no more than that it is gone, and nor does a CDN.
    let causes = causes.filter(|it| !is_other_text(events) && !it.starts_with(BEHIND_CDN));
    let keys = KeysNow::of(events, documents);
    let is_last = is_last(events);
    let is_of_address = is_gone(events) || causes == Some(MOVED);
    let next = match (keys, causes) {
        (KeysNow::Answering, _) if is_of_address => ASK_WHERE,
        _ if is_gone(events) && keys.ran_out().is_some() => ASK_FOR_KEYS,
        _ if is_nameless(events) => ASK_FOR_NAME,
        _ if is_of_address => ASK,
        // Who refuses one caller answers others: that is the first question.
        _ if is_refused(events) && is_last => REFUSED_FOR_LONG,
        _ if is_refused(events) => REFUSED,
        (KeysNow::Answering, None) => LOGIN_DECIDES,
        (_, None) => ASK,
        (_, Some(advice)) if is_last => return format!("{advice} Otherwise {DECIDE}"),
        (_, Some(advice)) => return format!("{advice} Otherwise {ASK}"),
    };
    let others = hosts.others_for_long(events, keys);
    if is_last && !is_refused(events) {
        return format!("decide about it, because no further reminder comes: {next}{others}");
    }
    format!("{next}{others}")
}

/// What the causes ask for: the most frequent first, then the others; nothing where time will tell. Trouble
/// of this machine counts only where it is all there is.
fn of_causes(events: &[Event]) -> Option<Cow<'static, str>> {
    let of = |event: &Event, failure: &Failure| match seldom(event) {
        // Who asks so seldom exceeds no limit that is meant for him alone.
        Some(apart) if failure.status == Some(429) && failure.elsewhere.is_none() => {
            Some(Cow::Owned(limited_all_the_same(apart)))
        }
        Some(_) | None => failure::advice(
            failure,
            &event.document,
            event.body.last_good_at().is_some(),
        ),
    };
    let is_ours = is_here(events);
    let by_reason = |reason: &Reason| {
        events.iter().find_map(|event| {
            let mut polls = latest(event).iter().rev().map(|poll| &poll.failure);
            let failure = polls
                .find(|it| it.reason() == *reason && (is_ours || it.cause.side() != Side::Here))?;
            of(event, failure)
        })
    };
    // What came last is how it is now: what an earlier answer asks for is only the next best.
    let mut reasons = by_count(events);
    if several::providers(events).len() == 1 {
        let last = events.iter().filter_map(last_failure);
        let last = distinct(last.map(Failure::reason));
        reasons.sort_by_key(|reason| !last.contains(reason));
    }
    let (reason, advice) = reasons
        .iter()
        .find_map(|reason| Some((reason, by_reason(reason)?)))?;
    Some(match earlier_refusal(events) {
        Some(refusal) if refusal != *reason => Cow::Owned(format!(
            "{advice} {refusal} before that may have met issuerwatch alone."
        )),
        Some(_) | None => advice,
    })
}

/// What refused earlier polls, if the last ones failed by an error of the server or its CDN instead.
fn earlier_refusal(events: &[Event]) -> Option<Reason> {
    let mut last = events.iter().filter_map(last_failure);
    let is_of_server = last.all(|failure| failure.status.is_some_and(|status| status >= 500));
    let mut polls = events.iter().flat_map(latest);
    let refused = polls.find(|poll| poll.failure.status.is_some_and(is_refusal))?;
    is_of_server.then(|| refused.failure.reason())
}

/// How far apart the polls are, if an hour or more.
fn seldom(event: &Event) -> Option<SignedDuration> {
    let apart = latest(event).windows(2).filter_map(|pair| match pair {
        [before, after] => Some(after.at.duration_since(before.at)),
        _ => None,
    });
    apart
        .min()
        .filter(|it| *it >= SignedDuration::from_hours(1))
}

/// What to do where only the key set cannot be had.
fn of_keys(keys: KeysNow) -> String {
    match keys.ran_out() {
        Some(lasted) => format!("try a login. {}", keys_ran_out(lasted)),
        None => TRY_KEYS.to_owned(),
    }
}

/// RFC 9110 section 15.5.11: what is gone was taken away, and will probably stay away.
fn on_purpose(events: &[Event]) -> &'static str {
    let mut polls = events.iter().flat_map(latest);
    if polls.any(|poll| poll.failure.status == Some(410)) {
        return " HTTP 410 says that it was taken away on purpose.";
    }
    ""
}

/// Whether the last answers say that there is no such document.
fn is_gone(events: &[Event]) -> bool {
    let mut last = events.iter().filter_map(last_failure);
    last.all(|failure| matches!(failure.status, Some(404 | 410)))
}

/// Whether the last answers were something else than a document.
fn is_other_text(events: &[Event]) -> bool {
    let mut last = events.iter().filter_map(last_failure);
    last.all(|failure| matches!(failure.cause, Cause::NotJson(_)))
}

/// Whether a host refuses this machine a document and still answers for the keys: then it is not down. An error
/// of the network in front of it beside the refusals changes nothing about that.
pub(super) fn is_shut_out(events: &[Event], documents: &[DocumentState]) -> bool {
    let statuses = || {
        let polls = events.iter().flat_map(latest);
        polls.map(|poll| poll.failure.status.unwrap_or_default())
    };
    statuses().any(is_refusal)
        && statuses().all(|status| is_refusal(status) || (520..=530).contains(&status))
        && KeysNow::of(events, documents) == KeysNow::Answering
}
