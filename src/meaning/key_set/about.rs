//! Which keys a finding is about, in words: kid, type and size, and what is wrong with each.

use super::strength;
use crate::document::jwk;
use crate::document::key_set::Key;
use crate::document::parse::REMOVED;
use crate::document::text::{bounded, visible};
use crate::meaning::change::{Finding, KeyAbout};
use crate::meaning::rule::Rule;

/// Most keys of a finding that are described, and most that are named in a sentence.
const MAX_DESCRIBED: usize = 20;
const MAX_NAMED: usize = 3;
/// Most characters of names of keys in an advice, and of the name of a single one.
const MAX_SAID: usize = 70;
const MAX_ONE: usize = 30;
/// Most private members of a key that are named.
const MAX_PRIVATE: usize = 20;

/// What a finding says of its keys; each is described once.
pub(super) fn of(keys: &[&Key<'_>]) -> Vec<KeyAbout> {
    let mut all: Vec<KeyAbout> = Vec::new();
    for key in keys {
        let about = one(key);
        if !all.contains(&about) && all.len() < MAX_DESCRIBED {
            all.push(about);
        }
    }
    all
}

fn one(key: &Key<'_>) -> KeyAbout {
    let text = |name: &str| key.text(name).map(|text| bounded(&visible(text), 60));
    let private = key.members.iter().filter(|(_, value)| *value == REMOVED);
    KeyAbout {
        kid: text(jwk::KID),
        thumbprint: key.material.thumbprint.clone(),
        kty: text(jwk::KTY),
        crv: text(jwk::CRV),
        size: strength::size(key),
        encrypts: !key.is_signing(),
        private: private
            .map(|(name, _)| bounded(&visible(name), 60))
            .take(MAX_PRIVATE)
            .collect(),
    }
}

/// What the finding remembers a key by: its thumbprint or else its kid.
pub(super) fn id(about: &KeyAbout) -> Option<&str> {
    about.thumbprint.as_deref().or(about.kid.as_deref())
}

fn name(about: &KeyAbout) -> String {
    match (&about.kid, &about.thumbprint) {
        (Some(kid), _) => format!("kid {kid}"),
        (None, Some(thumbprint)) => format!("thumbprint {thumbprint}"),
        (None, None) => "a key without a kid".to_owned(),
    }
}

/// `RSA 1032`, `EC P-256`.
fn short_kind(about: &KeyAbout) -> Option<String> {
    let kty = about.kty.as_ref()?;
    Some(match (&about.crv, about.size) {
        (Some(crv), _) if kty != "RSA" => format!("{kty} {crv}"),
        (_, Some(size)) => format!("{kty} {size}"),
        (_, None) => kty.clone(),
    })
}

/// `RSA 1032 bits`, `EC P-256`.
fn kind(about: &KeyAbout) -> Option<String> {
    let is_of_curve = about.crv.is_some() && about.kty.as_deref() != Some("RSA");
    let bits = if about.size.is_some() && !is_of_curve {
        " bits"
    } else {
        ""
    };
    Some(format!("{}{bits}", short_kind(about)?))
}

fn described(about: &KeyAbout) -> String {
    let mut words = vec![name(about)];
    words.extend(kind(about));
    if about.encrypts {
        words.push("for encryption".to_owned());
    }
    match about.private.as_slice() {
        [] => {}
        [one] => words.push(format!("private member {one}")),
        many => words.push(format!("private members {}", many.join(", "))),
    }
    words.join(", ")
}

/// `RSA 1032`: what all keys of a finding are, where they are of one kind.
pub fn kind_of_all(finding: &Finding) -> Option<String> {
    let mut kinds = finding.about_keys.iter().map(short_kind);
    let first = kinds.next()??;
    kinds
        .all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// The keys of a finding: `kid a, RSA 1032 bits; kid b, RSA 1024 bits; 2 more`; `None` if it names no
/// keys.
pub fn words(finding: &Finding) -> Option<String> {
    let words = each(finding);
    (!words.is_empty()).then(|| words.join("; "))
}

/// The same, one by one.
pub fn each(finding: &Finding) -> Vec<String> {
    let keys = &finding.about_keys;
    let mut words: Vec<String> = keys.iter().take(MAX_NAMED).map(described).collect();
    let more = keys.len().saturating_sub(MAX_NAMED);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words
}

/// What to do about a finding, if it says which keys it is about.
pub fn advice(finding: &Finding) -> Option<String> {
    let keys = &finding.about_keys;
    let names: Vec<String> = keys.iter().take(MAX_NAMED).map(name).collect();
    let names = match names.as_slice() {
        [] => return None,
        [one] if one.len() <= MAX_ONE => one.clone(),
        // The sentence above the advice has it.
        [_] => "this key".to_owned(),
        // A sentence that is full of kids is hard to read.
        some if some.iter().map(String::len).sum::<usize>() > MAX_SAID => {
            "one of these keys".to_owned()
        }
        [head @ .., last] if keys.len() <= MAX_NAMED => format!("{} or {last}", head.join(", ")),
        some => format!("{} or the others", some.join(", ")),
    };
    if keys.iter().all(|key| key.encrypts) {
        return Some(format!(
            "make sure that your clients encrypt nothing with {names}, and tell the provider."
        ));
    }
    Some(match finding.rule.known()? {
        Rule::KeySecretPublished => {
            format!("reject tokens signed with {names} now, and tell the provider.")
        }
        // Where the provider signs with it already, refusing it at once would end all logins.
        Rule::KeyWeak | Rule::KeyExponentBroken => format!(
            "look at the header of a fresh token first. Unless it names {names}, nothing is urgent; if it does, \
             tell the provider, and decide whether your clients go on to accept that."
        ),
        _ => return None,
    })
}
