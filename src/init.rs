//! `init`: from whatever somebody has of a provider to a configuration that watches it.
//!
//! Reads the file, asks, says what answered, and writes the file whole, or nothing. `toml_edit` was
//! rejected: a block behind the last line touches nothing before it, and the reader of the configuration
//! reads the whole before it is written.

mod block;
mod discovered;
mod facts;
mod file;
mod look;
mod named_provider;
mod probe;
mod start_address;

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::discovered::DiscoveredProvider;
use self::file::ConfigFile;
use self::look::{SearchResult, look};
pub use self::start_address::StartAddress;
use crate::config::existing::{ListedProvider, read_existing};
use crate::config::{Config, Secrets};
use crate::document::path;
use crate::document::text::{bounded, visible};
use crate::fetch::{Fetcher, Settings};
use crate::terminal::{Progress, columns};

/// Requests to one host at a time; more than for polls, because somebody waits for the answer.
const PER_HOST: usize = 4;

/// What is asked for.
#[derive(Debug)]
pub struct InitOptions {
    /// Where something may be.
    pub urls: Vec<StartAddress>,
    /// The file to write.
    pub file: PathBuf,
    /// Whether the result is printed and not written.
    pub print: bool,
}

/// The providers that the file has, and the blocks to be added.
struct Additions {
    known: Vec<ListedProvider>,
    taken: Vec<String>,
    blocks: Vec<String>,
}

/// Finds providers and writes them into the configuration; whether each address led to one.
pub async fn init(
    options: &InitOptions,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let target = ConfigFile::read(&options.file)?;
    let existing = read_existing(target.text(), &options.file)?;
    let settings = Settings {
        per_host: existing.fetch.per_host.max(PER_HOST),
        ..existing.fetch
    };
    let fetcher = Fetcher::new(&settings)?;
    let taken = existing.providers.iter().flat_map(|one| one.names.clone());
    let mut plan = Additions {
        taken: taken.collect(),
        known: existing.providers,
        blocks: Vec::new(),
    };
    let mut all_found = true;
    for address in &options.urls {
        let progress = Progress::of(1);
        progress.note(&format!("asking {}", address.text));
        let look = look(&fetcher, address).await;
        progress.end();
        all_found &= !look.found.is_empty();
        let mut lines = told(address, &look);
        for provider in &look.found {
            lines.extend(columns(&facts::facts(provider)));
            lines.push(plan.add(provider, address, now));
        }
        say(&lines, options.print, out)?;
    }
    if plan.blocks.is_empty() {
        return Ok(all_found);
    }
    finish(options, &target, &plan.blocks, out)?;
    Ok(all_found)
}

/// Writes, or prints, what was found.
fn finish(
    options: &InitOptions,
    target: &ConfigFile,
    blocks: &[String],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let text = target.with(blocks);
    let file = path::visible(&options.file);
    // The resulting file must be valid; a file that was wrong before must be mended first.
    if let Err(error) = Config::of_text(&text, &options.file, Secrets::Unread) {
        let line = format!("nothing is written: with what is new, {file} would have problems");
        say(&[line], options.print, out)?;
        return Err(error.into());
    }
    if options.print {
        let text = if target.is_there() {
            blocks.join("\n")
        } else {
            text
        };
        write!(out, "{text}")?;
        return Ok(());
    }
    target.write(&text)?;
    let what = if target.is_there() {
        "added to"
    } else {
        "wrote"
    };
    let (option, path) = if options.file == Path::new("config.toml") {
        (String::new(), "config.toml".to_owned())
    } else {
        (format!(" --config {file}"), file)
    };
    let next = |command: &str, what: &str| {
        vec![format!("  issuerwatch{option} {command}"), what.to_owned()]
    };
    let commands = [
        next("config check --plan", "what would be polled, and when"),
        next("check", "polls once now, records, prints"),
        next("run", "the daemon"),
    ];
    let mut lines = vec![format!("{what} {path}; type next:")];
    lines.extend(columns(&commands));
    say(&lines, false, out)
}

impl Additions {
    /// Takes a provider in, unless it is there; says which.
    fn add(
        &mut self,
        provider: &DiscoveredProvider,
        address: &StartAddress,
        now: Timestamp,
    ) -> String {
        let bare = |identity: &str| identity.trim_end_matches('/').to_owned();
        let is_same = |known: &&ListedProvider| {
            let identity = known.identity.as_deref();
            identity.is_some_and(|it| bare(it) == bare(&provider.identity))
        };
        if let Some(known) = self.known.iter().find(is_same) {
            let name = known.names.first().map_or("", String::as_str);
            let name = bounded(&visible(name), 64);
            let differs = known.identity.as_ref() != Some(&provider.identity);
            let hint = if differs {
                ", with another slash at its end: write it there as the document does"
            } else {
                ""
            };
            return format!("  is in the file already: {name}{hint}");
        }
        let name = block::name(provider, &self.taken);
        self.blocks
            .push(block::block(provider, &name, &address.text, now));
        self.known.push(ListedProvider {
            names: vec![name.clone()],
            identity: Some(provider.identity.clone()),
        });
        self.taken.push(name.clone());
        format!("  will be called {name}")
    }
}

/// What answered at one address, and each address with its reason where nothing did.
fn told(address: &StartAddress, look: &SearchResult) -> Vec<String> {
    let mut lines = vec![address.text.clone()];
    lines.extend(look.notes.iter().map(|note| format!("  {note}")));
    let answered = look.answers.iter().filter(|one| one.seen.is_ok()).count();
    let all = look.answers.len();
    if !look.found.is_empty() {
        lines.push(format!(
            "  {answered} of {all} addresses answered with a document"
        ));
        return lines;
    }
    lines.push("  nothing that can be watched; asked were:".to_owned());
    let rows = look.answers.iter().map(|one| {
        let why = match &one.seen {
            Ok(document) => format!("{}, which does not say whose it is", document.kind()),
            Err(failure) => probe::why(failure),
        };
        vec![format!("  {}", bounded(&visible(&one.url), 200)), why]
    });
    lines.extend(columns(&rows.collect::<Vec<_>>()));
    if look.answers.last().is_some_and(probe::is_out_of_reach) {
        lines.push("  the host does not answer: nothing else was asked there".to_owned());
    }
    lines
}

/// Prints lines; as comments, where what is printed is a configuration.
fn say(lines: &[String], as_comment: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    for line in lines {
        let mark = if as_comment { "# " } else { "" };
        writeln!(out, "{mark}{line}")?;
    }
    Ok(())
}
