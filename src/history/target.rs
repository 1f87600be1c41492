//! Which document is meant by a name, and which state of it by a time, an event or `now`.

use anyhow::Context as _;
use jiff::Timestamp;

use super::unknown_name::unknown_target;
use crate::clock::moment::{self, TimeArgument};
pub use crate::config::unknown_name::UsageError;
use crate::document::text::{bounded, visible};
use crate::meaning::provider::is_called;
use crate::store::{DocumentRow, Reader, Snapshot};
use crate::terminal::Aside;
use crate::wording::text::utc;

/// Most documents that are named where one is meant.
const SEVERAL: usize = 10;

/// The documents that a name stands for; at least one.
pub(super) fn called<'d>(
    documents: &'d [DocumentRow],
    name: &str,
) -> Result<Vec<&'d DocumentRow>, UsageError> {
    let is_it = |row: &&DocumentRow| is_called(&row.provider, &row.kind, name);
    let found: Vec<&DocumentRow> = documents.iter().filter(is_it).collect();
    if found.is_empty() {
        let all = documents
            .iter()
            .map(|row| (row.provider.as_str(), row.kind.clone()));
        return Err(unknown_target(name, all));
    }
    Ok(found)
}

/// The one document that a name stands for.
pub(super) fn one<'d>(
    documents: &'d [DocumentRow],
    name: &str,
) -> Result<&'d DocumentRow, UsageError> {
    only(&called(documents, name)?, name)
}

/// The one document of those that a name stands for; where only key sets stand beside one, that one: it is
/// what led to them.
pub(super) fn only<'d>(
    found: &[&'d DocumentRow],
    name: &str,
) -> Result<&'d DocumentRow, UsageError> {
    let is_of_one = found
        .iter()
        .all(|row| found.first().is_some_and(|it| it.provider == row.provider));
    let leading: Vec<&DocumentRow> = found
        .iter()
        .copied()
        .filter(|row| is_of_one && !row.kind.is_key_set())
        .collect();
    match (found, leading.as_slice()) {
        ([one], _) | (_, [one]) => Ok(one),
        (many, _) => {
            let names: Vec<String> = many.iter().take(SEVERAL).map(|row| row.name()).collect();
            Err(UsageError(format!(
                "{} has several documents: name one of {}",
                visible(name),
                names.join(", ")
            )))
        }
    }
}

/// The key set that a name stands for.
pub(super) fn key_set<'d>(
    documents: &'d [DocumentRow],
    name: &str,
) -> anyhow::Result<&'d DocumentRow> {
    let found = called(documents, name)?;
    let sets: Vec<&DocumentRow> = found
        .into_iter()
        .filter(|row| row.kind.is_key_set())
        .collect();
    if sets.is_empty() {
        // This is not a usage error: the name is right, only its keys are not known.
        anyhow::bail!(
            "no key set of {} was ever followed: name \"jwks\" in its documents",
            visible(name)
        );
    }
    Ok(only(&sets, name)?)
}

/// Which state is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StateSelector {
    /// The state after an event.
    Event(i64),
    /// The state that is known now.
    Now,
    /// The state at a time; for a day, the last one of that day.
    Time(TimeArgument),
}

impl StateSelector {
    /// Reads a time, the number of an event (`#3` is what people write elsewhere), or `now`.
    pub(super) fn parse(text: &str, now: Timestamp) -> Result<Self, String> {
        if text == "now" {
            return Ok(Self::Now);
        }
        let digits = text.strip_prefix('#').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(number) if is_number && number > 0 => Ok(Self::Event(number)),
            _ if is_number => Err(format!("\"{}\" is no event number", bounded(text, 60))),
            _ => moment::parse(text, now).map(Self::Time).map_err(|_no_time| {
                let text = bounded(&visible(text), 60);
                format!(
                    "\"{text}\" is no state: write a time (2026-11-23T02:15:04Z, 2026-11-23, 7d), \
                     the number of an event, or now"
                )
            }),
        }
    }
}

/// The state that a document had.
pub(super) fn state(
    reader: &Reader,
    row: &DocumentRow,
    point: StateSelector,
) -> anyhow::Result<Snapshot> {
    let at = |at: Timestamp| reader.snapshot_at(&row.provider, &row.kind, at);
    let name = row.name();
    match point {
        StateSelector::Now => {
            let state = reader.baseline(row.target_id)?;
            state.with_context(|| format!("{name} has never been seen"))
        }
        StateSelector::Time(when) => {
            at(when.last())?.with_context(|| format!("{name} was not known {}", said(when)))
        }
        StateSelector::Event(id) => {
            let location = reader.event_location(id)?.with_context(|| no_event(id))?;
            if location.target_id != row.target_id {
                let words = format!("event {id} is about another document than {name}");
                return Err(UsageError(words).into());
            }
            let state = match location.to_snapshot {
                Some(snapshot) => reader.snapshot(snapshot)?,
                None => at(location.at)?,
            };
            state.with_context(|| format!("{name} was not known after event {id}"))
        }
    }
}

pub(super) fn no_event(id: i64) -> String {
    format!("there is no event {id}; see: issuerwatch history")
}

fn said(when: TimeArgument) -> String {
    match when {
        TimeArgument::Instant(at) => format!("at {}", utc(at)),
        TimeArgument::Day(day) => format!("on {day}"),
    }
}

/// Says that a day had several states, of which the last one is shown; `command` shows the others.
pub(super) fn note_day(
    reader: &Reader,
    row: &DocumentRow,
    when: TimeArgument,
    shown: &Snapshot,
    command: &str,
) -> anyhow::Result<()> {
    let TimeArgument::Day(day) = when else {
        return Ok(());
    };
    let before = reader.snapshot_at(&row.provider, &row.kind, when.start())?;
    if before.is_some_and(|before| before.snapshot_id != shown.snapshot_id) {
        // Printed to standard error, because a program may read standard output.
        let (name, start) = (row.name(), when.start());
        std::io::Write::write_fmt(
            &mut Aside,
            format_args!(
                "{name} changed on {day}; this is how it was left. Before: issuerwatch {command} {start}\n"
            ),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;

    #[test]
    fn a_state_is_meant_by_a_time_an_event_or_now() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let read = |text| StateSelector::parse(text, now);
        assert_eq!(read("now"), Ok(StateSelector::Now));
        assert_eq!(read("12"), Ok(StateSelector::Event(12)));
        assert_eq!(read("#12"), Ok(StateSelector::Event(12)));
        assert_eq!(
            read("7d").ok(),
            moment::parse("7d", now).ok().map(StateSelector::Time)
        );
        assert!(matches!(
            read("2026-11-23"),
            Ok(StateSelector::Time(TimeArgument::Day(_)))
        ));
        for wrong in [
            "",
            "0",
            "#",
            "-1",
            "yesterday",
            "99999999999999999999",
            "12x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_several_documents_have_is_answered_with_their_names() {
        let row = |target_id, kind| DocumentRow {
            target_id,
            provider: "acme".to_owned(),
            kind,
        };
        let all = [
            row(1, Kind::JWKS.into()),
            row(2, Kind::OPENID_CONFIGURATION.into()),
            row(3, Kind::OAUTH_AUTHORIZATION_SERVER.into()),
        ];
        assert_eq!(one(&all, "acme/jwks").unwrap().target_id, 1);
        assert_eq!(
            one(&all, "acme").unwrap_err().to_string(),
            "acme has several documents: name one of acme/jwks, acme/openid-configuration, \
             acme/oauth-authorization-server"
        );
        assert_eq!(
            one(&all[..2], "acme").unwrap().target_id,
            2,
            "the one that leads to the key set"
        );
        let near = one(&all, "acne").unwrap_err().to_string();
        assert!(near.ends_with("did you mean \"acme\"?"), "{near}");
        assert_eq!(key_set(&all, "acme").unwrap().target_id, 1);
        assert!(key_set(&all[1..], "acme").is_err());
    }
}
