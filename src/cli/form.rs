//! How answers are printed, where several commands take the same forms.

use clap::ValueEnum;

/// One thing: in words or as one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ObjectForm {
    Table,
    Json,
}

/// Several: in words, as an array, or one object a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SequenceForm {
    Table,
    Json,
    Jsonl,
}

/// A table: in words, or as a page that is written into `docs/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageForm {
    Table,
    Markdown,
}

/// What may be configured: for editors, or as a page that is written into `docs/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaForm {
    Json,
    Markdown,
}
