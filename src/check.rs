//! `check`: polls once now, records, prints.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use jiff::SignedDuration;
use serde_json::json;
use tokio::task::JoinSet;

use crate::clock;
use crate::config::Config;
use crate::fetch::Fetcher;
use crate::mailer::Mailer;
use crate::model::change::FindingState;
use crate::model::event::EventKind;
use crate::model::severity::Severity;
use crate::model::summary;
use crate::model::text::{duration_words, visible};
use crate::store::Store;
use crate::terminal::{Progress, Style, columns};
use crate::watch::courier::Courier;
use crate::watch::poll::{PollReport, Poller, Telling, Watched};
use crate::watch::setup;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names of providers; all where empty.
    pub names: Vec<String>,
    /// The least severity that counts.
    pub fail_on: Severity,
    /// Whether nothing is recorded.
    pub is_dry: bool,
    /// Whether the output is one JSON object a line.
    pub json: bool,
}

/// What was seen, for the exit code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// A change or a new finding at or above `fail_on`.
    pub has_changes: bool,
    /// A document could not be had or used.
    pub has_failures: bool,
}

/// Polls the chosen targets once.
pub async fn check(
    config: &Config,
    options: &Options,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    for name in &options.names {
        if !config
            .providers
            .iter()
            .any(|provider| provider.name == *name)
        {
            bail!(
                "no provider is named \"{}\" in {}",
                visible(name),
                config.path.display()
            );
        }
    }
    let store = Store::open(&config.store)?;
    let all = setup::watched(config, &store, clock::now()).await?;
    let is_chosen = |watched: &&Watched| {
        options.names.is_empty() || options.names.contains(&watched.target.provider)
    };
    let chosen: Vec<Arc<Watched>> = all
        .iter()
        .filter(is_chosen)
        .cloned()
        .map(Arc::new)
        .collect();
    let fetcher = Fetcher::new(&config.fetch).context("cannot prepare to fetch")?;
    let is_daemon_running = Store::is_daemon_running(&config.store);
    let wait = if is_daemon_running {
        config.mail.group_wait
    } else {
        SignedDuration::ZERO
    };
    let telling = Telling {
        mail: Arc::new(config.mail.clone()),
        wait,
    };
    let poller = Arc::new(Poller {
        store: store.clone(),
        fetcher,
        telling,
    });

    let progress = Progress::of(chosen.len());
    let mut polls = JoinSet::new();
    for (position, watched) in chosen.iter().enumerate() {
        let (poller, watched, is_dry) = (Arc::clone(&poller), Arc::clone(watched), options.is_dry);
        polls.spawn(async move {
            let report = if is_dry {
                poller.observe(&watched).await
            } else {
                poller.poll(&watched).await
            };
            (position, report)
        });
    }
    let mut reports = Vec::new();
    while let Some(ended) = polls.join_next().await {
        let (position, report) = ended.context("a poll panicked")?;
        reports.push((position, report?));
        progress.step();
    }
    progress.end();
    reports.sort_by_key(|(position, _)| *position);
    if !options.is_dry && !is_daemon_running {
        let mailer = Mailer::new(&config.mail.transport).context("cannot prepare to mail")?;
        Courier::new(store, mailer, config, &all, clock::now())
            .round()
            .await?;
    }

    let mut outcome = Outcome::default();
    let mut counts = [0_usize; 4];
    for (position, report) in &reports {
        let Some(watched) = chosen.get(*position) else {
            continue;
        };
        let seen = seen(report);
        if let Some(count) = counts.get_mut(seen as usize) {
            *count += 1;
        }
        outcome.has_failures |= seen == Seen::Failed;
        outcome.has_changes |= is_at_least(report, options.fail_on);
        if options.json {
            print_json(out, watched, report, seen)?;
        } else {
            print(out, style, watched, report, seen)?;
        }
    }
    if !options.json {
        let [unchanged, changed, first, failed] = counts;
        let mut parts = vec![
            format!("{changed} changed"),
            format!("{unchanged} unchanged"),
        ];
        if first > 0 {
            parts.push(format!("{first} first seen"));
        }
        parts.push(format!("{failed} failed"));
        let plural = if reports.len() == 1 { "" } else { "s" };
        writeln!(
            out,
            "\n{} document{plural}: {}",
            reports.len(),
            parts.join(", ")
        )?;
    }
    Ok(outcome)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Unchanged = 0,
    Changed = 1,
    First = 2,
    Failed = 3,
}

impl Seen {
    fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::First => "first seen",
            Self::Failed => "failed",
        }
    }
}

fn seen(report: &PollReport) -> Seen {
    let has = |kind| {
        report
            .transition
            .events
            .iter()
            .any(|event| event.kind == kind)
    };
    if report.transition.tracking.state.outage.is_some() {
        Seen::Failed
    } else if has(EventKind::FirstSeen) {
        Seen::First
    } else if has(EventKind::Changed) {
        Seen::Changed
    } else {
        Seen::Unchanged
    }
}

fn is_at_least(report: &PollReport, least: Severity) -> bool {
    report
        .transition
        .events
        .iter()
        .any(|event| match event.kind {
            EventKind::Changed => event.severity.is_some_and(|severity| severity >= least),
            EventKind::Finding => event.findings.iter().any(|moved| {
                moved.state == FindingState::New
                    && moved.finding.severity == Severity::Security
                    && moved.finding.severity >= least
            }),
            _ => false,
        })
}

fn print(
    out: &mut dyn Write,
    style: Style,
    watched: &Watched,
    report: &PollReport,
    seen: Seen,
) -> std::io::Result<()> {
    let transition = &report.transition;
    let severity = transition
        .events
        .iter()
        .filter_map(|event| event.severity)
        .max();
    let outage = transition.tracking.state.outage.as_ref();
    let cause = outage.and_then(|outage| outage.polls.last());
    let what = match (cause, severity) {
        (Some(poll), _) => poll.failure.detail.clone(),
        (None, Some(severity)) => severity.to_string(),
        (None, None) => String::new(),
    };
    let after = match (outage, &report.before.baseline, seen) {
        (Some(outage), ..) => format!("{} in a row", outage.failures),
        (None, Some(baseline), Seen::Unchanged) => {
            let since = report.observation.at.duration_since(baseline.first_seen_at);
            format!("since {}", duration_words(since))
        }
        _ => String::new(),
    };
    let tenths = report.observation.elapsed_ms / 10;
    let took = format!("{}.{:02} s", tenths / 100, tenths % 100);
    let row = vec![
        watched.target.provider.clone(),
        watched.target.kind.to_string(),
        seen.as_str().to_owned(),
        what,
        took,
        after,
    ];
    for line in columns(&[row]) {
        writeln!(out, "{line}")?;
    }
    for event in &transition.events {
        for change in &event.changes {
            let used = if change.used { "  you use this" } else { "" };
            let severity = style.severity(change.severity);
            writeln!(out, "  {severity:<8}  {}{used}", summary::words(change))?;
            for (sign, value) in crate::model::text::change_lines(change) {
                writeln!(out, "              {sign} {value}")?;
            }
            writeln!(out, "            {} [{}]", change.why, change.rule)?;
        }
        for moved in &event.findings {
            let state = match moved.state {
                FindingState::New => "new finding",
                FindingState::Cured => "cured",
            };
            let severity = style.severity(moved.finding.severity);
            let member = visible(&moved.finding.member);
            writeln!(
                out,
                "  {severity:<8}  {state}: {} {member}",
                moved.finding.rule
            )?;
        }
        if matches!(event.kind, EventKind::Failing | EventKind::Recovered) {
            writeln!(out, "  {}", event.summary)?;
        }
    }
    let findings = &transition.tracking.state.findings;
    if seen == Seen::First {
        for finding in findings {
            let member = visible(&finding.member);
            writeln!(
                out,
                "  finding   {} {member}: {}",
                finding.rule, finding.why
            )?;
        }
    }
    for id in &report.events {
        writeln!(out, "  event {id}: issuerwatch history show {id}")?;
    }
    Ok(())
}

fn print_json(
    out: &mut dyn Write,
    watched: &Watched,
    report: &PollReport,
    seen: Seen,
) -> anyhow::Result<()> {
    let transition = &report.transition;
    let failure = transition
        .tracking
        .state
        .outage
        .as_ref()
        .and_then(|outage| outage.polls.last());
    let changes: Vec<_> = transition
        .events
        .iter()
        .flat_map(|event| &event.changes)
        .collect();
    let findings: Vec<_> = transition
        .events
        .iter()
        .flat_map(|event| &event.findings)
        .collect();
    let line = json!({
        "provider": watched.target.provider,
        "document": watched.target.kind,
        "url": watched.url,
        "at": report.observation.at,
        "outcome": seen.as_str().replace(' ', "-"),
        "elapsed_ms": report.observation.elapsed_ms,
        "events": report.events,
        "changes": changes,
        "findings": findings,
        "failure": failure.map(|poll| &poll.failure),
    });
    writeln!(out, "{line}")?;
    Ok(())
}
