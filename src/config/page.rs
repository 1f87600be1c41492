//! The keys of the configuration as a page, `docs/configuration.md`, made from the table of keys.

use super::keys::{Row, Takes, tables};
use super::takes::words;

const HEAD: &str = include_str!("page/head.md");

/// The page, in Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for table in tables() {
        let title = match table.name {
            "file" => "The file".to_owned(),
            _ => format!("`{}`", table.header.replace(" or ", "` or `")),
        };
        page.push_str(&format!("\n## {title}\n\n"));
        page.push_str("| key | takes | left out | what it is for |\n|---|---|---|---|\n");
        for row in table.rows {
            page.push_str(&line(row));
        }
    }
    page
}

fn line(row: &Row) -> String {
    let takes = match row.takes {
        Takes::OneOf(_) | Takes::SomeOf(_) => words(row.takes).replace('"', "`"),
        Takes::Table(_) | Takes::Tables(_) | Takes::TableOfName(_) => {
            words(row.takes).replacen('[', "`[", 1) + "`"
        }
        _ => words(row.takes),
    };
    let [takes, default, about] =
        [takes.as_str(), row.default.unwrap_or_default(), row.about].map(escaped);
    format!("| `{}` | {takes} | {default} | {about} |\n", row.name)
}

/// The text as a cell of a table in which nothing is a mark.
fn escaped(text: &str) -> String {
    let text = text.replace('*', "\\*").replace('<', "\\<");
    text.replace('|', "\\|")
}
