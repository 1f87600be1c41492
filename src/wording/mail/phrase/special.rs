//! Words for changes that neither their rule nor their shape has words for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::form::{Phrase, phrase, slash};
use super::naming::called;
use super::proofs::ProofDemand;
use super::set::{added, set};
use crate::document::key_set;
use crate::document::severity::Severity;
use crate::document::x509::organization as ca_owner;
use crate::meaning::change::Change;
use crate::meaning::diff::{ca_name, sunset_day};
use crate::meaning::rule::Rule;
use crate::wording::mail::advice::lacks_code;
use crate::wording::mail::highlight::shown;
use crate::wording::mail::words::{count, cut, is_harmless, list, name};

/// The words of a rule that says more than its row and the shape of the change do; `None` where those suffice.
pub(super) fn of(rule: Rule, change: &Change) -> Option<Phrase> {
    let is_exchange = !change.added.is_empty() && !change.removed.is_empty();
    match rule {
        Rule::KeyTypeNew => Some(new_type(change)),
        Rule::RedirectChanged => Some(redirect(change)),
        Rule::EndpointHostChanged => to_host(change),
        Rule::CertificateExpiring => Some(expiring(change)),
        Rule::IssuingCaChanged => other_ca(change),
        Rule::RequirementRaised => demands(change, "more"),
        Rule::RequirementDropped => demands(change, "less"),
        Rule::DocumentSunset => sunset(change),
        Rule::MemberAdded if lacks_code(change) => Some(without_code(change)),
        Rule::PkceS256Removed if !change.left.is_empty() => Some(without_s256(change)),
        Rule::MemberAdded => encrypted(change),
        Rule::MemberChanged => of_client(change),
        Rule::AuthorizationServersReplaced if is_exchange => Some(other_servers(change)),
        _ => None,
    }
}

/// A list of response types without the one that nearly all clients use: that is the news.
fn without_code(change: &Change) -> Phrase {
    let words = added(change);
    let names: Vec<String> = change.added.iter().map(|it| shown(it, 60)).collect();
    let only = match names.len() {
        1..=3 => format!(", only {}", list(&names)),
        _ => String::new(),
    };
    let subject = "response types published, without `code`";
    Phrase {
        subject: vec![format!("{subject}: {}", list(&names)), subject.to_owned()],
        predicate: format!("now publishes its response types, and `code` is not among them{only}"),
        ..words
    }
}

/// A list of PKCE methods without the one that protects: what is left is not safer for being listed.
fn without_s256(change: &Change) -> Phrase {
    let left: Vec<String> = change.left.iter().map(|it| shown(it, 40)).collect();
    Phrase {
        subject: vec!["PKCE method S256 removed".to_owned()],
        predicate: format!("no longer offers PKCE with S256, only with {}", list(&left)),
        ..set(change)
    }
}

/// What a client must prove no more, and where it has its users sent: of client metadata by its meaning.
fn of_client(change: &Change) -> Option<Phrase> {
    let (member, severity) = (change.subject.as_str(), change.severity);
    if severity < Severity::Security {
        return None;
    }
    let is_none = change.after.as_ref().and_then(Value::as_str) == Some("none");
    if let ("token_endpoint_auth_method", Some(before), true) = (member, &change.before, is_none) {
        return Some(phrase(
            "client authentication gone".to_owned(),
            format!("set {member} to \"none\", instead of {}", shown(before, 60)),
            format!("{member} changed"),
        ));
    }
    let [one] = change.added.as_slice() else {
        return None;
    };
    let host = host(one).filter(|host| is_harmless(host) && member == "redirect_uris")?;
    Some(phrase(
        format!("redirect to {host} added"),
        format!("takes redirects to {} now", shown(one, 120)),
        format!("{member} gained 1 value"),
    ))
}

/// What can be encrypted now: the algorithms stand in the sentence.
fn encrypted(change: &Change) -> Option<Phrase> {
    let what = match change.subject.as_str() {
        "id_token_encryption_alg_values_supported" => "encrypted ID tokens",
        "userinfo_encryption_alg_values_supported" => "encrypted user information",
        "introspection_encryption_alg_values_supported" => "encrypted introspection",
        "authorization_encryption_alg_values_supported" => "encrypted authorization responses",
        "request_object_encryption_alg_values_supported" => "encrypted request objects",
        _ => return None,
    };
    (!change.added.is_empty()).then(|| Phrase {
        subject: vec![format!("{what} offered")],
        ..added(change)
    })
}

/// Other authorization servers than before: which, and instead of which.
fn other_servers(change: &Change) -> Phrase {
    let shown = |values: &[Value]| {
        let texts = values.iter().filter_map(Value::as_str).take(2);
        list(&texts.map(|one| cut(one, 80)).collect::<Vec<_>>())
    };
    let (new, old) = (shown(&change.added), shown(&change.removed));
    if let Some(slash) = slash_of_only(change) {
        // The server is the same: it is the resource that writes its name in another way.
        let what = format!("name of its authorization server {slash}");
        let fuller = Some(format!("server name {slash}: {new}")).filter(|_| is_harmless(&new));
        let predicate =
            format!("writes its authorization server {new} instead of {old}: it {slash}");
        return phrase(what.clone(), predicate, what).or_fuller(fuller);
    }
    let subject = "authorization server replaced".to_owned();
    let predicate = format!("sends its clients to {new} instead of {old}");
    let fuller = Some(format!("{subject} by {new}")).filter(|_| is_harmless(&new));
    phrase(subject.clone(), predicate, subject).or_fuller(fuller)
}

/// What became of the slash at the end of the only server, where nothing else differs.
pub(in crate::wording::mail) fn slash_of_only(change: &Change) -> Option<&'static str> {
    if change.rule != Rule::AuthorizationServersReplaced {
        return None;
    }
    match (change.removed.as_slice(), change.added.as_slice()) {
        ([before], [after]) if change.size_before == Some(1) => slash(before, after),
        _ => None,
    }
}

/// Another CA than before: which, and instead of which.
fn other_ca(change: &Change) -> Option<Phrase> {
    let named = |value: &Option<Value>| Some(cut(ca_name(value.as_ref()?)?, 80));
    let (new, old) = (named(&change.after)?, named(&change.before)?);
    let (subject, predicate) = if new == old {
        (
            "certificate under another certificate of its CA".to_owned(),
            format!("has a certificate of the same CA under another certificate of it: {new}"),
        )
    } else if let Some(owner) = same_owner(change) {
        let short = |name: &str| {
            cut(
                name.strip_suffix(&format!(" ({owner})")).unwrap_or(name),
                40,
            )
        };
        let (now, was) = (short(&new), short(&old));
        (
            format!(
                "certificate from another intermediate of {}: {now}, was {was}",
                cut(owner, 40)
            ),
            format!(
                "has a certificate from another intermediate of the same CA ({} {now}, was {was}). It concerns \
                 only who pins or bundles an intermediate: everyone else has nothing to do",
                cut(owner, 60)
            ),
        )
    } else {
        (
            "certificate from another CA".to_owned(),
            format!("has a certificate from another CA: {new} instead of {old}"),
        )
    };
    Some(phrase(subject.clone(), predicate, subject))
}

/// Whether a CA took another one of its intermediates: nobody has to expect what it does by itself.
pub(in crate::wording::mail) fn is_other_intermediate(change: &Change) -> bool {
    change.rule == Rule::IssuingCaChanged && same_owner(change).is_some()
}

/// The organization that runs both CAs, where both names tell it.
fn same_owner(change: &Change) -> Option<&str> {
    let owner = |value: &Option<Value>| -> Option<String> {
        Some(ca_owner(ca_name(value.as_ref()?)?)?.to_owned())
    };
    let after = ca_owner(ca_name(change.after.as_ref()?)?)?;
    (owner(&change.before)?.as_str() == after).then_some(after)
}

/// A document that is announced to end: the phrase names the day.
fn sunset(change: &Change) -> Option<Phrase> {
    let day = sunset_day(change.after.as_ref()?)?;
    let before = change.before.as_ref().and_then(sunset_day);
    let Some(before) = before.filter(|before| *before != day) else {
        return Some(phrase(
            format!("end of the document announced for {day}"),
            format!("announces the end of the document on {day}"),
            format!("end of the document announced for {day}"),
        ));
    };
    let way = if day < before { "earlier" } else { "later" };
    Some(phrase(
        format!("announced end of the document moved to {day}, {way} than before"),
        format!("moved the announced end of the document to {day}, from {before}"),
        format!("announced end of the document moved to {day}"),
    ))
}

/// A certificate that expires: the phrase names the day.
fn expiring(change: &Change) -> Phrase {
    let text = change.after.as_ref().and_then(Value::as_str);
    let ends = text.and_then(|text| text.parse::<Timestamp>().ok());
    let day = ends.map_or_else(
        || "soon".to_owned(),
        |at| format!("on {}", at.strftime("%Y-%m-%d")),
    );
    phrase(
        format!("certificate ends {day}"),
        format!("has a certificate that ends {day}"),
        format!("certificate ends {day}"),
    )
}

/// Keys of a type that the set never had: which, where it is one that specifications name.
fn new_type(change: &Change) -> Phrase {
    let types: BTreeSet<&str> = change.added.iter().filter_map(key_set::kind_of).collect();
    let shown: Vec<String> = types.iter().map(|one| cut(one, 60)).collect();
    let subject = match types.first() {
        Some(one) if types.len() == 1 && key_set::is_registered(one) => {
            format!("first key of type {one}")
        }
        Some(_) if types.len() == 1 => "first key of a new type".to_owned(),
        _ => "first keys of new types".to_owned(),
    };
    let predicate = format!(
        "publishes a key of a type that its key set never had: {}",
        list(&shown)
    );
    phrase(subject.clone(), predicate, subject)
}

/// A document that is answered from another address than before: the sentence has the host.
fn redirect(change: &Change) -> Phrase {
    let to = change.after.as_ref().and_then(host);
    let fuller = to.clone().filter(|to| is_harmless(to));
    let (subject, predicate) = match (&change.before, &change.after, to) {
        (None, _, Some(host)) => (
            "document now behind a redirect",
            format!("answers after a redirect to {host} now"),
        ),
        (None, ..) => (
            "document now behind a redirect",
            "answers after a redirect to another address now".to_owned(),
        ),
        (_, None, _) => (
            "document no longer behind a redirect",
            "answers without a redirect now".to_owned(),
        ),
        (Some(before), _, Some(to)) if host(before).as_ref() != Some(&to) => (
            "document redirects elsewhere",
            format!("redirects to {to}, another host than before"),
        ),
        _ => (
            "document redirects elsewhere",
            "redirects to another address than before".to_owned(),
        ),
    };
    let words = phrase(subject.to_owned(), predicate, subject.to_owned());
    words.or_fuller(fuller.map(|to| match change.before {
        None => format!("{subject} to {to}"),
        Some(_) => format!("document redirects to {to}"),
    }))
}

/// An address that moved to another host, which can stand between our words.
fn to_host(change: &Change) -> Option<Phrase> {
    let host = host(change.after.as_ref()?).filter(|host| is_harmless(host))?;
    let (called, member) = (
        called(change.subject.as_str()),
        name(change.subject.as_str()),
    );
    let words = phrase(
        format!("{called} moved to another host"),
        format!("moved its {member} to another host, {host}"),
        format!("{member} moved to another host"),
    );
    Some(words.or_fuller([format!("{called} moved to {host}")]))
}

/// The host of an address.
pub(in crate::wording::mail) fn host(address: &Value) -> Option<String> {
    let url = Url::parse(address.as_str()?).ok()?;
    Some(cut(url.host_str()?, 80))
}

/// Most entries of a map that are named.
const ENTRIES: usize = 3;

/// Entries of a map that demand more than before, or less: which, and in which of their members.
fn demands(change: &Change, than_before: &str) -> Option<Phrase> {
    let sides = [change.before.as_ref()?, change.after.as_ref()?];
    let [before, after] = sides.map(Value::as_object);
    let (before, after) = (before?, after?);
    let names: Vec<String> = after.keys().cloned().collect();
    let entries = before.values().chain(after.values());
    let members: BTreeSet<&String> = entries
        .filter_map(Value::as_object)
        .flat_map(|entry| entry.keys())
        .collect();
    let is_plain = |names: &[String]| names.iter().all(|name| is_harmless(name));
    let member = name(change.subject.as_str());
    let which = match names.len() {
        0 => return None,
        few if few <= ENTRIES && is_plain(&names) => list(&names),
        1 => format!("an entry of {member}"),
        many => format!("{} entries of {member}", count(many)),
    };
    if let Some(proofs) = ProofDemand::of(change) {
        return Some(proofs.phrase(&which, change.subject.as_str()));
    }
    let inside = match members.len() {
        1..=ENTRIES => {
            let called: Vec<String> = members.into_iter().map(|it| name(it)).collect();
            format!(" ({})", list(&called))
        }
        _ => String::new(),
    };
    Some(phrase(
        format!("{than_before} is demanded for {which}"),
        format!("demands {than_before} of its clients for {which}{inside}"),
        format!("{member} demands {than_before} for {which}"),
    ))
}
