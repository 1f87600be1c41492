//! Tests of what is read, with which words it is refused, and that words are true of the real firings.

use super::*;

fn next(expression: &str, zone: &str, at: &str) -> String {
    let schedule = Schedule::parse(expression, zone).unwrap();
    schedule
        .next_after(at.parse().unwrap())
        .unwrap()
        .to_string()
}

#[test]
fn daylight_saving_keeps_the_hour_of_the_wall() {
    let daily = |at| next("0 18 * * *", "Europe/Berlin", at);
    assert_eq!(daily("2026-03-28T12:00:00Z"), "2026-03-28T17:00:00Z");
    assert_eq!(daily("2026-03-29T12:00:00Z"), "2026-03-29T16:00:00Z");
    assert_eq!(
        next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"),
        "2026-03-29T01:00:00Z",
        "a time in the gap fires at the first instant after it"
    );
}

#[test]
fn day_of_month_and_day_of_week_are_or_ed() {
    assert_eq!(
        next("0 0 13 * FRI", "UTC", "2026-11-23T00:00:00Z"),
        "2026-11-27T00:00:00Z"
    );
}

#[test]
fn what_is_wrong_is_said() {
    assert_eq!(
        Schedule::parse("0 0 30 2 *", "UTC").unwrap_err(),
        "it never fires"
    );
    let wrong = |expression| Schedule::parse(expression, "UTC").unwrap_err();
    assert_eq!(wrong("61 * * * *"), "minute 61 is not between 0 and 59");
    assert_eq!(
        wrong("0 0 0 0 * *"),
        "day of month 0 is not between 1 and 31"
    );
    assert_eq!(
        wrong("* * * *"),
        "it has 4 fields, expected 5, or 6 with seconds first"
    );
    let unknown = Schedule::parse("* * * * *", "Mars/Base").unwrap_err();
    assert_eq!(unknown, "time zone \"Mars/Base\" is not known");
}

#[test]
fn words_are_for_people() {
    let words = |expression| Schedule::parse(expression, "UTC").unwrap().words();
    assert_eq!(words("*/15 * * * *"), "every 15 min");
    assert_eq!(words("*/2 * * * * *"), "every 2 s");
    assert_eq!(words("0 8 * * 1"), "on 0 8 * * 1 (UTC)");
}

#[test]
fn a_step_that_does_not_divide_its_field_is_said_as_what_it_does() {
    for (expression, zone, said) in [
        ("*/45 * * * *", "UTC", "at :00 and :45"),
        ("*/90 * * * *", "UTC", "every hour"),
        ("*/7 * * * *", "UTC", "at :00, :07 ... :56"),
        ("0-30/5 * * * *", "UTC", "at :00, :05 ... :30"),
        ("7,22,37,52 * * * *", "UTC", "every 15 min"),
        ("1-59/2 * * * *", "UTC", "every 2 min"),
        ("*/45 * * * * *", "UTC", "at :00 and :45 of each minute"),
        ("*/7 * * * * *", "UTC", "at :00, :07 ... :56 of each minute"),
        ("30 * * * * *", "UTC", "every minute"),
        ("0 */6 * * *", "UTC", "every 6 h from 00:00 (UTC)"),
        (
            "0 */12 * * *",
            "Europe/Berlin",
            "at 00:00 and 12:00 (Europe/Berlin)",
        ),
        (
            "30 */2 * * *",
            "Europe/Berlin",
            "at 00:30, 02:30 ... 22:30 (Europe/Berlin)",
        ),
        (
            "0 */7 * * *",
            "UTC",
            "at 00:00, 07:00, 14:00 and 21:00 (UTC)",
        ),
        (
            "0 8-17 * * *",
            "UTC",
            "at each hour from 08:00 to 17:00 (UTC)",
        ),
        ("0-30 * * * *", "UTC", "at each minute from :00 to :30"),
        ("0,10,25 8 * * *", "UTC", "on 0,10,25 8 * * * (UTC)"),
        ("@hourly", "UTC", "every hour"),
        (
            "@Midnight",
            "Asia/Kolkata",
            "every day at 00:00 (Asia/Kolkata)",
        ),
        ("@weekly", "UTC", "on @weekly (UTC)"),
        // The clocks of this zone are changed by half an hour.
        ("*/20 * * * *", "Australia/Lord_Howe", "at :00, :20 and :40"),
        ("*/15 * * * *", "Australia/Lord_Howe", "every 15 min"),
    ] {
        let words = Schedule::parse(expression, zone).unwrap().words();
        assert_eq!(words, said, "{expression}");
    }
}

/// The step in seconds that the words state without a limit, if they do.
fn claimed(words: &str) -> Option<i64> {
    let rest = words.strip_prefix("every ")?;
    let unit = |unit: &str| match unit {
        "s" | "second" => 1,
        "min" | "minute" => 60,
        "h" | "hour" => 3_600,
        other => panic!("{other}"),
    };
    if rest.starts_with("day") {
        return None;
    }
    match rest.split(' ').collect::<Vec<_>>().as_slice() {
        [number, of, ..] => Some(number.parse::<i64>().unwrap() * unit(of)),
        [of] => Some(unit(of)),
        [] => None,
    }
}

/// Checks that the words are true of each firing around the days on which clocks are changed.
fn check_words(expression: &str, zone: &str) {
    let schedule = Schedule::parse(expression, zone).unwrap();
    let words = schedule.words();
    let time_zone = jiff::tz::TimeZone::get(zone).unwrap();
    let starts = [
        "2026-11-27T10:24:57Z",
        "2027-03-13T18:00:00Z",
        "2027-03-27T18:00:00Z",
        "2027-04-03T06:00:00Z",
        "2027-10-02T06:00:00Z",
        "2027-10-30T18:00:00Z",
        "2027-11-06T20:00:00Z",
    ];
    for start in starts {
        let mut at = schedule.next_after(start.parse().unwrap()).unwrap();
        for _ in 0..120 {
            let next = schedule.next_after(at).unwrap();
            if let Some(step) = claimed(&words) {
                let between = next.duration_since(at).as_secs();
                assert_eq!(
                    between, step,
                    "{expression} in {zone}, {words}: {at} to {next}"
                );
            }
            let local = next.to_zoned(time_zone.clone());
            let (minute, second) = (local.minute(), local.second());
            if let Some(list) = words.strip_prefix("at :") {
                let of = if words.ends_with("minute") {
                    second
                } else {
                    minute
                };
                let said: Vec<i8> = list
                    .split(|c: char| !c.is_ascii_digit())
                    .filter_map(|number| number.parse().ok())
                    .collect();
                let is_said = match said.as_slice() {
                    [first, then, last] if list.contains("...") => {
                        (first..=last).contains(&&of) && (of - first) % (then - first) == 0
                    }
                    said => said.contains(&of),
                };
                assert!(is_said, "{expression}, {words}: {next}");
            }
            at = next;
        }
    }
}

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Etc/GMT-2",
];

#[test]
fn whatever_is_said_to_be_every_so_often_is_also_when_clocks_are_changed() {
    for zone in ZONES {
        for expression in [
            "* * * * *",
            "0-59 0-23 1-31 1-12 0-6",
            "0,30 0-23 * * *",
            "5 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23 * * *",
            "0 */2 * * *",
            "0 1-23/2 * * *",
            "*/30 * * * * *",
        ] {
            check_words(expression, zone);
        }
        for step in 1..=61 {
            check_words(&format!("*/{step} * * * *"), zone);
        }
        for step in 1..=25 {
            check_words(&format!("10 */{step} * * *"), zone);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn words_are_true_of_any_list_and_range(
        minutes in proptest::collection::vec((0u32..60, 0u32..60, 1u32..40), 1..4),
        hours in proptest::collection::vec((0u32..24, 0u32..24, 1u32..13), 0..2),
        zone in 0..ZONES.len(),
    ) {
        let field = |items: &[(u32, u32, u32)]| {
            let each = items.iter().map(|(a, b, step)| format!("{}-{}/{step}", a.min(b), a.max(b)));
            each.collect::<Vec<_>>().join(",")
        };
        let hours = if hours.is_empty() { "*".to_owned() } else { field(&hours) };
        check_words(&format!("{} {hours} * * *", field(&minutes)), ZONES[zone]);
    }

    #[test]
    fn no_text_is_answered_in_the_words_of_a_library(text in "[@0-9A-Z*/,#?+ L-]{0,24}") {
        if let Err(reason) = Schedule::parse(&text, "UTC") {
            for theirs in ["Component", "attern", "llegal", "Invalid"] {
                proptest::prop_assert!(!reason.contains(theirs), "{text}: {reason}");
            }
        }
    }
}

/// Expressions that are refused, and the message for each.
const REFUSED: &[(&str, &str)] = &[
    (
        "0 22-6 * * *",
        "hour \"22-6\" ends before it begins: write \"22-23,0-6\"",
    ),
    (
        "22-6 * * * *",
        "minute \"22-6\" ends before it begins: write \"22-59,0-6\"",
    ),
    (
        "0 22-6/2 * * *",
        "hour \"22-6/2\" ends before it begins: write \"22,0,2,4,6\"",
    ),
    (
        "0 8 * * FRI-MON",
        "day of week \"FRI-MON\" ends before it begins: write \"FRI-SAT,SUN-MON\"",
    ),
    (
        "0 8 * * 6-0",
        "day of week \"6-0\" ends before it begins: write \"6,0\"",
    ),
    (
        "0 8 * * 7-2",
        "day of week \"7-2\" ends before it begins: write \"0-2\"",
    ),
    (
        "0 8 * NOV-FEB *",
        "month \"NOV-FEB\" ends before it begins: write \"NOV-DEC,JAN-FEB\"",
    ),
    (
        "0 8 * * WED,SAT-TUE",
        "day of week \"SAT-TUE\" ends before it begins: write \"WED,SAT,SUN-TUE\"",
    ),
    (
        "0 8 * * MON,",
        "day of week \"MON,\" has nothing beside a comma: write \"MON\"",
    ),
    (
        "0,,30 * * * *",
        "minute \"0,,30\" has nothing beside a comma: write \"0,30\"",
    ),
    (
        "0 8 * * MON, TUE",
        "a space stands beside a comma: write \"0 8 * * MON,TUE\"",
    ),
    (
        "5/15 * * * *",
        "minute \"5/15\" has a step and no range: write \"5-59/15\"",
    ),
    (
        "/15 * * * *",
        "minute \"/15\" has a step of nothing: write \"*/15\"",
    ),
    ("*/0 * * * *", "minute: a step is at least 1"),
    (
        "*/x * * * *",
        "minute \"*/x\": behind \"/\" stands how many to go on",
    ),
    (
        "0 8 * * MONDAY",
        "day of week \"MONDAY\" is a word it does not know: write \"MON\"",
    ),
    (
        "0 8 * * +MON",
        "day of week \"+MON\" is not understood: expected 0 to 7, *, 1-5, */2, MON, FRIL or FRI#2",
    ),
    (
        "0 8 * * L",
        "day of week \"L\" names no day: write \"SATL\"",
    ),
    (
        "0 8 * * FRI#6",
        "day of week \"FRI#6\": behind # stands 1 to 5",
    ),
    (
        "0 8 L-3 * *",
        "day of month \"L\" is not understood: expected 1 to 31, *, 1-5, */2, L, LW or 15W",
    ),
    (
        "? * * * *",
        "minute \"?\" is not understood: expected 0 to 59, *, 1-5, */2",
    ),
    (
        "99999999999 * * * *",
        "minute 99999999999 is not between 0 and 59",
    ),
    (
        "0 0 0 1 1 * 2020",
        "it has 7 fields, expected 5, or 6 with seconds first; there are no years",
    ),
    ("", "it has 0 fields, expected 5, or 6 with seconds first"),
    ("0 0 31 2,4,6,9,11 *", "it never fires"),
];

#[test]
fn what_is_refused_is_refused_with_what_to_write() {
    for (expression, reason) in REFUSED {
        let said = Schedule::parse(expression, "UTC").unwrap_err();
        assert_eq!(said, *reason, "{expression}");
        // The expression that the message proposes can be read.
        let (Some((_, write)), true) = (said.split_once(": write "), said.contains(" begins: "))
        else {
            continue;
        };
        let wrong = said.split('"').nth(1).unwrap();
        let field = expression
            .split(' ')
            .find(|field| field.contains(wrong))
            .unwrap();
        let mended = expression.replace(field, write.trim_matches('"'));
        assert!(Schedule::parse(&mended, "UTC").is_ok(), "{mended}");
    }
}

#[test]
fn days_that_depend_on_the_month_are_read() {
    let at = "2026-11-23T00:00:00Z";
    for (expression, next_at) in [
        ("0 8 L * *", "2026-11-30T08:00:00Z"),
        ("0 8 LW * *", "2026-11-30T08:00:00Z"),
        ("0 8 15W * *", "2026-12-15T08:00:00Z"),
        ("0 8 * * fril", "2026-11-27T08:00:00Z"),
        ("0 8 * * FRI#1", "2026-12-04T08:00:00Z"),
        ("0 8 * * FRI-SUN", "2026-11-27T08:00:00Z"),
        ("0 8 ? dec mon-fri", "2026-12-01T08:00:00Z"),
        ("@monthly", "2026-12-01T00:00:00Z"),
        ("@annually", "2027-01-01T00:00:00Z"),
        ("@weekly", "2026-11-29T00:00:00Z"),
    ] {
        assert_eq!(next(expression, "UTC", at), next_at, "{expression}");
    }
}
