//! Reads the table of members and writes it as Rust. A row that is wrong fails the build with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write as _};

use serde::Deserialize;
use toml::{Spanned, Value};

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
    Jwt,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Group {
    Endpoints,
    Scopes,
    Methods,
    Keys,
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Info,
    Notice,
    Breaking,
    Security,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    OauthAuthorizationServer,
    OpenidConfiguration,
    OauthProtectedResource,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum On {
    Added,
    Removed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Effect {
    severity: Severity,
    why: String,
    advice: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    shape: Shape,
    group: Group,
    kinds: Vec<Kind>,
    #[serde(default)]
    required: Vec<Kind>,
    #[serde(default)]
    recommended: Vec<Kind>,
    #[serde(default)]
    default: BTreeMap<Kind, Value>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    value: Vec<Spanned<ValueRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueRow {
    member: String,
    value: String,
    on: On,
    #[serde(default)]
    kinds: Vec<Kind>,
    severity: Severity,
    why: String,
    reference: String,
}

/// Both tables as the text of a Rust file.
pub(crate) fn written(members: &str, values: &str) -> Result<String, Wrong> {
    let rows: BTreeMap<Spanned<String>, Member> =
        toml::from_str(members).map_err(|wrong| format!("members.toml: {wrong}"))?;
    let rows: BTreeMap<&str, (usize, &Member)> = rows
        .iter()
        .map(|(name, row)| {
            let line = line(members, name.span().start);
            (name.get_ref().as_str(), (line, row))
        })
        .collect();
    for (name, (line, row)) in &rows {
        row.check()
            .map_err(|wrong| format!("members.toml, line {line}: {name}: {wrong}"))?;
    }
    let mut text = String::new();
    let mut table = String::new();
    for (name, (_, row)) in &rows {
        row.write(name, &mut text, &mut table)?;
    }
    writeln!(text, "static MEMBERS: &[Member] = &[\n{table}];")?;
    names(&mut text, rows.keys().copied())?;
    let read: Values = toml::from_str(values).map_err(|wrong| format!("values.toml: {wrong}"))?;
    let mut known = BTreeSet::new();
    writeln!(text, "static VALUES: &[ValueRule] = &[")?;
    for row in &read.value {
        let line = line(values, row.span().start);
        let row = row.get_ref();
        let member = rows.get(row.member.as_str()).map(|(_, member)| *member);
        let fault = match member {
            None => Some("no such member"),
            Some(member) if member.shape != Shape::Set => Some("the member is no set"),
            Some(member) if !row.kinds.iter().all(|kind| member.kinds.contains(kind)) => {
                Some("the member does not stand in documents of such a kind")
            }
            Some(_) if !known.insert((&row.member, &row.value, &row.on, &row.kinds)) => {
                Some("this value stands twice")
            }
            Some(_) => None,
        };
        if let Some(fault) = fault {
            return Err(format!("values.toml, line {line}: {}: {fault}", row.member).into());
        }
        let (kinds, why, reference) = (list("Kind", &row.kinds), &row.why, &row.reference);
        writeln!(
            text,
            "ValueRule {{ member: {:?}, value: {:?}, on: On::{:?}, severity: Severity::{:?}, \
             why: {why:?}, reference: {reference:?}, kinds: {kinds} }},",
            row.member, row.value, row.on, row.severity
        )?;
    }
    writeln!(text, "];")?;
    Ok(text)
}

impl Member {
    fn check(&self) -> Result<(), &'static str> {
        let mut named = self.required.iter().chain(&self.recommended);
        let is_set = self.shape == Shape::Set;
        let is_flag = self.shape == Shape::Flag;
        let fits = |value: &Value| match self.shape {
            Shape::Flag => value.is_bool(),
            Shape::Set | Shape::List => value.is_array(),
            Shape::Url | Shape::Text | Shape::Jwt => value.is_str(),
            Shape::Object => value.is_table(),
        };
        let tests = [
            (self.kinds.is_empty(), "it stands in no document"),
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
                !is_set && (self.value_added.is_some() || self.value_removed.is_some()),
                "only a set has value_added and value_removed",
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
            write!(defaults, "(Kind::{kind:?}, &{named}), ")?;
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
             required: {}, recommended: {}, default: &[{defaults}], absent_is_false: {}, https: {}, \
             localized: {}, reference: {:?}, added: {}, removed: {}, changed: {}, host_changed: {}, \
             value_added: {}, value_removed: {}, to_true: {}, to_false: {} }},",
            self.shape,
            self.group,
            list("Kind", &self.kinds),
            list("Kind", &self.required),
            list("Kind", &self.recommended),
            self.absent_is_false,
            self.https,
            self.localized,
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

fn list(of: &str, values: &[impl Debug]) -> String {
    let values = values.iter().map(|value| format!("{of}::{value:?}"));
    format!("&[{}]", values.collect::<Vec<_>>().join(", "))
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
