//! What was there, and when: documents that could be had, keys that were published.

use jiff::SignedDuration;

use super::facts::ReportDocument;
use super::row::{Bar, ReportRow};
use super::scale::{Percent, Scale, seconds};
use crate::document::text::{bounded, visible};
use crate::document::value::visible_name;
use crate::policy::key_life::{KeyLife, Rotation};
use crate::wording::text::{counted, duration_words, utc};

const HEIGHT: u32 = 12;
/// Most characters of the name of a key.
const NAME: usize = 24;
/// Most outages and gaps that are drawn in one row.
const MOST: usize = 100;

/// How much of the time a document could be had, as far as outages were told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Availability {
    up: i64,
    whole: i64,
}

impl Availability {
    /// How much of the time of the report the document could be had.
    pub(super) fn of(document: &ReportDocument, scale: Scale) -> Self {
        let from = document.since.max(scale.from);
        let until = document.until.min(scale.until);
        let down = document.outages.iter().map(|outage| {
            let end = outage.to.unwrap_or(until).min(until);
            seconds(outage.from.max(from), end)
        });
        let whole = seconds(from, until);
        let up = whole.saturating_sub(down.sum());
        Self { up, whole }
    }

    /// Adds the time of another document.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            up: self.up.saturating_add(other.up),
            whole: self.whole.saturating_add(other.whole),
        }
    }

    pub(super) fn words(self) -> String {
        if self.whole == 0 {
            return String::new();
        }
        format!("{} %", Percent::of(self.up, self.whole))
    }
}

/// When a document could be had, and when not.
pub(super) fn document(document: &ReportDocument, scale: Scale) -> ReportRow {
    let end = |to: Option<_>| to.unwrap_or(document.until);
    let bar = |(x, width): (Percent, Percent), paint, y, height| Bar {
        x,
        y,
        width,
        height,
        paint,
    };
    let watched = scale.stretch(document.since, document.until);
    let latest_outages = document.outages.iter().rev().take(MOST);
    let down = latest_outages.filter_map(|outage| {
        let stretch = scale.stretch(outage.from, end(outage.to))?;
        Some(bar(stretch, "down", 0, HEIGHT))
    });
    let up = watched.map(|stretch| bar(stretch, "up", 3, HEIGHT - 6));
    let count = document
        .outages
        .iter()
        .filter(|it| scale.stretch(it.from, end(it.to)).is_some())
        .count() as u64;
    let share = Availability::of(document, scale).words();
    let latest = document.outages.last().filter(|_| count > 0);
    let on_latest = latest.map_or_else(String::new, |outage| {
        let lasted = duration_words(end(outage.to).duration_since(outage.from));
        let still = if outage.to.is_some() {
            "lasted"
        } else {
            "goes on since"
        };
        format!(", the last on {} {still} {lasted}", utc(outage.from))
    });
    let kind = document.kind.clone();
    let outages = match count {
        0 => "no outage".to_owned(),
        some => counted(some, "outage"),
    };
    ReportRow {
        label: kind.to_string(),
        title: format!("{kind}: available {share}; {outages}{on_latest}"),
        value: share,
        height: HEIGHT,
        bars: up.into_iter().chain(down).collect(),
    }
}

/// Whether a key was published at any moment of the time of the report.
pub(super) fn is_of(life: &KeyLife, scale: Scale) -> bool {
    let until = life.last_seen.unwrap_or(scale.until);
    scale.stretch(life.first_seen, until).is_some()
}

/// When a key was published; `None` if it was not in the time of the report.
pub(super) fn key(life: &KeyLife, scale: Scale) -> Option<ReportRow> {
    if !is_of(life, scale) {
        return None;
    }
    let until = life.last_seen.unwrap_or(scale.until);
    let paint = if life.last_seen.is_some() {
        "gone"
    } else {
        "key"
    };
    let mut parts = Vec::new();
    let mut from = life.first_seen;
    for gap in life.gaps.iter().take(MOST) {
        parts.push((from, gap.from));
        from = gap.to;
    }
    parts.push((from, until));
    let bar = |(from, to)| {
        let (x, width) = scale.stretch(from, to)?;
        Some(Bar {
            x,
            y: 1,
            width,
            height: HEIGHT - 2,
            paint,
        })
    };
    let name = match &life.kid {
        Some(kid) => visible_name(kid),
        None => "(no kid)".to_owned(),
    };
    let first = if life.is_of_first_state {
        "there when the history began, "
    } else {
        "since "
    };
    let last = match life.last_seen {
        Some(at) => format!("until {}", utc(at)),
        None => "and in the latest set".to_owned(),
    };
    let lived = duration_words(until.duration_since(life.first_seen));
    let gaps = match life.gaps.len() as u64 {
        0 => String::new(),
        some => format!(", not there {} in between", counted(some, "time")),
    };
    let kind = kind(life);
    let since = utc(life.first_seen);
    Some(ReportRow {
        label: bounded(&name, NAME),
        title: format!("key {name}, {kind}: {first}{since} {last}, {lived}{gaps}"),
        value: kind,
        height: HEIGHT,
        bars: parts.into_iter().filter_map(bar).collect(),
    })
}

/// `RS256 2048`, or the type where no algorithm is said.
fn kind(life: &KeyLife) -> String {
    let names = [&life.alg, &life.crv, &life.kty];
    let first = names.into_iter().flatten().next();
    let name = bounded(&visible(first.map_or("", String::as_str)), 16);
    match life.size.filter(|_| life.kty.as_deref() == Some("RSA")) {
        Some(size) => format!("{name} {size}"),
        None => name,
    }
}

/// How keys follow each other, in words.
pub(super) fn rotation(rotation: &Rotation, now: usize) -> String {
    let keys = counted(now as u64, "key");
    let came = counted(rotation.count as u64, "time");
    let came = match rotation.count {
        0 => ", no new one came".to_owned(),
        _ => format!(", new ones came {came}"),
    };
    let overlap = rotation.overlaps.last().map(|last| match last {
        Some(SignedDuration::ZERO) => {
            "; the last time one poll saw the ones before beside them".to_owned()
        }
        Some(stayed) => format!(
            "; the last time the ones before stayed {} beside them",
            duration_words(*stayed)
        ),
        None => "; the last time the ones before went at once".to_owned(),
    });
    format!(
        "{keys} in the latest set{came}{}",
        overlap.unwrap_or_default()
    )
}
