//! The mails of a replay, on the clock of the recording.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::config::Provider;
use crate::document::path;
use crate::document::severity::Severity;
use crate::mailer;
use crate::policy::mail::{Delivery, MailKind, Message};
use crate::store::{Claim, Store};
use crate::watch::wording::MailContext;
use crate::wording::mail::ProviderContext;

/// The index of the mails, and its name while it is not whole.
const INDEX: &str = "mails.jsonl";
const DRAFT: &str = "mails.jsonl.unfinished";

/// The lease of a delivery; any length will do, because nothing else delivers from this store.
const LEASE: SignedDuration = SignedDuration::from_mins(3);

/// Composes what is due as the clock goes on, and writes it down.
pub(super) struct MailWriter {
    store: Store,
    wording: MailContext,
    /// The providers of which it is declared what is used.
    providers: Vec<ProviderContext>,
    directory: Option<Directory>,
    /// The mail that is being delivered, recipient by recipient.
    open: Option<OpenMail>,
    pub(super) mailed: MailCounts,
}

/// Counts of the mails that left.
#[derive(Debug, Default)]
pub(super) struct MailCounts {
    pub(super) mails: usize,
    /// Alerts that shared a mail with another.
    pub(super) grouped: usize,
}

/// A mail with the recipients it went to so far: written once, for the first of them.
struct OpenMail {
    mail_id: i64,
    message: Message,
    recipients: Vec<String>,
}

/// A line of the index, its fields in the order in which they are printed.
#[derive(Serialize)]
struct IndexLine<'a> {
    mail: usize,
    at: Timestamp,
    severity: Severity,
    subject: &'a str,
    kind: MailKind,
    events: &'a [i64],
    providers: &'a [String],
    recipients: &'a [String],
}

struct Directory {
    path: PathBuf,
    index: File,
}

impl MailWriter {
    pub(super) fn new(
        store: Store,
        wording: MailContext,
        providers: &[Arc<Provider>],
        path: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let declared = providers.iter().filter(|it| it.policy.uses.is_some());
        Ok(Self {
            store,
            wording,
            providers: declared
                .map(|provider| ProviderContext {
                    name: provider.name.clone(),
                    watched: None,
                    declares_use: true,
                    used_endpoints: provider.policy.used_endpoints(),
                })
                .collect(),
            directory: path.map(Directory::make).transpose()?,
            open: None,
            mailed: MailCounts::default(),
        })
    }

    /// Lets the clock go on to `until`: every mail leaves when it is due.
    pub(super) async fn go_on(&mut self, until: Timestamp) -> anyhow::Result<()> {
        while let Some(due) = self.store.next_due()?.filter(|due| *due <= until) {
            self.wording.compose_due(&self.store, due).await?;
            while let Some(claim) = self.store.claim(due, LEASE).await? {
                self.deliver(&claim, due).await?;
            }
            self.close()?;
        }
        Ok(())
    }

    /// Gives the index its final name, now that it is complete.
    pub(super) fn finish(mut self) -> anyhow::Result<MailCounts> {
        self.close()?;
        if let Some(directory) = self.directory {
            directory.finish()?;
        }
        Ok(self.mailed)
    }

    async fn deliver(&mut self, claim: &Claim, now: Timestamp) -> anyhow::Result<()> {
        let is_told =
            |it: &&ProviderContext| claim.events.iter().any(|news| news.provider == it.name);
        let told: Vec<ProviderContext> = self.providers.iter().filter(is_told).cloned().collect();
        let (wording, store) = (&self.wording, &self.store);
        let content = wording.compose(store, claim, &told, false, now)?;
        let message = self.wording.message(claim, content, now);
        self.store
            .keep_message(claim.delivery_id, message.clone())
            .await?;
        match &mut self.open {
            Some(open) if open.mail_id == claim.mail_id => {
                open.recipients.push(claim.recipient.clone());
            }
            Some(_) | None => {
                self.close()?;
                self.mailed.mails += 1;
                self.mailed.grouped += claim.events.len().saturating_sub(1);
                self.open = Some(OpenMail {
                    mail_id: claim.mail_id,
                    message,
                    recipients: vec![claim.recipient.clone()],
                });
            }
        }
        let sent = Delivery::Sent {
            reply: "replayed".to_owned(),
        };
        self.store.settle(claim, sent, now, None).await?;
        Ok(())
    }

    /// Writes the mail that is being delivered.
    fn close(&mut self) -> anyhow::Result<()> {
        if let (Some(mut open), Some(directory)) = (self.open.take(), &mut self.directory) {
            open.message.to = open.recipients.join(", ");
            directory.write(self.mailed.mails, &open)?;
        }
        Ok(())
    }
}

/// A new file for its owner alone. What a replay left there that was broken off makes room; a link is
/// not followed.
fn private(path: &Path) -> std::io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600).open(path)
}

impl Directory {
    fn make(path: &Path) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make the directory {}", path::visible(path)))?;
        let name = path.join(INDEX);
        if name.exists() {
            bail!(
                "{} holds the mails of an earlier replay: name an empty directory",
                path::visible(path)
            );
        }
        let draft = path.join(DRAFT);
        let index =
            private(&draft).with_context(|| format!("cannot write {}", path::visible(&draft)))?;
        Ok(Self {
            path: path.to_owned(),
            index,
        })
    }

    fn finish(self) -> anyhow::Result<()> {
        let (draft, name) = (self.path.join(DRAFT), self.path.join(INDEX));
        fs::rename(&draft, &name)
            .with_context(|| format!("cannot name the index {}", path::visible(&name)))
    }

    fn write(&mut self, number: usize, open: &OpenMail) -> anyhow::Result<()> {
        let message = &open.message;
        let path = self.path.join(format!("{number:05}.eml"));
        let bytes = mailer::mime(message)?;
        private(&path)
            .and_then(|mut file| file.write_all(&bytes))
            .with_context(|| format!("cannot write {}", path::visible(&path)))?;
        // A mail without changes has no severity of its own; readers of the index get one.
        let least = match message.kind {
            MailKind::Failing => Severity::Notice,
            _ => Severity::Info,
        };
        let mut line = serde_json::to_string(&IndexLine {
            mail: number,
            at: message.date,
            severity: message.severity.unwrap_or(least),
            subject: &message.content.subject,
            kind: message.kind,
            events: &message.events,
            providers: &message.providers,
            recipients: &open.recipients,
        })?;
        line.push('\n');
        self.index
            .write_all(line.as_bytes())
            .with_context(|| format!("cannot write the index in {}", path::visible(&self.path)))
    }
}
