//! `history token`: a token in hand. Was its key in the set of its issuer then, and did it sign it?
//!
//! The token is read, and neither kept nor printed: what is said of it is its issuer, its key, its
//! algorithm and its time. No error quotes it.

mod print;
mod verify;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::print::{AnswerReason, KeyProof, TokenReport};
use super::input;
use super::target::UsageError;
use crate::document::token::{Algorithm, MAX, SigningAlgorithm, Token};
use crate::policy::token::{
    KeyQuery, PublishedKey, SeenPeriod, Sightings, TokenTime, TokenVerdict, then, verdict,
};
use crate::store::{DocumentRow, Order, Reader};
use crate::terminal::Style;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct TokenOptions {
    /// The file it stands in; `-` is standard input.
    pub file: PathBuf,
    /// JSON instead of words.
    pub is_json: bool,
}

/// Prints what is known of a token.
pub fn token(
    reader: &Reader,
    options: &TokenOptions,
    style: Style,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<TokenVerdict> {
    if is_token(&options.file) {
        let words = "that is a token and no file: write it into a file, or name - and write it to standard input. \
                     It stands in the list of processes and in the history of the shell now";
        return Err(UsageError(words.to_owned()).into());
    }
    let text = text(&options.file)?;
    let token = Token::read(&text).map_err(|why| UsageError(why.to_string()))?;
    let answer = answer(reader, &token, now)?;
    if options.is_json {
        print::json(&token, &answer, out)?;
    } else {
        print::table(&token, &answer, style, out)?;
    }
    Ok(answer.verdict)
}

/// Whether a token was typed in place of a file: it must not be quoted, as the name of a missing file is.
fn is_token(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let is_part = |part: &str| {
        let mut bytes = part.bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='))
    };
    name.starts_with("eyJ") && name.contains('.') && name.split('.').all(is_part) && !path.exists()
}

/// What stands in a file, as far as a token may be long.
fn text(path: &Path) -> anyhow::Result<String> {
    // One line break more than a token, and one byte that says that it is too long.
    let bytes = input::read(path, MAX as u64 + 3)?;
    // Bytes that are not UTF-8 cannot be a token; they are replaced and never quoted.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The answer of the key set that says most, because several providers may have the same issuer.
fn answer(reader: &Reader, token: &Token<'_>, now: Timestamp) -> anyhow::Result<TokenReport> {
    let documents = reader.documents()?;
    let providers = providers(reader, &documents, token)?;
    if providers.is_empty() {
        return Ok(TokenReport::unknown(AnswerReason::Issuer));
    }
    let signing = match token.algorithm {
        Algorithm::Unsigned => return Ok(TokenReport::forged(AnswerReason::Unsigned)),
        Algorithm::Shared => return Ok(TokenReport::forged(AnswerReason::Shared)),
        Algorithm::Unknown => return Ok(TokenReport::unknown(AnswerReason::Algorithm)),
        Algorithm::Signed(signing) => signing,
    };
    if token.has_demands {
        return Ok(TokenReport::unknown(AnswerReason::Demands));
    }
    let is_set = |row: &&DocumentRow| {
        let of = row.kind.issuer();
        row.kind.is_key_set() && of.is_none_or(|issuer| Some(issuer) == token.issuer.as_deref())
    };
    let is_theirs = |row: &&DocumentRow| providers.contains(&row.provider.as_str());
    let mut best = TokenReport::unknown(AnswerReason::NoSet);
    for row in documents.iter().filter(is_set).filter(is_theirs) {
        let answer = of_set(reader, row, token, signing, now)?;
        if answer.rank() > best.rank() {
            best = answer;
        }
    }
    Ok(best)
}

/// The providers of the issuer of a token.
fn providers<'d>(
    reader: &Reader,
    documents: &'d [DocumentRow],
    token: &Token<'_>,
) -> anyhow::Result<Vec<&'d str>> {
    let mut found = Vec::new();
    for row in documents {
        if found.last() == Some(&row.provider.as_str()) {
            continue;
        }
        let is_it = issuer_of(reader, row)?.is_some_and(|known| Some(known) == token.issuer);
        found.extend(is_it.then_some(row.provider.as_str()));
    }
    Ok(found)
}

/// The issuer that a document was followed for; if none was configured, as in a replay, the one that
/// it named first.
fn issuer_of(reader: &Reader, row: &DocumentRow) -> anyhow::Result<Option<String>> {
    if row.kind.is_of_resource() {
        return Ok(None);
    }
    let configured = reader.identity_of(row.target_id)?;
    if configured.is_some() || row.kind.is_key_set() {
        return Ok(configured);
    }
    let mut named = None;
    reader.walk_states(row.target_id, Order::OldestFirst, |state| {
        let first: Option<serde_json::Value> = serde_json::from_str(state.canonical).ok();
        let issuer = first
            .as_ref()
            .and_then(|first| first.get("issuer")?.as_str());
        named = issuer.map(str::to_owned);
        ControlFlow::Break(())
    })?;
    Ok(named)
}

/// What one key set says of a token.
fn of_set(
    reader: &Reader,
    row: &DocumentRow,
    token: &Token<'_>,
    signing: SigningAlgorithm,
    now: Timestamp,
) -> anyhow::Result<TokenReport> {
    let kid = token.kid.as_deref();
    let mut sightings = Sightings::of(KeyQuery { kid, signing });
    let mut is_seen = false;
    reader.every_state(row.target_id, |state| {
        is_seen = true;
        sightings.see(&state.key_set());
    })?;
    if !is_seen {
        return Ok(TokenReport::unknown(AnswerReason::NoSet));
    }
    let unfit = sightings.unfit().cloned();
    let found = sightings.end();
    let mut tried = None;
    for published in &found {
        match verify::verifies(token, signing, &published.text) {
            Ok(true) => {
                return of_key(reader, row, token, now, published, Ok(true));
            }
            other => {
                // Among keys that did not sign it, one that was published then says most; but a
                // key that cannot be tried may have signed it.
                let is_there = then(token.issued_at, now, &published.runs).0.is_there();
                let says_more = match tried {
                    None => true,
                    Some((_, Err(_))) => false,
                    Some((_, Ok(_))) => is_there || other.is_err(),
                };
                if says_more {
                    tried = Some((published, other));
                }
            }
        }
    }
    match tried {
        // A token without a `kid` names no key that should have signed it.
        Some((_, Ok(false))) if kid.is_none() => Ok(TokenReport::forged(AnswerReason::NoneSigned)),
        Some((published, other)) => of_key(reader, row, token, now, published, other),
        None => Ok(TokenReport {
            verdict: TokenVerdict::NotThen,
            // A key that is for something else is not tried: a client would not try it either.
            verifies: unfit.is_none().then_some(false),
            published: None,
            reason: unfit.map_or(AnswerReason::NeverSeen, AnswerReason::Unfit),
        }),
    }
}

fn of_key(
    reader: &Reader,
    row: &DocumentRow,
    token: &Token<'_>,
    now: Timestamp,
    published: &PublishedKey,
    verifies: Result<bool, &'static str>,
) -> anyhow::Result<TokenReport> {
    let (then, run) = then(token.issued_at, now, &published.runs);
    let proved = run.map(|run| proved(reader, row, run)).transpose()?;
    Ok(TokenReport {
        verdict: verdict(then, verifies.ok()),
        verifies: verifies.ok(),
        published: proved,
        reason: match verifies {
            Ok(true) => AnswerReason::Then(then),
            Ok(false) if then == TokenTime::NotThere => AnswerReason::NotSignedNorThere,
            Ok(false) => AnswerReason::NotSigned,
            Err(why) => AnswerReason::Untried(why),
        },
    })
}

/// A time for which a key was published, with the address of the set and the proof.
fn proved(reader: &Reader, row: &DocumentRow, run: &SeenPeriod) -> anyhow::Result<KeyProof> {
    let event = run.event.map(|id| reader.event(id)).transpose()?.flatten();
    let source = event.as_ref().and_then(|event| event.body.source());
    let address = match source.and_then(|source| source.url.clone()) {
        Some(url) => Some(url),
        None => reader.address_of(row.target_id)?,
    };
    Ok(KeyProof {
        name: row.name(),
        run: run.clone(),
        address,
        event: event.map(|event| (event.id, event.hash)),
        head: reader.head()?,
    })
}
