//! The configuration as a page of the manual, `issuerwatch.toml(5)`, made from the table of keys.

use super::keys::{Table, tables};
use super::takes::words;

const HEAD: &str = include_str!("manual/head.roff");
const TAIL: &str = include_str!("manual/tail.roff");

/// The page, in roff.
pub fn page() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut page = format!(".TH issuerwatch.toml 5 \"\" \"issuerwatch {version}\"\n{HEAD}");
    for table in tables() {
        page.push_str(&section(table));
    }
    page + TAIL
}

fn section(table: &Table) -> String {
    let mut text = format!(".SS \"{}\"\n", escaped(table.header));
    for row in table.rows {
        text.push_str(&format!(
            ".TP\n\\fB{}\\fR = {}\n",
            escaped(row.name),
            escaped(&words(row.takes))
        ));
        text.push_str(&escaped(row.about));
        if let Some(default) = row.default {
            text.push_str(&format!("\nLeft out: {}.", escaped(default)));
        }
        text.push('\n');
    }
    text
}

/// Escapes a text for roff: hyphens, backslashes, and a dot or quote at the start of a line.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}
