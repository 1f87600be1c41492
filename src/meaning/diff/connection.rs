//! What differs beside the documents: the CA behind the connection, a certificate that ends, and an
//! announcement that the document will be withdrawn.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::operator;
use crate::document::observation::Certificate;
use crate::document::response_facts::HeaderFacts;
use crate::document::severity::{Group, Severity};
use crate::document::x509;
use crate::meaning::change::Change;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;

/// What is known of a connection at some time.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'a> {
    /// The chain, leaf first; empty where it is not known.
    pub chain: &'a [Certificate],
    /// What the headers said.
    pub facts: &'a HeaderFacts,
    /// The leaf whose end was already told, by its SHA-256, and the severity it was told with.
    pub told: Option<(&'a str, Severity)>,
}

/// What differs between what was known before and what is seen `at` this time.
pub fn connection_changes(
    before: Connection<'_>,
    chain: &[Certificate],
    facts: Option<&HeaderFacts>,
    at: Timestamp,
    policy: &Policy,
) -> Vec<Change> {
    let now = if chain.is_empty() {
        before.chain
    } else {
        chain
    };
    let changes = [
        ca_change(before.chain, now),
        expiring(before.told, now, at),
        facts.and_then(|facts| sunset_change(before.facts, facts)),
    ];
    operator::apply(changes.into_iter().flatten().collect(), policy)
}

/// The certificate of the CA that issued the leaf, as far as the server sent it.
fn issuing(chain: &[Certificate]) -> Option<(Option<&str>, Option<&Certificate>)> {
    let (leaf, others) = chain.split_first()?;
    let name = leaf.issuer.as_deref();
    let is_it = |one: &&Certificate| one.subject.is_some() && one.subject.as_deref() == name;
    let found = others.iter().find(is_it);
    // Certificates that an earlier version kept have no subjects.
    let is_old = others.iter().all(|one| one.subject.is_none());
    Some((name, found.or(others.first().filter(|_| is_old))))
}

/// Another CA, or another certificate of it: clients that pin it fail either way. A new leaf of the same
/// CA certificate is no change, and neither is a server that no longer sends that certificate.
fn ca_change(before: &[Certificate], now: &[Certificate]) -> Option<Change> {
    let ((old_name, old), (new_name, new)) = (issuing(before)?, issuing(now)?);
    let is_same_name = old_name == new_name;
    let is_same = match (old, new) {
        (Some(old), Some(new)) => old.sha256 == new.sha256,
        _ => is_same_name,
    };
    if is_same {
        return None;
    }
    let mut meaning = Meaning::of(Rule::IssuingCaChanged);
    if is_same_name {
        let why = "The CA is the same and has another certificate: who pins the old one may reject the connection.";
        meaning = meaning.decided_by(Severity::Notice, why, None);
    }
    let owner = |name: Option<&str>| name.and_then(x509::organization).map(str::to_owned);
    if !is_same_name && owner(old_name).is_some() && owner(old_name) == owner(new_name) {
        meaning = meaning.advised(SAME_OWNER, PINNED);
    }
    let mut change = meaning.change(Subject::Certificate, Group::Other);
    // Whose certificate it is stands in it, where the CA still writes a name there.
    if let Some(host) = now.first().and_then(|leaf| leaf.subject.as_deref()) {
        change.why = format!("The certificate is that of {host}. {}", change.why);
    }
    change.before = Some(said(old_name, old));
    change.after = Some(said(new_name, new));
    Some(change)
}

const SAME_OWNER: &str = "Both are intermediates of the same CA, which takes one or the other by itself when it renews: only clients that pin the intermediate notice it.";
const PINNED: &str = "Nothing, unless a client of yours pins the intermediate: give it both thumbprints, for the CA may take either the next time.";

fn said(name: Option<&str>, certificate: Option<&Certificate>) -> Value {
    let name = name.unwrap_or("(no name)");
    Value::from(match certificate {
        Some(one) => format!("{name}, SHA-1 {}, SHA-256 {}", one.sha1, one.sha256),
        None => format!("{name}, whose certificate the server does not send"),
    })
}

/// The name of the CA in a value that `issuing-ca-changed` has.
pub fn ca_name(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    let name = text
        .split_once(", SHA-1 ")
        .or_else(|| text.split_once(", whose certificate"));
    name.map(|(name, _)| name)
}

/// The day on which a document ends, in a value that `document-sunset` has.
pub fn sunset_day(value: &Value) -> Option<Date> {
    let text = value.as_str()?.strip_prefix("Sunset: ")?;
    text.get(..10)?.parse().ok()
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A shorter life is one of certificates that are renewed by a program every few days.
const SHORT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How grave it is that a certificate ends: a notice within 14 days, breaking within 3. If it lives less
/// than 30 days it is renewed later: a third and a tenth of its life. `None` if its end is farther away.
pub fn expiry(leaf: &Certificate, at: Timestamp) -> Option<Severity> {
    let ends = leaf.expires_at?;
    let left = ends.duration_since(at);
    let life = leaf.starts_at.map(|starts| ends.duration_since(starts));
    let short = life.filter(|life| life.is_positive() && *life < SHORT);
    let (notice, breaking) = match short {
        Some(life) => (life / 3, life / 10),
        None => (DAY * 14, DAY * 3),
    };
    if left <= breaking {
        Some(Severity::Breaking)
    } else {
        (left <= notice).then_some(Severity::Notice)
    }
}

const NOT_RENEWED: &str = "Call the provider today: you were told before, and it is still not renewed. When it ends, no client connects any more.";
const CALL: &str = "Call the provider today: when it ends, no client connects any more.";
const USUALLY_RENEWED: &str = "Tell the provider that the program which renews it may be stuck. You get another mail if this certificate still stands shortly before its end.";

/// How many days a certificate is good for in all, where they are few.
fn short_life(leaf: &Certificate, ends: Timestamp) -> Option<u64> {
    let life = ends.duration_since(leaf.starts_at?);
    let days = u64::try_from(life.as_hours() / 24).ok()?;
    (life.is_positive() && life < SHORT).then_some(days)
}

/// The end of a leaf that comes near; told once as a notice and once as breaking.
fn expiring(
    told: Option<(&str, Severity)>,
    chain: &[Certificate],
    at: Timestamp,
) -> Option<Change> {
    let leaf = chain.first()?;
    let (ends, severity) = (leaf.expires_at?, expiry(leaf, at)?);
    let known = told.filter(|(sha256, _)| *sha256 == leaf.sha256);
    if known.is_some_and(|(_, told)| told >= severity) {
        return None;
    }
    let of = leaf
        .issuer
        .as_deref()
        .map(|ca| format!("; it was issued by {ca}"));
    let mut meaning = Meaning::with(Rule::CertificateExpiring, severity, "", None);
    let life = short_life(leaf, ends);
    let why = meaning.why().to_owned();
    if known.is_some() {
        meaning = meaning.advised(&why, NOT_RENEWED);
    } else if severity >= Severity::Breaking {
        meaning = meaning.advised(&why, CALL);
    } else if life.is_some() {
        meaning = meaning.advised(&why, USUALLY_RENEWED);
    }
    let mut change = meaning.change(Subject::Certificate, Group::Other);
    if let Some(of) = of {
        change.why = format!("{}{of}.", change.why.trim_end_matches('.'));
    }
    if let Some(days) = life {
        let s = if days == 1 { "" } else { "s" };
        change.why = format!("{} It is good for {days} day{s} in all.", change.why);
    }
    change.after = Some(json!(ends));
    Some(change)
}

/// An announcement that the document will be withdrawn, or at another time than announced before. That
/// the announcement is gone is not told.
fn sunset_change(before: &HeaderFacts, now: &HeaderFacts) -> Option<Change> {
    let is_new = |old: &Option<String>, new: &Option<String>| new.is_some() && new != old;
    let is_news =
        is_new(&before.sunset, &now.sunset) || is_new(&before.deprecation, &now.deprecation);
    if !is_news {
        return None;
    }
    let meaning = Meaning::of(Rule::DocumentSunset);
    let mut change = meaning.change(Subject::Lifetime, Group::Other);
    change.before = announced(before);
    change.after = announced(now);
    Some(change)
}

fn announced(facts: &HeaderFacts) -> Option<Value> {
    let deprecated = facts.deprecation.as_deref();
    let parts = [
        facts.sunset.as_deref().map(|at| format!("Sunset: {at}")),
        deprecated.map(|at| format!("Deprecation: {at}")),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| Value::from(said.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-27T12:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn certificate(sha: &str, issuer: &str, subject: &str) -> Certificate {
        Certificate {
            sha256: format!("{sha}256"),
            sha1: format!("{sha}1"),
            issuer: Some(issuer.to_owned()),
            subject: Some(subject.to_owned()),
            starts_at: None,
            expires_at: None,
        }
    }

    fn leaf(life: i64, left: i64) -> Certificate {
        let now = at(NOW);
        let hours = SignedDuration::from_hours;
        Certificate {
            starts_at: Some(now - hours(life - left)),
            expires_at: Some(now + hours(left)),
            ..certificate("leaf", "R10", "a.example")
        }
    }

    #[test]
    fn another_ca_is_told_with_both_and_a_renewed_leaf_is_nothing() {
        let chain = |leaf: &str, ca: &str, sha: &str| {
            vec![
                certificate(leaf, ca, "a.example"),
                certificate(sha, "Root", ca),
            ]
        };
        let old = chain("one", "R10", "x");
        assert_eq!(ca_change(&old, &chain("two", "R10", "x")), None);
        let change = ca_change(&old, &chain("two", "R11", "y")).unwrap();
        assert_eq!(change.severity, Severity::Notice);
        assert_eq!(change.before, Some(json!("R10, SHA-1 x1, SHA-256 x256")));
        assert_eq!(change.after, Some(json!("R11, SHA-1 y1, SHA-256 y256")));
        let of_one = |name: &str| chain("two", &format!("{name} (Let's Encrypt)"), name);
        let turned = ca_change(&of_one("R10"), &of_one("R12")).unwrap();
        assert!(turned.why.contains("intermediates of the same CA"));
        assert_eq!(turned.severity, Severity::Notice);
        let crossed = ca_change(&old, &chain("two", "R10", "z")).unwrap();
        assert!(crossed.why.contains("The CA is the same"));
        let bare = vec![certificate("two", "R10", "a.example")];
        assert_eq!(ca_change(&old, &bare), None, "it is only not sent");
        assert_eq!(ca_change(&bare, &old), None);
        let bare = vec![certificate("two", "R11", "a.example")];
        assert!(ca_change(&old, &bare).is_some());
        let mixed = vec![
            old[0].clone(),
            certificate("r", "Root", "Root"),
            old[1].clone(),
        ];
        assert_eq!(ca_change(&old, &mixed), None, "whatever else is sent");
        assert_eq!(
            ca_change(&[], &old),
            None,
            "nothing is known to compare with"
        );
    }

    #[test]
    fn a_certificate_is_told_to_end_at_14_and_3_days_or_at_parts_of_a_short_life() {
        use Severity::{Breaking, Notice};
        let day = 24;
        for (life, left, told) in [
            (90 * day, 20 * day, None),
            (90 * day, 14 * day, Some(Notice)),
            (90 * day, 3 * day, Some(Breaking)),
            (90 * day, -day, Some(Breaking)),
            (6 * day, 3 * day, None),
            (6 * day, 2 * day, Some(Notice)),
            (6 * day, 14, Some(Breaking)),
            (30 * day, 14 * day, Some(Notice)),
        ] {
            assert_eq!(expiry(&leaf(life, left), at(NOW)), told, "{life} {left}");
        }
        assert_eq!(expiry(&certificate("a", "b", "c"), at(NOW)), None);
    }

    #[test]
    fn each_leaf_is_told_once_as_a_notice_and_once_as_what_breaks() {
        use Severity::{Breaking, Notice};
        let chain = [leaf(90 * 24, 2 * 24)];
        let told = |told| expiring(told, &chain, at(NOW)).map(|it| it.severity);
        assert_eq!(told(None), Some(Breaking));
        assert_eq!(told(Some(("leaf256", Notice))), Some(Breaking));
        assert_eq!(told(Some(("leaf256", Breaking))), None);
        assert_eq!(told(Some(("other", Breaking))), Some(Breaking));
    }

    #[test]
    fn an_announced_end_is_told_when_it_comes_or_moves_and_not_when_it_goes() {
        let facts = |sunset: Option<&str>, deprecation: Option<&str>| HeaderFacts {
            max_age: None,
            sunset: sunset.map(str::to_owned),
            deprecation: deprecation.map(str::to_owned),
        };
        let none = facts(None, None);
        let (one, two) = (facts(Some("1"), None), facts(Some("2"), Some("0")));
        assert_eq!(sunset_change(&none, &none), None);
        let change = sunset_change(&one, &two).unwrap();
        assert_eq!(change.before, Some(json!("Sunset: 1")));
        assert_eq!(change.after, Some(json!("Sunset: 2; Deprecation: 0")));
        assert!(sunset_change(&none, &one).is_some());
        assert_eq!(sunset_change(&two, &none), None);
        assert_eq!(sunset_change(&one, &one), None);
    }
}
