//! `include`: files with more of the tables that may be repeated.
//!
//! They are appended to the file and read with it as one text, so that they are read in the same way as
//! the file itself. Before that, each is checked alone: it must be TOML and hold only tables that may be
//! included, so that no file can change what another one says.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::problem::{Problem, Problems, shown};
use super::reader::{Section, keys_of, tilde};
use super::source::Sources;
use super::syntax;
use super::tree;
use super::walk::Lines;
use crate::document::path::{self, folder_of};
use crate::meaning::pattern::{is_pattern, matches};

/// Most files that are included, and most bytes of one.
const MOST_FILES: usize = 1_000;
const MOST_BYTES: u64 = 4 << 20;

/// Tables that may be included.
const TABLES: [&str; 4] = ["provider", "client", "mail", "webhook"];

/// A file with what it includes.
pub(super) struct IncludedConfig {
    pub(super) text: String,
    pub(super) sources: Sources,
    /// Remarks about the included files that are no problems.
    pub(super) notes: Vec<String>,
}

/// The text of a file; the error names the line that is none.
pub(super) fn text(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    String::from_utf8(bytes).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let wrong = bytes.get(end).copied().unwrap_or_default();
        let what = format!("byte 0x{wrong:02X} is not UTF-8: write the file as UTF-8");
        let text = String::from_utf8_lossy(&bytes);
        ConfigError::of(path, &text, vec![Problem::new(end..end, what)])
    })
}

/// The text of a file with the files it includes behind it.
pub(super) fn whole(text: &str, path: &Path) -> Result<IncludedConfig, ConfigError> {
    tree::with(text, |table| with_included(table, text, path))
        .map_err(|error| ConfigError::of(path, text, vec![syntax::problem(text, &error)]))?
}

fn with_included(
    table: &DeTable<'_>,
    text: &str,
    path: &Path,
) -> Result<IncludedConfig, ConfigError> {
    let mut whole = IncludedConfig {
        text: text.to_owned(),
        sources: Sources::of(path),
        notes: Vec::new(),
    };
    let problems = Problems::default();
    let root = Section::new(table, 0..0, &problems, text);
    let mut files: Vec<PathBuf> = Vec::new();
    for pattern in root.texts("include").unwrap_or_default() {
        match expand(pattern.get_ref(), path) {
            Err(what) => root.problem(pattern.span(), what),
            Ok(found) => {
                if found.is_empty() {
                    let pattern = shown(pattern.get_ref());
                    whole
                        .notes
                        .push(format!("include \"{pattern}\": no file is so called"));
                }
                let new = found.into_iter().filter(|one| !files.contains(one));
                files.extend(new.collect::<Vec<_>>());
            }
        }
    }
    if files.len() > MOST_FILES {
        let what = format!("include names {} files; {MOST_FILES} are read", files.len());
        root.problem(root.span_of("include"), what);
    }
    let wrong = problems.all();
    if !wrong.is_empty() {
        return Err(ConfigError::of(path, text, wrong));
    }
    let mut clients = BTreeMap::new();
    note_clients(table, text, path, &mut clients);
    for file in files {
        append(&mut whole, file, &mut clients)?;
    }
    Ok(whole)
}

/// The files that a pattern names, in the order of their names; `*` stands for any characters of the last
/// part, and not for a dot at its start.
fn expand(pattern: &str, path: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |what: &str| Err(format!("include \"{}\": {what}", shown(pattern)));
    if let Some(hint) = tilde(pattern) {
        return wrong(hint);
    }
    let mut parts = Path::new(pattern).components();
    if parts.any(|part| part == Component::ParentDir) {
        return wrong("it leads out of its directory: write it without \"..\"");
    }
    let named = path.parent().unwrap_or(Path::new("")).join(pattern);
    let (Some(folder), Some(name)) = (named.parent(), named.file_name()) else {
        return wrong("it names no file");
    };
    let (in_folder, name) = (folder.to_string_lossy(), name.to_string_lossy());
    let is_folder_of_file = path.parent() == Some(folder);
    if !is_folder_of_file && is_pattern(&in_folder) {
        return wrong("\"*\" may stand in the name of the file only");
    }
    if !is_pattern(&name) {
        return match regular(&named) {
            Ok(()) => Ok(vec![named]),
            Err(what) => wrong(&what),
        };
    }
    let entries = match fs::read_dir(folder_of(&named)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return wrong(&format!("cannot read its directory: {error}")),
    };
    let mut found = Vec::new();
    for entry in entries {
        let Ok(entry) = entry else {
            return wrong("cannot read its directory");
        };
        let entry_name = entry.file_name();
        let is_named = entry_name.to_str().is_some_and(|it| {
            matches(&name, it) && (!it.starts_with('.') || name.starts_with('.'))
        });
        let file = folder.join(&entry_name);
        if !is_named || file == path {
            continue;
        }
        // What is left out without a word would be watched no more without a word.
        match regular(&file) {
            Ok(()) => found.push(file),
            Err(what) => return wrong(&what),
        }
    }
    found.sort();
    Ok(found)
}

/// Whether something is a file that can be read to its end; else what it is.
fn regular(file: &Path) -> Result<(), String> {
    let shown = path::visible(file);
    match fs::metadata(file) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(format!("{shown} is no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(match fs::symlink_metadata(file) {
                Ok(_) => format!("{shown} is a link that leads nowhere"),
                Err(_) => "there is no such file".to_owned(),
            })
        }
        Err(error) => Err(format!("cannot read {shown}: {error}")),
    }
}

/// Appends a file to the text, if it holds only tables that may be included.
fn append(
    whole: &mut IncludedConfig,
    file: PathBuf,
    clients: &mut BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    let unread = |error: &dyn std::fmt::Display| {
        let what = Problem::new(0..0, format!("cannot read what is included: {error}"));
        ConfigError::of(&file, "", vec![what])
    };
    let mut bytes = Vec::new();
    fs::File::open(&file)
        .and_then(|opened| opened.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unread(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(unread(&format!("it is longer than {MOST_BYTES} bytes")));
    }
    let text = text(&file, bytes)?;
    let wrong = tree::with(&text, |table| unfit(table, &text, &file, clients))
        .map_err(|error| ConfigError::of(&file, &text, vec![syntax::problem(&text, &error)]))?;
    if !wrong.is_empty() {
        return Err(ConfigError::of(&file, &text, wrong));
    }
    whole.text.push('\n');
    let start = whole.text.len();
    whole.text.push_str(&text);
    whole.sources.push(start, file);
    Ok(())
}

/// What of a file may not be included.
fn unfit(
    table: &DeTable<'_>,
    text: &str,
    file: &Path,
    clients: &mut BTreeMap<String, String>,
) -> Vec<Problem> {
    let mut wrong: Vec<Problem> = Vec::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let is_more = name != "mail"
            || keys_of(value).is_some_and(|keys| keys.iter().all(|key| *key == "route"));
        if !TABLES.contains(&name) || !is_more {
            let what =
                "only [[provider]], [client.NAME], [[mail.route]] and [[webhook]] may be included";
            wrong.push(Problem::new(
                key.span(),
                format!("\"{}\": {what}", shown(name)),
            ));
        }
    }
    wrong.extend(note_clients(table, text, file, clients));
    wrong
}

/// Remembers where each client is described; a second description of one is a problem.
fn note_clients(
    table: &DeTable<'_>,
    text: &str,
    file: &Path,
    clients: &mut BTreeMap<String, String>,
) -> Vec<Problem> {
    let described = table.get("client").map(Spanned::get_ref);
    let Some(DeValue::Table(described)) = described else {
        return Vec::new();
    };
    let (mut wrong, lines) = (Vec::new(), Lines::of(text));
    for key in described.keys() {
        let line = lines.before(key.span().start) + 1;
        let position = format!("line {line} of {}", path::visible(file));
        let name = key.get_ref().to_string();
        if let Some(other) = clients.get(&name) {
            let what = format!(
                "client \"{}\" is described twice (the other on {other})",
                shown(&name)
            );
            wrong.push(Problem::new(key.span(), what));
        }
        clients.entry(name).or_insert(position);
    }
    wrong
}
