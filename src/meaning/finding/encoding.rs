//! What is odd about the bytes a document came as.

use serde_json::Value;

use super::found::Found;
use crate::document::canonical::Oddity;
use crate::document::kind::Kind;
use crate::document::member;
use crate::document::severity::Group;
use crate::document::text::bounded;

/// The rules of this file.
pub(super) const RULES: [&str; 6] = [
    "byte-order-mark",
    "duplicate-name",
    "duplicate-name-conflict",
    "duplicate-value",
    "key-operations-repeated",
    "media-type",
];

pub(super) fn check(found: &mut Found<'_>) {
    let document = found.document;
    let is_key_set = document.kind() == Kind::Jwks;
    for oddity in document.oddities() {
        match oddity {
            Oddity::DuplicateName(pointer) => found.add("duplicate-name", &bounded(pointer, 200)),
            Oddity::ConflictingName(pointer) => {
                let name = pointer.trim_start_matches('/');
                let is_address = match document.kind() {
                    Kind::Jwks => name == "keys",
                    kind => member::group(kind, name) == Group::Endpoints,
                };
                if is_address {
                    found.add("duplicate-name-conflict", name);
                }
            }
            Oddity::RepeatedValue(pointer) if is_key_set && pointer.ends_with("/key_ops") => {
                found.add("key-operations-repeated", "keys");
            }
            Oddity::RepeatedValue(pointer) => {
                found.add("duplicate-value", pointer.trim_start_matches('/'));
            }
            Oddity::ByteOrderMark => found.add("byte-order-mark", ""),
            Oddity::MediaType(media_type) => {
                found.add_value("media-type", "", "", &Value::from(media_type.as_str()));
            }
        }
    }
}
