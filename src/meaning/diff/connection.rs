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
    /// The certificates of CAs that issued a leaf here, by their SHA-256.
    pub known: &'a [String],
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
        ca_change(before.chain, now, before.known),
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

/// The SHA-256 of the certificate of the CA that issued the leaf.
pub fn issued_by(chain: &[Certificate]) -> Option<&str> {
    Some(&issuing(chain)?.1?.sha256)
}

/// Another CA, or another certificate of it: clients that pin it fail either way. A new leaf of the same
/// CA certificate is no change, and neither is a server that no longer sends that certificate.
fn ca_change(before: &[Certificate], now: &[Certificate], known: &[String]) -> Option<Change> {
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
    let is_same_owner =
        !is_same_name && owner(old_name).is_some() && owner(old_name) == owner(new_name);
    let is_known = new.is_some_and(|new| known.contains(&new.sha256));
    if is_same_owner {
        // That a CA goes back and forth between its intermediates is told once for each of them.
        let severity = if is_known {
            Severity::Info
        } else {
            Severity::Notice
        };
        meaning = meaning.decided_by(severity, SAME_OWNER, None);
    }
    let mut change = meaning.change(Subject::Certificate, Group::Other);
    if is_same_owner {
        change.advice = Some(of_pins([old_name, new_name], [old, new]));
    }
    // Whose certificate it is stands in it, where the CA still writes a name there.
    if let Some(host) = now.first().and_then(|leaf| leaf.subject.as_deref()) {
        change.why = format!("The certificate is that of {host}. {}", change.why);
    }
    change.before = Some(said(old_name, old));
    change.after = Some(said(new_name, new));
    Some(change)
}

const SAME_OWNER: &str =
    "Both are intermediates of the same CA, which takes one or the other by itself when it renews.";

/// What who pins an intermediate does about another one of the same CA.
fn of_pins(names: [Option<&str>; 2], certificates: [Option<&Certificate>; 2]) -> String {
    let short = |name: Option<&str>| {
        let name = name.unwrap_or_default();
        name.rsplit_once(" (")
            .map_or(name, |(name, _)| name)
            .to_owned()
    };
    let [old, new] = names.map(short);
    let [old_root, root] = certificates.map(|it| it.and_then(|it| it.issuer.as_deref()));
    let instead = match root.filter(|_| root == old_root) {
        Some(root) => format!(
            ", or trust {} in its place, which issued both",
            short(Some(root))
        ),
        None => String::new(),
    };
    format!(
        "Nothing, unless a client, proxy or device of yours pins or bundles {old}: there, add {new} by the \
         thumbprint below{instead}. No further mail comes when the CA goes back and forth between these two."
    )
}

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

/// How long a certificate is good for in all, where that is short.
fn short_life(leaf: &Certificate, ends: Timestamp) -> Option<SignedDuration> {
    let life = ends.duration_since(leaf.starts_at?);
    (life.is_positive() && life < SHORT).then_some(life)
}

/// What to do about a certificate that ends; `None` where the rule says it.
fn what_to_do(
    severity: Severity,
    is_told: bool,
    left: SignedDuration,
    life: Option<SignedDuration>,
) -> Option<String> {
    if !is_told && severity < Severity::Breaking {
        let hours = (life? / 10).as_hours();
        return Some(format!(
            "Ask the provider whether the program that renews it is stuck: two thirds of its life are over. If \
             the same certificate still stands {hours} h before its end, one more mail comes."
        ));
    }
    let soon = if left < DAY { "now" } else { "today" };
    let again = if is_told {
        " The certificate that you were told of still stands."
    } else {
        ""
    };
    let end = if left.is_positive() {
        "once it has ended, no client connects any more."
    } else {
        "it has ended, and clients refuse to connect."
    };
    Some(format!("Call the provider {soon}: {end}{again}"))
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
    let meaning = Meaning::with(Rule::CertificateExpiring, severity, "", None);
    let life = short_life(leaf, ends);
    let left = ends.duration_since(at);
    let mut change = meaning.change(Subject::Certificate, Group::Other);
    change.advice = what_to_do(severity, known.is_some(), left, life).or(change.advice);
    if let Some(of) = of {
        change.why = format!("{}{of}.", change.why.trim_end_matches('.'));
    }
    if let Some(days) = life.map(|life| life.as_hours() / 24) {
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
        let between = |old: &[Certificate], new: &[Certificate]| ca_change(old, new, &[]);
        let old = chain("one", "R10", "x");
        assert_eq!(between(&old, &chain("two", "R10", "x")), None);
        let change = between(&old, &chain("two", "R11", "y")).unwrap();
        assert_eq!(change.severity, Severity::Notice);
        assert_eq!(change.before, Some(json!("R10, SHA-1 x1, SHA-256 x256")));
        assert_eq!(change.after, Some(json!("R11, SHA-1 y1, SHA-256 y256")));
        let of_one = |name: &str| chain("two", &format!("{name} (Let's Encrypt)"), name);
        let turned = between(&of_one("R10"), &of_one("R12")).unwrap();
        assert!(turned.why.contains("intermediates of the same CA"));
        assert_eq!(turned.severity, Severity::Notice);
        let known = ["R12256".to_owned()];
        let back = ca_change(&of_one("R10"), &of_one("R12"), &known).unwrap();
        assert_eq!(
            back.severity,
            Severity::Info,
            "it was told when it came first"
        );
        let crossed = between(&old, &chain("two", "R10", "z")).unwrap();
        assert!(crossed.why.contains("The CA is the same"));
        let bare = vec![certificate("two", "R10", "a.example")];
        assert_eq!(between(&old, &bare), None, "it is only not sent");
        assert_eq!(between(&bare, &old), None);
        let bare = vec![certificate("two", "R11", "a.example")];
        assert!(between(&old, &bare).is_some());
        let mixed = vec![
            old[0].clone(),
            certificate("r", "Root", "Root"),
            old[1].clone(),
        ];
        assert_eq!(between(&old, &mixed), None, "whatever else is sent");
        assert_eq!(between(&[], &old), None, "nothing is known to compare with");
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
