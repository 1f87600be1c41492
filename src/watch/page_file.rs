//! The file that a page is written to: what may stand there, and how it is replaced.
//!
//! A page replaces nothing but a page: a slip in a name must not cost a history or a configuration.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::unwritable::unwritable;
use crate::config::ReservedFiles;
use crate::document::path::{self, folder_of};

/// How much of a file is read to see whether it is a page of ours.
const BEGINNING: u64 = 4_096;

/// How a page begins.
const DOCTYPE: &[u8] = b"<!DOCTYPE html>";

/// Where a page will be written.
#[derive(Debug)]
pub struct PageFile {
    /// The file as it was asked for.
    asked: PathBuf,
    /// What stands there.
    destination: Destination,
}

#[derive(Debug)]
enum Destination {
    /// A page of ours, an empty file or nothing: the path with all links resolved.
    Whole(PathBuf),
    /// A pipe or a device: it is written into.
    Stream,
}

impl PageFile {
    /// Looks at what stands there, and refuses what must not be replaced.
    pub fn find(file: &Path, reserved: &ReservedFiles) -> anyhow::Result<Self> {
        let shown = path::visible(file);
        if let Some(what) = reserved.find(file) {
            bail!("{shown} is {what}: nothing is written, name another file");
        }
        let found = match fs::metadata(file) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let is_link = fs::symlink_metadata(file).is_ok();
                ensure!(
                    !is_link,
                    "{shown} is a link that leads nowhere: make what it leads to, or remove it"
                );
                return Ok(Self::of(file, Destination::Whole(file.to_owned())));
            }
            Err(error) => return Err(unwritable(file, file, &error)),
        };
        let kind = found.file_type();
        if kind.is_fifo() || kind.is_char_device() {
            return Ok(Self::of(file, Destination::Stream));
        }
        ensure!(
            kind.is_file(),
            "{shown} is no file: name a file that the page is written to"
        );
        let resolved = fs::canonicalize(file)
            .with_context(|| format!("cannot tell which file {shown} leads to"))?;
        ensure!(
            is_page(&resolved).with_context(|| format!("cannot read {shown}"))?,
            "{shown} is no page of issuerwatch: nothing is written, name another file or remove it"
        );
        Ok(Self::of(file, Destination::Whole(resolved)))
    }

    fn of(file: &Path, destination: Destination) -> Self {
        Self {
            asked: file.to_owned(),
            destination,
        }
    }

    /// Whether it is a pipe or a device.
    pub fn is_stream(&self) -> bool {
        matches!(self.destination, Destination::Stream)
    }

    /// Writes a page as a whole or not at all, with mode 0640 less the umask, because others need not
    /// know what is watched; into a pipe or a device as far as somebody reads.
    pub fn write(&self, page: &str) -> anyhow::Result<()> {
        let resolved = match &self.destination {
            Destination::Whole(resolved) => resolved,
            Destination::Stream => {
                let stream = File::options().write(true).open(&self.asked);
                return match stream.and_then(|mut stream| stream.write_all(page.as_bytes())) {
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                    done => done.map_err(|error| unwritable(&self.asked, &self.asked, &error)),
                };
            }
        };
        let failed = |error: std::io::Error| unwritable(&self.asked, resolved, &error);
        let mut temporary = tempfile::Builder::new()
            .prefix(".issuerwatch-report-")
            .permissions(Permissions::from_mode(0o640))
            .tempfile_in(folder_of(resolved))
            .map_err(failed)?;
        temporary.write_all(page.as_bytes()).map_err(failed)?;
        temporary.as_file().sync_all().map_err(failed)?;
        temporary.persist(resolved).map_err(|it| failed(it.error))?;
        Ok(())
    }
}

/// Whether a file may be replaced by a page: it is one, or there is nothing in it. Pages of earlier versions
/// are known by their title.
fn is_page(file: &Path) -> std::io::Result<bool> {
    let mut bytes = Vec::new();
    File::open(file)?.take(BEGINNING).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let marks = [
        "<meta name=\"generator\" content=\"issuerwatch\">",
        "<title>issuerwatch: ",
    ];
    let is_ours = || marks.iter().any(|mark| text.contains(mark));
    Ok(bytes.is_empty() || (bytes.starts_with(DOCTYPE) && is_ours()))
}
