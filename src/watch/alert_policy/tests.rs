//! Tests of when alerts are due.

use super::*;
use crate::config::mailbox;
use crate::mailer::Transport;
use crate::policy::event::{Changed, EventBody, NewEvent, Provenance};
use crate::policy::tracking::{PollOutcome, SnapshotStep, Tracking};

#[test]
fn an_alert_is_due_from_when_the_change_was_confirmed() {
    let alert_policy = AlertPolicy {
        mail: Arc::new(MailSettings {
            transport: Transport::File {
                directory: "mails".into(),
            },
            from: mailbox::parse("a@b.example").unwrap(),
            envelope_from: None,
            reply_to: None,
            to: vec!["you@b".to_owned()],
            routes: Vec::new(),
            group_wait: SignedDuration::from_secs(5),
            group_interval: SignedDuration::ZERO,
            digest: None,
            collect: None,
            expire_after: SignedDuration::ZERO,
            remind_after: Vec::new(),
        }),
        webhooks: Arc::default(),
        wait: SignedDuration::from_secs(5),
    };
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let changed = Changed {
        provenance: Provenance {
            confirmed_at: Some(at(110)),
            ..Provenance::default()
        },
        ..Changed::default()
    };
    let event = NewEvent::new(at(100), EventBody::Changed(changed));
    let transition = |events| Transition {
        tracking: Tracking {
            last_poll_at: Some(at(100)),
            ..Tracking::new(1)
        },
        snapshot: SnapshotStep::Keep,
        outcome: PollOutcome::Answered,
        events,
        values: Vec::new(),
        response_facts: None,
    };
    let due_at = |events| alert_policy.plan_for("a", &transition(events)).due_at;
    assert_eq!(due_at(vec![event]), at(115));
    assert_eq!(due_at(Vec::new()), at(105));
}
