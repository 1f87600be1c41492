//! `replay`: recorded observations through the same decisions, on the recording's clock.
//!
//! A replay makes a new store and gives it its name at the end, so that a broken recording leaves
//! no file that could be taken for a history. It decides while it writes: it is the only writer of
//! its store and knows the numbers that events will have. What was written goes back to the thread
//! that decided it, to be freed there, because threads that free each other's memory wait for each
//! other.

mod batch_writer;
mod mail_writer;
mod read_ahead;
mod replayer;
mod source;
mod tally;
mod target;
mod target_history;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use self::batch_writer::BatchWriter;
use self::mail_writer::MailWriter;
use self::read_ahead::ReadAhead;
use self::replayer::Replayer;
use self::source::RecordingItem;
use crate::config::Config;
use crate::document::path;
use crate::store::Store;
use crate::terminal::Progress;
use crate::watch::alert_policy::AlertPolicy;
use crate::watch::weekly::Weekly;
use crate::watch::wording::{MailContext, machine};

/// What a pipe may hold without privileges, unless `fs.pipe-max-size` has another limit.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1024 * 1024;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// The recording; `-` is standard input.
    pub recording: PathBuf,
    /// Where the history is kept; thrown away where nothing is named.
    pub into: Option<PathBuf>,
    /// Where the mails are written.
    pub mails: Option<PathBuf>,
    /// Whether the summary is one JSON object.
    pub json: bool,
    /// Whether a bad line is reported and skipped.
    pub keep_going: bool,
}

/// Replays a recording.
pub async fn replay(
    config: &Config,
    options: &ReplayOptions,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut draft = ScratchStore::make(options.into.as_deref())?;
    let store = Store::create_unsynced(&draft.path)?;
    draft.opened();
    let alert_policy = AlertPolicy {
        mail: Arc::new(config.mail.clone()),
        webhooks: Arc::default(),
        wait: config.mail.group_wait,
    };
    let wording = MailContext {
        from: config.mail.from.clone(),
        reply_to: config.mail.reply_to.clone(),
        machine: machine(),
        wait: config.mail.group_wait,
        interval: config.mail.group_interval,
        weekly: Weekly::of(config).map(Arc::new),
    };
    let path = options.mails.as_deref();
    let post = MailWriter::new(store.clone(), wording, &config.providers, path)?;
    // Mails that wait for late-comers are still sent at the end; those that wait for a summary are not.
    let wait = config.mail.group_wait.max(config.mail.group_interval);
    let mut scribe = BatchWriter::start(store.clone(), post, wait)?;
    let policy = Arc::clone(&config.policy);
    let mut player = Replayer::new(store.clone(), alert_policy, &config.providers, policy);

    let progress = Progress::of_bytes(size(&options.recording));
    let recording = progress.reading(open(&options.recording)?);
    // Documents of which places are ignored are read in their own order, which needs their policy.
    let mut policies = config.providers.iter().map(|provider| &provider.policy);
    let parses = !config.policy.ignores_places() && !policies.any(|it| it.ignores_places());
    let parts = ReadAhead::start(recording, parses)?;
    for part in parts {
        match part {
            RecordingItem::Tick(tick, _) => {
                if let Some(batch) = player.play(tick).await? {
                    scribe = scribe.write(batch)?;
                }
            }
            RecordingItem::Bad(what) if options.keep_going => {
                player.tally.skipped += 1;
                progress.say(&format!("skipped: {what}"));
            }
            RecordingItem::Bad(what) => {
                scribe.abandon()?;
                bail!("{what}; --keep-going skips such lines")
            }
            RecordingItem::Broken(what) => {
                scribe.abandon()?;
                bail!("{what}")
            }
        }
    }
    if let Some(rest) = player.flush_all() {
        scribe = scribe.write(rest)?;
    }
    let written = scribe.finish()?;
    progress.end();
    draft.keep(&store)?;
    player
        .tally
        .print(&written, options.json, started.elapsed(), out)?;
    Ok(())
}

fn open(path: &Path) -> anyhow::Result<Box<dyn io::Read + Send>> {
    if path == Path::new("-") {
        #[cfg(target_os = "linux")]
        widen(&io::stdin());
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path::visible(path)))?;
    Ok(Box::new(file))
}

/// Lets whoever writes to a pipe, say a decompressor, be ahead by more than the usual 64 KiB: else
/// both take turns. Where that is not to be had it only takes longer.
#[cfg(target_os = "linux")]
fn widen(pipe: &io::Stdin) {
    let is_narrow = rustix::pipe::fcntl_getpipe_size(pipe).is_ok_and(|bytes| bytes < PIPE_BYTES);
    if is_narrow {
        rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES).ok();
    }
}

fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.len())
}

/// The store while it is not whole: it takes its name only at the end, so that a replay that was
/// broken off is never taken for one.
struct ScratchStore {
    path: PathBuf,
    into: Option<PathBuf>,
    /// The folder of a store that is thrown away, while it is there.
    scratch: Option<TempDir>,
}

impl Drop for ScratchStore {
    /// Removes a store that did not get its name, because the replay was broken off.
    fn drop(&mut self) {
        if self.into.is_some() {
            drop(fs::remove_file(&self.path));
        }
    }
}

impl ScratchStore {
    fn make(into: Option<&Path>) -> anyhow::Result<Self> {
        let Some(into) = into else {
            let folder = tempfile::Builder::new()
                .prefix("issuerwatch-replay-")
                .tempdir()
                .context("cannot make a directory for the store")?;
            return Ok(Self {
                path: folder.path().join("replay.db"),
                into: None,
                scratch: Some(folder),
            });
        };
        if into.exists() {
            bail!(
                "{} exists: a replay makes a new store, name a new file",
                path::visible(into)
            );
        }
        let mut name = into.as_os_str().to_owned();
        name.push(".unfinished");
        let path = PathBuf::from(name);
        for ending in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            match fs::remove_file(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    bail!("cannot remove {}: {error}", path::visible(Path::new(&name)))
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Self {
            path,
            into: Some(into.to_owned()),
            scratch: None,
        })
    }

    /// Removes the folder of a store that is thrown away, now that the store is open: the kernel frees it
    /// when the process ends, in whatever way.
    fn opened(&mut self) {
        self.scratch = None;
    }

    fn keep(mut self, store: &Store) -> anyhow::Result<()> {
        if let Some(into) = &self.into {
            store.finish()?;
            fs::rename(&self.path, into)
                .with_context(|| format!("cannot name the store {}", path::visible(into)))?;
        }
        self.into = None;
        Ok(())
    }
}
