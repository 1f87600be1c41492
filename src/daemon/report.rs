//! `[report]`: writes the page about the history at intervals.
//!
//! Reading and writing run on the blocking pool, so no poll and no signal waits for them. If a page is
//! still being made when the next is due, that one is skipped. A failure is one line in the log, and
//! another when it is over.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use crate::clock;
use crate::config::ReportSettings;
use crate::document::path;
use crate::store::Reader;
use crate::watch::page_file::PageFile;
use crate::watch::report_file::{self, ReportScope};
use crate::wording::text::causes;

/// Writes the pages at intervals.
#[derive(Default)]
pub(super) struct Reports {
    settings: Option<(ReportSettings, Interval)>,
    pages: JoinSet<anyhow::Result<()>>,
    is_failing: bool,
}

impl Reports {
    /// Uses these settings from now on and writes the first page at once. Unchanged settings keep their
    /// time.
    pub(super) fn adopt(&mut self, settings: Option<&ReportSettings>) {
        if self.settings.as_ref().map(|(own, _)| own) == settings {
            return;
        }
        self.is_failing = false;
        self.settings = settings.map(|settings| {
            let every = Duration::try_from(settings.every);
            let mut interval = tokio::time::interval(every.unwrap_or(Duration::from_secs(86_400)));
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            (settings.clone(), interval)
        });
    }

    /// Waits until a page is due; cancel safe.
    pub(super) async fn due(&mut self) {
        loop {
            let is_busy = !self.pages.is_empty();
            tokio::select! {
                () = tick(self.settings.as_mut()) => return,
                Some(ended) = self.pages.join_next(), if is_busy => {
                    self.note(ended.unwrap_or_else(|error| Err(error.into())));
                }
            }
        }
    }

    /// Starts making a page, unless one is being made.
    pub(super) fn write(&mut self, store: &Path) {
        let Some((settings, _)) = &self.settings else {
            return;
        };
        if self.pages.is_empty() {
            let (store, settings) = (store.to_owned(), settings.clone());
            self.pages.spawn_blocking(move || write(&store, &settings));
        }
    }

    /// Logs a failure once, and once that it is over.
    fn note(&mut self, outcome: anyhow::Result<()>) {
        match outcome {
            Ok(()) if self.is_failing => {
                self.is_failing = false;
                tracing::info!("reports are written again");
            }
            Ok(()) => {}
            Err(error) => {
                if !self.is_failing {
                    tracing::warn!("no report: {}", causes(error.as_ref()));
                }
                self.is_failing = true;
            }
        }
    }
}

async fn tick(settings: Option<&mut (ReportSettings, Interval)>) {
    match settings {
        Some((_, interval)) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

fn write(store: &Path, settings: &ReportSettings) -> anyhow::Result<()> {
    let file = PageFile::find(&settings.file, &settings.reserved)?;
    // A pipe that nobody reads would hold the daemon up for ever.
    ensure!(
        !file.is_stream(),
        "{} is no file: name a file that the page is written to",
        path::visible(&settings.file)
    );
    let reader = Reader::open(store)?;
    let scope = ReportScope {
        names: Vec::new(),
        since: None,
    };
    let (page, _providers) = report_file::compose(&reader, &scope, clock::now())?;
    file.write(&page)
}
