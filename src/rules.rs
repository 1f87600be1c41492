//! `rules`: the table of rules, and one rule explained.

use std::io::Write;

use anyhow::Context as _;

use crate::model::rule::{self, RULES};
use crate::model::text::visible;
use crate::terminal::{Style, columns};

/// Prints all rules, or one.
pub fn rules(id: Option<&str>, style: Style, out: &mut dyn Write) -> anyhow::Result<()> {
    let Some(id) = id else {
        let rows: Vec<Vec<String>> = RULES
            .iter()
            .map(|rule| {
                let severity = rule
                    .severity
                    .map_or("by member", |severity| severity.as_str());
                let why = if rule.why.is_empty() {
                    "see the member's own reason"
                } else {
                    rule.why
                };
                vec![rule.id.to_owned(), severity.to_owned(), why.to_owned()]
            })
            .collect();
        for line in columns(&rows) {
            writeln!(out, "{}", style.fit(&line))?;
        }
        return Ok(());
    };
    let found = rule::find(id).with_context(|| {
        format!(
            "there is no rule \"{}\"; see issuerwatch rules",
            visible(id)
        )
    })?;
    let severity = found
        .severity
        .map_or("the member decides".to_owned(), |s| style.severity(s));
    writeln!(
        out,
        "{}\n  a member {}\n  severity   {severity}",
        found.id, found.title
    )?;
    for (name, text) in [
        ("why", found.why),
        ("do", found.advice),
        ("reference", found.reference),
    ] {
        if !text.is_empty() {
            writeln!(out, "  {name:<9}  {text}")?;
        }
    }
    Ok(())
}
