//! How often keys were replaced before, and in what rhythm.

use super::keys::{changed, key, set_of};
use super::*;

fn seen(at: &str) -> SeenBetween {
    SeenBetween {
        at: time(at),
        after: None,
    }
}

/// Earlier replacements on these days, the latest first, of so many in all.
fn replaced(days: &[&str], in_all: u64) -> Counted<SeenBetween> {
    let each = days.iter().map(|day| seen(&format!("{day}T02:15:04Z")));
    Counted::new(each.collect(), in_all)
}

#[test]
fn a_replacement_at_an_unknown_time_is_no_part_of_a_rhythm() {
    let mut replaced_keys = ["2026-08-15", "2026-07-16", "2026-06-16"]
        .map(|day| seen(&format!("{day}T02:15:04Z")))
        .to_vec();
    replaced_keys[0].after = Some(time("2026-07-30T02:15:04Z"));
    let background = Background {
        replaced_keys: Counted::new(replaced_keys, 0),
        ..Background::default()
    };
    let events = [changed(0..2, 2..4)];
    let content = compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Changed, &events)
    });
    let text = words(&content);
    has(&text, "between 2026-07-30 and 2026-08-15 (not watched)");
    lacks(&text, "every 30 days");
}

#[test]
fn a_rhythm_that_is_broken_is_said_with_how_long_it_was_and_how_long_it_is_now() {
    let background = Background {
        replaced_keys: replaced(&["2026-08-15", "2026-07-16", "2026-06-16"], 0),
        ..Background::default()
    };
    let events = [changed(0..2, 2..4)];
    let content = compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Changed, &events)
    });
    has(
        &words(&content),
        "It replaced them every 30 days until 2026-08-15; this time it was after 100 days.",
    );
    has(
        &words(&content),
        "It is the 4th time in 160 days, and out of its rhythm of 30 days.",
    );
    lacks(&words(&content), "nothing if your logins survived");
}

#[test]
fn where_fewer_keys_are_left_one_login_is_to_be_checked_whatever_survived_before() {
    let background = Background {
        replaced_keys: replaced(&["2026-08-15"], 0),
        ..Background::default()
    };
    let advised = |event| {
        let content = compose(&MailInput {
            background: Some(&background),
            ..whole::input(MailKind::Changed, &[event])
        });
        words(&content)
    };
    has(&advised(changed(0..4, 4..5)), "Do: check one login");
    has(
        &advised(changed(0..2, 2..4)),
        "Do: nothing if your logins survived the time before",
    );
}

#[test]
fn replacements_are_counted_in_all_and_not_only_those_that_were_read() {
    let background = Background {
        replaced_keys: replaced(
            &["2026-08-15", "2026-08-02", "2026-06-16", "2026-06-01"],
            90,
        ),
        ..Background::default()
    };
    let events = [changed(0..2, 2..4)];
    let content = compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Changed, &events)
    });
    has(
        &content.subject,
        "both signing keys replaced, 91st time (breaking)",
    );
    let text = words(&content);
    has(&text, "It is the 91st time. First seen");
    has(
        &text,
        "Do: nothing if your logins survived the 90 times before, which is not known here; else check one login",
    );
}

#[test]
fn the_first_replacement_is_told_as_that_and_says_how_many_keys_there_are_now() {
    let background = Background {
        first_document_at: Some(time("2026-01-01T02:15:04Z")),
        ..Background::default()
    };
    let content = compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Changed, &[changed(0..4, 4..7)])
    });
    has(
        &content.subject,
        "all 4 signing keys (3 now) replaced (breaking)",
    );
    has(
        &words(&content),
        "It is the first time since watching began on 2026-01-01. First seen",
    );
}

#[test]
fn of_keys_that_several_replaced_while_nothing_was_polled_the_gap_is_said() {
    let events: Vec<Event> = ["one", "two"]
        .map(|provider| {
            let mut event = changed(0..2, 2..4);
            event.provider = provider.to_owned();
            super::changed(&mut event).provenance.last_good_at = Some(time("2026-11-21T02:15:04Z"));
            let url = format!("https://{provider}.example/jwks");
            super::changed(&mut event).provenance.source.url = Some(url);
            event
        })
        .to_vec();
    let text = words(&mail(&events));
    has(
        &text,
        "an overlap shorter than 2 days is not seen from here.",
    );
    has(
        &text,
        "They probably come together only because nothing was polled in between.",
    );
}

/// A set of keys that is replaced as a habit, with the replacements before.
fn habit(count: u64, old: &[String], new: &[String], before: &Background) -> String {
    let mut event = event("{}", "{}");
    event.document = Kind::JWKS.into();
    let mut found = diff::changes(&set_of(old), &set_of(new), None, &Policy::default());
    for change in &mut found {
        change.severity = Severity::Notice;
        change.habit = (change.rule == Rule::JwksDisjoint).then_some(Habit {
            count,
            every: 30 * 86_400,
        });
    }
    event.body.severity = Some(Severity::Notice);
    super::changed(&mut event).changes = found;
    words(&compose(&MailInput {
        background: Some(before),
        ..whole::input(MailKind::Changed, &[event])
    }))
}

#[test]
fn a_rhythm_is_that_of_the_signing_keys_and_what_does_not_belong_to_it_is_told_apart() {
    let before = Background {
        replaced_keys: replaced(&["2026-10-24", "2026-09-24", "2026-05-11"], 7),
        ..Background::default()
    };
    let (old, new) = (
        [key("s", "sig"), key("e", "enc")],
        [key("t", "sig"), key("f", "enc"), key("g", "enc")],
    );
    let text = habit(3, &old, &new, &before);
    has(
        &text,
        "archera replaced its only signing key by another one between two polls, as it does about every 30 \
         days; this was the 3rd time in a row. Its encryption key was replaced too, by 2 others.",
    );
    has(
        &text,
        "Before on 2026-09-24 and on 2026-10-24. Those before, the last on 2026-05-11, were at other intervals.",
    );
    has(
        &text,
        "From now on replacements on this rhythm are recorded and not mailed; the next is due about 2026-12-23. First seen",
    );
    lacks(&text, "QUIET FROM NOW ON");
    let days = [
        "2026-10-24",
        "2026-09-24",
        "2026-05-11",
        "2026-04-11",
        "2026-03-12",
    ];
    let before = Background {
        replaced_keys: replaced(&days, 7),
        ..Background::default()
    };
    has(
        &habit(3, &old, &new, &before),
        "Those before were every 30 days as well, until 2026-05-11.",
    );
}

#[test]
fn gaps_that_differ_by_more_than_days_are_told_and_there_is_one_count() {
    let before = Background {
        replaced_keys: replaced(&["2026-10-28", "2026-09-24", "2026-05-11"], 0),
        ..Background::default()
    };
    let text = habit(3, &[key("s", "sig")], &[key("t", "sig")], &before);
    has(
        &text,
        "Before on 2026-09-24 and on 2026-10-28. This time it was 26 days after the last time, and 34 days lay before \
         that. One before these, on 2026-05-11, was at another interval.",
    );
    lacks(&text, "earlier as well");
}

#[test]
fn a_rhythm_that_is_older_than_what_is_remembered_is_told_as_at_least_so_often() {
    let before = Background {
        replaced_keys: replaced(&["2026-10-24", "2026-09-24"], 11),
        ..Background::default()
    };
    let text = habit(8, &[key("s", "sig")], &[key("t", "sig")], &before);
    has(&text, "this was at least the 8th time in a row");
    lacks(&text, "other interval");
}

#[test]
fn the_past_of_one_provider_is_not_told_of_another() {
    let habit = Habit {
        count: 3,
        every: 30 * 86_400,
    };
    let mut one = changed(0..2, 2..4);
    for change in &mut super::changed(&mut one).changes {
        change.habit = Some(habit);
    }
    let mut two = one.clone();
    "other".clone_into(&mut two.provider);
    let background = Background {
        replaced_keys: replaced(&["2026-10-24", "2026-09-24"], 0),
        ended_outages: Counted::new(vec![time("2026-08-24T02:15:04Z")], 0),
        ..Background::default()
    };
    let told = |events: &[Event]| {
        words(&compose(&MailInput {
            background: Some(&background),
            ..whole::input(MailKind::Changed, events)
        }))
    };
    has(
        &told(std::slice::from_ref(&one)),
        "Before on 2026-09-24 and on 2026-10-24.",
    );
    lacks(&told(&[one, two]), "Before on");
}
