//! `history keys` for people.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};

use super::proof::Proofs;
use super::time::seconds;
use crate::document::text::{bounded, visible};
use crate::document::value::visible_name;
use crate::policy::key_life::{KeyLife, Rotation};
use crate::terminal::{Style, columns};
use crate::wording::text::{counted, duration_words};

/// What is known of the set besides its keys.
pub(super) struct SetSummary {
    pub(super) name: String,
    /// The first and the last poll that saw the set, where that of a time is asked for.
    pub(super) at: Option<(Timestamp, Timestamp)>,
    /// The last poll that saw the set that is known now.
    pub(super) last_poll_at: Timestamp,
    /// What it does again and again, where all keys are asked for.
    pub(super) rotation: Option<Rotation>,
}

/// Most gaps that are shown of one key.
const GAPS: usize = 3;
/// Narrower terminals get days for times, and names that are cut.
const NARROW: usize = 130;
/// Characters of a thumbprint that are shown there.
const SHORT: usize = 8;
/// Columns that all but the name of a key take there.
const REST: usize = 70;

pub(super) fn table(
    set: &SetSummary,
    lives: &[KeyLife],
    proofs: &Proofs,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if let Some((first, last)) = set.at {
        let (first, last) = (seconds(first), seconds(last));
        let line = format!("{} as it was seen from {first} to {last} UTC", set.name);
        writeln!(out, "{}", style.fit(&line))?;
    }
    let mut rows = vec![row_of([
        "KID",
        "KIND",
        "USE",
        "FIRST SEEN",
        "LAST SEEN",
        "LIVED",
        "EVENT",
        "THUMBPRINT",
    ])];
    rows.extend(lives.iter().map(|life| row(life, set.last_poll_at, style)));
    let mut shown = columns(&rows).into_iter();
    if let Some(head) = shown.next() {
        writeln!(out, "{}", style.fit(&head))?;
    }
    for (line, life) in shown.zip(lives) {
        writeln!(out, "{}", style.fit(&line))?;
        for line in more(life) {
            writeln!(out, "{}", style.fit(&format!("  {line}")))?;
        }
    }
    let facts = rotation(set.rotation.as_ref())
        .into_iter()
        .chain(proof(lives, proofs, style));
    for (head, words) in facts {
        let mut head = format!("{head:<10}");
        for line in style.wrap(&words, head.len()) {
            writeln!(out, "{head}{line}")?;
            head = " ".repeat(10);
        }
    }
    Ok(())
}

fn row_of(cells: [&str; 8]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn row(life: &KeyLife, last_poll_at: Timestamp, style: Style) -> Vec<String> {
    let narrow = style.width.filter(|width| *width < NARROW);
    let time = |at: Timestamp| {
        let form = if narrow.is_some() {
            "%Y-%m-%d"
        } else {
            "%Y-%m-%d %H:%M"
        };
        at.strftime(form).to_string()
    };
    let kid = match &life.kid {
        Some(kid) => visible_name(kid),
        None => "(no kid)".to_owned(),
    };
    let thumbprint = life.thumbprint.as_deref().unwrap_or_default();
    let last = life.last_seen.unwrap_or(last_poll_at);
    let event = life.proved_by.map(|event| event.to_string());
    vec![
        match narrow {
            Some(width) => bounded(&kid, width.saturating_sub(REST).max(8)),
            None => kid,
        },
        kind(life),
        visible(life.purpose.as_deref().unwrap_or_default()),
        time(life.first_seen),
        life.last_seen.map(time).unwrap_or_default(),
        duration_words(last.duration_since(life.first_seen)),
        format!("{:>5}", event.unwrap_or_default()),
        match narrow {
            Some(_) => thumbprint.chars().take(SHORT).collect(),
            None => thumbprint.to_owned(),
        },
    ]
}

/// `RS256 2048`, or the type where no algorithm is said.
fn kind(life: &KeyLife) -> String {
    let name = life
        .alg
        .as_ref()
        .or(life.crv.as_ref())
        .or(life.kty.as_ref());
    let name = bounded(&visible(name.map_or("", String::as_str)), 20);
    match life.size.filter(|_| life.kty.as_deref() == Some("RSA")) {
        Some(size) => format!("{name} {size}"),
        None => name,
    }
}

/// Further lines about a key, such as gaps in its life.
fn more(life: &KeyLife) -> Vec<String> {
    let gaps = life.gaps.iter().take(GAPS).map(|gap| {
        let (from, to) = (seconds(gap.from), seconds(gap.to));
        format!("not there {from} to {to} UTC")
    });
    let mut lines: Vec<String> = gaps.collect();
    let left = life.gaps.len().saturating_sub(GAPS);
    if left > 0 {
        lines.push(format!(
            "and not there {} more",
            counted(left as u64, "time")
        ));
    }
    let end = life.certificate_ends;
    lines.extend(end.map(|at| format!("its certificate ends {} UTC", seconds(at))));
    lines
}

/// How the keys of the set follow each other.
fn rotation(rotation: Option<&Rotation>) -> Option<(&'static str, String)> {
    let rotation = rotation.filter(|rotation| rotation.count > 0)?;
    let every = match rotation.every {
        Some((least, most)) => format!("new keys every {}", span(least, most)),
        None => {
            let times = counted(rotation.count as u64, "time");
            let irregular = if rotation.count > 2 {
                ", at no regular intervals"
            } else {
                ""
            };
            format!("new keys came {times}{irregular}")
        }
    };
    let overlap = match rotation.overlaps.as_slice() {
        [] => "the keys before are still there".to_owned(),
        [.., last] => overlap(*last, &rotation.overlaps),
    };
    Some(("overlap", format!("{overlap}; {every}")))
}

/// How long the old keys stayed published at the last rotation, and whether that is as usual.
fn overlap(latest: Option<SignedDuration>, all: &[Option<SignedDuration>]) -> String {
    let before = all.len().saturating_sub(1);
    let rotations = counted(before as u64, "rotation");
    let words = match latest {
        None => "none".to_owned(),
        Some(SignedDuration::ZERO) => "one poll".to_owned(),
        Some(stayed) => duration_words(stayed),
    };
    let is_like = |other: &Option<SignedDuration>| match (*other, latest) {
        (Some(other), Some(latest)) => (other - latest).abs() <= latest / 4,
        (other, latest) => other == latest,
    };
    if before > 0 && all.iter().all(is_like) {
        return format!("{words}, as in the {rotations} before");
    }
    let lengths = || all.iter().map(|stayed| stayed.unwrap_or_default());
    match lengths().min().zip(lengths().max()) {
        Some((shortest, longest)) if before > 0 => {
            let all = counted(all.len() as u64, "rotation");
            format!("{words}; {} in all {all}", span(shortest, longest))
        }
        Some(_) | None => words,
    }
}

/// `28 to 31 days`.
fn span(least: SignedDuration, most: SignedDuration) -> String {
    let (least, most) = (duration_words(least), duration_words(most));
    let units = [&least, &most].map(|words| words.split_once(' '));
    match units {
        _ if least == most => most,
        [Some((number, unit)), Some((_, other))] if unit == other => format!("{number} to {most}"),
        _ => format!("{least} to {most}"),
    }
}

/// What proves it: the event that told last of a key, its hash, and the head of the chain.
fn proof(
    lives: &[KeyLife],
    proofs: &Proofs,
    style: Style,
) -> impl Iterator<Item = (&'static str, String)> {
    let latest = proofs
        .hashes
        .iter()
        .flatten()
        .max_by_key(|(event, _)| *event)
        .filter(|_| !lives.is_empty())
        .map(|(event, hash)| {
            let hash = style.hash(hash);
            (
                "proof",
                format!("event {event}, hash {hash}; of each key: --format json"),
            )
        });
    let head = proofs.head.as_ref().map(|(event, hash)| {
        let hash = style.hash(hash);
        (
            "head",
            format!("event {event}, hash {hash}; issuerwatch history verify"),
        )
    });
    latest.into_iter().chain(head)
}
