//! Makes a report: reads the store while others may write to it, and composes the page in
//! `wording/report`. The command and the daemon make the same page; `page_file.rs` writes it.
//!
//! One provider is read at a time, but all of them from the same state of the store.

use jiff::Timestamp;

use crate::config::unknown_name;
use crate::meaning::provider::is_called;
use crate::policy::key_life::{KeyLife, KeyLives};
use crate::store::{Reader, SpanRow, StoreError};
use crate::wording::report::Report;
use crate::wording::report::facts::{
    self, ReportDocument, ReportEvent, ReportFrame, ReportProvider,
};

/// Which report is asked for.
#[derive(Debug, Clone)]
pub struct ReportScope {
    /// Providers, or `provider/document`, with `*` for any characters; empty means all.
    pub names: Vec<String>,
    /// The beginning of the period; `None` is the whole history.
    pub since: Option<Timestamp>,
}

/// The page as of now, and the number of providers in it.
pub fn compose(
    reader: &Reader,
    scope: &ReportScope,
    now: Timestamp,
) -> anyhow::Result<(String, usize)> {
    reader.at_one_moment(|reader| {
        let all = reader.spans()?;
        for name in &scope.names {
            let is_known = |it: &SpanRow| is_called(&it.provider, &it.kind, name);
            if !all.iter().any(is_known) {
                let there = all.iter().map(|it| (it.provider.as_str(), it.kind.clone()));
                return Err(unknown_name::error(name, "in the history", there).into());
            }
        }
        let is_asked = |it: &SpanRow| {
            let mut names = scope.names.iter();
            scope.names.is_empty() || names.any(|name| is_called(&it.provider, &it.kind, name))
        };
        // A target that was configured but never polled has no history.
        let asked_for = |it: &&SpanRow| is_asked(it) && it.last_poll_at.is_some();
        let spans: Vec<&SpanRow> = all.iter().filter(asked_for).collect();
        let by_name = |one: &&SpanRow, other: &&SpanRow| one.provider == other.provider;
        let groups: Vec<&[&SpanRow]> = spans.chunk_by(by_name).collect();
        let frame = frame(&spans, groups.len(), scope.since, now);
        let mut report = Report::new(frame);
        for group in &groups {
            let of_all = all
                .iter()
                .filter(|it| group.iter().any(|own| it.provider == own.provider));
            let is_whole = of_all.count() == group.len();
            report.add(&provider(reader, group, is_whole, &frame)?);
        }
        Ok((report.html(), groups.len()))
    })
}

fn frame(
    spans: &[&SpanRow],
    providers: usize,
    since: Option<Timestamp>,
    made_at: Timestamp,
) -> ReportFrame {
    let last_poll_at = spans.iter().filter_map(|it| it.last_poll_at).max();
    let until = last_poll_at.unwrap_or(made_at);
    let first = spans.iter().map(|it| it.since).min().unwrap_or(until);
    ReportFrame {
        from: since.map_or(first, |since| since.max(first)).min(until),
        until,
        since,
        made_at,
        providers,
    }
}

fn provider(
    reader: &Reader,
    spans: &[&SpanRow],
    is_whole: bool,
    frame: &ReportFrame,
) -> Result<ReportProvider, StoreError> {
    let first = spans.first();
    let name = first.map_or_else(String::new, |it| it.provider.clone());
    let (mut documents, mut moments) = (Vec::new(), Vec::new());
    let mut keys = Vec::new();
    for span in spans {
        let marks = reader.marks(span.target_id, frame.since)?.into_iter();
        moments.extend(marks.map(|mark| ReportEvent {
            at: mark.at,
            severity: mark.severity,
        }));
        documents.push(ReportDocument {
            kind: span.kind.clone(),
            since: span.since,
            until: span.retired_at.or(span.last_poll_at).unwrap_or(span.since),
            outages: facts::outages(&reader.outages(span.target_id)?),
        });
        if span.kind.is_key_set() {
            keys = lives(reader, span.target_id)?;
        }
    }
    moments.sort_by_key(|it| it.at);
    let targets: Vec<i64> = spans.iter().map(|it| it.target_id).collect();
    let history_names = if is_whole {
        vec![name.clone()]
    } else {
        let names = spans
            .iter()
            .map(|it| format!("{}/{}", it.provider, it.kind));
        names.collect()
    };
    Ok(ReportProvider {
        name,
        history_names,
        documents,
        moments,
        keys,
        events: reader.latest_events(&targets, frame.since, frame.most_events())?,
    })
}

fn lives(reader: &Reader, target_id: i64) -> Result<Vec<KeyLife>, StoreError> {
    let mut lives = KeyLives::default();
    reader.every_state(target_id, |state| {
        lives.see(&state.key_set());
    })?;
    Ok(lives.end())
}
