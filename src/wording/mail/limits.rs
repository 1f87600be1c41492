//! How much a mail shows. A server refuses a mail that is too big, and then nobody is told. So items and
//! bytes are bounded, whatever a document holds.
//!
//! A mail is worded anew with fewer and shorter values until it fits, at most five times.

use super::words::count;

/// Most bytes of text and HTML together.
pub(super) const MAX_BYTES: usize = 100_000;

/// What is shown of much and of long values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many items a mail shows; the gravest are kept.
    pub(super) items: usize,
    /// Values of a set.
    pub(super) values: usize,
    /// Characters of a value.
    pub(super) value: usize,
    /// Lines of a table, and names in a list.
    pub(super) rows: usize,
    /// Where the rest of an item stands.
    pub(super) whole: &'static str,
}

impl Limits {
    /// How many there are beside those that are shown, and where.
    pub(super) fn left_out(&self, number: usize) -> String {
        format!("... and {} more (all {})", count(number), self.whole)
    }
}

/// As much as a reader bears, and less and less of it where that is too many bytes.
pub(super) fn tighter_and_tighter(has_patch: bool) -> impl Iterator<Item = Limits> {
    let whole = if has_patch {
        "are in the attachment"
    } else {
        "are in the history"
    };
    let levels = [
        (40, 20, 300, 400),
        (40, 6, 150, 200),
        (40, 2, 80, 100),
        (20, 1, 60, 40),
        (5, 1, 40, 10),
    ];
    let limits = levels.into_iter();
    limits.map(move |(items, values, value, rows)| Limits {
        items,
        values,
        value,
        rows,
        whole,
    })
}
