//! `status`: how the daemon and each target is, and what waits.

mod daemon;
mod details;
mod health;
mod json;
mod related;
mod tree;
mod warnings;
mod whole;

use std::collections::BTreeSet;
use std::io::Write;

use jiff::{SignedDuration, Timestamp};

use self::daemon::DaemonStatus;
use self::health::{Health, health, next_poll};
use self::whole::Status;
use crate::config::{Outline, unknown_name};
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::meaning::provider::is_called;
use crate::store::{DeliveryState, Reader, TargetRow, UndeliveredMessage, UndeliveredState};
use crate::terminal::Style;
use crate::watch::setup;
use crate::wording::text::{counted, duration_words};

/// How long a grave mail may wait before it is said.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);
/// Most mails that are told one by one.
const TROUBLES: usize = 10;

/// Prints the status, as JSON where no style is given; whether anything is failing.
pub fn status(
    outline: &Outline,
    reader: &Reader,
    names: &[String],
    style: Option<Style>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let targets = chosen(outline, reader, names)?;
    let healths: Vec<Health> = targets
        .iter()
        .map(|row| health(outline, reader, row, now))
        .collect::<Result<_, _>>()?;
    let is_failing = healths.iter().any(|health| health.is_wrong());
    let undelivered = reader.undelivered()?;
    let troubles: Vec<&UndeliveredMessage> = undelivered
        .iter()
        .filter(|one| is_trouble(one, now))
        .collect();
    let daemon = DaemonStatus::of(outline, reader)?;
    let is_failing = is_failing || !troubles.is_empty() || daemon.is_trouble();
    let status = Status {
        outline,
        now,
        daemon,
        related: related::of(outline, reader, &targets)?,
        targets: &targets,
        healths: &healths,
        named: targets
            .iter()
            .map(|row| tree::named_by(reader, row))
            .collect::<Result<_, _>>()?,
        outbox: reader.outbox()?,
        body_counts: reader.body_counts()?,
        troubles,
        head: reader.head()?,
    };
    match style {
        None => json::print(&status, out)?,
        Some(style) => {
            for line in style.wrap(&format!("daemon: {}", status.daemon), 0) {
                writeln!(out, "{line}")?;
            }
            status.table(out, style)?;
            status.total(out, style)?;
            related::table(out, style, &status.related)?;
            status.outbox(out, style)?;
            status.history(out, style, reader.bytes())?;
        }
    }
    Ok(is_failing)
}

/// The targets that are watched, and those that are configured and not known yet; or those of them that are
/// named.
fn chosen(outline: &Outline, reader: &Reader, names: &[String]) -> anyhow::Result<Vec<TargetRow>> {
    let mut all: Vec<TargetRow> = reader
        .targets()?
        .into_iter()
        .filter(|row| row.retired_at.is_none())
        .collect();
    all.extend(unknown(outline, &all));
    let is_one = |row: &TargetRow, name: &String| is_called(&row.provider, &row.kind, name);
    for name in names {
        if !all.iter().any(|row| is_one(row, name)) {
            let known = all
                .iter()
                .map(|row| (row.provider.as_str(), row.kind.clone()));
            return Err(unknown_name::error(name, "among what is watched", known).into());
        }
    }
    let is_asked = |row: &TargetRow| names.is_empty() || names.iter().any(|name| is_one(row, name));
    Ok(all.into_iter().filter(is_asked).collect())
}

/// The configured targets of which the store knows nothing: they were added after the daemon began.
fn unknown(outline: &Outline, known: &[TargetRow]) -> Vec<TargetRow> {
    let known: BTreeSet<(&str, &str)> = known
        .iter()
        .map(|row| (row.provider.as_str(), row.kind.as_str()))
        .collect();
    setup::documents(&outline.providers)
        .map(|(_, target)| target)
        .filter(|target| !known.contains(&(target.provider.as_str(), target.kind.as_str())))
        .map(|target| {
            let url = target.url.as_deref().map(str::to_owned);
            TargetRow::unknown(target.provider, target.kind, url)
        })
        .collect()
}

impl Status<'_> {
    fn ago(&self, at: Timestamp) -> String {
        duration_words(self.now.duration_since(at))
    }

    fn when(&self, at: Timestamp) -> String {
        if at.as_second() < self.now.as_second() {
            return format!("{} ago", self.ago(at));
        }
        format!("in {}", duration_words(at.duration_since(self.now)))
    }

    fn table(&self, out: &mut dyn Write, style: Style) -> std::io::Result<()> {
        let titles = ["DOCUMENT", "HEALTH", "LAST POLL", "NEXT POLL", "UNCHANGED"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        let shown = tree::ordered(self.targets, self.healths, &self.named);
        for (row, health, _) in &shown {
            let tracking = &row.tracking;
            rows.push(vec![
                tree::name(self.targets, row),
                style.toned(health.as_str(), health.tone()),
                tracking
                    .last_poll_at
                    .map_or("never".to_owned(), |at| format!("{} ago", self.ago(at))),
                next_poll(self.outline, row, *health, self.now)
                    .map(|at| self.when(at))
                    .unwrap_or_default(),
                tracking
                    .baseline
                    .as_ref()
                    .map(|b| self.ago(b.first_seen_at))
                    .unwrap_or_default(),
            ]);
        }
        let mut lines = style.table(&rows, &[0]).into_iter();
        for head in lines.next().into_iter().flatten() {
            writeln!(out, "{head}")?;
        }
        for (lines, (row, health, named)) in lines.zip(shown) {
            for line in lines {
                writeln!(out, "{line}")?;
            }
            details::details(out, style, row, health)?;
            details::never_polled(out, style, row, health)?;
            details::overdue(out, style, self.outline, row, health)?;
            details::not_followed(out, style, named)?;
            for line in warnings::warnings(&row.tracking.state, self.now) {
                writeln!(out, "{}", style.fit(&format!("  {line}")))?;
            }
        }
        Ok(())
    }

    /// How many documents there are, and how many of each health.
    fn total(&self, out: &mut dyn Write, style: Style) -> std::io::Result<()> {
        let mut words = counted(self.healths.len() as u64, "document");
        let mut sign = ": ";
        for health in Health::ALL {
            let count = self.healths.iter().filter(|it| **it == health).count();
            if count > 0 {
                words = format!("{words}{sign}{count} {}", health.as_str());
                sign = ", ";
            }
        }
        for line in style.wrap(&words, 0) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn outbox(&self, out: &mut dyn Write, style: Style) -> std::io::Result<()> {
        let (outbox, troubles) = (&self.outbox, &self.troubles);
        let waiting = match outbox.oldest_at {
            Some(oldest) => {
                let reason = outbox
                    .oldest_reason
                    .as_ref()
                    .map(|reason| format!(" ({})", visible(reason)));
                format!(
                    "{} waiting, oldest {}{}",
                    outbox.waiting,
                    self.ago(oldest),
                    reason.unwrap_or_default()
                )
            }
            None => format!("{} waiting", outbox.waiting),
        };
        let (refused, expired) = (outbox.refused, outbox.expired);
        let collected = outbox.next_summary_at.map(|at| {
            let (count, at) = (outbox.collected, at.strftime("%a %m-%d %H:%M UTC"));
            format!("; {count} collected for the summary of {at}")
        });
        let line = format!(
            "outbox: {waiting}{}; {refused} refused, {expired} expired",
            collected.unwrap_or_default()
        );
        for line in style.wrap(&line, 0) {
            writeln!(out, "{line}")?;
        }
        for one in troubles.iter().take(TROUBLES) {
            let (state, to) = (one.state.as_str(), visible(&one.recipient));
            let why = one.words().join(": ");
            let line = format!("  {state}: {to}: {why}");
            writeln!(out, "{}", style.fit(line.trim_end()))?;
        }
        if let more @ 1.. = troubles.len().saturating_sub(TROUBLES) {
            writeln!(out, "  {more} more: issuerwatch outbox")?;
        }
        Ok(())
    }

    fn history(&self, out: &mut dyn Write, style: Style, bytes: u64) -> std::io::Result<()> {
        match &self.head {
            Some((id, hash)) => {
                let events = counted(id.unsigned_abs(), "event");
                let size = match bytes / 1_000 {
                    kilobytes @ 0..10_000 => format!("{kilobytes} kB"),
                    kilobytes => format!("{} MB", kilobytes / 1_000),
                };
                let hash = style.hash(hash);
                writeln!(out, "history: {events}, {size}, head {hash}")?;
            }
            None => writeln!(out, "history: no event yet")?,
        }
        // The line is left out while no body was dropped.
        if let dropped @ 1.. = self.body_counts.without_body {
            let (kept, dropped) = (
                counted(self.body_counts.with_body, "state"),
                counted(dropped, "state"),
            );
            let line =
                format!("bodies: {kept} with the bytes received, {dropped} without (keep_bodies)");
            writeln!(out, "{}", style.fit(&line))?;
        }
        Ok(())
    }
}

/// Whether somebody must look at a mail: it was given up, or it is grave and does not leave.
fn is_trouble(one: &UndeliveredMessage, now: Timestamp) -> bool {
    let is_grave = one
        .severity
        .is_some_and(|severity| severity >= Severity::Breaking);
    let is_late = now.duration_since(one.due_at) > PATIENCE;
    match one.state {
        UndeliveredState::Mail(DeliveryState::Waiting) => is_grave && is_late,
        UndeliveredState::Mail(_) => one.is_news,
        // A grouped mail waits on purpose; it is trouble only if it is grave and late.
        UndeliveredState::Grouped => is_grave && is_late,
        UndeliveredState::Collected => false,
    }
}
