//! A row of a time line: what it is called, what is drawn, and what is said of it in words.

use super::scale::Percent;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReportRow {
    /// What it is about.
    pub(super) label: String,
    /// A number beside it.
    pub(super) value: String,
    /// What the row shows, in words for readers who cannot see it.
    pub(super) title: String,
    /// In pixels.
    pub(super) height: u32,
    pub(super) bars: Vec<Bar>,
}

/// A rectangle. How it is painted is a class of the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: Percent,
    pub(super) y: u32,
    pub(super) width: Percent,
    pub(super) height: u32,
    pub(super) paint: &'static str,
}
