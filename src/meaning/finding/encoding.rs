//! What is odd about the bytes a document came as.

use serde_json::Value;

use super::examination::Examination;
use crate::document::canonical::Oddity;
use crate::document::member;
use crate::document::member::names;
use crate::document::severity::Group;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;

/// The rules of this file.
pub(super) const RULES: [Rule; 6] = [
    Rule::ByteOrderMark,
    Rule::DuplicateName,
    Rule::DuplicateNameConflict,
    Rule::DuplicateValue,
    Rule::KeyOperationsRepeated,
    Rule::MediaType,
];

pub(super) fn check(examination: &mut Examination<'_>) {
    let document = examination.document;
    let is_key_set = document.kind().is_key_set();
    for oddity in document.oddities() {
        match oddity {
            Oddity::DuplicateName(pointer) => {
                examination.add(Rule::DuplicateName, pointer);
            }
            Oddity::ConflictingName(pointer) => {
                let name = pointer.trim_start_matches('/');
                let is_address = if is_key_set {
                    name == names::KEYS
                } else {
                    member::group(document.kind(), name) == Group::Endpoints
                };
                if is_address {
                    examination.add(Rule::DuplicateNameConflict, name);
                }
            }
            Oddity::RepeatedValue(pointer) if is_key_set && pointer.ends_with("/key_ops") => {
                examination.add(Rule::KeyOperationsRepeated, names::KEYS);
            }
            Oddity::RepeatedValue(pointer) => {
                examination.add(Rule::DuplicateValue, pointer.trim_start_matches('/'));
            }
            Oddity::ByteOrderMark => examination.add(Rule::ByteOrderMark, Subject::Document),
            Oddity::MediaType(media_type) => {
                examination.add_value(
                    Rule::MediaType,
                    Subject::Document,
                    None,
                    &Value::from(media_type.as_str()),
                );
            }
        }
    }
}
