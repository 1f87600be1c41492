//! Durations and sizes as people write them.

use jiff::SignedDuration;

/// What a duration is, for whoever wrote something else.
pub(super) const DURATION: &str = "a duration such as \"30s\", \"6h\" or \"10d\"";
/// The longest duration where a key has no bound of its own, and as it is said.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3_660);
pub(super) const LONGEST_SHOWN: &str = "3660d";

/// `30s`, `15min`, `6h`, `10d`, `2w`; else what it must be.
pub(super) fn parse_duration(
    text: &str,
    longest: SignedDuration,
    shown: &str,
) -> Result<SignedDuration, String> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or_default();
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(DURATION.to_owned()),
    };
    if number.is_empty() {
        return Err(DURATION.to_owned());
    }
    // Digits that are no number are too many.
    let number = number.parse::<i64>().ok();
    let total = number.and_then(|number| number.checked_mul(seconds));
    total
        .map(SignedDuration::from_secs)
        .filter(|total| *total <= longest)
        .ok_or_else(|| format!("at most \"{shown}\""))
}

/// `512KiB`, `1MiB`, `1000000`.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number
        .parse::<u64>()
        .ok()?
        .checked_mul(factor)
        .filter(|size| (1..=1 << 26).contains(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_have_units() {
        let parse = |text| parse_duration(text, LONGEST, LONGEST_SHOWN);
        assert_eq!(parse("10d"), Ok(SignedDuration::from_hours(240)));
        assert_eq!(parse("0s"), Ok(SignedDuration::ZERO));
        for form in ["10", "-1s", "s", "", "10y"] {
            assert_eq!(parse(form), Err(DURATION.to_owned()), "{form}");
        }
        for long in ["3661d", "9999d", "99999999999999999999s"] {
            assert_eq!(parse(long), Err("at most \"3660d\"".to_owned()), "{long}");
        }
        assert!(parse("3660d").is_ok());
        assert_eq!(parse_size("1MiB"), Some(1 << 20));
        assert_eq!(parse_size("1GiB"), None);
    }
}
