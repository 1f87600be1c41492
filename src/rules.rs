//! `rules`: the table of rules, and one rule explained.

mod markdown;
mod words;

use std::io::Write;

use self::words::{ALWAYS_TOLD, NO_REFERENCE, decides, line, subject, why};
use crate::config::nearest;
use crate::document::text::{bounded, visible};
use crate::meaning::rule::Rule;
use crate::terminal::Style;

/// The longest line that is printed, even on a wider terminal.
const WIDEST: usize = 80;

/// Prints all rules, or one.
pub fn rules(id: Option<&str>, style: Style, out: &mut dyn Write) -> anyhow::Result<()> {
    let width = style.width.unwrap_or(WIDEST).min(WIDEST);
    match id {
        Some(id) => explain(find(id)?, style, width, out),
        None => table(style, width, out),
    }
}

/// Prints all rules as a page in Markdown.
pub fn page(out: &mut dyn Write) -> anyhow::Result<()> {
    Ok(write!(out, "{}", markdown::page())?)
}

fn find(id: &str) -> anyhow::Result<Rule> {
    Rule::find(id).ok_or_else(|| {
        let hint = match nearest(id, Rule::all().into_iter().map(Rule::id)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "`issuerwatch rules` lists them".to_owned(),
        };
        anyhow::anyhow!("there is no rule \"{}\"; {hint}", bounded(&visible(id), 60))
    })
}

fn table(style: Style, width: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    let all = Rule::all();
    let longest = all.iter().map(|rule| rule.id().len()).max().unwrap_or(0);
    let (asked, told): (Vec<Rule>, Vec<Rule>) =
        all.into_iter().partition(|rule| rule.row().on_request);
    for rule in told {
        row(rule, longest, style, width, out)?;
    }
    writeln!(out, "\nLooked for only where [severity] names them:\n")?;
    for rule in asked {
        row(rule, longest, style, width, out)?;
    }
    Ok(())
}

fn row(
    rule: Rule,
    longest: usize,
    style: Style,
    width: usize,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let id = rule.id();
    let rule = rule.row();
    let plain = rule.severity.map_or("varies", |severity| severity.as_str());
    let shown = rule
        .severity
        .map_or_else(|| plain.to_owned(), |severity| style.severity(severity));
    let id = format!("{id:longest$}");
    let used = longest + 2 + 9 + 2;
    // The reference stands in the line of the id where it fits, else below the reason.
    let (beside, below) = match rule.reference {
        Some(reference) if used + reference.len() <= width => (Some(reference), None),
        reference => (None, reference),
    };
    if let Some(reference) = beside {
        let gap = " ".repeat(11 - plain.len());
        writeln!(out, "{id}  {shown}{gap}{reference}")?;
    } else {
        writeln!(out, "{id}  {shown}")?;
    }
    for text in std::iter::once(why(rule)).chain(below) {
        for line in wrapped(text, width.saturating_sub(4)) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn explain(rule: Rule, style: Style, width: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    let id = rule.id();
    let line = format!("`{}` in [defaults] or [[provider]]", line(rule));
    let rule = rule.row();
    writeln!(out, "{id}\n  {} {}\n", subject(rule), rule.title)?;
    let severity = rule.severity.map_or_else(
        || decides(rule).to_owned(),
        |severity| style.severity(severity),
    );
    writeln!(out, "  {:<9}  {severity}", "severity")?;
    if rule.always_told {
        writeln!(out, "  {:<9}  {ALWAYS_TOLD}", "mailed")?;
    }
    let how = if rule.on_request {
        format!("It is looked for only on request: {line}.")
    } else {
        format!("To decide otherwise: {line}.")
    };
    for (name, text) in [
        ("why", why(rule)),
        ("do", rule.advice.unwrap_or_default()),
        ("reference", rule.reference.unwrap_or(NO_REFERENCE)),
        ("set", how.as_str()),
    ] {
        let mut name = name;
        for line in wrapped(text, width.saturating_sub(13)) {
            writeln!(out, "  {name:<9}  {line}")?;
            name = "";
        }
    }
    Ok(())
}

/// The words of a text in lines of at most `width` characters, but for words that are longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::severity::Severity;

    const STYLE: Style = Style {
        is_colored: false,
        width: None,
    };

    fn said(id: Option<&str>) -> String {
        let mut out = Vec::new();
        rules(id, STYLE, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_table_has_every_rule_with_its_severity_and_reference_and_fits_80_columns() {
        let text = said(None);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for rule in Rule::all() {
            let (id, rule) = (rule.id(), rule.row());
            let line = text.lines().find(|line| line.split(' ').next() == Some(id));
            let severity = rule.severity.map_or("varies", Severity::as_str);
            assert!(line.unwrap().contains(severity), "{id}");
            assert!(
                words.contains(why(rule)) && words.contains(rule.reference.unwrap_or_default())
            );
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn each_rule_is_explained_within_80_columns() {
        for rule in Rule::all() {
            let text = said(Some(rule.id()));
            let rule = rule.row();
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let own = [rule.title, why(rule)].into_iter();
            for part in own.chain(rule.advice).chain(rule.reference) {
                assert!(words.contains(part), "{text}");
            }
            assert!(
                text.lines().all(|line| line.chars().count() <= 80),
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_rule_is_an_error_with_the_nearest_name() {
        let error = |id: &str| find(id).unwrap_err().to_string();
        assert_eq!(
            error("pkce-s265-removed"),
            "there is no rule \"pkce-s265-removed\"; did you mean \"pkce-s256-removed\"?"
        );
        assert_eq!(
            error("\u{1b}[2J"),
            "there is no rule \"<U+001B>[2J\"; `issuerwatch rules` lists them"
        );
    }
}
