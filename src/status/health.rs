//! How a target is, in a word, and when it is polled next.

use jiff::{SignedDuration, Timestamp};

use crate::config::Outline;
use crate::document::canonical::named_url;
use crate::policy::next_poll::poll_after;
use crate::policy::schedule::Schedule;
use crate::store::{Reader, TargetRow};
use crate::terminal::Tone;

/// How late a poll may be for reasons of its own: it waits for others, and asks twice.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// How a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// It was seen when it should have been.
    Good,
    /// It could not be had.
    Failing,
    /// Its answers disagree.
    Inconsistent,
    /// It should have been polled and was not.
    Overdue,
    /// It was never polled.
    Unknown,
    /// A key set that no metadata names any more.
    NotNamed,
    /// The configuration does not have it any more.
    NotWatched,
}

impl Health {
    /// All of them, in the order of a total.
    pub(super) const ALL: [Self; 7] = [
        Self::Good,
        Self::Failing,
        Self::Inconsistent,
        Self::Overdue,
        Self::Unknown,
        Self::NotNamed,
        Self::NotWatched,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Failing => "failing",
            Self::Inconsistent => "inconsistent",
            Self::Overdue => "overdue",
            Self::Unknown => "unknown",
            Self::NotNamed => "not named",
            Self::NotWatched => "not watched",
        }
    }

    /// Whether somebody must look at it.
    pub(super) fn is_wrong(self) -> bool {
        matches!(self, Self::Failing | Self::Inconsistent | Self::Overdue)
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Self::Good => Tone::Good,
            Self::Failing | Self::Overdue => Tone::Bad,
            Self::Inconsistent | Self::Unknown => Tone::Doubtful,
            Self::NotNamed | Self::NotWatched => Tone::Plain,
        }
    }
}

/// How a target is now.
pub(super) fn health(
    outline: &Outline,
    reader: &Reader,
    row: &TargetRow,
    now: Timestamp,
) -> anyhow::Result<Health> {
    let state = &row.tracking.state;
    let mut providers = outline.providers.iter();
    if !outline.providers.is_empty() && !providers.any(|known| known.name == row.provider) {
        return Ok(Health::NotWatched);
    }
    let waits = state.retry_at.is_some_and(|until| until > now);
    let is_late = !waits && is_overdue(outline, row, now);
    Ok(match (&state.outage, row.tracking.last_poll_at) {
        // A key set that the metadata no longer names is not polled, so it can never become well again.
        (Some(_), _) if is_unnamed(reader, row)? => Health::NotNamed,
        (Some(_), _) => Health::Failing,
        (None, Some(_)) if is_late && is_unnamed(reader, row)? => Health::NotNamed,
        (None, Some(_)) if is_late => Health::Overdue,
        (None, None) => Health::Unknown,
        (None, Some(last)) if row.tracking.is_inconsistent(last) => Health::Inconsistent,
        (None, Some(_)) => Health::Good,
    })
}

/// Whether it is a key set that no metadata of its provider names now.
fn is_unnamed(reader: &Reader, row: &TargetRow) -> anyhow::Result<bool> {
    if !row.kind.is_named_by_another() {
        return Ok(false);
    }
    for other in reader.targets()? {
        let is_metadata = other.provider == row.provider && other.kind.leads_to_named(&row.kind);
        let baseline = other.tracking.baseline.as_ref().filter(|_| is_metadata);
        let Some(baseline) = baseline.filter(|_| other.retired_at.is_none()) else {
            continue;
        };
        let snapshot = reader.snapshot(baseline.snapshot_id)?;
        if snapshot.is_some_and(|it| {
            named_url(other.kind.kind(), row.kind.kind(), &it.canonical).is_some()
        }) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// When it is polled next: after what its server asked for. Where it is overdue, when it should have been.
pub(super) fn next_poll(
    outline: &Outline,
    row: &TargetRow,
    health: Health,
    now: Timestamp,
) -> Option<Timestamp> {
    let tracking = &row.tracking;
    if health == Health::Unknown {
        // It waits for no tick: it is polled when the daemon learns of it.
        return None;
    }
    let after = match tracking.last_poll_at {
        Some(last) if health == Health::Overdue => last,
        _ => tracking.state.retry_at.map_or(now, |until| until.max(now)),
    };
    poll_after(
        schedule(outline, row)?,
        &row.provider,
        outline.spread,
        after,
    )
}

/// The schedule by which it is polled; `None` where the configuration does not have it.
pub(super) fn schedule<'a>(outline: &'a Outline, row: &TargetRow) -> Option<&'a Schedule> {
    let mut providers = outline.providers.iter();
    let provider = providers.find(|provider| provider.name == row.provider)?;
    Some(&provider.schedule)
}

/// Whether nothing was polled for two intervals and the spread.
fn is_overdue(outline: &Outline, row: &TargetRow, now: Timestamp) -> bool {
    let late = || {
        let last = row.tracking.last_poll_at?;
        let schedule = schedule(outline, row)?;
        let spread = SignedDuration::try_from(outline.spread).ok()?;
        // The spread is never more than half the interval.
        let interval = schedule.interval_at(last)?;
        let due = schedule.next_after(schedule.next_after(last)?)?;
        Some(now.duration_since(due) > spread.min(interval / 2) + MARGIN)
    };
    late().unwrap_or(false)
}
