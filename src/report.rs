//! `report`: the history as a page of its own.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::config::ReservedFiles;
use crate::document::path;
use crate::document::text::grouped;
use crate::store::Reader;
use crate::terminal::Aside;
use crate::watch::page_file::PageFile;
use crate::watch::report_file::{self, ReportScope};
use crate::wording::text::counted;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// Providers, or `provider/document`, with `*` for any characters; empty: all.
    pub names: Vec<String>,
    /// The begin of the time; `None` for the whole history.
    pub since: Option<Timestamp>,
    /// Where the page is written.
    pub file: PathBuf,
}

/// Writes the page, but over nothing that is reserved, and prints its size.
pub fn report(
    reader: &Reader,
    options: ReportOptions,
    reserved: &ReservedFiles,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let scope = ReportScope {
        names: options.names,
        since: options.since,
    };
    // What stands on standard output is refused as if it were named.
    let file = if is_standard_output(&options.file) && reserved.find(&options.file).is_none() {
        None
    } else {
        Some(PageFile::find(&options.file, reserved)?)
    };
    let (page, providers) = report_file::compose(reader, &scope, now)?;
    match &file {
        Some(file) => file.write(&page)?,
        None => {
            out.write_all(page.as_bytes())?;
            out.flush()?;
        }
    }
    let (bytes, providers) = (grouped(page.len()), counted(providers as u64, "provider"));
    let line = format!(
        "{}: {providers}, {bytes} bytes",
        path::visible(&options.file)
    );
    if file.is_some_and(|file| !file.is_stream()) {
        writeln!(out, "{line}")?;
    } else {
        // The page may be on standard output, also through a device.
        writeln!(Aside, "{line}")?;
    }
    Ok(())
}

/// Whether a path leads to what standard output is. It may be a file that a shell opened for several commands,
/// one without a name or a socket: only standard output itself writes on where the last one ended.
fn is_standard_output(file: &Path) -> bool {
    let number = |file: &Path| fs::metadata(file).map(|found| (found.dev(), found.ino()));
    let (asked, stdout) = (number(file), number(Path::new("/proc/self/fd/1")));
    matches!((asked, stdout), (Ok(asked), Ok(stdout)) if asked == stdout)
}
