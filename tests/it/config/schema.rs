//! The table of keys: the schema, the manual and the shipped configuration say the same.

use serde_json::{Map, Value};

use super::shipped::explained;
use super::*;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What `config schema` prints.
fn printed() -> String {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &[], &["config", "schema"]);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    ended.text
}

fn schema() -> Value {
    serde_json::from_str(&printed()).unwrap()
}

/// Every key with its table, as the shipped file writes that.
fn keys(schema: &Value) -> Vec<(String, String)> {
    let tables = schema["definitions"].as_object().unwrap();
    let tables = tables.iter().filter(|(name, _)| *name != "secret");
    let keys = tables.flat_map(|(table, of)| {
        let properties = of["properties"].as_object().unwrap();
        properties.keys().map(|key| (table.clone(), key.clone()))
    });
    keys.collect()
}

#[test]
fn the_schema_that_is_shipped_is_the_one_that_is_printed_and_editors_find_it() {
    let shipped = std::fs::read_to_string(format!("{ROOT}/config.schema.json")).unwrap();
    assert_eq!(
        shipped,
        printed(),
        "issuerwatch config schema > config.schema.json"
    );
    let config = std::fs::read_to_string(format!("{ROOT}/config.toml")).unwrap();
    assert!(config.starts_with("#:schema ./config.schema.json\n"));
}

#[test]
fn the_manual_has_every_key_of_the_schema_with_what_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &[], &["man", "--out", "."]);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    let page = std::fs::read_to_string(folder.path().join("issuerwatch.toml.5")).unwrap();
    for (table, key) in keys(&schema()) {
        assert!(
            page.contains(&format!(".TP\n\\fB{key}\\fR = ")),
            "{table} {key}"
        );
    }
    for line in page.lines().filter(|line| line.starts_with('.')) {
        let known = [
            ".TH ", ".SH ", ".SS ", ".TP", ".B ", ".BR ", ".br", ".PP", ".nf", ".fi",
        ];
        assert!(known.iter().any(|it| line.starts_with(it)), "{line}");
    }
    let schema = schema();
    for (table, key) in keys(&schema) {
        let about = &schema["definitions"][&table]["properties"][&key]["description"];
        assert!(about.as_str().unwrap().ends_with('.'), "{table} {key}");
    }
}

#[test]
fn the_shipped_configuration_mentions_every_key() {
    let text = explained();
    let mut table = "file".to_owned();
    let mut there = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            let header = line.trim_matches(['[', ']']);
            there.push((
                "file".to_owned(),
                header.split('.').next().unwrap().to_owned(),
            ));
            there.extend(
                header
                    .split_once('.')
                    .map(|(of, key)| (of.to_owned(), key.to_owned())),
            );
            table = header.to_owned();
            if table.starts_with("client.") {
                "client".clone_into(&mut table);
            }
        }
        there.push((table.clone(), key(line).to_owned()));
    }
    for (table, key) in keys(&schema()) {
        let is_there = |of: &str| there.contains(&(of.to_owned(), key.clone()));
        let is_shared = table == "provider" && is_there("defaults");
        assert!(is_there(&table) || is_shared, "[{table}] {key}");
    }
}

#[test]
fn the_schema_takes_the_shipped_configuration_and_what_it_explains() {
    let schema = schema();
    let others = ["url = \"smtps", "password", "ca_file", "command", "helo"];
    let whole: Vec<String> = explained()
        .lines()
        .filter(|line| !others.iter().any(|other| line.starts_with(other)))
        .map(str::to_owned)
        .collect();
    let shipped = std::fs::read_to_string(format!("{ROOT}/config.toml")).unwrap();
    for text in [shipped, whole.join("\n")] {
        assert_eq!(wrong_in(&text, &schema), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = schema();
    for (text, place) in [
        ("[mial]\n", "/mial"),
        ("[mail]\nto = \"a@b\"\n", "/mail/to"),
        ("[mail]\npassword = \"x\"\n", "/mail/password"),
        ("[mail]\ntransport = \"pigeon\"\n", "/mail/transport"),
        ("[fetch]\nper_host = 0\n", "/fetch/per_host"),
        (
            "[[provider]]\ndocuments = [\"saml\"]\n",
            "/provider/documents",
        ),
        (
            "[defaults]\nseverity = { no-rule = \"info\" }\n",
            "/defaults/severity",
        ),
        ("[client.x]\nrequire = []\n", "/client/x/require"),
    ] {
        assert_eq!(wrong_in(text, &schema), [place], "{text}");
    }
}

/// The places at which a configuration is not as the schema says, as far as it is judged here: types,
/// names, words, bounds.
fn wrong_in(text: &str, schema: &Value) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap();
    let value = serde_json::to_value(table).unwrap();
    let mut wrong = Vec::new();
    judge(&value, schema, schema, "", &mut wrong);
    wrong
}

fn is_good(value: &Value, schema: &Value, root: &Value) -> bool {
    let mut wrong = Vec::new();
    judge(value, schema, root, "", &mut wrong);
    wrong.is_empty()
}

fn judge(value: &Value, schema: &Value, root: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let to = root.pointer(reference.trim_start_matches('#')).unwrap();
        return judge(value, to, root, at, wrong);
    }
    for all in schema["allOf"].as_array().into_iter().flatten() {
        judge(value, all, root, at, wrong);
    }
    let one = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    let is_one = one.is_none_or(|all| all.iter().any(|it| is_good(value, it, root)));
    let is_word = schema["enum"]
        .as_array()
        .is_none_or(|all| all.contains(value));
    let is_type = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.as_u64().is_some_and(|number| {
            number >= schema["minimum"].as_u64().unwrap()
                && number <= schema["maximum"].as_u64().unwrap()
        }),
        Some("array") => value.as_array().is_some_and(|all| {
            all.iter().all(|it| match it {
                Value::Object(_) => true,
                it => is_good(it, &schema["items"], root),
            })
        }),
        Some("object") => value.is_object(),
        _ => true,
    };
    if !(is_one && is_word && is_type) {
        wrong.push(at.to_owned());
        return;
    }
    for table in value.as_array().into_iter().flatten() {
        judge(table, &schema["items"], root, at, wrong);
    }
    if let (Some(members), Some("object")) = (value.as_object(), schema["type"].as_str()) {
        judge_members(members, schema, root, at, wrong);
    }
}

fn judge_members(
    members: &Map<String, Value>,
    schema: &Value,
    root: &Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required = required.filter_map(Value::as_str);
    let names = &schema["propertyNames"]["enum"];
    let is_name = |name: &String| {
        let mut known = names.as_array().into_iter().flatten();
        names.is_null() || known.any(|known| known == name)
    };
    if !required.all(|name| members.contains_key(name)) || !members.keys().all(is_name) {
        wrong.push(at.to_owned());
    }
    for (name, value) in members {
        let at = format!("{at}/{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => wrong.push(at),
            (Value::Null, other) => judge(value, other, root, &at, wrong),
            (of, _) => judge(value, of, root, &at, wrong),
        }
    }
}
