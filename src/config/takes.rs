//! What each key takes, in words.

use super::keys::Takes;

/// What a key takes, in the words of the manual and of the page.
pub(super) fn words(takes: Takes) -> String {
    let one_of = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        words.join(" | ")
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
        Takes::Table(table) => format!("the table [{table}]"),
        Takes::Tables(table) => format!("tables [[{table}]]"),
        Takes::TableOfName(table) => format!("tables [{table}.NAME]"),
    }
}
