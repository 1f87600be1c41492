//! `outbox`: lists what did not arrive yet or never will, has it tried again, or drops it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::document::text::{escaped_json, visible};
use crate::policy::channel::Channel;
use crate::store::{Reader, Store, StoreError, UndeliveredMessage};
use crate::terminal::Style;
use crate::wording::text::{counted, duration_words};

/// Lists the outbox of a store, as JSON if no style is given. It changes nothing: `status` goes on telling
/// what was given up, because whoever lists it may be a script.
pub fn list(
    path: &Path,
    style: Option<Style>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut all = Reader::open(path)?.undelivered()?;
    all.retain(|one| one.next_at.is_some() || one.is_news);
    match style {
        None => {
            let objects: Vec<MessageJson<'_>> = all.iter().map(object).collect();
            let text = serde_json::to_string_pretty(&objects)?;
            writeln!(out, "{}", escaped_json(&text))?;
        }
        Some(style) => table(&all, style, now, out)?,
    }
    Ok(())
}

/// The fields in the order in which they are printed.
#[derive(Serialize)]
struct MessageJson<'a> {
    id: Option<i64>,
    channel: &'static str,
    to: &'a str,
    state: &'static str,
    events: &'a [i64],
    attempts: u32,
    next_at: Option<Timestamp>,
    reason: Option<&'a str>,
}

fn object(one: &UndeliveredMessage) -> MessageJson<'_> {
    MessageJson {
        id: one.id,
        channel: one.channel.as_str(),
        to: &one.recipient,
        state: one.state.as_str(),
        events: &one.events,
        attempts: one.attempts,
        next_at: one.next_at,
        reason: one.reason.as_deref(),
    }
}

fn table(
    all: &[UndeliveredMessage],
    style: Style,
    now: Timestamp,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if all.is_empty() {
        let words = "nothing waits, and nothing was refused or given up";
        let mut lines = style.wrap(words, 0).into_iter();
        return lines.try_for_each(|line| writeln!(out, "{line}"));
    }
    let titles = ["ID", "CHANNEL", "STATE", "TO", "ATTEMPTS", "NEXT", "EVENTS"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    for one in all {
        let next = one.next_at.map(|at| match at.duration_since(now) {
            wait if wait.is_positive() => format!("in {}", duration_words(wait)),
            _due => "now".to_owned(),
        });
        let mut events: Vec<String> = one.events.iter().take(5).map(i64::to_string).collect();
        if one.events.len() > events.len() {
            events.push("...".to_owned());
        }
        rows.push(vec![
            one.id.map_or("-".to_owned(), |id| id.to_string()),
            one.channel.to_string(),
            one.state.as_str().to_owned(),
            visible(&one.recipient),
            one.attempts.to_string(),
            next.unwrap_or_else(|| "-".to_owned()),
            events.join(" "),
        ]);
    }
    let mut lines = style.table(&rows, &[3]).into_iter();
    for head in lines.next().into_iter().flatten() {
        writeln!(out, "{head}")?;
    }
    for (lines, one) in lines.zip(all) {
        for line in lines {
            writeln!(out, "{line}")?;
        }
        for line in one.words() {
            for line in style.wrap(&line, 4) {
                writeln!(out, "    {line}")?;
            }
        }
    }
    if all.iter().any(|one| one.is_news) {
        let remedy = "status ends 4 for what was refused or expired until it is tried again \
                      (outbox retry ID) or dropped (outbox drop ID)";
        for line in style.wrap(remedy, 0) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Drops what was given up, and says what that was. It stays in the history of its event.
pub async fn drop_given_up(
    path: &Path,
    ids: &BTreeSet<i64>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    in_store(path, async |store| store.drop_given_up(ids, now).await).await?;
    let all = Reader::open(path)?.undelivered()?;
    for (id, one) in all.iter().filter_map(|one| Some((one.id?, one))) {
        if !ids.contains(&id) {
            continue;
        }
        let (channel, state, to) = (one.channel, one.state.as_str(), visible(&one.recipient));
        writeln!(out, "dropped {channel} {id} to {to}, which was {state}")?;
        for line in one.words() {
            writeln!(out, "    {line}")?;
        }
        for event in &one.events {
            writeln!(out, "    see: issuerwatch history show {event}")?;
        }
    }
    Ok(())
}

/// Makes what waits due at once; by number also what was given up.
pub async fn retry(
    path: &Path,
    ids: &BTreeSet<i64>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let work = in_store(path, async |store| {
        if ids.is_empty() {
            store.retry_all(now).await
        } else {
            store.retry(ids, now).await
        }
    });
    let due = work.await?;
    let of = |channel| due.iter().filter(|one| **one == channel).count() as u64;
    let what = match (of(Channel::Mail), of(Channel::Webhook)) {
        (mails, 0) => counted(mails, "mail"),
        (0, posts) => counted(posts, "post"),
        (mails, posts) => format!("{} and {}", counted(mails, "mail"), counted(posts, "post")),
    };
    let then = if Store::is_daemon_running(path) {
        "the daemon tries at once"
    } else {
        "no daemon runs: the next `run` or `check` tries"
    };
    writeln!(out, "{what} due now; {then}")?;
    Ok(())
}

/// Changes a store, and closes it also where that failed.
async fn in_store<T>(
    path: &Path,
    change: impl AsyncFnOnce(&Store) -> Result<T, StoreError>,
) -> anyhow::Result<T> {
    // Opened for reading first: that fails if the file is missing, so no empty store is made.
    drop(Reader::open(path)?);
    let store = Store::open(path)?;
    let done = change(&store).await;
    store.close().await;
    Ok(done?)
}
