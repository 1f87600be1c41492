//! Reads the table of values and writes it as Rust. A row that is wrong fails the build with its line.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use crate::members::{Severity, Wrong, line, list};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum On {
    Added,
    Removed,
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
    kinds: Vec<String>,
    severity: Severity,
    why: String,
    reference: String,
}

/// The rows of values; `fits` says whether a member is a set in documents of these kinds.
pub(crate) fn written(
    text: &mut String,
    values: &str,
    fits: impl Fn(&str, &[String]) -> Option<bool>,
) -> Result<(), Wrong> {
    let read: Values = toml::from_str(values).map_err(|wrong| format!("values.toml: {wrong}"))?;
    let mut known = BTreeSet::new();
    writeln!(text, "static VALUES: &[ValueRule] = &[")?;
    for row in &read.value {
        let line = line(values, row.span().start);
        let row = row.get_ref();
        let fault = match fits(&row.member, &row.kinds) {
            None => Some("no such member"),
            Some(false) => Some("the member is no set in documents of such a kind"),
            Some(true) if !known.insert((&row.member, &row.value, &row.on, &row.kinds)) => {
                Some("this value stands twice")
            }
            Some(true) => None,
        };
        if let Some(fault) = fault {
            return Err(format!("values.toml, line {line}: {}: {fault}", row.member).into());
        }
        let (kinds, why, reference) = (list(&row.kinds), &row.why, &row.reference);
        writeln!(
            text,
            "ValueRule {{ member: {:?}, value: {:?}, on: On::{:?}, severity: Severity::{:?}, \
             why: {why:?}, reference: {reference:?}, kinds: {kinds} }},",
            row.member, row.value, row.on, row.severity
        )?;
    }
    writeln!(text, "];")?;
    Ok(())
}
