//! `report`: the history as a page of its own.

use std::io::Write;
use std::path::PathBuf;

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
    let file = PageFile::find(&options.file, reserved)?;
    let (page, providers) = report_file::compose(reader, &scope, now)?;
    file.write(&page)?;
    let (bytes, providers) = (grouped(page.len()), counted(providers as u64, "provider"));
    let line = format!(
        "{}: {providers}, {bytes} bytes",
        path::visible(&options.file)
    );
    if file.is_stream() {
        // The page may be on standard output.
        writeln!(Aside, "{line}")?;
    } else {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
