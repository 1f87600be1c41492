//! What is known of a key.

/// A key of a table.
#[derive(Debug)]
pub(in super::super) struct Row {
    pub(in super::super) name: &'static str,
    pub(in super::super) takes: Takes,
    /// The value that applies if the key is left out; none where nothing does, or the key is required.
    pub(in super::super) default: Option<&'static str>,
    /// What it is for: one sentence.
    pub(in super::super) about: &'static str,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Takes {
    /// Any text.
    Text,
    /// An address.
    Url,
    /// `true` or `false`.
    Flag,
    /// `30s`, `6h`, `10d`.
    Duration,
    /// Several of them.
    Durations,
    /// `512KiB`, `1MiB`.
    Size,
    /// A whole number from the first to the second.
    Count(u32, u32),
    /// Several texts.
    Texts,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Several of these words.
    SomeOf(&'static [&'static str]),
    /// One of the severities.
    Severity,
    /// Rules, and how grave each is.
    Severities,
    /// Several kinds of documents.
    Kinds,
    /// An address for each of several kinds of documents.
    UrlOfKind,
    /// Where a secret is: it never stands in the file.
    Secret,
    /// An address, or where it is.
    SecretUrl,
    /// A text, or where it is, for each of several names.
    Headers,
    /// Several texts for each of several names.
    TextsOfName,
    /// A table with keys of its own.
    Table(&'static str),
    /// Several such tables.
    Tables(&'static str),
    /// Such a table for each of several names.
    TableOfName(&'static str),
}

/// A key with its row, in the order in which they are written.
pub(super) const fn key(
    name: &'static str,
    takes: Takes,
    default: Option<&'static str>,
    about: &'static str,
) -> Row {
    Row {
        name,
        takes,
        default,
        about,
    }
}
