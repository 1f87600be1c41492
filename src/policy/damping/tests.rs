//! Tests of damping through the events and mails that it leads to.

use jiff::tz::TimeZone;
use serde_json::json;

use super::*;
use crate::document::severity::Group;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;

const DAY: i64 = 24;

fn penalty_of<'a>(state: &'a State, member: &str) -> &'a Penalty {
    &state.penalties[&Subject::of(member)]
}

fn before(at: Timestamp) -> Before<'static> {
    Before {
        at,
        snapshot: Some(1),
        final_url: None,
    }
}

fn start() -> Timestamp {
    "2026-01-05T06:00:00Z".parse().unwrap()
}

fn after(days: i64) -> Timestamp {
    start() + SignedDuration::from_hours(days * DAY)
}

fn moved(member: &str, rule: Rule, value: &str) -> Change {
    let mut change = Meaning::of(rule).change(member, Group::Endpoints);
    change.severity = if rule == Rule::EndpointHostChanged {
        Severity::Security
    } else {
        Severity::Breaking
    };
    change.after = Some(json!(value));
    change
}

struct Member {
    state: State,
    known: MemberValues,
    policy: Policy,
}

impl Member {
    fn new() -> Self {
        Self {
            state: State::default(),
            known: MemberValues::new(),
            policy: Policy::default(),
        }
    }

    /// Applies one change; returns whether it is held back, and what else was decided.
    fn change(&mut self, at: Timestamp, mut change: Change) -> (bool, DampingResult) {
        release(&self.policy, &mut self.state, at);
        let changes = std::slice::from_mut(&mut change);
        let verdict = damp(
            &self.policy,
            &mut self.state,
            before(at),
            changes,
            &self.known,
            |_| true,
        );
        let (came, went) = value_hashes(&change);
        let known = self.known.entry(change.subject.clone()).or_default();
        let gone = taken_away(&change);
        known.extend(came.into_iter().chain(went).chain(gone));
        (change.damped, verdict)
    }

    fn path(&mut self, days: i64, value: &str) -> (bool, DampingResult) {
        let change = moved("token_endpoint", Rule::EndpointPathChanged, value);
        self.change(after(days), change)
    }
}

#[test]
fn a_change_its_revert_and_one_more_are_seen_at_once_and_the_third_is_damped() {
    let mut member = Member::new();
    assert_eq!(member.path(0, "a"), (false, DampingResult::default()));
    assert_eq!(member.path(1, "b"), (false, DampingResult::default()));
    let (is_held, verdict) = member.path(2, "a");
    assert!(is_held);
    assert_eq!(verdict.damped, ["token_endpoint"]);
    let penalty = penalty_of(&member.state, "token_endpoint");
    assert_eq!((penalty.changes, penalty.since), (3, after(0)));
}

#[test]
fn changes_that_are_far_apart_are_never_damped() {
    let mut member = Member::new();
    for count in 0..20 {
        assert!(!member.path(count * 15, &format!("{count}")).0);
    }
}

#[test]
fn a_member_at_rest_is_free_after_three_half_lives_however_often_it_changed() {
    let mut member = Member::new();
    for count in 0..100 {
        member.path(count, if count % 2 == 0 { "a" } else { "b" });
    }
    assert!(due_for_reuse(&member.policy, &member.state, after(99 + 29)).is_empty());
    assert_eq!(
        due_for_reuse(&member.policy, &member.state, after(99 + 31)).len(),
        1
    );
    release(&member.policy, &mut member.state, after(99 + 31));
    let (is_held, verdict) = member.path(99 + 32, "b");
    assert!(!is_held && verdict.damped.is_empty());
}

#[test]
fn a_registrable_domain_never_seen_is_mailed_though_the_member_is_damped() {
    let mut member = Member::new();
    let host = |value| moved("token_endpoint", Rule::EndpointHostChanged, value);
    for (day, value) in [
        (0, "https://a.example.com/t"),
        (1, "https://b.example.org/t"),
    ] {
        assert!(!member.change(after(day), host(value)).0);
    }
    let (is_held, _) = member.change(after(2), host("https://a.example.com/t"));
    assert!(is_held, "damped, and seen before");
    let other_host = host("https://c.example.com/t");
    assert!(
        member.change(after(3), other_host).0,
        "another host of a domain seen before"
    );
    let evil = host("https://evil.test/t");
    assert!(!member.change(after(4), evil).0);
    let odd = host("https://a.example.com\\@evil.test/t");
    assert!(
        !member.change(after(4), odd).0,
        "clients read two hosts in it"
    );
}

#[test]
fn the_first_time_a_security_rule_fires_is_mailed_though_the_member_is_damped() {
    let mut member = Member::new();
    for day in 0..5 {
        member.path(day, "https://a.example.com/x");
    }
    let change = || {
        let mut change = moved("token_endpoint", Rule::PkceS256Removed, "");
        change.after = None;
        change.removed = vec![json!("S256")];
        change.severity = Severity::Security;
        change
    };
    assert!(!member.change(after(5), change()).0);
    assert!(member.change(after(6), change()).0);
}

fn scopes(added: &[&str], removed: &[&str], severity: Severity) -> Change {
    let values = |names: &[&str]| names.iter().map(|name| json!(name)).collect();
    let mut change = Meaning::of(Rule::ScopeRemoved).change("scopes_supported", Group::Scopes);
    change.severity = severity;
    (change.added, change.removed) = (values(added), values(removed));
    change
}

/// A member that was damped by additions.
fn grown() -> Member {
    let mut member = Member::new();
    for (day, name) in [(0, "a"), (1, "b"), (2, "c"), (3, "d")] {
        member.change(after(day), scopes(&[name], &[], Severity::Info));
    }
    assert!(member.state.penalties.values().all(Penalty::is_suppressed));
    member
}

#[test]
fn a_first_removal_that_breaks_clients_is_mailed_though_additions_damped_the_member() {
    let mut member = grown();
    let gone = |name: &str| scopes(&[], &[name], Severity::Breaking);
    assert!(!member.change(after(4), gone("a")).0);
    member.change(after(5), scopes(&["a"], &[], Severity::Info));
    assert!(member.change(after(6), gone("a")).0, "it went before");
    assert!(!member.change(after(7), gone("b")).0, "another never went");
    let info = scopes(&[], &["c"], Severity::Info);
    assert!(member.change(after(8), info).0, "nobody breaks");
}

#[test]
fn what_is_declared_to_be_used_is_mailed_once_a_day_though_the_member_is_damped() {
    let mut member = grown();
    let used = |name: &str, gone: bool| {
        let (added, removed) = if gone {
            ([].as_slice(), &[name][..])
        } else {
            (&[name][..], [].as_slice())
        };
        Change {
            used: true,
            ..scopes(added, removed, Severity::Notice)
        }
    };
    let hour = |hours| after(4) + SignedDuration::from_hours(hours);
    assert!(!member.change(hour(0), used("a", true)).0);
    assert!(member.change(hour(1), used("a", false)).0);
    assert!(!member.change(hour(25), used("a", true)).0);
}

#[test]
fn what_came_and_went_is_remembered_until_it_is_damped_and_bounded() {
    let member = grown();
    let movement = &penalty_of(&member.state, "scopes_supported").movement;
    assert_eq!(movement.came, ["a", "b", "c"]);
    assert!(movement.went.is_empty());
}

#[test]
fn a_value_never_seen_waits_for_a_summary_and_one_seen_before_does_not() {
    let mut member = Member::new();
    for (day, value) in [(0, "a"), (1, "b"), (2, "a")] {
        member.path(day, value);
    }
    assert_eq!(member.path(3, "b").1.summary_at, None);
    let (_, verdict) = member.path(4, "c");
    // Damped on Wednesday 7 January: a week later is Wednesday 14, and the Monday after is 19.
    let monday: Timestamp = "2026-01-19T08:00:00Z".parse().unwrap();
    assert_eq!(verdict.summary_at, Some(monday));
    let suppression = penalty_of(&member.state, "token_endpoint")
        .suppression
        .clone()
        .unwrap();
    assert_eq!((suppression.held_back, suppression.new_values), (2, 1));
}

#[test]
fn summaries_are_due_in_weeks_1_2_4_and_every_eighth() {
    let monday_morning: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
    let mut at = monday_morning;
    let mut weeks = Vec::new();
    for _ in 0..6 {
        at = next_summary(monday_morning, at, &TimeZone::UTC);
        weeks.push(at.duration_since(monday_morning).as_hours() / (7 * DAY));
    }
    assert_eq!(weeks, [1, 2, 4, 8, 16, 24]);
}

#[test]
fn a_summary_is_due_in_the_morning_of_the_zone() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let due = next_summary(start(), start(), &zone).to_zoned(zone);
    assert_eq!(due.strftime("%a %H:%M").to_string(), "Mon 08:00");
}

#[test]
fn a_clock_set_back_frees_nothing_and_damps_nothing() {
    let mut member = Member::new();
    for (day, value) in [(10, "a"), (11, "b"), (12, "a")] {
        member.path(day, value);
    }
    release(&member.policy, &mut member.state, after(0));
    assert!(penalty_of(&member.state, "token_endpoint").is_suppressed());
    let mut other = Member::new();
    other.path(40, "a");
    other.path(0, "b");
    assert!(penalty_of(&other.state, "token_endpoint").value <= 2.0);
    assert!(!penalty_of(&other.state, "token_endpoint").is_suppressed());
    // Counting continues from there, without waiting until the clock is back where it was.
    assert!(!other.path(20, "c").0);
}

#[test]
fn damping_false_holds_nothing_back_and_forgets_what_was() {
    let mut member = Member::new();
    for day in 0..3 {
        member.path(day, "a");
    }
    member.policy.damping = false;
    assert!(!member.path(3, "b").0);
    assert!(member.state.penalties.is_empty());
}

#[test]
fn a_member_that_is_not_mailed_is_never_damped() {
    let mut state = State::default();
    let policy = Policy::default();
    for day in 0..9 {
        let mut change = moved("requestid", Rule::MemberChanged, &day.to_string());
        let changes = std::slice::from_mut(&mut change);
        let nothing = |_: &Change| false;
        damp(
            &policy,
            &mut state,
            before(after(day)),
            changes,
            &MemberValues::new(),
            nothing,
        );
        assert!(!change.damped);
    }
    assert!(state.penalties.is_empty());
}

#[test]
fn a_host_without_a_registrable_domain_is_a_value_of_its_own() {
    let mut member = Member::new();
    let host = |value: &str| moved("token_endpoint", Rule::EndpointHostChanged, value);
    for (day, value) in [(0, "https://a.example/t"), (1, "https://b.example/t")] {
        member.change(after(day), host(value));
    }
    member.change(after(2), host("https://a.example/t"));
    let unseen = [
        "https://203.0.113.7/t",
        "https://198.51.113.7/t",
        "https://[2001:db8::1]/t",
        "https://github.io/t",
        "https://evil/t",
        "https://evil.github.io/t",
    ];
    for (day, value) in (3..).zip(unseen) {
        assert!(!member.change(after(day), host(value)).0, "{value}");
        assert!(member.change(after(day), host(value)).0, "{value} again");
    }
}

#[test]
fn new_members_at_every_poll_do_not_grow_what_is_remembered() {
    let mut member = Member::new();
    let damped = |name: &str, value: &str| moved(name, Rule::EndpointPathChanged, value);
    for day in 0..3 {
        member.change(after(day), damped("restless_endpoint", &day.to_string()));
    }
    for count in 0..1000 {
        let at = after(3) + SignedDuration::from_mins(count);
        member.change(at, damped(&format!("x{count}_endpoint"), "a"));
    }
    assert_eq!(member.state.penalties.len(), MEMBERS + 1);
    assert!(penalty_of(&member.state, "restless_endpoint").is_suppressed());
    assert!(
        member
            .state
            .penalties
            .contains_key(&Subject::of("x999_endpoint"))
    );
}

#[test]
fn a_penalty_that_is_over_is_forgotten_at_the_next_change_of_any_member() {
    let mut member = Member::new();
    member.path(0, "a");
    let other = moved("jwks_uri", Rule::EndpointPathChanged, "a");
    member.change(after(60), other);
    let known: Vec<&Subject> = member.state.penalties.keys().collect();
    assert_eq!(known, ["jwks_uri"]);
}

#[test]
fn a_change_that_a_clock_saw_ahead_of_time_decays_from_now() {
    let mut member = Member::new();
    for (day, value) in [(1000, "a"), (1001, "b"), (1002, "a")] {
        member.path(day, value);
    }
    let right = correct_clock(&member.state, after(0)).unwrap();
    member.state.penalties = right;
    assert!(correct_clock(&member.state, after(0)).is_none());
    assert_eq!(due_for_reuse(&member.policy, &member.state, after(10)), []);
    assert_eq!(
        due_for_reuse(&member.policy, &member.state, after(31)).len(),
        1
    );
}

#[test]
fn the_way_back_of_what_was_told_though_damped_is_told_and_nothing_else() {
    let mut member = Member::new();
    for (day, value) in [(0, "a"), (1, "b"), (2, "a")] {
        member.path(day, value);
    }
    let host = |from: &str, to: &str| {
        let mut change = moved("token_endpoint", Rule::EndpointHostChanged, to);
        change.before = Some(json!(from));
        change
    };
    let (good, evil) = ("https://a.example/t", "https://evil.test/t");
    assert!(!member.change(after(3), host(good, evil)).0);
    let (is_held, verdict) = member.change(after(4), host(evil, good));
    assert!(!is_held);
    assert_eq!(verdict.told_all_the_same, ["token_endpoint"]);
    assert!(member.change(after(5), host(good, evil)).0, "seen before");
    assert!(member.change(after(6), host(evil, good)).0);
}
