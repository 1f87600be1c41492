//! `config check`: what is wrong with the configuration, and what it would do.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;

use crate::config::Config;
use crate::document::text::visible;
use crate::policy::schedule::Schedule;
use crate::terminal::{Style, columns};
use crate::watch::setup;
use crate::wording::text::utc;

/// Prints that the configuration is good and, with `plan`, what it would do.
pub fn check(
    config: &Config,
    with_plan: bool,
    style: Style,
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
        plan(style, rows, out)?;
    }
    for unchecked in &config.unchecked {
        writeln!(
            out,
            "{}: not checked here: {unchecked}",
            config.path.display()
        )?;
    }
    // Allowed, as each has a policy of its own; but mostly a slip.
    let mut named: BTreeMap<&str, &str> = BTreeMap::new();
    for provider in &config.providers {
        let (name, identity) = (provider.name.as_str(), provider.identity.as_str());
        if let Some(first) = named.insert(identity, name) {
            writeln!(
                out,
                "{}: {name} has the same issuer as {first}: its documents are polled twice",
                config.path.display()
            )?;
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

/// Prints the rows; on a terminal too narrow for them each URL stands below its document.
fn plan(style: Style, mut rows: Vec<Vec<String>>, out: &mut dyn Write) -> std::io::Result<()> {
    let lines = columns(&rows);
    let longest = lines.iter().map(|line| line.chars().count()).max();
    if style.width.is_none_or(|width| longest <= Some(width)) {
        return lines.iter().try_for_each(|line| writeln!(out, "{line}"));
    }
    let urls: Vec<String> = rows
        .iter_mut()
        .filter_map(|row| (row.len() > 1).then(|| row.remove(1)))
        .collect();
    for (line, url) in columns(&rows).iter().zip(urls) {
        writeln!(out, "{}", style.fit(line))?;
        for part in style.folded(&url, 2) {
            writeln!(out, "  {part}")?;
        }
    }
    Ok(())
}
