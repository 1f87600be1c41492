//! All that `status` shows.

use jiff::Timestamp;

use super::daemon::DaemonStatus;
use super::health::Health;
use crate::config::Outline;
use crate::meaning::finding::DisagreeingPair;
use crate::policy::followed::NamedTargets;
use crate::store::{BodyCounts, OutboxState, TargetRow, UndeliveredMessage};

/// All that is shown.
pub(super) struct Status<'a> {
    pub(super) outline: &'a Outline,
    pub(super) now: Timestamp,
    pub(super) daemon: DaemonStatus,
    pub(super) targets: &'a [TargetRow],
    /// One for each target.
    pub(super) healths: &'a [Health],
    /// What each target leads to.
    pub(super) named: Vec<NamedTargets>,
    pub(super) related: Vec<DisagreeingPair>,
    pub(super) outbox: OutboxState,
    pub(super) body_counts: BodyCounts,
    pub(super) troubles: Vec<&'a UndeliveredMessage>,
    /// The number and the hash of the last event.
    pub(super) head: Option<(i64, String)>,
}
