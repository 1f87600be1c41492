//! When something changed: a row for each severity, for one provider and for all.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::ReportEvent;
use super::row::{Bar, ReportRow};
use super::scale::{Percent, Scale};
use crate::document::severity::Severity;
use crate::document::text::grouped;
use crate::wording::text::{counted, utc};

/// Height of a row of one provider, and of all.
const HEIGHT: u32 = 12;
const TALL: u32 = 36;
/// Columns of the time line of all.
const COLUMNS: i64 = 120;

/// A row for each severity that something had, the gravest first.
pub(super) fn lanes(moments: &[ReportEvent], scale: Scale) -> Vec<ReportRow> {
    let lane = |severity: Severity| {
        let of = moments.iter().filter(|it| it.severity == Some(severity));
        let at: Vec<_> = of.map(|it| it.at).collect();
        let (first, last) = (at.first()?, at.last()?);
        // Events at the same place are drawn once, so that the page is bounded however much happened.
        let places: BTreeSet<Percent> = at.iter().map(|at| scale.x(*at).coarse()).collect();
        let count = at.len() as u64;
        let when = if count == 1 {
            utc(*first)
        } else {
            format!("the first {}, the last {}", utc(*first), utc(*last))
        };
        Some(ReportRow {
            label: severity.to_string(),
            value: grouped(count),
            title: format!("{severity}: {}, {when}", counted(count, "event")),
            height: HEIGHT,
            bars: merged(places, severity.as_str()),
        })
    };
    Severity::ALL.into_iter().filter_map(lane).collect()
}

/// Moments side by side are one bar.
fn merged(places: BTreeSet<Percent>, paint: &'static str) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for x in places {
        match bars.last_mut() {
            Some(last) if last.x.plus(last.width) == x => {
                last.width = last.width.plus(Percent::STEP);
            }
            _ => bars.push(Bar {
                x,
                y: 0,
                width: Percent::STEP,
                height: HEIGHT,
                paint,
            }),
        }
    }
    bars
}

/// How much there was of each severity, all over the time.
#[derive(Debug, Default)]
pub(super) struct Overview {
    /// Events by severity and column.
    columns: BTreeMap<Severity, BTreeMap<i64, u64>>,
    /// Providers with any event of a severity.
    providers: BTreeMap<Severity, u64>,
}

impl Overview {
    /// Adds what happened at a provider.
    pub(super) fn add(&mut self, moments: &[ReportEvent], scale: Scale) {
        let mut severities = BTreeSet::new();
        for moment in moments {
            let Some(severity) = moment.severity else {
                continue;
            };
            severities.insert(severity);
            let column = scale.x(moment.at).of_columns(COLUMNS);
            let columns = self.columns.entry(severity).or_default();
            *columns.entry(column).or_default() += 1;
        }
        for severity in severities {
            *self.providers.entry(severity).or_default() += 1;
        }
    }

    /// A row for each severity. The area of a column goes by its number, so that few beside many are
    /// seen.
    pub(super) fn rows(&self) -> Vec<ReportRow> {
        let row = |severity: Severity| {
            let columns = self.columns.get(&severity).into_iter().flatten();
            let counts: Vec<(i64, u64)> = columns.map(|(at, count)| (*at, *count)).collect();
            let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1);
            let all: u64 = counts.iter().map(|(_, count)| *count).sum();
            let bar = |(column, count): &(i64, u64)| {
                let square = u64::from(TALL).pow(2).saturating_mul(*count) / most.max(1);
                let height = u32::try_from(square.isqrt()).unwrap_or(TALL).clamp(2, TALL);
                Bar {
                    x: Percent::of(*column, COLUMNS),
                    y: TALL - height,
                    width: Percent::of(4, COLUMNS * 5),
                    height,
                    paint: severity.as_str(),
                }
            };
            let providers = self.providers.get(&severity).copied().unwrap_or_default();
            let (events, providers) = (counted(all, "event"), counted(providers, "provider"));
            ReportRow {
                label: severity.to_string(),
                value: grouped(all),
                title: format!("{severity}: {events} at {providers}; most at a time: {most}"),
                height: TALL,
                bars: counts.iter().map(bar).collect(),
            }
        };
        let rows = Severity::ALL.into_iter().map(row);
        rows.filter(|row| !row.bars.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        Scale {
            from: "2026-01-01T00:00:00Z".parse().unwrap(),
            until: "2026-12-31T00:00:00Z".parse().unwrap(),
        }
    }

    fn moment(at: &str, severity: Option<Severity>) -> ReportEvent {
        let at = at.parse().unwrap();
        ReportEvent { at, severity }
    }

    #[test]
    fn what_is_not_graded_has_no_lane_and_what_falls_together_is_drawn_once() {
        let moments = [
            moment("2026-03-01T00:00:00Z", Some(Severity::Breaking)),
            moment("2026-03-01T01:00:00Z", Some(Severity::Breaking)),
            moment("2026-09-01T00:00:00Z", Some(Severity::Breaking)),
            moment("2026-10-01T00:00:00Z", None),
        ];
        let lanes = lanes(&moments, scale());
        assert_eq!(lanes.len(), 1);
        assert_eq!(lanes[0].bars.len(), 2);
        assert_eq!(
            lanes[0].title,
            "breaking: 3 events, the first 2026-03-01 00:00 UTC, the last 2026-09-01 00:00 UTC"
        );
    }

    #[test]
    fn the_time_line_of_all_counts_events_and_providers_and_is_bounded() {
        let mut overview = Overview::default();
        let day = |day: i64| scale().from + jiff::SignedDuration::from_hours(24 * day);
        let many: Vec<ReportEvent> = (0..364)
            .map(|it| ReportEvent {
                at: day(it),
                severity: Some(Severity::Notice),
            })
            .collect();
        overview.add(&many, scale());
        overview.add(&many, scale());
        let rows = overview.rows();
        assert_eq!(rows.len(), 1);
        assert!(rows[0].bars.len() <= 121);
        let highest = rows[0].bars.iter().map(|bar| bar.height).max();
        assert_eq!(highest, Some(TALL));
        let said = "notice: 728 events at 2 providers; most at a time: 8";
        assert_eq!(rows[0].title, said);
    }
}
