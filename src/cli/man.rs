//! The manual: one page with every command, or a folder with a page for each, as a package has it.
//!
//! The commands and their options are those of the command line. Files, environment and exit status
//! are written once, in roff; the examples are run by a test and stand in the read-me as well.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use clap::CommandFactory as _;

use super::Cli;

use issuerwatch::document::path;

/// Writes the manual as one page, with every command as a section.
pub(crate) fn whole(out: &mut dyn Write) -> io::Result<()> {
    let mut page = Vec::new();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    let mut commands = vec![(String::new(), command)];
    while let Some((path, command)) = commands.pop() {
        if !path.is_empty() {
            section(&path, command.clone(), &mut page)?;
        }
        let inner = command
            .get_subcommands()
            .cloned()
            .collect::<Vec<_>>()
            .into_iter()
            .rev();
        commands.extend(inner.map(|it| (format!("{path} {}", it.get_name()), it)));
    }
    appendix(&mut page)?;
    // There is one page: what it calls pages of their own are its sections.
    let page: Vec<String> = String::from_utf8_lossy(&page)
        .lines()
        .map(|line| {
            let name = line
                .strip_prefix("issuerwatch\\-")
                .and_then(|name| name.strip_suffix("(1)"));
            name.map_or(line.to_owned(), |name| format!("issuerwatch {name}"))
        })
        .collect();
    writeln!(out, "{}", page.join("\n"))
}

/// Writes `issuerwatch.1`, a page for each command (`issuerwatch-history-diff.1`) and that of the
/// configuration (`issuerwatch.toml.5`) into a directory that is there.
///
/// # Errors
///
/// Where a page cannot be written.
pub(crate) fn pages(directory: &Path) -> io::Result<()> {
    let written = || {
        if !directory.is_dir() {
            let what = "it is no directory: make one of this name, or name another";
            return Err(io::Error::new(ErrorKind::NotADirectory, what));
        }
        clap_mangen::generate_to(Cli::command(), directory)?;
        let first = directory.join("issuerwatch.1");
        let mut page = File::options().append(true).open(first)?;
        appendix(&mut page)?;
        let page = issuerwatch::config::manual::page();
        std::fs::write(directory.join("issuerwatch.toml.5"), page)
    };
    written().map_err(|error| {
        let shown = path::visible(directory);
        io::Error::new(error.kind(), format!("{shown}: {error}"))
    })
}

/// What the command line does not say of itself.
fn appendix(page: &mut dyn Write) -> io::Result<()> {
    page.write_all(include_bytes!("man/sections.roff"))?;
    writeln!(page, ".SH EXAMPLES\n.nf")?;
    for line in include_str!("man/examples.txt").lines() {
        let line = line.replace('\\', "\\\\").replace('-', "\\-");
        // A line that begins with a dot or a quote would be a request.
        writeln!(page, "\\&{line}")?;
    }
    writeln!(page, ".fi")
}

/// A command as a section: what stands in the page of each, one level lower.
fn section(path: &str, command: clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    writeln!(page, ".SH \"ISSUERWATCH{}\"", path.to_uppercase())?;
    let about = command.get_about().map(ToString::to_string);
    writeln!(page, "{}", about.unwrap_or_default())?;
    let man = clap_mangen::Man::new(command.bin_name(format!("issuerwatch{path}")));
    let mut parts = Vec::new();
    man.render_synopsis_section(&mut parts)?;
    man.render_options_section(&mut parts)?;
    let parts = String::from_utf8_lossy(&parts).replace(".SH ", ".SS ");
    page.write_all(parts.as_bytes())
}
