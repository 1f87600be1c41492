//! Which step the baseline takes after a usable answer.

use crate::policy::reading::Reading;
use crate::policy::tracking::{JudgedAnswer, NewSnapshot, SnapshotStep};

/// The step of the baseline after a usable answer.
pub(super) fn snapshot_step(seen: JudgedAnswer, reading: Reading, is_new: bool) -> SnapshotStep {
    match reading {
        Reading::Document(document) if is_new => SnapshotStep::New(Box::new(NewSnapshot {
            seen,
            canonical: document.document.canonical().to_owned(),
            fingerprint: document.document.fingerprint().to_owned(),
            body: document.body,
            body_sha256: document.body_sha256,
            content_type: document.content_type,
        })),
        Reading::Document(_) | Reading::Unmodified { .. } => SnapshotStep::Seen(seen),
        Reading::Failed(_) => SnapshotStep::Missed,
    }
}
