//! `clients`: which clients accept each stored document, and why not.

use std::io::Write;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Serialize;

use crate::clock::moment::TimeArgument;
use crate::config::{Outline, unknown_name};
use crate::document::canonical::Document;
use crate::document::text::{escaped_json, visible};
use crate::meaning::client::demand::Client;
use crate::meaning::client::judge::{UnmetReason, Verdict, judge, may_be_read};
use crate::meaning::client::table;
use crate::meaning::pattern::matches;
use crate::meaning::provider::is_called;
use crate::store::{DocumentRow, Order, Reader};
use crate::terminal::{Style, Tone, columns, width_of};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct ClientsOptions {
    /// Providers, or `provider/document`, or clients, with `*` for any characters; empty: all.
    pub names: Vec<String>,
    /// As the documents were then; a day counts as it was left.
    pub at: Option<TimeArgument>,
}

/// A document, and what each client says of it.
struct ClientVerdicts<'a> {
    row: &'a DocumentRow,
    by: Vec<Opinion<'a>>,
}

/// What one client says of one document.
struct Opinion<'a> {
    client: &'a Client,
    verdict: Verdict,
    /// The first state in a row of which it says the same.
    since: Timestamp,
}

#[derive(Serialize)]
struct VerdictJson<'a> {
    provider: &'a str,
    document: &'a str,
    client: &'a str,
    verdict: &'static str,
    since: Timestamp,
    reasons: Vec<ReasonJson>,
}

/// A reason, without what there is instead: that is for people.
#[derive(Serialize)]
struct ReasonJson {
    demand: String,
    member: String,
    source: String,
}

/// Prints it, as JSON where no style is given.
pub fn clients(
    outline: &Outline,
    reader: &Reader,
    options: &ClientsOptions,
    style: Option<Style>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let all: Vec<&Client> = table::CLIENTS.iter().chain(&outline.clients).collect();
    let documents = reader.documents()?;
    let (documents, clients) = chosen(&documents, &all, &options.names)?;
    let mut judged = Vec::new();
    // A key set has no members to demand.
    let is_read = |row: &&DocumentRow| may_be_read(row.kind.kind());
    for row in documents.into_iter().filter(is_read) {
        let clients = clients.iter().copied();
        let by = opinions(outline, reader, row, clients, options.at)?;
        // No client can accept a document that was never had.
        if !by.is_empty() {
            judged.push(ClientVerdicts { row, by });
        }
    }
    match style {
        None => json(&judged, out),
        Some(style) => print(&judged, &clients, style, out),
    }
}

/// What is asked for: a name is that of a document, of a provider or of a client.
fn chosen<'d, 'c>(
    documents: &'d [DocumentRow],
    clients: &[&'c Client],
    names: &[String],
) -> anyhow::Result<(Vec<&'d DocumentRow>, Vec<&'c Client>)> {
    let is_row = |row: &DocumentRow, name: &str| is_called(&row.provider, &row.kind, name);
    let is_client = |client: &Client, name: &str| matches(name, &client.name);
    let (mut rows, mut of_clients): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for name in names {
        if documents.iter().any(|row| is_row(row, name)) {
            rows.push(name);
        } else if clients.iter().any(|client| is_client(client, name)) {
            of_clients.push(name);
        } else {
            let known = documents
                .iter()
                .map(|row| (row.provider.as_str(), row.kind.clone()));
            return Err(unknown_name::error(name, "in the history", known).into());
        }
    }
    let documents = documents
        .iter()
        .filter(|row| rows.is_empty() || rows.iter().any(|name| is_row(row, name)));
    let clients = clients.iter().copied().filter(|client| {
        of_clients.is_empty() || of_clients.iter().any(|name| is_client(client, name))
    });
    Ok((documents.collect(), clients.collect()))
}

/// What each client says of the state of a document, and since when: its states are walked back as long
/// as one of them says the same, and not beyond the first document of whom it is now. None where there
/// was no document.
fn opinions<'a>(
    outline: &Outline,
    reader: &Reader,
    row: &DocumentRow,
    clients: impl Iterator<Item = &'a Client>,
    at: Option<TimeArgument>,
) -> anyhow::Result<Vec<Opinion<'a>>> {
    let mut providers = outline.providers.iter();
    let configured = providers.find(|provider| provider.name == row.provider);
    // A server to which a resource led is asked for by the name that the resource gives it.
    let identity = match (row.kind.issuer(), configured) {
        (Some(issuer), _) => Some(issuer.to_owned()),
        (None, Some(provider)) => Some(provider.identity.as_str().to_owned()),
        (None, None) => reader.identity_of(row.target_id)?,
    };
    let clients: Vec<&Client> = clients.collect();
    let mut found: Vec<Opinion<'a>> = Vec::new();
    let mut open: Vec<usize> = (0..clients.len()).collect();
    reader.walk_states(row.target_id, Order::NewestFirst, |state| {
        if at.is_some_and(|at| state.first_seen_at > at.last()) {
            return ControlFlow::Continue(());
        }
        let Some(document) = Document::from_canonical(row.kind.kind(), state.canonical) else {
            return ControlFlow::Break(());
        };
        let says = |client: &Client| judge(client, &document, identity.as_deref());
        let since = state.first_seen_at;
        if found.is_empty() {
            found.extend(clients.iter().map(|client| Opinion {
                client,
                verdict: says(client),
                since,
            }));
        } else {
            open.retain(|place| {
                let Some(opinion) = found.get_mut(*place) else {
                    return false;
                };
                let is_same = word(&says(opinion.client)) == word(&opinion.verdict);
                if is_same {
                    opinion.since = since;
                }
                is_same
            });
        }
        if open.is_empty() || state.is_first {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(found)
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepts => "accepts",
        Verdict::Refuses(_) => "refuses",
        Verdict::NotRead => "not read",
    }
}

/// A client that reads no such document refuses it: a program that asks has two words.
fn json(judged: &[ClientVerdicts<'_>], out: &mut dyn Write) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for document in judged {
        for opinion in &document.by {
            let json = |reason: &UnmetReason| ReasonJson {
                demand: reason.demand.clone(),
                member: reason.member.clone(),
                source: reason.source.clone(),
            };
            let reasons = match &opinion.verdict {
                Verdict::Accepts => Vec::new(),
                Verdict::Refuses(reasons) => reasons.iter().map(json).collect(),
                Verdict::NotRead => vec![ReasonJson {
                    demand: "the document is of a kind that the client reads".to_owned(),
                    member: String::new(),
                    source: opinion.client.about.clone(),
                }],
            };
            lines.push(VerdictJson {
                provider: &document.row.provider,
                document: document.row.kind.as_str(),
                client: &opinion.client.name,
                verdict: if reasons.is_empty() {
                    "accepts"
                } else {
                    "refuses"
                },
                since: opinion.since,
                reasons,
            });
        }
    }
    let text = serde_json::to_string_pretty(&lines)?;
    writeln!(out, "{}", escaped_json(&text))?;
    Ok(())
}

fn print(
    judged: &[ClientVerdicts<'_>],
    clients: &[&Client],
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut rows = vec![vec!["PROVIDER".to_owned(), "DOCUMENT".to_owned()]];
    let mut head: Vec<String> = clients.iter().map(|client| client.name.clone()).collect();
    if let Some(row) = rows.first_mut() {
        row.append(&mut head);
    }
    for document in judged {
        let mut row = vec![
            visible(&document.row.provider),
            document.row.kind.to_string(),
        ];
        row.extend(document.by.iter().map(|opinion| cell(opinion, style)));
        rows.push(row);
    }
    let lines = columns(&rows);
    let widest = lines.iter().map(|line| width_of(line)).max().unwrap_or(0);
    // Many clients do not stand beside one another on a terminal: then each has a line.
    let is_wide = style.width.is_none_or(|width| widest <= width);
    let mut shown = lines.into_iter();
    if let Some(head) = shown.next().filter(|_| is_wide) {
        writeln!(out, "{head}")?;
    }
    for (line, document) in shown.zip(judged) {
        if is_wide {
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{}", style.fit(&visible(&document.row.name())))?;
        }
        for opinion in &document.by {
            if let Some(words) = words(opinion, is_wide, style) {
                for part in style.wrap(&words, 2) {
                    writeln!(out, "  {part}")?;
                }
            }
        }
    }
    Ok(())
}

fn cell(opinion: &Opinion<'_>, style: Style) -> String {
    let tone = match opinion.verdict {
        Verdict::Accepts => Tone::Good,
        Verdict::Refuses(_) => Tone::Bad,
        Verdict::NotRead => Tone::Plain,
    };
    style.toned(word(&opinion.verdict), tone)
}

/// Why a client refuses a document, and since when; where the table does not stand above it, also that
/// it accepts it.
fn words(opinion: &Opinion<'_>, is_wide: bool, style: Style) -> Option<String> {
    let (name, since) = (&opinion.client.name, opinion.since.strftime("%Y-%m-%d"));
    match &opinion.verdict {
        Verdict::Refuses(reasons) => {
            let all = reasons.iter();
            let each = all.map(|it| format!("{} ({})", it.instead, visible(&it.source)));
            let why = each.collect::<Vec<_>>().join("; ");
            Some(format!("{name}: {why}; refused since {since}"))
        }
        Verdict::Accepts | Verdict::NotRead if is_wide => None,
        Verdict::Accepts => Some(format!("{name}: {} since {since}", cell(opinion, style))),
        Verdict::NotRead => Some(format!("{name}: {}", cell(opinion, style))),
    }
}
