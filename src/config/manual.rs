//! The configuration as a page of the manual, `issuerwatch.toml(5)`, made from the table of keys.

use super::keys::{Table, Takes, tables};

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
            words(row.takes)
        ));
        text.push_str(&escaped(row.about));
        if !row.default.is_empty() {
            text.push_str(&format!("\nLeft out: {}.", escaped(row.default)));
        }
        text.push('\n');
    }
    text
}

/// What a key takes, in the words of the manual.
fn words(takes: Takes) -> String {
    let one_of = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        escaped(&words.join(" | "))
    };
    match takes {
        Takes::Text => "a text".to_owned(),
        Takes::Url => "a URL".to_owned(),
        Takes::Flag => "true or false".to_owned(),
        Takes::Duration => "a duration".to_owned(),
        Takes::Durations => "durations".to_owned(),
        Takes::Size => "a size".to_owned(),
        Takes::Count(least, most) => format!("a number from {least} to {most}"),
        Takes::Texts => "texts".to_owned(),
        Takes::OneOf(words) => one_of(words),
        Takes::SomeOf(words) => format!("some of {}", one_of(words)),
        Takes::Severity => "a severity".to_owned(),
        Takes::Severities => "a severity, or \"ignore\", for each of several rules".to_owned(),
        Takes::Kinds => "kinds of documents".to_owned(),
        Takes::UrlOfKind => "a URL for each of several kinds".to_owned(),
        Takes::Secret => "a secret".to_owned(),
        Takes::SecretUrl => "a URL, or a secret".to_owned(),
        Takes::Headers => "a text, or a secret, for each of several names".to_owned(),
        Takes::TextsOfName => "texts for each of several names".to_owned(),
        Takes::Table(table) => format!("the table [{}]", escaped(table)),
        Takes::Tables(table) => format!("tables [[{}]]", escaped(table)),
        Takes::TableOfName(table) => format!("tables [{}.NAME]", escaped(table)),
    }
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
