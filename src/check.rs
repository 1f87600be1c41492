//! `check`: polls once now, records, prints.

mod between;
mod json;
mod poll_news;
mod polls;
mod print;
mod row;
mod tree;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use jiff::SignedDuration;

pub use self::row::CheckFormat;
use self::row::{CheckRow, RowState};
use crate::clock;
use crate::config::{Config, Provider, unknown_name};
use crate::document::name::DocumentName;
use crate::document::path;
use crate::document::severity::Severity;
use crate::meaning::provider::Identity;
use crate::policy::event::EventKind;
use crate::policy::tracking::PollOutcome;
use crate::store::{Reader, Store, StoreError};
use crate::terminal::{Aside, Style};
use crate::watch::courier::Courier;
use crate::watch::flight::DeliveryRun;
use crate::watch::report::{PollReport, PollResponse};
use crate::watch::retention;
use crate::watch::setup::{self, TargetSync};
use crate::watch::watched::WatchedTarget;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// Names of providers; all where empty.
    pub names: Vec<String>,
    /// The least severity that counts.
    pub fail_on: Severity,
    /// Whether nothing is recorded.
    pub is_dry: bool,
    /// Whether the mails are left to the daemon: then the configuration has no secret of `[mail]`.
    pub leaves_mails: bool,
    /// How it is printed.
    pub format: CheckFormat,
}

/// What was seen, for the exit code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckOutcome {
    /// A change or a new finding at or above `fail_on`.
    pub has_changes: bool,
    /// A document could not be had or used.
    pub has_failures: bool,
}

/// Polls the chosen targets once.
pub async fn check(
    config: &Config,
    options: &CheckOptions,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<CheckOutcome> {
    known_names(config, &options.names)?;
    let store = if options.is_dry {
        Store::view(&config.store)?
    } else {
        Store::open(&config.store)?
    };
    let done = checked(config, options, style, &store, out).await;
    // Also where it failed: what was recorded is in one file, whole.
    store.close().await;
    done
}

/// Refuses a name that no provider and no document has.
fn known_names(config: &Config, names: &[String]) -> anyhow::Result<()> {
    for name in names {
        let mut known = setup::documents(&config.providers);
        // Only the store knows which documents a resource leads to.
        let is_led = |provider: &Provider| {
            let rest = name.strip_prefix(provider.name.as_str());
            let document = rest.and_then(|rest| rest.strip_prefix('/'));
            matches!(provider.identity, Identity::Resource(_))
                && document.and_then(DocumentName::parse).is_some()
        };
        let is_of_resource = config.providers.iter().any(|it| is_led(it));
        if !known.any(|(_, target)| target.is_called(name)) && !is_of_resource {
            let targets: Vec<_> = setup::documents(&config.providers)
                .map(|(_, target)| target)
                .collect();
            let all = targets
                .iter()
                .map(|it| (it.provider.as_str(), it.kind.clone()));
            let place = format!("in {}", path::visible(&config.path));
            return Err(unknown_name::error(name, &place, all).into());
        }
    }
    Ok(())
}

async fn checked(
    config: &Config,
    options: &CheckOptions,
    style: Style,
    store: &Store,
    out: &mut dyn Write,
) -> anyhow::Result<CheckOutcome> {
    let keeping = if options.is_dry {
        TargetSync::Untouched
    } else {
        TargetSync::Added
    };
    let mut all = setup::watched(config, store, keeping, clock::now()).await?;
    let is_chosen = |watched: &&Arc<WatchedTarget>| {
        let mut names = options.names.iter();
        options.names.is_empty() || names.any(|name| watched.target.is_called(name))
    };
    let mut chosen: Vec<Arc<WatchedTarget>> = all.iter().filter(is_chosen).cloned().collect();
    if options.format == CheckFormat::Table {
        warn_of_gone(config, &Reader::open(&config.store), &mut Aside)?;
    }
    let (is_dry, leaves_mails) = (options.is_dry, options.leaves_mails);
    let mut reports = polls::all(config, store, &chosen, is_dry, leaves_mails).await?;
    if reports.iter().any(PollResponse::leads_elsewhere) {
        // The documents that a resource leads to now were asked for too.
        all = setup::watched(config, store, keeping, clock::now()).await?;
        let is_known =
            |it: &&Arc<WatchedTarget>| chosen.iter().any(|one| one.target_id == it.target_id);
        let new = all.iter().filter(is_chosen).filter(|it| !is_known(it));
        let led: Vec<Arc<WatchedTarget>> = new.cloned().collect();
        reports.extend(polls::all(config, store, &led, is_dry, leaves_mails).await?);
        chosen.extend(led);
    }
    // From here on the store is read by others: what is printed, and the courier.
    store.write_deferred().await?;
    let (chosen, reports) = tree::ordered(chosen, reports);
    let mut round = DeliveryRun::default();
    if !options.is_dry && !options.leaves_mails {
        // The courier delivers at once, because no later run would collect mails that wait for others.
        let courier = Courier::new(store.clone(), config, all.clone())?.for_once();
        round = Arc::new(courier).round().await?;
    }

    if let Some(keep) = config.keep_bodies.filter(|_| !options.is_dry) {
        drop_bodies(config, store, keep).await;
    }

    let mut outcome = CheckOutcome::default();
    let mut shown: Vec<CheckRow<'_>> = Vec::new();
    for (watched, came) in chosen.iter().zip(&reports) {
        let (seen, report) = match came {
            PollResponse::Report(report) => (row_state(report), Some(report.as_ref())),
            PollResponse::Waits(wait) => (RowState::Waits(*wait), None),
        };
        outcome.has_failures |= seen.is_failure();
        outcome.has_changes |= report.is_some_and(|it| is_at_least(it, options.fail_on));
        shown.push(CheckRow {
            watched,
            report,
            seen,
            recipients: recipients(config, watched, report),
        });
    }
    if options.format == CheckFormat::Table {
        print::table(out, style, store, &shown)?;
        between::print_all(out, store, chosen.iter().map(AsRef::as_ref))?;
        writeln!(out)?;
        for line in style.wrap(&print::total(&shown), 0) {
            writeln!(out, "{line}")?;
        }
        print::round(out, style, &round)?;
    } else {
        json::json(out, options.format, store, &shown)?;
        // The objects are for a program, this is for whoever started it.
        print::round(&mut Aside, style, &round)?;
    }
    Ok(outcome)
}

/// How many steps of dropping bodies are done at most, so that it takes no longer than a poll.
const STEPS: usize = 64;

/// Drops bodies that are kept no longer, unless a daemon does.
async fn drop_bodies(config: &Config, store: &Store, keep: SignedDuration) {
    if Store::is_daemon_running(&config.store) {
        return;
    }
    for _ in 0..STEPS {
        match retention::step(store, keep, clock::now()).await {
            Ok(done) if done.is_nothing() => return,
            Ok(_) => {}
            // The next check tries again; what was polled is to be printed.
            Err(error) => {
                tracing::warn!("bodies that are older than keep_bodies stay: {error}");
                return;
            }
        }
    }
}

/// Names the providers that are stored but not configured, because a rename would silently lose their
/// history. A store that cannot be read yet counts as empty.
fn warn_of_gone(
    config: &Config,
    reader: &Result<Reader, StoreError>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let Ok(reader) = reader else {
        return Ok(());
    };
    let is_configured = |name: &String| config.providers.iter().any(|known| known.name == *name);
    let stored = reader
        .targets()?
        .into_iter()
        .filter(|row| row.retired_at.is_none());
    let gone: BTreeSet<String> = stored
        .map(|row| row.provider)
        .filter(|name| !is_configured(name))
        .collect();
    if !gone.is_empty() {
        let names: Vec<String> = gone.into_iter().collect();
        writeln!(
            out,
            "not in the configuration any more: {}; a provider that was renamed keeps its history with \
             formerly = [\"{}\"]",
            names.join(", "),
            names.first().map_or("", String::as_str)
        )?;
    }
    Ok(())
}

fn recipients(config: &Config, watched: &WatchedTarget, report: Option<&PollReport>) -> usize {
    let Some(report) = report else {
        return 0;
    };
    let told = report
        .transition
        .events
        .iter()
        .zip(&report.told)
        .filter(|(event, _)| event.alert);
    let count = told.map(|(_, gravity)| {
        let provider = &watched.target.provider;
        config.mail.recipients(provider, gravity.of_mail).len()
    });
    count.max().unwrap_or_default()
}

fn row_state(report: &PollReport) -> RowState {
    let has = |kind| {
        report
            .transition
            .events
            .iter()
            .any(|event| event.kind() == kind)
    };
    match report.transition.outcome {
        PollOutcome::Failed(_) => RowState::Failed,
        PollOutcome::Unconfirmed(_) => RowState::Unconfirmed,
        PollOutcome::Inconsistent => RowState::Inconsistent,
        PollOutcome::Answered | PollOutcome::NotPolled => {
            if has(EventKind::FirstSeen) {
                RowState::First
            } else if has(EventKind::Changed) {
                RowState::Changed
            } else {
                RowState::Unchanged
            }
        }
    }
}

fn is_at_least(report: &PollReport, least: Severity) -> bool {
    let mut events = report.transition.events.iter().zip(&report.told);
    events.any(|(event, gravity)| match event.kind() {
        EventKind::Changed => event.severity.is_some_and(|severity| severity >= least),
        EventKind::Finding => {
            gravity.told == Some(Severity::Security) && Severity::Security >= least
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests;
