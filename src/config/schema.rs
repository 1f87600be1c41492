//! The configuration as a JSON Schema (draft 7, which editors of TOML read), made from the table of keys.
//!
//! It says what an editor can complete and mark while somebody types. The reader says more, and says it
//! better: `config check` is what decides.

use serde_json::{Map, Value, json};

use super::keys::{Row, Table, Takes, tables};
use crate::document::kind::Kind;
use crate::document::severity::Severity;
use crate::meaning::rule::Rule;

/// The schema.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    for table in tables() {
        let mut properties = properties(table);
        if table.name == "provider" {
            // What stands in [defaults] may stand in a provider too.
            let shared = tables().find(|one| one.name == "defaults");
            properties.extend(shared.into_iter().flat_map(self::properties));
        }
        let object = json!({
            "type": "object",
            "description": table.header,
            "properties": properties,
            "additionalProperties": false,
        });
        definitions.insert(table.name.to_owned(), object);
    }
    definitions.insert("secret".to_owned(), secret());
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The configuration of issuerwatch",
        "$ref": "#/definitions/file",
        "definitions": definitions,
    })
}

fn properties(table: &Table) -> Map<String, Value> {
    let rows = table.rows.iter();
    rows.map(|row| (row.name.to_owned(), property(row)))
        .collect()
}

fn property(row: &Row) -> Value {
    let mut property = of(row.takes);
    let about = match row.default {
        Some(default) => format!("{} Left out: {default}.", row.about),
        None => row.about.to_owned(),
    };
    if let Some(members) = property.as_object_mut() {
        // In draft 7 the members beside a `$ref` are ignored.
        if let Some(to) = members.remove("$ref") {
            members.insert("allOf".to_owned(), json!([{ "$ref": to }]));
        }
        members.insert("description".to_owned(), json!(about));
        if let Some(value) = default(row) {
            members.insert("default".to_owned(), value);
        }
    }
    property
}

/// The default as a JSON value, if it can be written as one.
fn default(row: &Row) -> Option<Value> {
    let default = row.default?;
    match row.takes {
        Takes::Flag | Takes::Count(..) => serde_json::from_str(default).ok(),
        Takes::OneOf(words) if words.contains(&default) => Some(json!(default)),
        _ => None,
    }
}

const DURATION: &str = "^[0-9]+(s|m|min|h|d|w)$";

fn of(takes: Takes) -> Value {
    let text = json!({ "type": "string" });
    let url = json!({ "type": "string", "pattern": "://" });
    let reference = |table: &str| json!({ "$ref": format!("#/definitions/{table}") });
    let map = |of: Value| json!({ "type": "object", "additionalProperties": of });
    match takes {
        Takes::Text => text,
        Takes::Url => url,
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Duration => json!({ "type": "string", "pattern": DURATION }),
        Takes::Durations => several(&json!({ "type": "string", "pattern": DURATION })),
        Takes::Size => json!({ "type": "string", "pattern": "^[0-9]+(B|KiB|MiB)?$" }),
        Takes::Count(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Takes::Texts => several(&text),
        Takes::OneOf(words) => json!({ "type": "string", "enum": words }),
        Takes::SomeOf(words) => several(&json!({ "type": "string", "enum": words })),
        Takes::Severity => json!({ "type": "string", "enum": severities() }),
        Takes::Severities => {
            let words: Vec<&str> = severities().into_iter().chain(["ignore"]).collect();
            json!({
                "type": "object",
                "propertyNames": { "enum": rules() },
                "additionalProperties": { "type": "string", "enum": words },
            })
        }
        Takes::Kinds => several(&json!({ "type": "string", "enum": kinds() })),
        Takes::UrlOfKind => json!({
            "type": "object",
            "propertyNames": { "enum": kinds() },
            "additionalProperties": url,
        }),
        Takes::Secret => reference("secret"),
        Takes::SecretUrl => json!({ "anyOf": [url, reference("secret")] }),
        Takes::Headers => map(json!({ "anyOf": [text, reference("secret")] })),
        Takes::TextsOfName => map(several(&text)),
        Takes::Table(table) => reference(table),
        Takes::Tables(table) => several(&reference(table)),
        Takes::TableOfName(table) => map(reference(table)),
    }
}

fn several(one: &Value) -> Value {
    json!({ "type": "array", "items": one })
}

/// Where a secret is.
fn secret() -> Value {
    let names = ["env", "file", "credential"];
    let one = |name: &str| {
        json!({
            "type": "object",
            "properties": { name: { "type": "string" } },
            "required": [name],
            "additionalProperties": false,
        })
    };
    json!({ "oneOf": names.map(one) })
}

fn severities() -> Vec<&'static str> {
    Severity::ALL.into_iter().map(Severity::as_str).collect()
}

fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect()
}

fn rules() -> Vec<&'static str> {
    Rule::all().into_iter().map(Rule::id).collect()
}
