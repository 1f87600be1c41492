//! The mails of a replay, on the clock of the recording.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::mailer;
use crate::model::letter::{Delivery, Letter, MailKind};
use crate::model::severity::Severity;
use crate::store::{Claim, Store};
use crate::watch::wording::Wording;

/// Nothing else delivers from this store.
const LEASE: SignedDuration = SignedDuration::from_mins(3);

/// Composes what is due as the clock goes on, and writes it down.
pub(super) struct Post {
    store: Store,
    wording: Wording,
    directory: Option<Directory>,
    /// The mail that was written last: the same one to another recipient is not written again.
    last_mail: Option<i64>,
    pub(super) mailed: Mailed,
}

/// What left.
#[derive(Debug, Default)]
pub(super) struct Mailed {
    pub(super) mails: usize,
    /// Alerts that shared a mail with another.
    pub(super) grouped: usize,
}

struct Directory {
    path: PathBuf,
    index: File,
}

impl Post {
    pub(super) fn new(store: Store, wording: Wording, path: Option<&Path>) -> anyhow::Result<Self> {
        Ok(Self {
            store,
            wording,
            directory: path.map(Directory::make).transpose()?,
            last_mail: None,
            mailed: Mailed::default(),
        })
    }

    /// Lets the clock go on to `until`: every mail leaves when it is due.
    pub(super) async fn go_on(&mut self, until: Timestamp) -> anyhow::Result<()> {
        while let Some(due) = self.store.next_due()?.filter(|due| *due <= until) {
            self.wording.compose_due(&self.store, due).await?;
            while let Some(claim) = self.store.claim(due, LEASE).await? {
                self.deliver(&claim, due).await?;
            }
        }
        Ok(())
    }

    async fn deliver(&mut self, claim: &Claim, now: Timestamp) -> anyhow::Result<()> {
        let content = self.wording.compose(claim, &[], now);
        self.store
            .keep_content(claim.delivery_id, content.clone())
            .await?;
        if self.last_mail != Some(claim.mail_id) {
            self.last_mail = Some(claim.mail_id);
            self.mailed.mails += 1;
            self.mailed.grouped += claim.events.len().saturating_sub(1);
            if let Some(directory) = &mut self.directory {
                let letter = self.wording.letter(claim, content, now);
                directory.write(self.mailed.mails, &letter)?;
            }
        }
        let sent = Delivery::Sent {
            reply: "replayed".to_owned(),
        };
        self.store
            .settle(claim.delivery_id, sent, now, None)
            .await?;
        Ok(())
    }
}

impl Directory {
    fn make(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the directory {}", path.display()))?;
        let name = path.join("mails.jsonl");
        if name.exists() {
            bail!(
                "{} holds the mails of an earlier replay: name an empty directory",
                path.display()
            );
        }
        let index = OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(&name)
            .with_context(|| format!("cannot write {}", name.display()))?;
        Ok(Self {
            path: path.to_owned(),
            index,
        })
    }

    fn write(&mut self, number: usize, letter: &Letter) -> anyhow::Result<()> {
        let path = self.path.join(format!("{number:05}.eml"));
        let bytes = mailer::mime(letter)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        // A mail without changes has no severity of its own; readers of the index get one.
        let least = match letter.kind {
            MailKind::Failing => Severity::Notice,
            _ => Severity::Info,
        };
        let line = json!({
            "mail": number, "at": letter.date, "severity": letter.severity.unwrap_or(least),
            "subject": letter.content.subject, "kind": letter.kind, "events": letter.events,
            "providers": letter.providers,
        });
        writeln!(self.index, "{line}")
            .with_context(|| format!("cannot write the index in {}", self.path.display()))
    }
}
