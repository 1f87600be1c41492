//! Keys of a set by what they are, and as they are shown.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::key_set::Key;

/// The keys of a set by their identity: one key may stand under several kids.
pub(super) type ByIdentity<'k, 'a> = BTreeMap<&'k str, Vec<&'k Key<'a>>>;

pub(super) fn by_identity<'k, 'a>(keys: &'k [Key<'a>]) -> ByIdentity<'k, 'a> {
    let mut map: ByIdentity<'k, 'a> = BTreeMap::new();
    for key in keys {
        map.entry(key.material.identity.as_str())
            .or_default()
            .push(key);
    }
    map
}

/// What is shown of keys, each description once.
pub(super) fn descriptions(keys: &[&Key<'_>]) -> Vec<Value> {
    let mut values: Vec<Value> = keys.iter().map(|key| key.description()).collect();
    values.dedup();
    values
}
