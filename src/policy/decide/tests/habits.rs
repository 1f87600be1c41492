//! Key sets that are replaced at regular intervals, and across a gap in the polling.

use super::*;
use crate::document::severity::Severity;
use crate::meaning::provider_policy::RuleOverride;
use crate::meaning::rule::Rule;

struct Rotation {
    story: Story,
    key: u8,
}

impl Rotation {
    fn new() -> Self {
        let mut story = Story::new();
        story.target.kind = Kind::JWKS.into();
        story.target.identity = None;
        let mut rotation = Self { story, key: b'a' };
        rotation.poll();
        rotation
    }

    fn poll(&mut self) -> String {
        let n = String::from_utf8(vec![self.key; 342]).unwrap();
        let text = format!(
            r#"{{"keys":[{{"kty":"RSA","use":"sig","kid":"{}","n":"{n}","e":"AQAB"}}]}}"#,
            char::from(self.key)
        );
        let outcome = Outcome::Body {
            content_type: Some("application/json".to_owned()),
            bytes: text.into_bytes(),
        };
        let agreed = self.story.agreed();
        self.story.seen(outcome, agreed)
    }

    /// Polls once a day and sees another key on the last of these days; returns whether that is told.
    fn replaced_after(&mut self, days: u32) -> bool {
        for _ in 1..days {
            self.story.now += SignedDuration::from_hours(24);
            assert_eq!(self.poll(), "");
        }
        self.story.now += SignedDuration::from_hours(24);
        self.key += 1;
        let told = self.poll();
        assert!(told.starts_with("changed"), "{told}");
        told.starts_with("changed!")
    }
}

#[test]
fn a_key_set_replaced_every_month_is_told_three_times_and_then_no_more() {
    let mut rotation = Rotation::new();
    let told = [30, 30, 30, 31, 29].map(|days| rotation.replaced_after(days));
    assert_eq!(told, [true, true, true, false, false]);
}

#[test]
fn what_breaks_the_habit_is_news_again() {
    let mut rotation = Rotation::new();
    let told = [30, 30, 30, 30, 12, 30, 30].map(|days| rotation.replaced_after(days));
    assert_eq!(told, [true, true, true, false, true, true, true]);
}

#[test]
fn what_is_replaced_every_day_is_never_said_to_have_come_to_rest() {
    let mut rotation = Rotation::new();
    let told = (0..25).map(|_| {
        rotation.story.now += SignedDuration::from_hours(24);
        rotation.key += 1;
        rotation.poll()
    });
    let told = told.collect::<String>();
    assert!(told.contains("damped!: "), "{told}");
    assert!(!told.contains("settled"), "{told}");
}

#[test]
fn what_the_operator_decided_about_the_rule_stands() {
    let mut rotation = Rotation::new();
    let severe = RuleOverride::Severity(Severity::Breaking);
    let policy = Policy {
        severity: BTreeMap::from([(Rule::JwksDisjoint, severe)]),
        ..Policy::default()
    };
    rotation.story.target.policy = Arc::new(policy);
    let told = [30, 30, 30, 30].map(|days| rotation.replaced_after(days));
    assert_eq!(told, [true, true, true, true]);
}

#[test]
fn a_key_set_replaced_while_nothing_was_polled_is_no_alarm() {
    let mut rotation = Rotation::new();
    rotation.story.now += SignedDuration::from_hours(16 * 24);
    rotation.key += 1;
    assert!(rotation.poll().starts_with("changed: "));
}
