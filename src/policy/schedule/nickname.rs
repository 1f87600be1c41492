//! Names for cron expressions, such as `@hourly`.

use crate::document::text::{bounded, visible};

/// The names, and the expressions they stand for.
const NAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// The units that people write out, and their letters.
const UNITS: [(&str, &str); 5] = [
    ("second", "s"),
    ("minute", "m"),
    ("hour", "h"),
    ("day", "d"),
    ("week", "w"),
];

/// What to write instead of a length such as `15m` or `every 15 minutes`, or of a name without its `@`;
/// `None` if the text is neither.
pub(super) fn instead(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    if let Some((known, _)) = NAMES.iter().find(|(name, _)| name.get(1..) == Some(&text)) {
        return Some(format!("it is written \"{known}\""));
    }
    let mut length: String = text
        .strip_prefix("every ")
        .unwrap_or(&text)
        .split(' ')
        .collect();
    for (word, letter) in UNITS {
        let of_word = length
            .strip_suffix('s')
            .unwrap_or(&length)
            .strip_suffix(word);
        if let Some(number) = of_word {
            let number = if number.is_empty() { "1" } else { number };
            length = format!("{number}{letter}");
        }
    }
    let seconds = seconds(&length).filter(|seconds| *seconds > 0)?;
    let (step, expression, words) = steps().filter(|(step, ..)| *step <= seconds).last()?;
    Some(if step == seconds {
        format!("a length is no schedule: write \"{expression}\"")
    } else {
        format!(
            "a length is no schedule, and no cron expression fires every {}: write \"{expression}\" for every \
             {words}",
            bounded(&visible(&length), 20)
        )
    })
}

/// The expression that a name stands for; `None` if the text does not begin with `@`.
pub(super) fn expression(text: &str) -> Option<Result<&'static str, String>> {
    let name = text.trim().strip_prefix('@')?.to_ascii_lowercase();
    let mut words = name.split_whitespace();
    let known = NAMES
        .iter()
        .find(|(known, _)| known.get(1..) == Some(name.as_str()));
    Some(match (known, words.next(), words.next()) {
        (Some((_, expression)), ..) => Ok(expression),
        (None, Some("reboot"), _) => Err(
            "@reboot is no schedule; what was missed is polled at each start: write how often besides, \
             such as \"*/15 * * * *\""
                .to_owned(),
        ),
        (None, Some("every"), Some(length)) => Err(every(length)),
        (None, ..) => {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            let text = bounded(&visible(text), 40);
            Err(format!("{text} is not known; known are {}", known.join(", ")))
        }
    })
}

/// What to write instead of `@every 5m`.
fn every(length: &str) -> String {
    let Some(seconds) = seconds(length).filter(|seconds| *seconds > 0) else {
        return "@every is not known: write a cron expression such as \"*/5 * * * *\"".to_owned();
    };
    let nearest = steps().filter(|(step, ..)| *step <= seconds).last();
    match nearest {
        Some((step, expression, _)) if step == seconds => {
            format!("@every is not known: write \"{expression}\"")
        }
        Some((_, expression, words)) => format!(
            "no cron expression fires every {}: write \"{expression}\" for every {words}",
            bounded(&visible(length), 20)
        ),
        None => "@every is not known: write a cron expression such as \"*/5 * * * *\"".to_owned(),
    }
}

/// The intervals that a cron expression can express, as seconds and words, the shortest first.
fn steps() -> impl Iterator<Item = (u64, String, String)> {
    let divisors = |of: u64| (1..of).filter(move |step| of.is_multiple_of(*step));
    let of = |step: u64, rest: &str| match step {
        1 => format!("*{rest}"),
        step => format!("*/{step}{rest}"),
    };
    let seconds = divisors(60).map(move |n| (n, of(n, " * * * * *"), format!("{n} s")));
    let minutes = divisors(60).map(move |n| (n * 60, of(n, " * * * *"), format!("{n} min")));
    let hours = divisors(24).map(move |n| {
        (
            n * 3_600,
            format!("0 {}", of(n, " * * *")),
            format!("{n} h"),
        )
    });
    let days = [(86_400, "0 0 * * *", "day"), (604_800, "0 0 * * 0", "week")]
        .map(|(seconds, text, word)| (seconds, text.to_owned(), word.to_owned()));
    seconds.chain(minutes).chain(hours).chain(days)
}

/// Reads a length such as `5m`, `1h30m` or `2d`, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.chars().take_while(char::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at_checked(letters)?;
        let unit = match unit {
            "s" => 1,
            "m" | "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        let part = number.parse::<u64>().ok()?.checked_mul(unit)?;
        total = total.checked_add(part)?;
        rest = after;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_and_a_name_without_its_sign_are_answered_with_what_to_write() {
        for (text, write) in [
            ("15m", Some("write \"*/15 * * * *\"")),
            ("1h", Some("write \"0 * * * *\"")),
            ("every 15 minutes", Some("write \"*/15 * * * *\"")),
            ("every minute", Some("write \"* * * * *\"")),
            ("every hour", Some("write \"0 * * * *\"")),
            ("Every 2 Hours", Some("write \"0 */2 * * *\"")),
            ("7m", Some("write \"*/6 * * * *\" for every 6 min")),
            ("hourly", Some("it is written \"@hourly\"")),
            ("*/15 * * *", None),
            ("", None),
            ("0m", None),
            ("15", None),
        ] {
            let said = instead(text);
            let is_right = match (&said, write) {
                (Some(said), Some(write)) => said.contains(write),
                (said, write) => said.is_none() && write.is_none(),
            };
            assert!(is_right, "{text}: {said:?}");
        }
    }

    #[test]
    fn a_name_of_another_scheduler_is_answered_with_what_to_write() {
        let wrong = |text| expression(text).unwrap().unwrap_err();
        for (text, write) in [
            ("@every 5m", "write \"*/5 * * * *\""),
            ("@every 30s", "write \"*/30 * * * * *\""),
            ("@every 1h", "write \"0 * * * *\""),
            ("@every 1m", "write \"* * * * *\""),
            ("@every 120m", "write \"0 */2 * * *\""),
            ("@every 24h", "write \"0 0 * * *\""),
            (
                "@every 1h30m",
                "no cron expression fires every 1h30m: write \"0 * * * *\" for every 1 h",
            ),
            (
                "@every 7m",
                "no cron expression fires every 7m: write \"*/6 * * * *\" for every 6 min",
            ),
            ("@every", "known are @hourly"),
            ("@every day", "write a cron expression such as"),
            ("@every 99999999999999999999w", "such as \"*/5 * * * *\""),
            ("@reboot", "polled at each start"),
            (
                "@fortnightly",
                "@fortnightly is not known; known are @hourly, @daily",
            ),
        ] {
            assert!(wrong(text).contains(write), "{text}: {}", wrong(text));
        }
    }
}
