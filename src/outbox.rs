//! `outbox`: what did not arrive yet, or never will; and to have it tried again.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::document::text::visible;
use crate::policy::channel::Channel;
use crate::store::{
    DeliveryState, Reader, Store, StoreError, UndeliveredMessage, UndeliveredState,
};
use crate::terminal::{Aside, Style, columns};
use crate::wording::text::{counted, duration_words};

/// Lists the outbox of a store, as JSON if no style is given. Mails given up then count as looked at.
pub async fn list(
    path: &Path,
    style: Option<Style>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let all = Reader::open(path)?.undelivered()?;
    match style {
        None => {
            let objects: Vec<Value> = all.iter().map(object).collect();
            writeln!(out, "{:#}", Value::from(objects))?;
        }
        Some(style) => table(&all, style, now, out)?,
    }
    out.flush()?;
    let news: Vec<i64> = all
        .iter()
        .filter(|one| one.is_news)
        .filter_map(|one| one.id)
        .collect();
    if news.is_empty() {
        return Ok(());
    }
    // A user who may only read the store still gets the list.
    match Store::open(path) {
        Ok(store) => {
            let done = store.looked_at(news, now).await;
            store.close().await;
            done?;
        }
        Err(StoreError::Open { reason, .. }) => {
            writeln!(Aside, "not noted as looked at: {}", visible(&reason))?;
        }
        Err(error) => return Err(error.into()),
    }
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
