//! `config check`: what is wrong with the configuration, and what it would do.

use std::io::Write;

use jiff::Timestamp;

use crate::config::Config;
use crate::model::text::{utc, visible};
use crate::schedule::Schedule;
use crate::terminal::columns;
use crate::watch::setup;

/// Prints that the configuration is good and, with `plan`, what it would do.
pub fn check(
    config: &Config,
    with_plan: bool,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if with_plan {
        let titles = ["DOCUMENT", "URL", "SCHEDULE", "NEXT POLL"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        for (provider, target) in setup::documents(&config.providers) {
            let schedule = Schedule::parse(&provider.schedule, &provider.timezone).ok();
            let next = schedule
                .as_ref()
                .and_then(|schedule| schedule.next_after(now));
            rows.push(vec![
                format!("{}/{}", target.provider, target.kind),
                visible(target.url.as_deref().unwrap_or("named by the metadata")),
                schedule
                    .map(|schedule| schedule.words())
                    .unwrap_or_default(),
                next.map(utc).unwrap_or_default(),
            ]);
        }
        for line in columns(&rows) {
            writeln!(out, "{line}")?;
        }
    }
    let providers = config.providers.len();
    let documents: usize = config.providers.iter().map(|one| one.documents.len()).sum();
    let path = config.path.display();
    writeln!(
        out,
        "{path}: no problem; providers: {providers}, documents: {documents}"
    )?;
    Ok(())
}
