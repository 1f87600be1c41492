//! One event: a line, and behind it each change with its values, its rule and why it matters.
//!
//! The texts come from documents of others: each is made visible and cut, and none becomes a link.

use crate::document::severity::Severity;
use crate::document::text::{bounded, visible};
use crate::document::value::visible_name;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::finding;
use crate::policy::event::{Event, EventBody, FindingChange};
use crate::wording::text::{change_lines, shell_word};

/// Most changes and findings of an event, lines of one, characters of a line, polls of an outage.
const PARTS: usize = 6;
const LINES: usize = 8;
const LINE: usize = 160;
/// Characters of the sentences about a change.
const SENTENCES: usize = 600;
const POLLS: usize = 3;

/// An event.
#[derive(Debug)]
pub(super) struct ReportItem {
    pub(super) id: i64,
    pub(super) at: String,
    pub(super) machine_at: String,
    pub(super) severity: Option<&'static str>,
    pub(super) document: String,
    pub(super) summary: String,
    /// Facts in a sentence each.
    pub(super) facts: Vec<String>,
    pub(super) parts: Vec<ReportPart>,
    /// What is left out and the command that shows it.
    pub(super) more: Option<String>,
}

/// A change or a finding.
#[derive(Debug)]
pub(super) struct ReportPart {
    pub(super) severity: &'static str,
    /// What happened to a finding; empty of a change.
    pub(super) state: &'static str,
    pub(super) rule: String,
    pub(super) member: String,
    /// Sign and value.
    pub(super) lines: Vec<(char, String)>,
    pub(super) why: String,
    pub(super) reference: String,
}

impl ReportItem {
    pub(super) fn of(event: &Event) -> Self {
        let body = &event.body;
        let changes = body.changes().iter().map(change);
        let found = body.findings().iter().map(found);
        let all = body.changes().len() + body.findings().len();
        let more = all.saturating_sub(PARTS);
        let id = event.id;
        Self {
            id,
            at: body.at.strftime("%Y-%m-%d %H:%M").to_string(),
            machine_at: body.at.to_string(),
            severity: body.severity.map(Severity::as_str),
            document: event.document.to_string(),
            summary: visible(&body.summary),
            facts: facts(event),
            parts: changes.chain(found).take(PARTS).collect(),
            more: (more > 0).then(|| format!("and {more} more: issuerwatch history show {id}")),
        }
    }

    /// About how many bytes of the page it takes.
    pub(super) fn size(&self) -> usize {
        let facts: usize = self.facts.iter().map(String::len).sum();
        let parts: usize = self.parts.iter().map(ReportPart::size).sum();
        400 + self.summary.len() + facts + parts
    }
}

impl ReportPart {
    fn size(&self) -> usize {
        let lines: usize = self.lines.iter().map(|(_, line)| line.len() + 20).sum();
        200 + self.member.len() + self.why.len() + self.reference.len() + lines
    }
}

fn facts(event: &Event) -> Vec<String> {
    let body = &event.body;
    let mut facts = Vec::new();
    if let Some(source) = body.source() {
        let url = source.url.as_deref().map(|url| cut(&visible(url)));
        let final_url = source.final_url.as_deref();
        let other = final_url.map(|url| format!("answered from {}", cut(&visible(url))));
        facts.extend(url.into_iter().chain(other));
    }
    if let Some(failed) = body.failed() {
        let latest = failed.latest.iter().rev().take(POLLS).rev();
        facts.extend(latest.map(|poll| {
            let at = poll.at.strftime("%Y-%m-%d %H:%M:%S UTC");
            format!("{at}: {}", cut(&visible(&poll.failure.detail)))
        }));
    }
    if let EventBody::Accepted(accepted) = &body.body {
        facts.push(cut(&visible(&accepted.reason)));
    }
    if let Some(at) = event.acknowledged {
        facts.push(format!(
            "somebody expected it, said on {}",
            at.strftime("%Y-%m-%d")
        ));
    }
    facts
}

fn change(change: &Change) -> ReportPart {
    let mut lines: Vec<(char, String)> = change_lines(change)
        .into_iter()
        .map(|(sign, line)| (sign, cut(&line)))
        .collect();
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    if more > 0 {
        lines.push((' ', format!("and {more} more lines")));
    }
    ReportPart {
        severity: change.severity.as_str(),
        state: "",
        rule: cut(&visible(change.rule.as_str())),
        member: visible_name(change.subject.as_str()),
        lines,
        why: sentences(&change.why, change.advice.as_deref()),
        reference: reference(change.reference.as_deref()),
    }
}

fn found(moved: &FindingChange) -> ReportPart {
    let found = &moved.finding;
    let (state, advice) = match moved.state {
        FindingState::New => ("new finding", finding::advice(found, false)),
        FindingState::Cured => ("cured", None),
    };
    let lines = finding::value_lines(found).into_iter().take(LINES);
    ReportPart {
        severity: found.severity.as_str(),
        state,
        rule: cut(&visible(found.rule.as_str())),
        member: visible_name(found.subject.as_str()),
        lines: lines.map(|line| (' ', cut(&visible(&line)))).collect(),
        why: sentences(&found.why, advice.as_deref()),
        reference: reference(found.reference.as_deref()),
    }
}

fn reference(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| cut(&visible(text)))
}

/// The reason, which may be empty, and the advice if there is any, as sentences.
fn sentences(why: &str, advice: Option<&str>) -> String {
    let why = Some(why).filter(|why| !why.is_empty());
    let all: Vec<String> = why.into_iter().chain(advice).map(visible).collect();
    bounded(&all.join(" "), SENTENCES)
}

fn cut(text: &str) -> String {
    bounded(text, LINE)
}

/// The command that shows the whole history of a provider.
pub(super) fn command(names: &[String], since: Option<jiff::Timestamp>) -> String {
    let mut words = vec!["issuerwatch history".to_owned()];
    words.extend(names.iter().map(|name| shell_word(name)));
    words.extend(since.map(|at| format!("--since {at}")));
    words.push("--limit 0".to_owned());
    words.join(" ")
}

/// The command that shows the life of every key of a provider.
pub(super) fn keys_command(provider: &str) -> String {
    format!("issuerwatch history keys {}", shell_word(provider))
}
