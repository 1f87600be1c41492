//! Time zones: names of the IANA database, and what to write where something else stands.

use super::problem::{nearest, shown};
use super::reader::Section;
use crate::policy::schedule::Zone;

/// Hours that the zones `Etc/GMT+12` to `Etc/GMT-14` are ahead of UTC.
const WHOLE_HOURS: std::ops::RangeInclusive<i32> = -12..=14;

pub(super) fn read(section: &Section<'_>) -> Option<Zone> {
    let text = section.text("timezone")?;
    let zone = *text.get_ref();
    if let Ok(known) = Zone::parse(zone) {
        return Some(known);
    }
    let hint = match offset(zone) {
        Some(minutes) => instead_of_offset(minutes),
        None => instead_of_name(zone),
    };
    let what = format!("time zone \"{}\" is not known; {hint}", shown(zone));
    section.problem(text.span(), what);
    None
}

/// The minutes ahead of UTC that `GMT+2`, `UTC+02:00`, `+0530` or `Z` mean.
fn offset(text: &str) -> Option<i32> {
    let text = text.trim().to_ascii_uppercase();
    if text == "Z" {
        return Some(0);
    }
    // The zones `Etc/GMT+N` and `Etc/GMT-N` use the opposite sign, so they are not read here.
    let name = text.strip_prefix("ETC/UTC").unwrap_or(&text);
    let named = name
        .strip_prefix("UTC")
        .or_else(|| name.strip_prefix("GMT"));
    let rest = named.unwrap_or(name).trim_start();
    // A typographic minus sign is accepted like a hyphen.
    let behind = rest.strip_prefix(['-', '\u{2212}']);
    let (sign, rest) = match (rest.strip_prefix('+'), behind) {
        (Some(rest), _) => (1, rest),
        (None, Some(rest)) => (-1, rest),
        (None, None) => (1, named.filter(|_| !rest.is_empty())?.trim_start()),
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(both) => both,
        None if rest.len() > 2 => rest.split_at_checked(rest.len() - 2)?,
        None => (rest, "0"),
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        text.parse::<i32>().ok().filter(|_| is_number)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn instead_of_offset(minutes: i32) -> String {
    let city = "the zone of a city such as \"Europe/Berlin\"";
    let hours = minutes / 60;
    match minutes {
        0 => "write \"UTC\"".to_owned(),
        _ if minutes % 60 == 0 && WHOLE_HOURS.contains(&hours) => {
            let (sign, side) = if hours > 0 {
                ('-', "ahead of")
            } else {
                ('+', "behind")
            };
            let count = hours.abs();
            let plural = if count == 1 { "" } else { "s" };
            format!(
                "write \"Etc/GMT{sign}{count}\" for {count} hour{plural} {side} UTC (in these names the \
                 sign is that of POSIX, the other way round), or {city}, whose clocks are changed"
            )
        }
        _ => format!("no zone is named for that offset: write {city}"),
    }
}

fn instead_of_name(zone: &str) -> String {
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    let city = zone.trim().replace(' ', "_");
    let of_city = names.iter().find(|name| {
        let last = name.rsplit_once('/').map(|(_, city)| city);
        last.is_some_and(|last| last.eq_ignore_ascii_case(&city))
    });
    let is_short = zone.len() <= 5 && zone.chars().all(|c| c.is_ascii_uppercase());
    if let Some(name) = of_city {
        return format!("did you mean \"{name}\"?");
    }
    if is_short && !zone.is_empty() {
        // No near name is suggested, because it would be another zone with an equally short name.
        return "several zones may share an abbreviation: write the zone of a city such as \
                \"Europe/Berlin\""
            .to_owned();
    }
    // A slip of the pen is in a letter: another number or sign is another zone.
    let is_of_offset = |c: &char| c.is_ascii_digit() || "+-".contains(*c);
    let offset = |text: &str| -> String { text.chars().filter(is_of_offset).collect() };
    // And `UTC+2` is not `GMT+2` with a slip: signs are the other way round there.
    let is_number = zone.contains(|c: char| c.is_ascii_digit());
    let alike = names
        .iter()
        .map(String::as_str)
        .filter(|name| offset(name) == offset(zone))
        .filter(|name| !is_number || !name.starts_with("Etc/"));
    match nearest(zone, alike) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write an IANA name such as \"Europe/Berlin\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::reading;

    #[test]
    fn an_offset_is_answered_with_the_zone_that_has_it_and_never_with_another_one() {
        for (zone, write) in [
            ("GMT+2", "write \"Etc/GMT-2\" for 2 hours ahead of UTC"),
            ("UTC+2", "write \"Etc/GMT-2\" for 2 hours ahead"),
            ("+02:00", "write \"Etc/GMT-2\" for 2 hours ahead"),
            ("utc-0500", "write \"Etc/GMT+5\" for 5 hours behind UTC"),
            ("UTC \u{2212}1", "write \"Etc/GMT+1\" for 1 hour behind UTC"),
            (
                "+05:30",
                "no zone is named for that offset: write the zone of a city",
            ),
            ("GMT+15", "no zone is named for that offset"),
            ("Z", "write \"UTC\""),
            ("+00:00", "write \"UTC\""),
            ("Etc/GMT-15", "write an IANA name"),
            ("Etc/UTC+2", "write \"Etc/GMT-2\" for 2 hours ahead"),
            ("UTC 3", "write \"Etc/GMT-3\" for 3 hours ahead"),
            ("UTC0", "write \"UTC\""),
            ("Ect/GMT+2", "write an IANA name"),
            ("CEST", "several zones may share an abbreviation"),
            ("Berlin", "did you mean \"Europe/Berlin\"?"),
            ("new york", "did you mean \"America/New_York\"?"),
            ("Europe/Berln", "did you mean \"Europe/Berlin\"?"),
            ("+", "write an IANA name"),
        ] {
            let (read, problems) = reading(&format!("timezone = \"{zone}\""), |it, _| read(it));
            assert_eq!(read, None, "{zone}");
            assert!(problems[0].contains(write), "{zone}: {problems:?}");
        }
        for zone in ["Etc/GMT-2", "GMT", "UTC", "europe/berlin", "EST5EDT"] {
            let (read, problems) = reading(&format!("timezone = \"{zone}\""), |it, _| read(it));
            assert_eq!(
                (read.as_ref().map(Zone::name), problems.len()),
                (Some(zone), 0),
                "{zone}"
            );
        }
    }
}
