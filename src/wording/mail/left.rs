//! What the weekly mail alone tells: what was left to it, and habits.

use super::habit;
use super::page::Section;
use super::words::{count, cut, name};
use crate::document::severity::Severity;
use crate::policy::event::Event;
use crate::wording::text::utc;

/// Most lines of either.
const ROWS: usize = 100;

/// One for what was left to it, one for habits; those that have nothing to tell are empty.
/// `more` is how much more was left to it.
pub(super) fn sections(collected: &[Event], more: u64, habits: &[Event]) -> [Section; 2] {
    let left = collected.iter().take(ROWS).map(|event| {
        let severity = event.body.severity.map_or("", Severity::as_str);
        row(event, severity, cut(&event.body.summary, 60))
    });
    let rows: Vec<Vec<String>> = left.collect();
    let all = u64::try_from(collected.len())
        .unwrap_or(u64::MAX)
        .saturating_add(more);
    let hidden = all.saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    let hidden = (hidden > 0).then(|| format!("... and {} more", count(hidden)));
    let collected = Section {
        intro: (all > 0).then(|| "Left to this mail:".to_owned()),
        rows,
        more: hidden.into_iter().collect(),
        ..Section::default()
    };
    let habits = habits.iter().take(ROWS).filter_map(|event| {
        let said = event.body.changes().iter().find_map(habit::subject)?;
        Some(row(event, "habit", said))
    });
    let rows: Vec<Vec<String>> = habits.collect();
    let habits = Section {
        intro: (!rows.is_empty()).then(|| "Done again, as always:".to_owned()),
        rows,
        ..Section::default()
    };
    [collected, habits]
}

fn row(event: &Event, word: &str, said: String) -> Vec<String> {
    vec![
        word.to_owned(),
        name(&event.provider),
        said,
        utc(event.body.at),
    ]
}
