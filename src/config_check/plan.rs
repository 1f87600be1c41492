//! What a configuration would do: the polls it asks for, and what would come and go.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use url::Url;

use crate::config::Config;
use crate::document::text::visible;
use crate::policy::load::{Overload, Polls, are_many, overloads};
use crate::policy::roster::{self, RosterDiff, listed};
use crate::store::Reader;
use crate::terminal::{Style, columns};
use crate::watch::setup;
use crate::wording::text::{counted, utc};

#[derive(Serialize)]
struct TargetJson {
    provider: String,
    document: String,
    url: Option<String>,
    schedule: String,
    next_poll: Option<Timestamp>,
}

#[derive(Serialize)]
struct RenamedJson {
    from: String,
    to: String,
}

/// The fields in the order in which they are printed as JSON.
#[derive(Serialize)]
pub(super) struct PlanReport {
    targets: Vec<TargetJson>,
    /// Why the store could not be compared; `null` where it was, or is still to be made.
    not_compared: Option<String>,
    comes: Vec<String>,
    goes: Vec<String>,
    renamed: Vec<RenamedJson>,
    /// Providers that seem to be renamed: they keep their history only if `formerly` names the old name.
    without_formerly: Vec<RenamedJson>,
    overload: Vec<String>,
}

fn pairs(pairs: Vec<(String, String)>) -> Vec<RenamedJson> {
    pairs
        .into_iter()
        .map(|(from, to)| RenamedJson { from, to })
        .collect()
}

/// Which documents would be added and removed, compared with the store; a missing store counts as empty.
fn compared(config: &Config) -> (RosterDiff, Option<String>) {
    let asked = setup::roster(&config.providers);
    if !config.store.try_exists().unwrap_or(true) {
        return (roster::diff(&[], &asked), None);
    }
    let rows = Reader::open(&config.store).and_then(|reader| reader.targets());
    match rows {
        Ok(rows) => (roster::diff(&setup::stored(rows), &asked), None),
        Err(error) => (RosterDiff::default(), Some(error.to_string())),
    }
}

fn overload(one: &Overload, hosts: usize, timeout: Duration) -> String {
    let (key, place) = match &one.host {
        Some(host) => ("per_host", format!(" at {}", visible(host))),
        None => ("concurrency", String::new()),
    };
    let late = if one.host.is_none() && are_many(hosts) {
        let seconds = timeout.as_secs_f32();
        format!(", and {seconds} s at every tenth host, which does not answer")
    } else {
        String::new()
    };
    let targets = counted(one.targets as u64, "document");
    let (needed, allowed) = (one.needed, one.allowed);
    format!(
        "the schedules ask for more polls{place} than there is time for: {targets} would take {needed} polls at \
         a time, and {key} = {allowed} (a poll takes some 0.3 s{late}): raise {key}, or poll less often"
    )
}

impl PlanReport {
    pub(super) fn of(config: &Config, now: Timestamp) -> Self {
        let (mut targets, mut polls) = (Vec::new(), Vec::new());
        for (provider, target) in setup::documents(&config.providers) {
            let schedule = &provider.schedule;
            let next = schedule.next_after(now);
            let interval = schedule.shortest_interval(now);
            let asked = target.url.as_deref().unwrap_or(provider.identity.as_str());
            let host = Url::parse(asked).ok();
            polls.push(Polls {
                host: host
                    .and_then(|url| url.host_str().map(str::to_owned))
                    .unwrap_or_default(),
                interval: interval.unwrap_or(SignedDuration::MAX),
            });
            targets.push(TargetJson {
                provider: target.provider,
                document: target.kind.to_string(),
                url: target.url,
                schedule: schedule.words(),
                next_poll: next,
            });
        }
        let (moved, not_compared) = compared(config);
        let fetch = &config.fetch;
        let found = overloads(&polls, fetch.concurrency, fetch.per_host, fetch.timeout);
        let hosts: BTreeSet<&str> = polls.iter().map(|one| one.host.as_str()).collect();
        let overload = found
            .iter()
            .map(|one| overload(one, hosts.len(), fetch.timeout));
        Self {
            targets,
            not_compared,
            comes: moved.comes,
            goes: moved.goes,
            renamed: pairs(moved.renamed),
            without_formerly: pairs(moved.alike),
            overload: overload.collect(),
        }
    }

    pub(super) fn print(&self, style: Style, out: &mut dyn Write) -> std::io::Result<()> {
        let titles = ["DOCUMENT", "URL", "SCHEDULE", "NEXT POLL"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        for one in &self.targets {
            rows.push(vec![
                format!("{}/{}", one.provider, one.document),
                visible(one.url.as_deref().unwrap_or("named by the metadata")),
                one.schedule.clone(),
                one.next_poll.map(utc).unwrap_or_default(),
            ]);
        }
        table(style, rows, out)?;
        if let Some(reason) = &self.not_compared {
            writeln!(out, "not compared with the store: {reason}")?;
        }
        for (what, names, note) in [
            ("would come", &self.comes, ""),
            ("would go", &self.goes, "; the history stays"),
        ] {
            if !names.is_empty() {
                writeln!(out, "{what}: {}{note}", listed(names))?;
            }
        }
        for RenamedJson { from, to } in &self.renamed {
            writeln!(out, "renamed: {from} would go on as {to}")?;
        }
        for RenamedJson { from, to } in &self.without_formerly {
            writeln!(
                out,
                "{to} is about the same as {from}, which would go: if it is renamed, write formerly = \
                 [\"{from}\"] in its [[provider]], or its history begins anew"
            )?;
        }
        for line in &self.overload {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

/// Prints the rows; on a terminal too narrow for them each URL stands below its document.
fn table(style: Style, mut rows: Vec<Vec<String>>, out: &mut dyn Write) -> std::io::Result<()> {
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
