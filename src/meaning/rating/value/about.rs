//! One member, as far as it decides what its change means.

use crate::document::kind::Kind;
use crate::document::member::Member;

pub(super) const UNREGISTERED: &str = "A member that nobody registered changed.";

/// One member, as far as it decides what its change means.
pub(in crate::meaning::rating) struct About<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) row: Option<&'static Member>,
    /// Whether clients call the URL that is its value.
    pub(super) is_endpoint: bool,
}
