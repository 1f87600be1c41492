//! `history diff`: two states of a document, two documents as they are now, or a pinned copy and the
//! document, compared as if the one had become the other at once.
//!
//! What a history adds (a return, a key that is back, a habit) is no part of it: these are two
//! documents by themselves.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use super::format::EventFormat;
use super::markdown::cell;
use super::target::{self, StateSelector, UsageError};
use super::time::seconds;
use super::{input, json, show};
use crate::config::Outline;
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::path;
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::document::value::visible_name;
use crate::meaning::change::Change;
use crate::meaning::diff::{self, PatchText};
use crate::meaning::provider::{Identity, is_called};
use crate::meaning::provider_policy::Policy;
use crate::store::{DocumentRow, Reader, Snapshot};
use crate::terminal::{Aside, Style};
use crate::wording::text::{change_lines, counted};

/// What is compared.
#[derive(Debug, Clone)]
pub struct DiffOptions {
    /// Name of the document.
    pub target: String,
    /// A state of it, or the name of another document.
    pub from: Option<String>,
    /// A later state of it.
    pub to: Option<String>,
    /// A file with what was before.
    pub against: Option<PathBuf>,
    /// The least severity that counts as a difference from a file.
    pub fail_on: Severity,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffOutcome {
    /// The comparison was printed, and no difference from a file has to fail the command.
    Compared,
    /// The document differs from the file.
    Differs,
    /// The file holds no document of its kind.
    Unusable,
}

/// One of the two documents.
struct ComparedState {
    title: String,
    document: Document,
}

/// The policy and the identity that the documents are compared by.
struct ComparisonRules {
    policy: Arc<Policy>,
    identity: Option<Identity>,
}

/// Both documents and the changes between them.
struct Comparison {
    sides: [ComparedState; 2],
    changes: Vec<Change>,
}

/// Prints how two documents differ. `outline` is the configuration, where there is one.
pub fn diff(
    reader: &Reader,
    outline: Option<&Outline>,
    options: &DiffOptions,
    format: EventFormat,
    style: Style,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<DiffOutcome> {
    let documents = reader.documents()?;
    let is_against = options.against.is_some();
    let (rules, sides) = match (&options.against, &options.from, &options.to) {
        (Some(path), point, None) => {
            let limit = outline.map_or(Outline::MAX_BODY, |outline| outline.max_body);
            let bytes = input::read(path, limit.saturating_add(1))?;
            let row = of_file(&documents, &options.target, &bytes)?;
            let rules = ComparisonRules::of(reader, outline, row)?;
            let file = match file(path, &bytes, row.kind.kind(), limit, &rules) {
                Ok(side) => side,
                Err(words) => {
                    writeln!(Aside, "{words}")?;
                    return Ok(DiffOutcome::Unusable);
                }
            };
            let point = point.as_deref().map(|text| parsed(text, now)).transpose()?;
            let side = side(reader, row, point.unwrap_or(StateSelector::Now), &rules)?;
            (rules, [file, side])
        }
        (None, Some(other), to) if to.is_none() && is_name(&documents, other, now) => {
            let one = target::one(&documents, &options.target)?;
            let other = target::one(&documents, other)?;
            comparable(one, other)?;
            let rules = ComparisonRules::of(reader, outline, other)?;
            let before = side(
                reader,
                one,
                StateSelector::Now,
                &ComparisonRules::of(reader, outline, one)?,
            )?;
            let after = side(reader, other, StateSelector::Now, &rules)?;
            (rules, [before, after])
        }
        (None, Some(from), to) => {
            let to = to.as_deref().map(|text| parsed(text, now)).transpose()?;
            let points = [parsed(from, now)?, to.unwrap_or(StateSelector::Now)];
            let row = of_events(reader, &documents, &options.target, points)?;
            let rules = ComparisonRules::of(reader, outline, row)?;
            let [before, after] = points.map(|point| side(reader, row, point, &rules));
            (rules, [before?, after?])
        }
        (Some(_), _, Some(_)) | (None, None, _) => {
            let words = "compare two states (A and B), two documents, or one with --against FILE";
            return Err(UsageError(words.to_owned()).into());
        }
    };
    let [before, after] = &sides;
    let (before, after) = (&before.document, &after.document);
    let changes = diff::changes(before, after, rules.identity.as_ref(), &rules.policy);
    let differs = changes
        .iter()
        .any(|change| change.severity >= options.fail_on);
    print(&Comparison { sides, changes }, format, style, out)?;
    Ok(if is_against && differs {
        DiffOutcome::Differs
    } else {
        DiffOutcome::Compared
    })
}

/// Whether a word is the name of a document: what is no state is taken for a name that was mistyped.
fn is_name(documents: &[DocumentRow], word: &str, now: Timestamp) -> bool {
    let mut rows = documents.iter();
    rows.any(|row| is_called(&row.provider, &row.kind, word))
        || StateSelector::parse(word, now).is_err()
}

fn parsed(text: &str, now: Timestamp) -> Result<StateSelector, UsageError> {
    StateSelector::parse(text, now).map_err(UsageError)
}

/// The document that a name stands for; the events that are named say which of several.
fn of_events<'d>(
    reader: &Reader,
    documents: &'d [DocumentRow],
    name: &str,
    points: [StateSelector; 2],
) -> anyhow::Result<&'d DocumentRow> {
    let mut found = target::called(documents, name)?;
    for point in points {
        let StateSelector::Event(id) = point else {
            continue;
        };
        let location = reader
            .event_location(id)?
            .with_context(|| target::no_event(id))?;
        if found.len() > 1 && found.iter().any(|row| row.target_id == location.target_id) {
            found.retain(|row| row.target_id == location.target_id);
        }
    }
    Ok(target::only(&found, name)?)
}

/// Refuses to compare a key set with metadata, because they have nothing in common.
fn comparable(one: &DocumentRow, other: &DocumentRow) -> Result<(), UsageError> {
    if one.kind.is_key_set() != other.kind.is_key_set() {
        let (one, other) = (one.name(), other.name());
        return Err(UsageError(format!(
            "{one} and {other} cannot be compared: one is a key set, the other metadata"
        )));
    }
    Ok(())
}

impl ComparisonRules {
    /// The rules of the configuration if it has the provider; otherwise those of `[defaults]`, as in a
    /// replay.
    fn of(reader: &Reader, outline: Option<&Outline>, row: &DocumentRow) -> anyhow::Result<Self> {
        let mut providers = outline.into_iter().flat_map(|outline| &outline.providers);
        if let Some(provider) = providers.find(|provider| provider.name == row.provider) {
            return Ok(Self {
                policy: Arc::clone(&provider.policy),
                identity: Identity::of_document(&row.kind, Some(&provider.identity)),
            });
        }
        let known = reader.identity_of(row.target_id)?;
        let named = known.map(|url| Identity::named_by(row.kind.kind(), &url));
        let policy = outline.map(|outline| Arc::clone(&outline.policy));
        Ok(Self {
            policy: policy.unwrap_or_default(),
            identity: Identity::of_document(&row.kind, named.as_ref()),
        })
    }

    /// Reads a body; what `ignore` names by its place is looked for as it came.
    fn parse(
        &self,
        kind: Kind,
        bytes: &[u8],
    ) -> Result<Document, crate::document::failure::Failure> {
        if self.policy.ignores_places() {
            Document::parse_in_order(kind, bytes, None)
        } else {
            Document::parse(kind, bytes, None)
        }
    }
}

/// A document as it was.
fn side(
    reader: &Reader,
    row: &DocumentRow,
    point: StateSelector,
    rules: &ComparisonRules,
) -> anyhow::Result<ComparedState> {
    let state = target::state(reader, row, point)?;
    let title = format!(
        "{}  {} to {} UTC",
        row.name(),
        seconds(state.first_seen_at),
        seconds(state.last_seen_at)
    );
    let document = document(&state, rules)
        .with_context(|| format!("what is stored of {title} is no document"))?;
    Ok(ComparedState { title, document })
}

fn document(state: &Snapshot, rules: &ComparisonRules) -> Option<Document> {
    let body = state
        .body
        .as_deref()
        .filter(|_| rules.policy.ignores_places());
    let as_it_came = body.and_then(|body| rules.parse(state.kind.kind(), body).ok());
    as_it_came.or_else(|| Document::from_canonical(state.kind.kind(), &state.canonical))
}

/// A pinned copy, bounded and parsed like any body; if it is not a document, says what it is.
fn file(
    path: &std::path::Path,
    bytes: &[u8],
    kind: Kind,
    limit: u64,
    rules: &ComparisonRules,
) -> Result<ComparedState, String> {
    let name = path::visible(path);
    if bytes.len() as u64 > limit {
        return Err(format!("{name} is longer than {limit} bytes (max_body)"));
    }
    match rules.parse(kind, bytes) {
        Ok(document) => Ok(ComparedState {
            title: name,
            document,
        }),
        Err(failure) => Err(format!("{name}: {}", visible(&failure.detail))),
    }
}

/// The document that a pinned copy is one of: of several, the key set where the copy has keys.
fn of_file<'d>(
    documents: &'d [DocumentRow],
    name: &str,
    bytes: &[u8],
) -> Result<&'d DocumentRow, UsageError> {
    let mut found = target::called(documents, name)?;
    let is_key_set = || Document::parse(Kind::JWKS, bytes, None).is_ok();
    if found.iter().any(|row| row.kind.is_key_set()) && found.len() > 1 && is_key_set() {
        found.retain(|row| row.kind.is_key_set());
    }
    target::only(&found, name)
}

#[derive(Serialize)]
struct DiffJson<'a> {
    changes: &'a [Change],
    patch: PatchText,
}

fn print(
    compared: &Comparison,
    format: EventFormat,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let Comparison { sides, changes } = compared;
    let [before, after] = sides;
    let patch = || diff::patch(&before.document, &after.document);
    match format {
        EventFormat::Table => table(compared, style, out)?,
        EventFormat::Json => {
            let patch = patch();
            writeln!(out, "{}", json::pretty(&DiffJson { changes, patch })?)?;
        }
        EventFormat::Jsonl => {
            for change in changes {
                writeln!(out, "{}", json::compact(change)?)?;
            }
        }
        EventFormat::Markdown => markdown(changes, out)?,
        EventFormat::Patch => writeln!(out, "{}", json::pretty(&patch().operations())?)?,
    }
    Ok(())
}

fn table(compared: &Comparison, style: Style, out: &mut dyn Write) -> anyhow::Result<()> {
    let Comparison { sides, changes } = compared;
    let [before, after] = sides;
    for (head, side) in [("before  ", before), ("after   ", after)] {
        let mut head = head;
        for line in style.wrap(&side.title, head.len()) {
            writeln!(out, "{head}{line}")?;
            head = "        ";
        }
    }
    show::print_changes(out, style, changes)?;
    let is_same = before.document.fingerprint() == after.document.fingerprint();
    let total = match (changes.len(), is_same) {
        (0, true) => "no difference".to_owned(),
        (0, false) => "no change: what differs is ignored, or means the same".to_owned(),
        (count, _) => counted(count as u64, "change"),
    };
    writeln!(out, "\n{total}")?;
    Ok(())
}

fn markdown(changes: &[Change], out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "| severity | rule | member | before | after |")?;
    writeln!(out, "|---|---|---|---|---|")?;
    for change in changes {
        let lines = change_lines(change);
        let values = |sign: char| {
            let own: Vec<String> = lines
                .iter()
                .filter(|(of, _)| *of == sign)
                .map(|(_, value)| cell(value))
                .collect();
            own.join(", ")
        };
        let member = cell(&visible_name(change.subject.as_str()));
        let (severity, rule) = (change.severity, &change.rule);
        let (before, after) = (values('-'), values('+'));
        writeln!(
            out,
            "| {severity} | {rule} | {member} | {before} | {after} |"
        )?;
    }
    Ok(())
}
