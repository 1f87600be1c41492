//! The file that is written: whole or not at all, and with the mode and the owner that it had.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::block::NEW;
use crate::document::path::{self, folder_of};
use crate::watch::unwritable::unwritable;

/// The largest configuration that is read, in bytes.
const LONGEST: u64 = 16 << 20;

/// The file as it was when it was read.
#[derive(Debug)]
pub(super) struct ConfigFile {
    /// The path of the file as it was asked for.
    asked: PathBuf,
    /// The path of the file, with all links resolved.
    place: PathBuf,
    /// The text of the file; `None` if the file does not exist.
    old: Option<String>,
}

impl ConfigFile {
    /// Reads the file; one that is not there will be made.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let shown = path::visible(file);
        let place = match fs::canonicalize(file) {
            Ok(place) => place,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let is_link = fs::symlink_metadata(file).is_ok();
                ensure!(!is_link, "{shown} is a link that leads nowhere");
                return Ok(Self {
                    asked: file.to_owned(),
                    place: file.to_owned(),
                    old: None,
                });
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
        };
        let found = fs::metadata(&place).with_context(|| format!("cannot read {shown}"))?;
        if !found.is_file() || found.len() > LONGEST {
            bail!("{shown} is no configuration");
        }
        let old = fs::read_to_string(&place).with_context(|| format!("cannot read {shown}"))?;
        Ok(Self {
            asked: file.to_owned(),
            place,
            old: Some(old),
        })
    }

    /// The text of the file; empty if the file does not exist.
    pub(super) fn text(&self) -> &str {
        self.old.as_deref().unwrap_or_default()
    }

    /// Whether the file existed when it was read.
    pub(super) fn is_there(&self) -> bool {
        self.old.is_some()
    }

    /// The text with blocks appended; the existing text stays as it is, byte by byte.
    pub(super) fn with(&self, blocks: &[String]) -> String {
        let mut text = self.old.clone().unwrap_or_else(|| NEW.to_owned());
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        for block in blocks {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(block);
        }
        text
    }

    /// Replaces the file by this text.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let shown = path::visible(&self.asked);
        let failed = |error: io::Error| unwritable(&self.asked, &self.place, &error);
        let mut temporary = tempfile::Builder::new()
            .prefix(".issuerwatch-config-")
            // A new file gets the mode that the umask leaves.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder_of(&self.place))
            .map_err(failed)?;
        temporary.write_all(text.as_bytes()).map_err(failed)?;
        let Some(old) = &self.old else {
            temporary.as_file().sync_all().map_err(failed)?;
            temporary
                .persist_noclobber(&self.place)
                .map_err(|it| failed(it.error))?;
            return Ok(());
        };
        let was = fs::metadata(&self.place).map_err(failed)?;
        let is = temporary.as_file().metadata().map_err(failed)?;
        if (was.uid(), was.gid()) != (is.uid(), is.gid()) {
            fchown(temporary.as_file(), Some(was.uid()), Some(was.gid())).with_context(|| {
                format!("{shown} belongs to somebody else, and would not any more")
            })?;
        }
        let mode = Permissions::from_mode(was.mode() & 0o7777);
        temporary.as_file().set_permissions(mode).map_err(failed)?;
        temporary.as_file().sync_all().map_err(failed)?;
        let now = fs::read(&self.place).map_err(failed)?;
        ensure!(
            now == old.as_bytes(),
            "{shown} was changed meanwhile: nothing is written, try again"
        );
        temporary
            .persist(&self.place)
            .map_err(|it| failed(it.error))?;
        Ok(())
    }
}
