//! `outbox`: what did not arrive yet, or never will; and to have it tried again.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::document::text::visible;
use crate::policy::channel::Channel;
use crate::store::{DeliveryState, Reader, Store, UndeliveredMessage, UndeliveredState};
use crate::terminal::{Style, columns};
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
            let objects: Vec<Value> = all.iter().map(object).collect();
            writeln!(out, "{:#}", Value::from(objects))?;
        }
        Some(style) => table(&all, style, now, out)?,
    }
    out.flush()?;
    Ok(())
}

fn object(one: &UndeliveredMessage) -> Value {
    json!({
        "id": one.id, "channel": one.channel.as_str(), "to": one.recipient, "state": one.state.as_str(),
        "events": one.events, "attempts": one.attempts, "next_at": one.next_at,
        "reason": one.reason,
    })
}

fn table(
    all: &[UndeliveredMessage],
    style: Style,
    now: Timestamp,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if all.is_empty() {
        return writeln!(out, "nothing waits, and nothing was refused or given up");
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
    let mut lines = columns(&rows).into_iter();
    if let Some(head) = lines.next() {
        writeln!(out, "{}", style.fit(&head))?;
    }
    for (line, one) in lines.zip(all) {
        writeln!(out, "{}", style.fit(&line))?;
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
    ids: &[i64],
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let all = Reader::open(path)?.undelivered()?;
    let given_up = |id: &i64| all.iter().find(|one| one.is_news && one.id == Some(*id));
    let mut dropped = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(one) = given_up(id) else {
            bail!("there is no mail or post {id} that was given up; see: issuerwatch outbox");
        };
        dropped.push((*id, one));
    }
    let store = Store::open(path)?;
    let done = store.drop_given_up(ids, now).await;
    store.close().await;
    done?;
    for (id, one) in dropped {
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
    ids: &[i64],
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    // Opened for reading first: that fails if the file is missing, so no empty store is made.
    let all = Reader::open(path)?.undelivered()?;
    let store = Store::open(path)?;
    let done = due_again(&store, ids, now).await;
    store.close().await;
    done?;
    let is_due = |one: &&UndeliveredMessage| match one.id {
        Some(id) if !ids.is_empty() => ids.contains(&id),
        Some(_) => one.state == UndeliveredState::Mail(DeliveryState::Waiting),
        None => false,
    };
    let of = |channel| {
        let due = all.iter().filter(is_due);
        due.filter(|one| one.channel == channel).count() as u64
    };
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

/// Makes these messages due now.
async fn due_again(store: &Store, ids: &[i64], now: Timestamp) -> anyhow::Result<()> {
    if ids.is_empty() {
        store.retry_all(now).await?;
    }
    for id in ids {
        if !store.retry(*id, now).await? {
            bail!("there is no mail or post {id} that was not sent; see: issuerwatch outbox");
        }
    }
    Ok(())
}
