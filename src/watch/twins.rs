//! The two documents of one authorization server, as the daemon and `check` poll them: one after the
//! other, so that decisions about both are made in the order in which a recording has them.
//!
//! What they disagree in is kept while both stay as they are: reading and parsing two documents at each poll
//! cost more than the rest of it. It follows from documents and rules alone, so it is only lost by a restart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::comparison::{StoredHistory, TargetHistory as _};
use crate::meaning::change::Finding;
use crate::meaning::provider::Target;
use crate::policy::reading::Reading;
use crate::policy::sighting::Sighting;
use crate::policy::tracking::Tracking;
use crate::policy::twins::{JudgedPair, Twins, other_baseline, other_of};
use crate::store::{Store, StoreError, TargetSpec};

/// The most pairs that are kept: more are judged anew.
const PAIRS: usize = 16_384;

/// Locks, by provider and issuer, so that only one of the two documents is polled at a time; and the pairs
/// that were judged, by the target that tells of both.
#[derive(Debug, Clone, Default)]
pub struct TwinLocks {
    turns: Arc<Mutex<HashMap<String, Weak<Turn<()>>>>>,
    pairs: Arc<Mutex<HashMap<i64, JudgedPair>>>,
}

impl TwinLocks {
    /// Waits until no other document of the authorization server is being polled; `None` if the target is
    /// not a document of an authorization server.
    pub(super) async fn of(&self, target: &Target) -> Option<OwnedMutexGuard<()>> {
        if !target.kind.is_of_server() {
            return None;
        }
        let issuer = target.kind.issuer().unwrap_or_default();
        let name = format!("{} {issuer}", target.provider);
        let lock = {
            let mut locks = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            // Not at each poll, because all that are under way are looked at.
            if locks.len() >= locks.capacity() {
                locks.retain(|_, lock| lock.strong_count() > 0);
            }
            let known = locks.get(&name).and_then(Weak::upgrade);
            let lock = known.unwrap_or_default();
            locks.insert(name, Arc::downgrade(&lock));
            lock
        };
        Some(lock.lock_owned().await)
    }

    /// What is known of both documents, for the one that tells of both.
    pub(super) fn twins(
        &self,
        store: &Store,
        target: &Target,
        tracking: &Tracking,
        sighting: &Sighting,
    ) -> Result<Option<Twins>, StoreError> {
        let is_failed = matches!(sighting.reading, Reading::Failed(_));
        let baseline = tracking.baseline_of(target).filter(|_| !is_failed);
        let (Some(name), Some(baseline)) = (other_of(&target.kind), baseline) else {
            return Ok(None);
        };
        let kind = name.kind();
        let spec = TargetSpec {
            provider: target.provider.clone(),
            kind: name,
            url: None,
            formerly: Vec::new(),
        };
        let found = store.find_targets(&[spec])?.into_iter();
        let Some(target_id) = found.into_iter().find(|id| *id > 0) else {
            return Ok(None);
        };
        let other = store.tracking(target_id)?;
        let Some(known) = other_baseline(target, &other) else {
            return Ok(None);
        };
        let document = sighting.document(target, tracking.findings());
        let own = document.map_or(&*baseline.fingerprint, |document| document.fingerprint());
        let pair = JudgedPair::name(own, &known.fingerprint, target);
        if let Some(found) = self.judged(tracking.target_id, &pair) {
            return Ok(Some(Twins::of(found, known, &other.state)));
        }
        let history = |target_id, kind| StoredHistory {
            store,
            target_id,
            kind,
            in_order: false,
        };
        let of_other = history(target_id, kind).document(known.snapshot_id)?;
        let of_own = match document {
            Some(document) => Some(Arc::clone(document)),
            None => {
                history(tracking.target_id, target.kind.kind()).document(baseline.snapshot_id)?
            }
        };
        let (Some(of_own), Some(of_other)) = (of_own, of_other) else {
            return Ok(None);
        };
        let judged = JudgedPair::judge(pair.clone(), &of_own, &of_other, target);
        let found = judged.found(&pair);
        self.keep(tracking.target_id, judged);
        Ok(found.map(|found| Twins::of(found, known, &other.state)))
    }

    fn judged(&self, teller: i64, pair: &str) -> Option<Arc<[Finding]>> {
        let pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.get(&teller)?.found(pair)
    }

    fn keep(&self, teller: i64, judged: JudgedPair) {
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        if pairs.len() >= PAIRS {
            pairs.clear();
        }
        if judged.is_small() {
            pairs.insert(teller, judged);
        } else {
            pairs.remove(&teller);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::document::kind::Kind;
    use crate::document::observation::{Observation, Outcome, Validators};
    use crate::document::severity::Severity;
    use crate::meaning::judge::Judge;
    use crate::meaning::provider::Identity;
    use crate::meaning::provider_policy::{Policy, RuleOverride};
    use crate::meaning::rule::Rule;
    use crate::policy::decide::decide;
    use crate::policy::reading;
    use crate::store::AlertPlan;
    use crate::watch::comparison::compare;
    use crate::wording::summary;

    const ISSUER: &str = "https://a.example";

    struct Server {
        store: Store,
        locks: TwinLocks,
        now: Timestamp,
        policy: Arc<Policy>,
    }

    impl Server {
        /// Polls one of the two documents; returns what is known of both where that one tells of them.
        async fn poll(&mut self, kind: Kind, token: Option<&str>) -> Option<Twins> {
            self.now += SignedDuration::from_mins(1);
            let target = Target {
                provider: "acme".to_owned(),
                kind: kind.into(),
                url: None,
                judge: Judge::of(Some(ISSUER), None, &self.policy),
                identity: Some(Identity::Issuer(ISSUER.into())),
                policy: Arc::clone(&self.policy),
            };
            let spec = TargetSpec {
                provider: target.provider.clone(),
                kind: target.kind.clone(),
                url: None,
                formerly: Vec::new(),
            };
            let target_id = self.store.add_target(spec, self.now).await.unwrap();
            let tracking = self.store.tracking(target_id).unwrap();
            let document = |token| {
                let text = serde_json::json!({"issuer": ISSUER, "token_endpoint": format!("{ISSUER}/{token}")});
                text.to_string().into_bytes()
            };
            let observation = Observation {
                at: self.now,
                url: None,
                final_url: None,
                outcome: token.map_or(Outcome::Unmodified, |token| Outcome::Body {
                    content_type: None,
                    bytes: document(token),
                }),
                validators: Validators::default(),
                elapsed_ms: None,
                facts: None,
                chain: Vec::new(),
            };
            let history = StoredHistory {
                store: &self.store,
                target_id,
                kind,
                in_order: false,
            };
            let read = reading::read(&target, &tracking, &observation.outcome);
            let mut sighting = compare(&history, &target, &tracking, observation, read).unwrap();
            let twins = self.locks.twins(&self.store, &target, &tracking, &sighting);
            sighting.twins = twins.unwrap();
            let known = sighting.twins.clone();
            let decided = decide(&target, &tracking, sighting).worded(summary::of);
            self.store
                .record(decided, AlertPlan::default())
                .await
                .unwrap();
            known
        }
    }

    #[tokio::test]
    async fn a_pair_is_judged_once_until_a_document_or_the_rules_differ() {
        let (oauth, openid) = (Kind::OAUTH_AUTHORIZATION_SERVER, Kind::OPENID_CONFIGURATION);
        let folder = tempfile::tempdir().unwrap();
        let mut server = Server {
            store: Store::create_unsynced(&folder.path().join("store.db")).unwrap(),
            locks: TwinLocks::default(),
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            policy: Arc::default(),
        };
        assert_eq!(server.poll(oauth, Some("one")).await, None);
        assert_eq!(server.poll(openid, Some("one")).await, None);
        let first = server.poll(openid, None).await.unwrap();
        assert!(first.found.is_empty());
        server.poll(oauth, None).await;
        // The same in other bytes of the same document, or none.
        for seen in [None, Some("one")] {
            let again = server.poll(openid, seen).await.unwrap();
            assert!(
                Arc::ptr_eq(&first.found, &again.found),
                "it is not judged again"
            );
        }
        // The other document differs, then this one.
        server.poll(oauth, Some("two")).await;
        let differ = server.poll(openid, None).await.unwrap();
        assert_eq!(differ.found.len(), 1);
        let kept = server.poll(openid, None).await.unwrap();
        assert!(
            Arc::ptr_eq(&differ.found, &kept.found),
            "nor where they disagree"
        );
        assert!(
            server
                .poll(openid, Some("two"))
                .await
                .unwrap()
                .found
                .is_empty()
        );
        assert_eq!(
            server
                .poll(openid, Some("three"))
                .await
                .unwrap()
                .found
                .len(),
            1
        );
        // Rules of another configuration.
        let mut policy = Policy::default();
        policy.severity.insert(
            Rule::TwinsDisagree,
            RuleOverride::Severity(Severity::Security),
        );
        server.policy = policy.into();
        let graver = server.poll(openid, None).await.unwrap();
        assert_eq!(graver.found[0].severity, Severity::Security);
        // A restart forgets the pair, and nothing else.
        server.locks = TwinLocks::default();
        assert_eq!(server.poll(openid, None).await.unwrap().found, graver.found);
    }
}
