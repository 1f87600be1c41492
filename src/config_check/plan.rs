//! What a configuration would do: the polls it asks for, and what would come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use url::Url;

use crate::config::{Config, Provider};
use crate::document::name::DocumentName;
use crate::document::text::visible;
use crate::meaning::provider::Identity;
use crate::policy::load::{Overload, Polls, are_many, overloads};
use crate::policy::next_poll::poll_after;
use crate::policy::roster::{self, RosterDiff, listed};
use crate::store::{Reader, TargetRow};
use crate::terminal::{Style, columns};
use crate::watch::setup;
use crate::wording::text::{counted, utc};
use crate::wording::tree::{branch, place};

#[derive(Serialize)]
struct PlannedTarget {
    provider: String,
    document: DocumentName,
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
    targets: Vec<PlannedTarget>,
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

/// What the store knows of the configuration.
#[derive(Default)]
struct KnownTargets {
    /// Which documents would be added and removed.
    moved: RosterDiff,
    not_compared: Option<String>,
    /// The documents that resources lead to, which are polled and not configured.
    followed: Vec<TargetRow>,
    /// Until when servers asked not to be polled, by the provider and the document.
    waits: BTreeMap<(String, DocumentName), Timestamp>,
}

impl KnownTargets {
    /// Compares with the store; a missing one counts as empty.
    fn of(config: &Config) -> Self {
        let wanted = setup::roster(&config.providers);
        if !config.store.try_exists().unwrap_or(true) {
            return Self {
                moved: roster::diff(&[], &wanted),
                ..Self::default()
            };
        }
        match Reader::open(&config.store).and_then(|reader| reader.targets()) {
            Err(error) => Self {
                not_compared: Some(error.to_string()),
                ..Self::default()
            },
            Ok(rows) => {
                let asked = rows.iter().filter_map(|row| {
                    let until = row.tracking.state.retry_at?;
                    Some(((row.provider.clone(), row.kind.clone()), until))
                });
                let waits = asked.collect();
                let watched = rows.into_iter().filter(|row| row.retired_at.is_none());
                let (mut followed, configured): (Vec<TargetRow>, Vec<TargetRow>) =
                    watched.partition(|row| row.kind.issuer().is_some());
                followed.retain(|row| {
                    let mut providers = config.providers.iter();
                    let provider = providers.find(|provider| provider.name == row.provider);
                    provider.is_some_and(|provider| leads_on(provider, &configured))
                });
                Self {
                    moved: roster::diff(&setup::stored(configured), &wanted),
                    not_compared: None,
                    followed,
                    waits,
                }
            }
        }
    }

    /// What a provider leads to, each below what leads to it.
    fn followed(&self, provider: &str) -> Vec<&TargetRow> {
        let followed = self.followed.iter();
        let mut rows: Vec<&TargetRow> = followed.filter(|row| row.provider == provider).collect();
        rows.sort_by_key(|row| place(&row.kind));
        rows
    }
}

/// Whether the document that is stored of a provider is that of the resource it is now: what another one led
/// to is not polled any more.
fn leads_on(provider: &Provider, stored: &[TargetRow]) -> bool {
    let resource = match &provider.identity {
        Identity::Resource(resource) => Some(&**resource),
        _ => None,
    };
    let mut own = stored
        .iter()
        .filter(|row| row.provider == provider.name && row.kind.is_of_resource());
    own.any(|row| {
        let baseline = row.tracking.baseline.as_ref();
        let known = baseline.and_then(|baseline| baseline.judgement.judge.identity.as_deref());
        known.is_some() && known == resource
    })
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
        let known = KnownTargets::of(config);
        let (mut targets, mut polls) = (Vec::new(), Vec::new());
        for provider in &config.providers {
            let schedule = &provider.schedule;
            let next = |after| poll_after(schedule, &provider.name, config.fetch.spread, after);
            let usual = next(now);
            let interval = schedule.shortest_interval(now);
            let own = setup::documents(std::slice::from_ref(provider))
                .map(|(_, target)| (target.kind, target.url.as_deref().map(str::to_owned)));
            let followed = known.followed(&provider.name);
            let led = followed
                .iter()
                .map(|row| (row.kind.clone(), row.url.clone()));
            for (kind, url) in own.chain(led) {
                let address = url.as_deref().unwrap_or(provider.identity.as_str());
                let host = Url::parse(address).ok();
                polls.push(Polls {
                    host: host
                        .and_then(|url| url.host_str().map(str::to_owned))
                        .unwrap_or_default(),
                    interval: interval.unwrap_or(SignedDuration::MAX),
                });
                let document = (provider.name.clone(), kind);
                let wait = known.waits.get(&document).filter(|until| **until > now);
                targets.push(PlannedTarget {
                    next_poll: wait.map_or(usual, |until| next(*until)),
                    provider: document.0,
                    document: document.1,
                    url,
                    schedule: schedule.words(),
                });
            }
        }
        let KnownTargets {
            moved,
            not_compared,
            ..
        } = known;
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
                branch(&one.document)
                    .unwrap_or_else(|| format!("{}/{}", one.provider, one.document)),
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
    for (lines, url) in style.table(&rows, &[0]).iter().zip(urls) {
        for line in lines {
            writeln!(out, "{line}")?;
        }
        for part in style.folded(&url, 2) {
            writeln!(out, "  {part}")?;
        }
    }
    Ok(())
}
