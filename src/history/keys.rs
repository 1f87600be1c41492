//! `history keys`: the life of every key of a set, or the set of a time, and what proves it.

use std::io::Write;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::json;
use super::keys_table::{self, SetSummary};
use super::proof::{Proofs, at_one_moment, proofs};
use super::target::{self, StateSelector};
use crate::clock::moment::TimeArgument;
use crate::config::nearest;
use crate::document::canonical::Document;
use crate::document::jwk;
use crate::document::key_set::Key;
use crate::document::text::visible;
use crate::document::value::visible_name;
use crate::policy::key_life::{Gap, KeyLife, KeyLives, rotation};
use crate::store::{DocumentRow, Reader, Snapshot};
use crate::terminal::{Aside, Style};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct KeysOptions {
    /// Name of the provider, or of its key set.
    pub target: String,
    /// The set of this time, instead of all keys there ever were.
    pub at: Option<TimeArgument>,
    /// Only keys with this `kid`.
    pub kid: Option<String>,
    /// Only the key with this thumbprint.
    pub thumbprint: Option<String>,
    /// How it is printed.
    pub format: KeysFormat,
}

/// How keys are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysFormat {
    /// For people.
    Table,
    /// One JSON array.
    Json,
    /// One JWK set, and nothing else.
    Jwk,
    /// Public keys as PEM.
    Pem,
}

impl KeysOptions {
    fn is_asked(&self, kid: Option<&str>, thumbprint: Option<&str>) -> bool {
        let is = |asked: &Option<String>, found: Option<&str>| {
            asked.is_none() || asked.as_deref() == found
        };
        is(&self.kid, kid) && is(&self.thumbprint, thumbprint)
    }

    fn is_narrowed(&self) -> bool {
        self.kid.is_some() || self.thumbprint.is_some()
    }
}

/// Prints the keys in the form that was asked for.
pub fn keys(
    reader: &Reader,
    options: &KeysOptions,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    at_one_moment(reader, out, |reader, out| {
        answered(reader, options, style, out)
    })
}

fn answered(
    reader: &Reader,
    options: &KeysOptions,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let documents = reader.documents()?;
    let row = target::key_set(&documents, &options.target)?;
    let point = options.at.map_or(StateSelector::Now, StateSelector::Time);
    let state = target::state(reader, row, point)?;
    if let Some(when) = options.at {
        let again = format!("history keys {} --at", row.provider);
        target::note_day(reader, row, when, &state, &again)?;
    }
    match options.format {
        KeysFormat::Jwk => jwk(row, &state, options, out),
        KeysFormat::Pem => pem(row, &state, options, out),
        KeysFormat::Table | KeysFormat::Json => {
            let lives = lives(reader, row, options.at.map(TimeArgument::last))?;
            let is_asked =
                |life: &KeyLife| options.is_asked(life.kid.as_deref(), life.thumbprint.as_deref());
            let rotation = rotation(&lives);
            let selected: Vec<KeyLife> = lives
                .iter()
                .filter(|life| is_asked(life))
                .cloned()
                .collect();
            if selected.is_empty() && options.is_narrowed() {
                let kids = lives.iter().filter_map(|life| life.kid.as_deref());
                writeln!(Aside, "{}", nobody(row, options, kids))?;
            }
            let proofs = proofs(reader, &selected)?;
            if options.format == KeysFormat::Json {
                return array(&selected, &proofs, out);
            }
            let set = SetSummary {
                name: row.name(),
                at: options
                    .at
                    .map(|_| (state.first_seen_at, state.last_seen_at)),
                last_poll_at: newest(reader, row)?.last_seen_at,
                rotation: (!options.is_narrowed() && options.at.is_none()).then_some(rotation),
            };
            keys_table::table(&set, &selected, &proofs, style, out)
        }
    }
}

fn newest(reader: &Reader, row: &DocumentRow) -> anyhow::Result<Snapshot> {
    target::state(reader, row, StateSelector::Now)
}

fn lives(
    reader: &Reader,
    row: &DocumentRow,
    at: Option<Timestamp>,
) -> anyhow::Result<Vec<KeyLife>> {
    let mut lives = at.map_or_else(KeyLives::default, KeyLives::of_set_at);
    reader.every_state(row.target_id, |state| lives.see(&state.key_set()))?;
    Ok(lives.end())
}

/// The message if no key has the name or thumbprint that was asked for.
fn nobody<'a>(
    row: &DocumentRow,
    options: &KeysOptions,
    kids: impl Iterator<Item = &'a str>,
) -> String {
    let near = options.kid.as_deref().and_then(|kid| nearest(kid, kids));
    let hint = match near {
        Some(near) => format!("; did you mean \"{}\"?", visible(near)),
        None => String::new(),
    };
    let criteria: Vec<String> = [("kid", &options.kid), ("thumbprint", &options.thumbprint)]
        .into_iter()
        .filter_map(|(name, value)| {
            let value = visible_name(value.as_deref()?);
            Some(format!("{name} \"{value}\""))
        })
        .collect();
    let name = row.name();
    format!("{name} has no key with {}{hint}", criteria.join(" and "))
}

#[derive(Serialize)]
struct KeyJson<'a> {
    kid: Option<&'a str>,
    thumbprint: Option<&'a str>,
    kty: Option<&'a str>,
    size: Option<usize>,
    r#use: Option<&'a str>,
    alg: Option<&'a str>,
    first_seen: Timestamp,
    last_seen: Option<Timestamp>,
    gaps: Vec<JsonGap>,
    events: &'a [i64],
    certificate_ends: Option<Timestamp>,
    /// The event that proves it: the last one that tells of the key, or did at the time asked for.
    event: Option<i64>,
    hash: Option<&'a str>,
    head: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonGap {
    from: Timestamp,
    to: Timestamp,
}

fn array(lives: &[KeyLife], proofs: &Proofs, out: &mut dyn Write) -> anyhow::Result<()> {
    let each = lives.iter().zip(&proofs.hashes).map(|(life, hash)| {
        let gap = |gap: &Gap| JsonGap {
            from: gap.from,
            to: gap.to,
        };
        KeyJson {
            kid: life.kid.as_deref(),
            thumbprint: life.thumbprint.as_deref(),
            kty: life.kty.as_deref(),
            size: life.size,
            r#use: life.purpose.as_deref(),
            alg: life.alg.as_deref(),
            first_seen: life.first_seen,
            last_seen: life.last_seen,
            gaps: life.gaps.iter().map(gap).collect(),
            events: &life.events,
            certificate_ends: life.certificate_ends,
            event: hash.as_ref().map(|(event, _)| *event),
            hash: hash.as_ref().map(|(_, hash)| hash.as_str()),
            head: proofs.head.as_ref().map(|(_, hash)| hash.as_str()),
        }
    });
    let all: Vec<KeyJson<'_>> = each.collect();
    writeln!(out, "{}", json::pretty(&all)?)?;
    Ok(())
}

fn document(row: &DocumentRow, state: &Snapshot) -> anyhow::Result<Document> {
    let name = row.name();
    Document::from_canonical(row.kind.kind(), &state.canonical)
        .with_context(|| format!("what is stored of {name} is no key set"))
}

fn chosen<'a>(document: &'a Document, options: &KeysOptions) -> Vec<Key<'a>> {
    let keys = document.keys().into_iter();
    let is_asked =
        |key: &Key<'_>| options.is_asked(key.text(jwk::KID), key.material.thumbprint.as_deref());
    keys.filter(is_asked).collect()
}

/// The set as it stood; with a filter, the keys that it leaves.
fn jwk(
    row: &DocumentRow,
    state: &Snapshot,
    options: &KeysOptions,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let document = document(row, state)?;
    let set = if options.is_narrowed() {
        let keys = chosen(&document, options);
        let members = keys.iter().map(|key| Value::Object(key.members.clone()));
        let mut set = Map::new();
        set.insert("keys".to_owned(), members.collect());
        set
    } else {
        document.members().clone()
    };
    writeln!(out, "{}", json::pretty(&set)?)?;
    Ok(())
}

/// Each key that has a public form, under its name: readers skip what stands between the blocks
/// (RFC 7468 section 2), and a name is one line that begins with ours.
fn pem(
    row: &DocumentRow,
    state: &Snapshot,
    options: &KeysOptions,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let document = document(row, state)?;
    let mut left_out = 0_usize;
    for key in chosen(&document, options) {
        match key.pem() {
            Some(pem) => {
                let name = visible_name(key.text(jwk::KID).unwrap_or("(no kid)"));
                write!(out, "kid: {name}\n{pem}")?;
            }
            None => left_out += 1,
        }
    }
    if left_out > 0 {
        writeln!(
            Aside,
            "left out, as they have no public form in PEM: {left_out} keys"
        )?;
    }
    Ok(())
}
