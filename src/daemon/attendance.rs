//! When each target was last looked at, and the result of its last poll, for the heartbeat, `/healthz`
//! and `/metrics`. Kept only if one of them is configured.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::document::observation::Certificate;
use crate::policy::tracking::Tracking;

/// What is kept of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TargetAttendance {
    /// When the target was last looked at, or was added.
    pub(super) at: Timestamp,
    /// Whether the last poll saw a usable document; `None` before the first poll, and if there is no
    /// address to ask.
    pub(super) is_up: Option<bool>,
    /// When a poll last saw a usable document.
    pub(super) last_good_at: Option<Timestamp>,
    /// When the certificate of its server expires.
    pub(super) certificate_expires_at: Option<Timestamp>,
}

impl TargetAttendance {
    fn at(at: Timestamp) -> Self {
        Self {
            at,
            is_up: None,
            last_good_at: None,
            certificate_expires_at: None,
        }
    }

    fn follow(&mut self, tracking: &Tracking) {
        self.is_up = tracking
            .last_poll_at
            .map(|_| tracking.state.outage.is_none());
        self.last_good_at = tracking.last_good_at;
        // Other certificates of the chain are up to the CA: some servers send one that expired long ago.
        let leaf = tracking.state.chain.first();
        self.certificate_expires_at = leaf.and_then(|leaf: &Certificate| leaf.expires_at);
    }
}

/// All targets by their rows; empty if neither heartbeat nor metrics are configured.
#[derive(Debug, Clone, Default)]
pub(super) struct Attendance {
    is_kept: bool,
    by_target: HashMap<i64, TargetAttendance>,
}

impl Attendance {
    /// Sets the targets; what is known of those that stay is kept.
    pub(super) fn adopt(
        &mut self,
        is_kept: bool,
        target_ids: impl Iterator<Item = i64>,
        now: Timestamp,
    ) {
        self.is_kept = is_kept;
        let before = std::mem::take(&mut self.by_target);
        if is_kept {
            let known = |id: i64| before.get(&id).copied();
            self.by_target = target_ids
                .map(|id| (id, known(id).unwrap_or(TargetAttendance::at(now))))
                .collect();
        }
    }

    /// Takes over what the store knows of a target, if nothing is known of it here.
    pub(super) fn learn(&mut self, tracking: &Tracking) {
        if let Some(known) = self.by_target.get_mut(&tracking.target_id)
            && known.is_up.is_none()
        {
            known.follow(tracking);
        }
    }

    /// Notes that a target was looked at, with any result.
    pub(super) fn attended(&mut self, target_id: i64, now: Timestamp) {
        if let Some(known) = self.by_target.get_mut(&target_id) {
            known.at = now;
        }
    }

    /// Notes the result of a poll of a target.
    pub(super) fn saw(&mut self, tracking: &Tracking) {
        if let Some(known) = self.by_target.get_mut(&tracking.target_id) {
            known.follow(tracking);
        }
    }

    /// Forgets the results of a target that has no address to ask any more.
    pub(super) fn forget(&mut self, target_id: i64) {
        if let Some(known) = self.by_target.get_mut(&target_id) {
            *known = TargetAttendance::at(known.at);
        }
    }

    /// What is known of a target, if it is watched.
    pub(super) fn of(&self, target_id: i64) -> Option<&TargetAttendance> {
        self.by_target.get(&target_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_left_the_configuration_is_forgotten_and_what_stays_is_not() {
        let [noon, later] = ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"]
            .map(|at| at.parse::<Timestamp>().unwrap());
        let mut attendance = Attendance::default();
        attendance.adopt(true, [1, 2].into_iter(), noon);
        let mut seen = Tracking::new(2);
        seen.last_poll_at = Some(noon);
        attendance.saw(&seen);
        attendance.adopt(true, [2, 3].into_iter(), later);
        assert_eq!(attendance.of(1), None);
        let two = attendance.of(2).copied().unwrap();
        assert_eq!((two.at, two.is_up), (noon, Some(true)));
        assert_eq!(attendance.of(3), Some(&TargetAttendance::at(later)));
        // The store may be a second behind, so what is known here is kept.
        attendance.learn(&Tracking::new(2));
        assert_eq!(attendance.of(2), Some(&two));
        attendance.adopt(false, [2].into_iter(), later);
        attendance.attended(2, later);
        assert_eq!(attendance.of(2), None, "nobody asks");
    }
}
