//! `config check`: what is wrong with the configuration, and what it would do.

mod plan;

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use self::plan::PlanReport;
use crate::config::{Config, ConfigError, ProblemPlace};
use crate::document::path;
use crate::document::text::{escaped_json, visible};
use crate::meaning::pattern::matches;
use crate::terminal::Style;

/// How it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigCheckFormat {
    /// For people.
    Table(Style),
    /// One JSON object.
    Json,
}

#[derive(Serialize)]
struct ProblemJson {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
}

/// The fields in the order in which they are printed.
#[derive(Serialize)]
struct ConfigReport {
    file: String,
    providers: usize,
    documents: usize,
    problems: Vec<ProblemJson>,
    notes: Vec<String>,
    plan: Option<PlanReport>,
}

/// Prints what is wrong with a configuration as a JSON object.
pub fn problems(error: &ConfigError, out: &mut dyn Write) -> anyhow::Result<()> {
    let problem = |it: ProblemPlace<'_>| ProblemJson {
        file: it.file.display().to_string(),
        line: it.at.map(|(line, _)| line),
        column: it.at.map(|(_, column)| column),
        message: it.words.to_owned(),
    };
    let report = ConfigReport {
        file: error.path.display().to_string(),
        providers: 0,
        documents: 0,
        problems: error.places().into_iter().map(problem).collect(),
        notes: Vec::new(),
        plan: None,
    };
    json(&report, out)
}

/// Prints that the configuration is good and, with `plan`, what it would do.
pub fn check(
    config: &Config,
    with_plan: bool,
    format: ConfigCheckFormat,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let report = ConfigReport {
        file: config.path.display().to_string(),
        providers: config.providers.len(),
        documents: config.providers.iter().map(|one| one.documents.len()).sum(),
        problems: Vec::new(),
        notes: notes(config),
        plan: with_plan.then(|| PlanReport::of(config, now)),
    };
    let ConfigCheckFormat::Table(style) = format else {
        return json(&report, out);
    };
    if let Some(plan) = &report.plan {
        plan.print(style, out)?;
    }
    let path = path::visible(&config.path);
    for note in &report.notes {
        writeln!(out, "{path}: {note}")?;
    }
    let (providers, documents) = (report.providers, report.documents);
    writeln!(
        out,
        "{path}: no problem; providers: {providers}, documents: {documents}"
    )?;
    Ok(())
}

fn json(report: &ConfigReport, out: &mut dyn Write) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    writeln!(out, "{}", escaped_json(&text))?;
    Ok(())
}

/// Remarks about what is allowed but may be a mistake.
fn notes(config: &Config) -> Vec<String> {
    let unchecked = config.unchecked.iter();
    let mut notes: Vec<String> = unchecked
        .map(|unchecked| format!("not checked here: {unchecked}"))
        .collect();
    notes.extend(config.notes.iter().cloned());
    for route in &config.mail.routes {
        fit_nobody(config, "route", &route.providers, &mut notes);
    }
    for webhook in &config.webhooks {
        fit_nobody(config, "webhook", &webhook.providers, &mut notes);
    }
    // Two providers may have one identity, as each has its own policy; but mostly it is a slip.
    let mut named: BTreeMap<&str, &str> = BTreeMap::new();
    for provider in &config.providers {
        let (name, identity) = (provider.name.as_str(), provider.identity.as_str());
        if let Some(first) = named.insert(identity, name) {
            notes.push(format!(
                "{name} has the same issuer as {first}: its documents are polled twice"
            ));
        }
    }
    notes
}

/// Patterns that fit no provider: they may be meant for those to come, but mostly they are a slip.
fn fit_nobody(config: &Config, what: &str, patterns: &[String], notes: &mut Vec<String>) {
    for pattern in patterns {
        let mut providers = config.providers.iter();
        if !providers.any(|provider| matches(pattern, &provider.name)) {
            let pattern = visible(pattern);
            notes.push(format!(
                "no provider fits \"{pattern}\" of a {what}: nobody is told by it"
            ));
        }
    }
}
