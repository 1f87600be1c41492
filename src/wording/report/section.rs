//! The section of a provider, and its line in the index.

use super::facts::{ReportFrame, ReportProvider};
use super::item::{self, ReportItem};
use super::lane::lanes;
use super::presence::{self, Availability};
use super::row::ReportRow;
use super::scale::Scale;
use crate::document::severity::Severity;
use crate::document::text::{grouped, visible};
use crate::policy::key_life::rotation;

/// Bytes that the events of all providers may take together, and those of one at least.
const BYTES: usize = 3_000_000;
const FEWEST_BYTES: usize = 3_000;
/// Rows of keys of all providers together, and of one at least and at most.
const KEYS: usize = 3_000;

/// All that a page says of a provider.
#[derive(Debug)]
pub(super) struct ProviderSection {
    /// Its number on the page: the anchor that the index leads to.
    pub(super) number: usize,
    pub(super) name: String,
    /// Its events in the time of the report.
    pub(super) count: String,
    pub(super) gravest: Option<&'static str>,
    pub(super) availability: String,
    pub(super) last: String,
    pub(super) lanes: Vec<ReportRow>,
    pub(super) documents: Vec<ReportRow>,
    pub(super) keys: Vec<ReportRow>,
    pub(super) rotation: String,
    pub(super) more_keys: Option<String>,
    pub(super) items: Vec<ReportItem>,
    pub(super) more: Option<String>,
}

impl ProviderSection {
    pub(super) fn of(
        number: usize,
        provider: &ReportProvider,
        frame: &ReportFrame,
        scale: Scale,
    ) -> Self {
        let moments = &provider.moments;
        let documents = provider.documents.iter();
        let shares = documents.clone().map(|it| Availability::of(it, scale));
        let share = shares.reduce(Availability::with);
        let gravest = moments.iter().filter_map(|it| it.severity).max();
        let last = moments.last().map(|it| it.at.strftime("%Y-%m-%d"));
        let (items, more) = items(provider, frame);
        let (keys, more_keys) = keys(provider, frame, scale);
        let now = provider.keys.iter().filter(|it| it.last_seen.is_none());
        let of_keys = || presence::rotation(&rotation(&provider.keys), now.count());
        Self {
            number,
            name: visible(&provider.name),
            count: grouped(moments.len() as u64),
            gravest: gravest.map(Severity::as_str),
            availability: share.map(Availability::words).unwrap_or_default(),
            last: last.map(|it| it.to_string()).unwrap_or_default(),
            lanes: lanes(moments, scale),
            documents: documents.map(|it| presence::document(it, scale)).collect(),
            rotation: if keys.is_empty() {
                String::new()
            } else {
                of_keys()
            },
            keys,
            more_keys,
            items,
            more,
        }
    }
}

/// As many events as there is room for, at least one, and how to see the rest.
fn items(provider: &ReportProvider, frame: &ReportFrame) -> (Vec<ReportItem>, Option<String>) {
    let room = (BYTES / frame.providers.max(1)).max(FEWEST_BYTES);
    let mut taken = 0;
    let mut items = Vec::new();
    for event in provider.events.iter().take(frame.most_events()) {
        let item = ReportItem::of(event);
        taken += item.size();
        if taken > room && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    let more = provider.moments.len().saturating_sub(items.len());
    let command = item::command(&provider.history_names, frame.since);
    let more = (more > 0).then(|| format!("and {} more: {command}", grouped(more as u64)));
    (items, more)
}

/// The keys of the time, the latest first.
fn keys(
    provider: &ReportProvider,
    frame: &ReportFrame,
    scale: Scale,
) -> (Vec<ReportRow>, Option<String>) {
    let most = (KEYS / frame.providers.max(1)).clamp(8, 60);
    let lives = provider.keys.iter();
    let all = lives
        .clone()
        .filter(|it| presence::is_of(it, scale))
        .count();
    let rows: Vec<ReportRow> = lives
        .filter_map(|it| presence::key(it, scale))
        .take(most)
        .collect();
    let left_out = all.saturating_sub(rows.len());
    let command = item::keys_command(&provider.name);
    let more = (left_out > 0).then(|| format!("and {} more: {command}", grouped(left_out as u64)));
    (rows, more)
}
