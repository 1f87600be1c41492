//! The table of members against the registry of members it was made from.
//!
//! `tests/fixtures/metadata-fields.toml` holds what is needed of the registry, and says where it is from.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use issuerwatch::document::kind::Kind;
use issuerwatch::document::member::{self, Effect, Member, On, Shape};
use issuerwatch::document::severity::Group;
use serde_json::Value;

/// Members that the registry does not know: of vendors and drafts, seen in documents.
const BESIDE: [&str; 10] = [
    "account_management_actions_supported",
    "account_management_uri",
    "authorization_details_types_metadata_endpoint",
    "id_token_signed_response_alg",
    "interactive_authorization_endpoint",
    "mfa_challenge_endpoint",
    "ping_end_session_endpoint",
    "ping_revoked_sris_endpoint",
    "require_interactive_authorization",
    "userinfo_signed_response_alg",
];

/// What is judged otherwise than in the registry.
const OTHERWISE: &str = include_str!("../fixtures/judged-otherwise.txt");

const COPY: &str = include_str!("../fixtures/metadata-fields.toml");

fn registry() -> Value {
    let table: toml::Table = toml::from_str(COPY).unwrap();
    serde_json::to_value(table).unwrap()
}

/// The registry itself stands beside some checkouts, or where `ISSUERWATCH_REGISTRY` says.
#[test]
fn the_copy_says_what_the_registry_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = root.join("../shared/metadata-fields.toml");
    let path = std::env::var_os("ISSUERWATCH_REGISTRY").map_or(beside, PathBuf::from);
    if !path.exists() {
        // Not `eprintln!`: what a test that passes prints is not shown.
        let line =
            "SKIPPED: the copy of the registry of members was not compared: it stands alone\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    }
    let script = root.join("tests/fixtures/metadata-fields.py");
    let compared = Command::new("python3")
        .arg(script)
        .arg(path)
        .arg("--check")
        .output()
        .unwrap();
    assert!(
        compared.status.success(),
        "{}",
        String::from_utf8_lossy(&compared.stderr)
    );
}

/// The severities that are judged otherwise, which must be exactly these.
struct Otherwise {
    lines: BTreeSet<String>,
    /// Those that were found to hold.
    met: BTreeSet<String>,
}

impl Otherwise {
    /// Those of single values where `of_values`, else those of the members.
    fn read(of_values: bool) -> Self {
        let lines = OTHERWISE.lines().filter(|line| !line.starts_with('#'));
        let is_of_value = |line: &&str| {
            let what = line.split(' ').nth(1).unwrap();
            what.starts_with(['+', '-']) == of_values
        };
        Self {
            lines: lines.filter(is_of_value).map(str::to_owned).collect(),
            met: BTreeSet::new(),
        }
    }

    fn check(&mut self, member: &str, what: &str, registry: &str, ours: &str) {
        if registry != ours {
            let line = format!("{member} {what} {registry} {ours}");
            assert!(self.lines.contains(&line), "judged otherwise: {line}");
            self.met.insert(line);
        }
    }

    fn finish(self) {
        assert_eq!(self.lines, self.met, "not judged otherwise");
    }
}

fn fields(registry: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let fields = registry["field"].as_array().unwrap().iter();
    fields.map(|field| (field["name"].as_str().unwrap(), field))
}

fn shape(word: &str) -> Shape {
    match word {
        "url" => Shape::Url,
        "string" => Shape::Text,
        "bool" => Shape::Flag,
        "string-set" => Shape::Set,
        "string-list" => Shape::List,
        "object" => Shape::Object,
        "jwt" => Shape::Jwt,
        _ => panic!("{word}"),
    }
}

/// Groups by the words of the design, from name, category and type.
fn group(name: &str, category: &str, shape: Shape) -> Group {
    let called = [
        "issuer",
        "resource",
        "jwks_uri",
        "signed_jwks_uri",
        "check_session_iframe",
        "mtls_endpoint_aliases",
        "authorization_servers",
    ];
    match (name, category) {
        _ if called.contains(&name) || name.ends_with("_endpoint") => Group::Endpoints,
        // No client of OAuth or OpenID Connect calls it.
        ("rbac_url", _) => Group::Other,
        (_, "endpoint") => Group::Endpoints,
        ("jwks", _) => Group::Keys,
        ("scopes_supported", _) => Group::Scopes,
        (
            _,
            "response" | "grant" | "client-auth" | "pkce" | "signing-alg" | "encryption-alg"
            | "mtls" | "dpop" | "par" | "ciba",
        ) => Group::Methods,
        _ if shape == Shape::Flag => Group::Methods,
        _ => Group::Other,
    }
}

fn effects(row: &Member) -> [(&str, Option<&Effect>); 8] {
    [
        ("added", Some(&row.added)),
        ("removed", Some(&row.removed)),
        ("changed", Some(&row.changed)),
        ("host_changed", row.host_changed.as_ref()),
        ("value_added", row.value_added.as_ref()),
        ("value_removed", row.value_removed.as_ref()),
        ("to_true", row.to_true.as_ref()),
        ("to_false", row.to_false.as_ref()),
    ]
}

#[test]
fn every_member_is_in_the_table_as_the_registry_has_it() {
    let registry = registry();
    let mut count = 0;
    let mut otherwise = Otherwise::read(false);
    for (name, field) in fields(&registry) {
        count += 1;
        let row = member::member(Kind::OPENID_CONFIGURATION, name)
            .unwrap_or_else(|| panic!("{name} is missing"));
        for (what, effect) in effects(row) {
            let ours = effect.map_or("none", |it| it.severity.as_str());
            otherwise.check(name, what, field[what].as_str().unwrap_or("none"), ours);
        }
        let text = |what: &str| field[what].as_str().unwrap();
        assert_eq!(row.shape, shape(text("type")), "{name}");
        let expected = group(name, text("category"), row.shape);
        assert_eq!(row.group, expected, "{name}");
        // A default that is written down says more.
        let is_unsupported = row.shape == Shape::Flag && field["absence"] == "unsupported";
        assert_eq!(row.absent_is_false, is_unsupported, "{name}");
        let kinds = |values: &[Kind]| {
            let mut words: Vec<String> = values.iter().map(ToString::to_string).collect();
            words.sort();
            words
        };
        let mut named: Vec<String> = serde_json::from_value(field["kinds"].clone()).unwrap();
        named.sort();
        assert_eq!(kinds(row.kinds), named, "{name}");
        let demands: BTreeMap<String, String> =
            serde_json::from_value(field["requirement"].clone()).unwrap();
        let of = |level: &str| -> Vec<String> {
            let found = demands.iter().filter(|(_, demand)| *demand == level);
            found.map(|(kind, _)| kind.clone()).collect()
        };
        assert_eq!(kinds(row.required), of("required"), "{name}");
        for (kind, value) in row.default {
            let text = field["default_json"][kind.to_string()].as_str().unwrap();
            assert_eq!(
                ***value,
                serde_json::from_str::<Value>(text).unwrap(),
                "{name}"
            );
        }
        let defaults = field["default_json"]
            .as_object()
            .map_or(0, serde_json::Map::len);
        assert_eq!(row.default.len(), defaults, "{name}");
        assert_eq!(field["localizable"] == true, row.localized, "{name}");
        assert_eq!(field["https"] == "must", row.https, "{name}");
    }
    otherwise.finish();
    let beside = |row: &&Member| BESIDE.contains(&row.name);
    let rows = member::members_of(Kind::OPENID_CONFIGURATION).filter(|row| !beside(row));
    assert_eq!(count, rows.count());
}

#[test]
fn every_value_that_comes_or_goes_in_a_set_is_in_the_table() {
    let registry = registry();
    let mut otherwise = Otherwise::read(true);
    for rule in registry["value_rule"].as_array().unwrap() {
        let text = |name: &str| rule[name].as_str().unwrap();
        let on = if text("on") == "added" {
            On::Added
        } else {
            On::Removed
        };
        let kinds = member::member(Kind::OPENID_CONFIGURATION, text("field"))
            .unwrap()
            .kinds
            .iter();
        let rows: Vec<_> = kinds
            .filter_map(|kind| member::value_rule(*kind, text("field"), text("value"), on))
            .collect();
        let mut severities = rows.iter().map(|row| row.severity.as_str());
        let ours = severities.next().unwrap_or_else(|| panic!("{rule}"));
        if severities.any(|severity| severity == text("severity")) {
            continue;
        }
        let sign = if on == On::Added { '+' } else { '-' };
        let what = format!("{sign}{}", text("value").replace(' ', "_"));
        otherwise.check(text("field"), &what, text("severity"), ours);
    }
    otherwise.finish();
}
