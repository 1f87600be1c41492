//! What a key is for: signing or encryption. What is said of a key that came or went follows from it.

use serde_json::Value;

use super::Key;
use crate::model::change::Change;
use crate::model::rule;

/// The member of a description that says of a key for encryption what neither `use` nor `alg` does.
pub(super) const MARK: &str = "encrypts";
/// How the algorithms begin that encrypt or agree on keys (RFC 7518 section 4, RFC 8037).
const ENCRYPTING: [&str; 8] = [
    "RSA-OAEP", "RSA1_5", "ECDH-ES", "A128", "A192", "A256", "PBES2", "dir",
];
/// Curves that agree on keys and sign nothing (RFC 8037 section 3.2).
const AGREEING: [&str; 2] = ["X25519", "X448"];

pub(super) fn is_signing(key: &Key<'_>) -> bool {
    let operations = key.named.operations.and_then(Value::as_array);
    // An empty list says nothing: some libraries write it to every key.
    let operations = operations.filter(|values| !values.is_empty());
    let agrees = key.text("crv").is_some_and(|crv| AGREEING.contains(&crv));
    key.text("use") != Some("enc")
        && !of_alg(key.text("alg"))
        && !agrees
        && operations.is_none_or(|values| values.iter().any(|value| value == "verify"))
}

/// Whether an algorithm is one of encryption.
pub(super) fn of_alg(alg: Option<&str>) -> bool {
    alg.is_some_and(|alg| ENCRYPTING.iter().any(|start| alg.starts_with(start)))
}

/// Whether the description of a key says that it is for encryption.
fn encrypts(description: &Value) -> bool {
    let text = |name: &str| description.get(name).and_then(Value::as_str);
    text("use") == Some("enc") || of_alg(text("alg")) || description.get(MARK).is_some()
}

/// Words the reason of a change by what its keys are for: the table of rules has those of signing.
pub(super) fn reason(change: &mut Change) {
    let keys = || change.added.iter().chain(&change.removed);
    let is_any = keys().any(encrypts);
    let are_all = keys().all(encrypts);
    let words = match (change.rule.as_str(), is_any, are_all) {
        ("key-added", true, true) => {
            "A key for encryption was published: what is sent to the provider may be encrypted with it at any time."
        }
        ("key-added", true, false) => {
            "Keys were published: tokens may be signed, and what is sent to the provider encrypted, with them at any time."
        }
        ("key-removed", true, true) => {
            "The provider may no longer be able to read what is encrypted with a key that is gone."
        }
        ("key-removed", true, false) => {
            "Tokens signed with a key that is gone are rejected, and what is encrypted with one may no longer be read."
        }
        ("key-returned", true, true) => {
            "A key for encryption that had been withdrawn is published again."
        }
        (id @ ("key-added" | "key-removed" | "key-returned"), false, _) => {
            rule::find(id).map_or("", |row| row.why)
        }
        _ => return,
    };
    words.clone_into(&mut change.why);
}
