//! Key sets (RFC 7517): which keys there are, and how one set differs from another.
//!
//! A key is its material, named by the thumbprint of RFC 7638, not its kid: a kid may stand for
//! several keys, and one key may be given another kid.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use self::material::Material;
use super::change::{Change, sort};
use super::meaning::Meaning;
use super::provider::{Policy, RuleOverride};
use super::severity::Group;

mod certificate;
mod described;
pub mod finding;
mod material;
mod strength;

/// One key of a set.
#[derive(Debug, Clone)]
pub struct Key<'a> {
    /// Its members.
    pub members: &'a Map<String, Value>,
    /// What it is by its members.
    pub material: Cow<'a, Material>,
    named: Named<'a>,
}

/// The members that nearly every rule asks for, looked up once: a set may have many keys.
#[derive(Debug, Clone, Copy, Default)]
struct Named<'a> {
    alg: Option<&'a str>,
    crv: Option<&'a str>,
    e: Option<&'a str>,
    kid: Option<&'a str>,
    kty: Option<&'a str>,
    n: Option<&'a str>,
    public: Option<&'a str>,
    purpose: Option<&'a str>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    certificates: Option<&'a Value>,
    operations: Option<&'a Value>,
    /// Whether it has a `use`, of whatever type.
    has_purpose: bool,
    /// Whether `alg`, `kid`, `kty` or `use` is no text.
    is_mistyped: bool,
}

impl<'a> Named<'a> {
    fn of(members: &'a Map<String, Value>) -> Self {
        let mut named = Self::default();
        for (name, value) in members {
            let text = value.as_str();
            match name.as_str() {
                "alg" => named.alg = text,
                "crv" => named.crv = text,
                "e" => named.e = text,
                "kid" => named.kid = text,
                "kty" => named.kty = text,
                "n" => named.n = text,
                "pub" => named.public = text,
                "use" => named.purpose = text,
                "x" => named.x = text,
                "y" => named.y = text,
                "x5c" => named.certificates = Some(value),
                "key_ops" => named.operations = Some(value),
                _ => {}
            }
            let is_text_by_rule = matches!(name.as_str(), "alg" | "kid" | "kty" | "use");
            named.is_mistyped |= is_text_by_rule && text.is_none();
            named.has_purpose |= name == "use";
        }
        named
    }
}

impl<'a> Key<'a> {
    /// A member that is text.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        match name {
            "alg" => self.named.alg,
            "crv" => self.named.crv,
            "e" => self.named.e,
            "kid" => self.named.kid,
            "kty" => self.named.kty,
            "n" => self.named.n,
            "pub" => self.named.public,
            "use" => self.named.purpose,
            "x" => self.named.x,
            "y" => self.named.y,
            _ => self.members.get(name).and_then(Value::as_str),
        }
    }

    /// Reads it; what is known of its material need not be read again.
    fn of(members: &'a Map<String, Value>, material: Option<&'a Material>) -> Self {
        let named = Named::of(members);
        Self {
            members,
            material: material
                .map_or_else(|| Cow::Owned(Material::of(members, &named)), Cow::Borrowed),
            named,
        }
    }

    /// Whether tokens may be verified with it: it is not said to be for encryption.
    pub fn is_signing(&self) -> bool {
        let operations = self.named.operations.and_then(Value::as_array);
        let encrypts = self.text("alg").is_some_and(|alg| {
            ["RSA-OAEP", "RSA1_5", "ECDH-ES"]
                .iter()
                .any(|start| alg.starts_with(start))
        });
        self.text("use") != Some("enc")
            && !encrypts
            && operations.is_none_or(|values| values.iter().any(|value| value == "verify"))
    }

    /// What is shown and stored of it in a change: never the material.
    pub fn description(&self) -> Value {
        let mut description = Map::new();
        for name in ["kid", "kty", "alg", "use"] {
            if let Some(text) = self.text(name) {
                description.insert(name.to_owned(), Value::from(text));
            }
        }
        if let Some(thumbprint) = &self.material.thumbprint {
            description.insert("thumbprint".to_owned(), Value::from(thumbprint.as_str()));
        }
        Value::Object(description)
    }

    fn said_about_it(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let members = self.members.iter();
        members.filter(|(name, _)| !self.material.is_made_of(name))
    }
}

/// The keys of a key set, in its order; what is no object is left out.
pub fn keys(set: &Map<String, Value>) -> Vec<Key<'_>> {
    let keys = set.get("keys").and_then(Value::as_array);
    keys_in(keys.map(Vec::as_slice).unwrap_or_default())
}

/// The keys among values.
pub fn keys_in(values: &[Value]) -> Vec<Key<'_>> {
    let keys = values.iter().filter_map(Value::as_object);
    keys.map(|members| Key::of(members, None)).collect()
}

/// The material of the keys of a set, in their order: what takes longest to read of them.
pub fn materials(set: &Map<String, Value>) -> Vec<Material> {
    let keys = keys(set).into_iter();
    keys.map(|key| key.material.into_owned()).collect()
}

/// The keys of a set whose material was read before.
pub fn keys_of<'a>(set: &'a Map<String, Value>, materials: &'a [Material]) -> Vec<Key<'a>> {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten().filter_map(Value::as_object);
    let read = keys.zip(materials);
    let read = read.map(|(members, material)| Key::of(members, Some(material)));
    // How many there are cannot be seen from a filter: room for all is made at once.
    let mut keys = Vec::with_capacity(materials.len());
    keys.extend(read);
    keys
}

/// How one key set differs from another; `name` is the member the keys stand in.
pub fn changes(old: &[Key<'_>], new: &[Key<'_>], name: &str) -> Vec<Change> {
    let (before, after) = (by_identity(old), by_identity(new));
    let gone = |key: &&Key<'_>| !after.contains_key(key.material.identity.as_str());
    let came = |key: &&Key<'_>| !before.contains_key(key.material.identity.as_str());
    let replaced = replaced_kids((old, &before), (new, &after));
    let is_replaced = |key: &&Key<'_>| {
        key.text("kid")
            .is_some_and(|kid| replaced.contains_key(kid))
    };
    // What keeps another name is not lost.
    let is_lost = |key: &&Key<'_>| {
        key.text("kid")
            .is_some_and(|kid| replaced.get(kid) == Some(&Old::Lost))
    };

    let change = |rule, lost: Vec<&Key<'_>>, gained: Vec<&Key<'_>>| {
        let mut change = Meaning::of(rule).change(name, Group::Keys);
        change.removed = descriptions(&lost);
        change.added = descriptions(&gained);
        change.size_before = Some(before.len());
        change
    };
    let mut changes = Vec::new();
    if !replaced.is_empty() {
        let lost = old.iter().filter(is_lost).collect();
        let gained = new.iter().filter(is_replaced).collect();
        changes.push(change("key-replaced", lost, gained));
    }
    let lost: Vec<&Key<'_>> = old
        .iter()
        .filter(gone)
        .filter(|key| !is_replaced(key))
        .collect();
    let gained: Vec<&Key<'_>> = new
        .iter()
        .filter(came)
        .filter(|key| !is_replaced(key))
        .collect();
    if !lost.is_empty() {
        changes.push(change("key-removed", lost, Vec::new()));
    }
    if !gained.is_empty() {
        changes.push(change("key-added", Vec::new(), gained));
    }
    if let Some(redescribed) = described::between(&before, &after) {
        let meaning = redescribed.meaning;
        let mut change = meaning.change(name, Group::Keys);
        change.removed = descriptions(&redescribed.lost);
        change.added = descriptions(&redescribed.gained);
        change.size_before = Some(before.len());
        changes.push(change);
    }
    // The keys themselves stand in the other changes; here it counts that none is left.
    if is_disjoint(old, new) {
        changes.push(change("jwks-disjoint", Vec::new(), Vec::new()));
    }
    changes
}

/// What became of the key that a kid stood for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Old {
    /// It lost that name, and perhaps its place.
    Lost,
    /// It keeps another name that it had.
    Kept,
}

/// Kids that stand for another key than before, wherever else in the sets the two keys stand.
///
/// A kid that stands for several keys, which is against the rules but happens, is replaced only when
/// all of its keys went from the set and new ones came: such sets are shuffled all the time. And a
/// key that keeps another name it had is trusted already: one more name makes it no other key.
fn replaced_kids<'a>(
    (old, before): (&[Key<'a>], &ByIdentity<'_, 'a>),
    (new, after): (&[Key<'a>], &ByIdentity<'_, 'a>),
) -> BTreeMap<&'a str, Old> {
    let now = by_kid(new);
    let has = |keys: &ByIdentity<'_, 'a>, identity: &str, kid: &str| {
        let keys = keys.get(identity).into_iter().flatten();
        keys.filter_map(|key| key.text("kid"))
            .any(|name| name == kid)
    };
    let keeps_a_name = |identity: &str, kid: &str| {
        let names = before.get(identity).into_iter().flatten();
        let mut names = names.filter_map(|key| key.text("kid"));
        names.any(|name| name != kid && has(after, identity, name))
    };
    let replaced = |kid: &str, was: &BTreeSet<&str>| {
        let is = now.get(kid).filter(|is| is.is_disjoint(was))?;
        let all_went = !was.iter().any(|identity| after.contains_key(identity));
        let all_came = !is.iter().any(|identity| before.contains_key(identity));
        if was.len() != 1 || is.len() != 1 {
            return (all_went && all_came).then_some(Old::Lost);
        }
        if is.iter().any(|identity| keeps_a_name(identity, kid)) {
            return None;
        }
        let is_kept = all_came && was.iter().any(|identity| keeps_a_name(identity, kid));
        Some(if is_kept { Old::Kept } else { Old::Lost })
    };
    let known = by_kid(old).into_iter();
    known
        .filter_map(|(kid, was)| Some((kid, replaced(kid, &was)?)))
        .collect()
}

/// Which keys each kid stands for.
fn by_kid<'k, 'a>(keys: &'k [Key<'a>]) -> BTreeMap<&'a str, BTreeSet<&'k str>> {
    let mut map: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for key in keys {
        if let Some(kid) = key.text("kid") {
            let identity = key.material.identity.as_str();
            map.entry(kid).or_default().insert(identity);
        }
    }
    map
}

type ByIdentity<'k, 'a> = BTreeMap<&'k str, Vec<&'k Key<'a>>>;

fn by_identity<'k, 'a>(keys: &'k [Key<'a>]) -> ByIdentity<'k, 'a> {
    let mut map: ByIdentity<'k, 'a> = BTreeMap::new();
    for key in keys {
        map.entry(key.material.identity.as_str())
            .or_default()
            .push(key);
    }
    map
}

fn is_disjoint<'a>(old: &'a [Key<'_>], new: &'a [Key<'_>]) -> bool {
    let signing = |keys: &'a [Key<'_>]| -> BTreeSet<&'a str> {
        let keys = keys.iter().filter(|key| key.is_signing());
        keys.map(|key| key.material.identity.as_str()).collect()
    };
    let old = signing(old);
    !old.is_empty() && old.is_disjoint(&signing(new))
}

fn descriptions(keys: &[&Key<'_>]) -> Vec<Value> {
    let mut values: Vec<Value> = keys.iter().map(|key| key.description()).collect();
    values.dedup();
    values
}

/// Tells keys that are back from keys that are new: what `was_seen` knows by its thumbprint moves
/// from `key-added` to a `key-returned` of its own. So does what took the kid of a key that keeps
/// another name: a kid that goes back and forth between two keys of one provider.
pub fn tell_returned(changes: &mut Vec<Change>, was_seen: impl Fn(&str) -> bool, policy: &Policy) {
    let mut returned: Option<Change> = None;
    changes.retain_mut(|change| {
        let is_of_kept = change.rule == "key-replaced" && change.removed.is_empty();
        if change.rule != "key-added" && !is_of_kept {
            return true;
        }
        let is_back = |key: &Value| thumbprint_of(key).is_some_and(&was_seen);
        let (back, fresh): (Vec<Value>, Vec<Value>) = change.added.drain(..).partition(is_back);
        if !back.is_empty() {
            let new = || {
                let mut other = Meaning::of("key-returned").change(&change.member, change.group);
                other.size_before = change.size_before;
                other
            };
            returned.get_or_insert_with(new).added.extend(back);
        }
        change.added = fresh;
        !change.added.is_empty()
    });
    if let Some(mut returned) = returned {
        match policy.severity.get("key-returned") {
            Some(RuleOverride::Ignore) => {}
            Some(RuleOverride::Severity(severity)) => {
                returned.severity = *severity;
                changes.push(returned);
            }
            None => changes.push(returned),
        }
    }
    sort(changes);
}

/// The thumbprint in the description of a key, as it stands in a change.
pub fn thumbprint_of(description: &Value) -> Option<&str> {
    description.get("thumbprint").and_then(Value::as_str)
}

/// A key as people name it: `a1b2 (RS256)`; `None` if this is no description of a key.
pub fn words(description: &Value) -> Option<String> {
    let members = description.as_object()?;
    let known = ["kid", "kty", "alg", "use", "thumbprint"];
    if !members.contains_key("kty") || !members.keys().all(|name| known.contains(&name.as_str())) {
        return None;
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let name = text("kid").or(text("thumbprint")).unwrap_or("(no kid)");
    let kind = text("alg").or(text("kty")).unwrap_or_default();
    Some(match text("use") {
        Some("enc") => format!("{name} ({kind}, enc)"),
        Some(_) | None => format!("{name} ({kind})"),
    })
}

/// The SHA-1 thumbprint of a certificate.
#[cfg(test)]
pub fn x5t(certificate: &[u8]) -> String {
    material::encode(&super::fingerprint::sha1(certificate))
}

#[cfg(test)]
mod tests;
