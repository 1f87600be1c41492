//! A document that no longer names the issuer or the resource that it was asked for.

use serde_json::Value;

use super::phrase;
use super::words::cut;
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::meaning::change::moves::HostMove;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::rule::Rule;
use crate::policy::event::Event;

/// Whether issuers changed by a slash at their end and none of them by more, in whatever documents.
pub(super) fn is_slash(events: &[&Event]) -> bool {
    let changes = events.iter().flat_map(|event| event.body.changes());
    let mut issuers = changes
        .filter(|change| change.subject == names::ISSUER)
        .peekable();
    issuers.peek().is_some() && issuers.all(|change| phrase::slash(change).is_some())
}

/// What to do about another issuer than the configured one.
pub(super) fn advice(changes: &[&Change]) -> String {
    let mut issuers = changes
        .iter()
        .filter(|change| change.subject == names::ISSUER);
    let is_gone = changes
        .iter()
        .any(|change| change.subject == names::ISSUER && change.after.is_none());
    let old = issuers.find_map(|change| change.before.as_ref()?.as_str());
    let keep = old.map_or_else(String::new, |old| {
        format!(": keep {} as the issuer in your clients", cut(old, 80))
    });
    if is_gone {
        return format!(
            "try one login now, and ask the provider to name its issuer again{keep}. Clients that look for it \
             refuse the document."
        );
    }
    format!(
        "try one login now, and change no client until the provider has explained it{keep}. Those that read the \
         document at run time may have followed already. If the move is meant, watch the new name \
         as a provider of its own."
    )
}

/// What to do about an issuer that differs by a slash at its end alone.
pub(super) const SLASH: &str = "change no client yet: log in once and read `iss` of the token. The host is the same, so nobody new gets \
     anything, but clients compare the name to the letter. If `iss` is as the document has it now, give all your \
     clients that issuer at once; if not, the document is wrong: tell the provider, because clients that take \
     the issuer from it refuse tokens now.";

/// What to do about a server of a resource that calls itself otherwise than the resource does, where both are
/// told of its document.
pub(super) fn advice_of_announced(changes: &[&Change]) -> Option<String> {
    let mut announced = changes
        .iter()
        .filter(|change| change.rule == Rule::IssuerAnnouncedDifferently);
    let mut issuers = changes
        .iter()
        .filter(|change| change.subject == names::ISSUER);
    let named = announced.next()?.before.as_ref()?.as_str()?;
    let issuer = issuers.find(|change| change.rule == Rule::IssuerChanged)?;
    if phrase::slash(issuer).is_some() {
        return Some(format!(
            "look at `iss` in a fresh token: the host is the same, so nobody new gets anything, but clients that \
             compare both names refuse the server until they agree. If `iss` is as before, tell the server that \
             its document is wrong; if it has changed too, tell the owner of the resource, which still names {}.",
            cut(named, 80)
        ));
    }
    Some(format!(
        "let no client follow yet: look at `iss` in a fresh token, then ask the owner of the resource, which \
         still names {}. Clients that compare both refuse the server until they agree.",
        cut(named, 80)
    ))
}

/// Whether a change says no more than the one of the issuer beside it: the values are the same.
pub(super) fn is_part_of_another(change: &Change, others: &[&Change]) -> bool {
    change.rule == Rule::IssuerAnnouncedDifferently
        && others.iter().any(|other| {
            let is_same = (&other.before, &other.after) == (&change.before, &change.after);
            other.rule == Rule::IssuerChanged && is_same && other.severity >= change.severity
        })
}

/// What it means that a document no longer names the issuer or the resource that it was asked for, if that
/// is news.
pub(super) fn words(events: &[&Event]) -> Option<String> {
    let changes = || events.iter().flat_map(|event| event.body.changes());
    let told = changes().filter(|change| !change.is_held_back());
    let has_changed = told
        .clone()
        .any(|change| change.rule == Rule::IssuerChanged);
    let findings = events.iter().flat_map(|event| event.body.findings());
    let found = findings
        .filter(|moved| moved.state == FindingState::New)
        .map(|moved| &moved.finding.rule);
    let mut rules = told.map(|change| &change.rule).chain(found);
    let named = rules.find_map(|rule| match rule.known()? {
        Rule::IssuerMismatch => Some("issuer"),
        Rule::ResourceMismatch => Some("resource"),
        _ => None,
    });
    let is_openid = events
        .iter()
        .all(|event| event.document.kind() == Kind::OPENID_CONFIGURATION);
    let section = match named? {
        "resource" => "RFC 9728 section 3.3",
        _ if is_openid => "OpenID Connect Discovery 1.0 section 4.3",
        _ => "RFC 8414 section 3.3",
    };
    has_changed.then(|| {
        format!(
            "the document no longer names the {} that it was asked for, and conforming clients \
             refuse it ({section}).",
            named.unwrap_or("issuer")
        )
    })
}

/// Whether the issuer left the host that the members left, for the one that they are on now.
pub(super) fn leaves(issuer: &Change, moved: &HostMove<'_>) -> bool {
    let is_on = |value: &Option<Value>, host: &str| {
        let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
        let rest = text.strip_prefix("https://").unwrap_or_default();
        rest.split('/').next() == Some(host)
    };
    is_on(&issuer.before, &moved.from) && is_on(&issuer.after, &moved.to)
}
