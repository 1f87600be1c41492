//! Reads the table of kinds and writes it as Rust. A row that is wrong fails the build with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use crate::members::{Wrong, line};

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    Metadata,
    KeySet,
    Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Place {
    Inserted,
    InsertedWhole,
    Appended,
    Named,
    Given,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum About {
    Issuer,
    Resource,
    Anything,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Naming {
    #[default]
    Unnamed,
    Exact,
    Stated,
    Pointed,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Checks {
    AuthorizationServer,
    OpenidProvider,
    Resource,
    KeySet,
    Members,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RepeatedIn {
    Tokens,
    Events,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    kind: Vec<Spanned<Row>>,
}

/// One kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) name: String,
    title: String,
    shape: Shape,
    place: Place,
    #[serde(default)]
    earlier: Vec<Place>,
    family: Option<String>,
    about: About,
    identity: Option<String>,
    #[serde(default)]
    rule: Naming,
    repeated_in: Option<RepeatedIn>,
    #[serde(default)]
    endpoints: bool,
    #[serde(default)]
    marks: Vec<String>,
    checks: Checks,
    #[serde(default = "json")]
    media_types: Vec<String>,
    #[serde(default)]
    leads: BTreeMap<String, String>,
    /// The file with its own members.
    pub(crate) members: Option<String>,
    /// Members of the common table that it has too.
    #[serde(default)]
    pub(crate) shares: Vec<String>,
    /// Those of its members that it must have.
    #[serde(default)]
    pub(crate) required: Vec<String>,
    pub(crate) reference: String,
}

fn json() -> Vec<String> {
    vec!["application/json".to_owned(), "+json".to_owned()]
}

/// Reads the rows of a file; `known` are those before them.
pub(crate) fn read(file: &str, text: &str, known: &mut Vec<Row>) -> Result<(), Wrong> {
    let table: Table = toml::from_str(text).map_err(|wrong| format!("{file}: {wrong}"))?;
    for row in table.kind {
        let at = line(text, row.span().start);
        let row = row.into_inner();
        if let Some(fault) = row.fault(known) {
            return Err(format!("{file}, line {at}: {}: {fault}", row.name).into());
        }
        known.push(row);
    }
    let names: BTreeSet<&str> = known.iter().map(|row| row.name.as_str()).collect();
    for row in known.iter() {
        if let Some(lost) = row.leads.values().find(|to| !names.contains(to.as_str())) {
            return Err(
                format!("{file}: {}: it leads to {lost}, which is no kind", row.name).into(),
            );
        }
    }
    Ok(())
}

/// The rows as the text of a Rust file.
pub(crate) fn written(rows: &[Row]) -> Result<String, Wrong> {
    let mut text = String::new();
    let mut constants = String::new();
    for (order, row) in rows.iter().enumerate() {
        let constant = constant(&row.name);
        let mut leads = String::new();
        for (member, to) in &row.leads {
            write!(leads, "({member:?}, Kind::{}), ", self::constant(to))?;
        }
        let earlier = row.earlier.iter().map(|place| format!("Place::{place:?}"));
        writeln!(
            text,
            "static ROW_{order}: Row = Row {{ order: {order}, name: {:?}, title: {:?}, \
             shape: Shape::{:?}, place: Place::{:?}, earlier: &[{}], family: {:?}, \
             about: About::{:?}, identity: {:?}, rule: Naming::{:?}, repeated_in: {}, endpoints: {}, \
             marks: &{:?}, \
             checks: Checks::{:?}, media_types: &{:?}, leads: &[{leads}], reference: {:?} }};",
            row.name,
            row.title,
            row.shape,
            row.place,
            earlier.collect::<Vec<_>>().join(", "),
            row.family.as_ref().unwrap_or(&row.name),
            row.about,
            row.identity,
            row.rule,
            row.repeated_in.map_or_else(
                || "None".to_owned(),
                |it| format!("Some(RepeatedIn::{it:?})")
            ),
            row.endpoints,
            row.marks,
            row.checks,
            row.media_types,
            row.reference,
        )?;
        writeln!(
            constants,
            "/// `{}`.\npub const {constant}: Self = Self(&ROW_{order});",
            row.name
        )?;
    }
    let all = (0..rows.len()).map(|order| format!("Self(&ROW_{order})"));
    let all = all.collect::<Vec<_>>().join(", ");
    writeln!(
        text,
        "impl Kind {{\n{constants}\n/// All kinds, in the order in which they are shown.\n\
         pub const ALL: &'static [Self] = &[{all}];\n}}"
    )?;
    Ok(text)
}

/// The name of the constant of a kind.
pub(crate) fn constant(name: &str) -> String {
    name.replace('-', "_").to_ascii_uppercase()
}

impl Row {
    /// Members that the row names, which some table must have.
    pub(crate) fn named(&self) -> impl Iterator<Item = &str> {
        let names = self
            .identity
            .iter()
            .chain(&self.marks)
            .chain(self.leads.keys());
        names.map(String::as_str)
    }

    fn fault(&self, known: &[Self]) -> Option<&'static str> {
        let is_name = |name: &str| {
            let mut bytes = name.bytes();
            !name.is_empty()
                && bytes
                    .all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let is_metadata = self.shape == Shape::Metadata;
        let is_keys = self.shape == Shape::KeySet;
        let tests = [
            (
                !is_name(&self.name),
                "a name has small letters, digits and hyphens",
            ),
            (
                known.iter().any(|row| row.name == self.name),
                "there is such a kind already",
            ),
            (
                known.len() >= usize::from(u8::MAX),
                "there are too many kinds",
            ),
            (
                self.identity.is_some() != matches!(self.rule, Naming::Exact | Naming::Stated),
                "an identity and the rule exact or stated come together",
            ),
            (
                self.repeated_in.is_some() && self.identity.is_none(),
                "an identity that is repeated is named",
            ),
            (
                is_metadata && self.identity.is_none(),
                "metadata says what it describes",
            ),
            (
                is_keys != (self.checks == Checks::KeySet),
                "a key set, and nothing else, is judged as one",
            ),
            (
                !is_metadata && (self.endpoints || !self.marks.is_empty()),
                "only metadata is told by its members",
            ),
            (
                self.earlier.iter().any(|place| {
                    matches!(place, Place::Named | Place::Given) || *place == self.place
                }),
                "an earlier place is another one that follows from the identity",
            ),
            (self.media_types.is_empty(), "it is sent as something"),
            (
                self.title.is_empty() || self.reference.is_empty(),
                "it has a title and a reference",
            ),
        ];
        let found = tests.into_iter().find(|(is_wrong, _)| *is_wrong);
        found.map(|(_, fault)| fault)
    }
}
