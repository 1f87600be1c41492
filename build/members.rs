//! Reads the table of members and writes it as Rust. A row that is wrong fails the build with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::kinds::{self, Row};
use crate::values;

/// The names as constants: code that asks for one that is not in the table does not compile.
fn names<'a>(text: &mut String, rows: impl Iterator<Item = &'a str>) -> Result<(), Wrong> {
    writeln!(
        text,
        "/// Names of registered members, as constants.\npub mod names {{"
    )?;
    // No metadata has it: it is the one member of a key set.
    for name in rows.chain(["keys"]) {
        let constant = name
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_")
            .to_ascii_uppercase();
        writeln!(
            text,
            "/// `{name}`.\npub const {constant}: &str = {name:?};"
        )?;
    }
    writeln!(text, "}}")?;
    Ok(())
}

/// What is wrong, with the line.
pub(crate) type Wrong = Box<dyn std::error::Error>;

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Url,
    Text,
    Flag,
    Set,
    List,
    Object,
    Map,
    Records,
    Jwt,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Group {
    Endpoints,
    Scopes,
    Methods,
    Keys,
    Other,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    Info,
    Notice,
    Breaking,
    Security,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Effect {
    severity: Severity,
    why: String,
    advice: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    shape: Shape,
    group: Group,
    /// Left out in the table of one kind.
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    recommended: Vec<String>,
    /// Of a set: values that it must not list.
    #[serde(default)]
    never: Vec<String>,
    #[serde(default)]
    default: BTreeMap<String, Value>,
    /// Of a map: what in its entries lists what a client may choose from.
    #[serde(default)]
    choices: Vec<String>,
    /// Of a map: what in its entries is demanded of a client.
    #[serde(default)]
    demands: Vec<String>,
    #[serde(default)]
    absent_is_false: bool,
    #[serde(default)]
    https: bool,
    #[serde(default)]
    localized: bool,
    reference: String,
    added: Effect,
    removed: Effect,
    changed: Effect,
    host_changed: Option<Effect>,
    value_added: Option<Effect>,
    value_removed: Option<Effect>,
    to_true: Option<Effect>,
    to_false: Option<Effect>,
}

/// The tables of members by file, as they are read.
type Tables = BTreeMap<String, String>;

/// The name of the table that all kinds have in common.
const COMMON: &str = "members.toml";

/// All tables as the text of a Rust file. `files` holds the text of each by its name.
pub(crate) fn written(rows: &[Row], files: &Tables, values: &str) -> Result<String, Wrong> {
    let known: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let common = table(COMMON, files, None, &known)?;
    let mut text = String::new();
    let mut statics = String::new();
    let mut own_tables = String::new();
    let mut all_names: BTreeSet<&str> = common.keys().map(String::as_str).collect();
    let mut all_own = Vec::new();
    for row in rows {
        all_own.push(own(row, files, &common, &known)?);
    }
    for (row, own) in rows.iter().zip(&all_own) {
        all_names.extend(own.keys().map(String::as_str));
        let mut named = row.named();
        if let Some(lost) =
            named.find(|name| !own.contains_key(*name) && !common.contains_key(*name))
        {
            return Err(format!("kinds.toml: {}: no table has the member {lost}", row.name).into());
        }
        writeln!(own_tables, "&[")?;
        for (name, member) in own {
            member.write(name, &mut statics, &mut own_tables)?;
        }
        writeln!(own_tables, "],")?;
    }
    let mut written = String::new();
    for (name, member) in &common {
        member.write(name, &mut statics, &mut written)?;
    }
    writeln!(text, "{statics}static MEMBERS: &[Member] = &[\n{written}];")?;
    writeln!(text, "static OWN: &[&[Member]] = &[\n{own_tables}];")?;
    names(&mut text, all_names.into_iter())?;
    let members = || common.iter().chain(all_own.iter().flatten());
    values::written(&mut text, values, |name, kinds| {
        let mut named = members().filter(|(it, _)| *it == name).peekable();
        named.peek()?;
        Some(named.any(|(_, member)| {
            member.shape == Shape::Set && kinds.iter().all(|kind| member.kinds.contains(kind))
        }))
    })?;
    Ok(text)
}

/// One table, checked; `of` is the kind whose own it is.
fn table(
    file: &str,
    files: &Tables,
    of: Option<&Row>,
    known: &[&str],
) -> Result<BTreeMap<String, Member>, Wrong> {
    let text = files
        .get(file)
        .ok_or_else(|| format!("{file}: no such table"))?;
    let rows: BTreeMap<Spanned<String>, Member> =
        toml::from_str(text).map_err(|wrong| format!("{file}: {wrong}"))?;
    let mut table = BTreeMap::new();
    for (name, mut member) in rows {
        let line = line(text, name.span().start);
        let name = name.into_inner();
        if let Some(of) = of {
            member.is_of(of, &name);
        }
        member
            .check(known)
            .map_err(|wrong| format!("{file}, line {line}: {name}: {wrong}"))?;
        if of.is_some() && member.shape == Shape::List {
            let what =
                "only the common table has lists: what is canonical does not depend on the kind";
            return Err(format!("{file}, line {line}: {name}: {what}").into());
        }
        table.insert(name, member);
    }
    Ok(table)
}

/// The members of one kind: those of its own table, and those of the common one that it shares.
fn own(
    row: &Row,
    files: &Tables,
    common: &BTreeMap<String, Member>,
    known: &[&str],
) -> Result<BTreeMap<String, Member>, Wrong> {
    let mut own = match &row.members {
        Some(file) => table(file, files, Some(row), known)?,
        None => BTreeMap::new(),
    };
    for name in &row.shares {
        let Some(shared) = common.get(name).filter(|_| !own.contains_key(name)) else {
            let what = "is in no common table, or in its own too";
            return Err(format!("kinds.toml: {}: {name} {what}", row.name).into());
        };
        let mut member = Member {
            kinds: Vec::new(),
            required: Vec::new(),
            recommended: Vec::new(),
            default: BTreeMap::new(),
            reference: format!("{}, {}", row.reference, shared.reference),
            ..shared.clone()
        };
        member.is_of(row, name);
        own.insert(name.clone(), member);
    }
    if let Some(lost) = row.required.iter().find(|name| !own.contains_key(*name)) {
        return Err(format!("kinds.toml: {}: {lost} is none of its members", row.name).into());
    }
    Ok(own)
}

impl Member {
    /// The table of one kind need not name it in each row.
    fn is_of(&mut self, row: &Row, name: &str) {
        if self.kinds.is_empty() {
            self.kinds.push(row.name.clone());
        }
        if row.required.iter().any(|required| required == name) {
            self.required.push(row.name.clone());
        }
    }

    fn check(&self, known: &[&str]) -> Result<(), &'static str> {
        let mut named = self.required.iter().chain(&self.recommended);
        let is_map = self.shape == Shape::Map;
        let is_set = self.shape == Shape::Set;
        let is_flag = self.shape == Shape::Flag;
        let fits = |value: &Value| match self.shape {
            Shape::Flag => value.is_bool(),
            Shape::Set | Shape::List | Shape::Records => value.is_array(),
            Shape::Url | Shape::Text | Shape::Jwt => value.is_str(),
            Shape::Object | Shape::Map => value.is_table(),
        };
        let tests = [
            (self.kinds.is_empty(), "it stands in no document"),
            (
                !self.kinds.iter().all(|kind| known.contains(&kind.as_str())),
                "there is no such kind",
            ),
            (
                !is_map && (!self.choices.is_empty() || !self.demands.is_empty()),
                "choices and demands are for maps",
            ),
            (
                !is_set && !self.never.is_empty(),
                "only a set has values that it never lists",
            ),
            (
                !named.all(|kind| self.kinds.contains(kind))
                    || !self.default.keys().all(|kind| self.kinds.contains(kind)),
                "required, recommended and default are for kinds that it may stand in",
            ),
            (
                !self.default.values().all(fits),
                "the default is not of its shape",
            ),
            (
                !is_set && !is_map && (self.value_added.is_some() || self.value_removed.is_some()),
                "only a set or a map has value_added and value_removed",
            ),
            (
                is_map && (self.value_added.is_none() || self.value_removed.is_none()),
                "a map has value_added and value_removed",
            ),
            (
                is_flag != self.to_true.is_some() || is_flag != self.to_false.is_some(),
                "a flag, and nothing else, has to_true and to_false",
            ),
            (
                self.https && !matches!(self.shape, Shape::Url | Shape::Object),
                "https is for what holds URLs",
            ),
            (
                self.localized && !matches!(self.shape, Shape::Url | Shape::Text),
                "localized is for what people read",
            ),
        ];
        match tests.iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, fault)) => Err(fault),
            None => Ok(()),
        }
    }

    fn write(&self, name: &str, statics: &mut String, table: &mut String) -> Result<(), Wrong> {
        let mut defaults = String::new();
        for (kind, value) in &self.default {
            let named = format!("DEFAULT_{}", statics.lines().count());
            writeln!(
                statics,
                "static {named}: LazyLock<Value> = LazyLock::new(|| serde_json::json!({value}));"
            )?;
            write!(defaults, "(Kind::{}, &{named}), ", kinds::constant(kind))?;
        }
        let effect = |effect: &Effect| {
            let Effect {
                severity,
                why,
                advice,
            } = effect;
            format!(
                "Effect {{ severity: Severity::{severity:?}, why: {why:?}, advice: {advice:?} }}"
            )
        };
        let maybe = |it: &Option<Effect>| {
            let it = it.as_ref().map(effect);
            it.map_or("None".to_owned(), |it| format!("Some({it})"))
        };
        writeln!(
            table,
            "Member {{ name: {name:?}, shape: Shape::{:?}, group: Group::{:?}, kinds: {}, \
             required: {}, recommended: {}, never: &{:?}, default: &[{defaults}], absent_is_false: {}, https: {}, \
             localized: {}, choices: &{:?}, demands: &{:?}, reference: {:?}, added: {}, removed: {}, changed: {}, host_changed: {}, \
             value_added: {}, value_removed: {}, to_true: {}, to_false: {} }},",
            self.shape,
            self.group,
            list(&self.kinds),
            list(&self.required),
            list(&self.recommended),
            self.never,
            self.absent_is_false,
            self.https,
            self.localized,
            self.choices,
            self.demands,
            self.reference,
            effect(&self.added),
            effect(&self.removed),
            effect(&self.changed),
            maybe(&self.host_changed),
            maybe(&self.value_added),
            maybe(&self.value_removed),
            maybe(&self.to_true),
            maybe(&self.to_false),
        )?;
        Ok(())
    }
}

/// Kinds as the text of a slice.
pub(crate) fn list(kinds: &[String]) -> String {
    let kinds = kinds
        .iter()
        .map(|kind| format!("Kind::{}", kinds::constant(kind)));
    format!("&[{}]", kinds.collect::<Vec<_>>().join(", "))
}

/// The line of a place in a text.
pub(crate) fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
