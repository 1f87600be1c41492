//! Layer 2: text to valid types, all problems at once.
//!
//! Holding a `Config` proves that every value in it is valid. Secrets are resolved here and nowhere
//! shown. Never here: what a value is used for.

mod mail;
mod problem;
mod provider;
mod reader;
mod secret;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

pub use self::mail::MailSettings;
pub use self::problem::{ConfigError, Problem};
use self::reader::{Problems, Section, parse_size};
use crate::fetch;
use crate::model::provider::{Policy, Provider};

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// Where the history is kept.
    pub store: PathBuf,
    /// How people are told.
    pub mail: MailSettings,
    /// How documents are fetched.
    pub fetch: fetch::Settings,
    /// What is watched.
    pub providers: Vec<Provider>,
    /// What `[defaults]` decides about changes: holds for a replayed provider that nobody named.
    pub policy: Arc<Policy>,
    /// What is logged.
    pub log: LogSettings,
}

/// `[log]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// Whether lines are JSON.
    pub json: bool,
}

impl Config {
    /// Reads a file; the error holds everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let failed = |text: &str, problems: Vec<Problem>| ConfigError {
            path: path.to_owned(),
            text: text.to_owned(),
            problems,
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            let text = format!("cannot read the configuration: {error}; name it with --config");
            failed("", vec![Problem { span: 0..0, text }])
        })?;
        let table = DeTable::parse(&text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            failed(
                &text,
                vec![Problem {
                    span,
                    text: error.message().to_owned(),
                }],
            )
        })?;
        let problems: Problems = RefCell::default();
        let config = read(path, &text, table.get_ref(), &problems);
        let mut problems = problems.into_inner();
        problems.sort_by_key(|problem| problem.span.start);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(failed(&text, problems)),
        }
    }
}

fn read<'a>(
    path: &Path,
    text: &'a str,
    table: &'a DeTable<'a>,
    problems: &'a Problems,
) -> Option<Config> {
    let whole = 0..0;
    let root = Section::new(table, &whole, problems, text);
    root.know(
        &["store", "mail", "defaults", "provider", "fetch", "log"],
        &["metrics"],
    );
    let empty = DeTable::new();
    let sub = |key: &str| root.section(key).map(|(table, span)| (table.clone(), span));
    let place = Place::of(path);

    let (table, span) = sub("store").unwrap_or((empty.clone(), 0..0));
    let section = Section::new(&table, &span, problems, text);
    section.know(&["path"], &["keep_bodies"]);
    let store = section
        .text("path")
        .map_or("issuerwatch.db".to_owned(), |path| {
            (*path.get_ref()).to_owned()
        });

    let (table, span) = sub("mail").unwrap_or((empty.clone(), 0..0));
    let mail = mail::read(&Section::new(&table, &span, problems, text), &place);

    let (table, span) = sub("fetch").unwrap_or((empty.clone(), 0..0));
    let fetch = fetch_settings(&Section::new(&table, &span, problems, text), &place);

    let (table, span) = sub("log").unwrap_or((empty.clone(), 0..0));
    let log = log_settings(&Section::new(&table, &span, problems, text));

    let (table, span) = sub("defaults").unwrap_or((empty.clone(), 0..0));
    let defaults = Section::new(&table, &span, problems, text);
    provider::know_defaults(&defaults);
    let policy = Arc::new(provider::default_policy(&defaults));
    let mut providers = Vec::new();
    let mut names: Vec<(String, usize)> = Vec::new();
    match root
        .get("provider")
        .map(|found| (found.get_ref(), found.span()))
    {
        Some((DeValue::Array(tables), _)) => {
            for found in tables {
                let span = found.span();
                match found.get_ref() {
                    DeValue::Table(table) => {
                        let section = Section::new(table, &span, problems, text);
                        let read = provider::read(&section, &defaults, &mut names);
                        providers.extend(read);
                    }
                    _ => root.problem(span, "provider must be a table: [[provider]]".to_owned()),
                }
            }
        }
        Some((_, span)) => root.problem(span, "provider must be written [[provider]]".to_owned()),
        None => root.problem(0..0, "no [[provider]]: nothing would be watched".to_owned()),
    }
    Some(Config {
        path: path.to_owned(),
        store: place.state(&store),
        mail: mail?,
        fetch,
        providers,
        policy,
        log,
    })
}

/// What relative paths are relative to.
struct Place {
    folder: PathBuf,
    state: PathBuf,
}

impl Place {
    fn of(path: &Path) -> Self {
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        // systemd may name several, separated by colons: the first is ours.
        let state = std::env::var("STATE_DIRECTORY").ok();
        let state = state.and_then(|list| list.split(':').next().map(PathBuf::from));
        let state = state.filter(|state| !state.as_os_str().is_empty());
        Self {
            state: state.unwrap_or_else(|| folder.clone()),
            folder,
        }
    }

    fn state(&self, path: &str) -> PathBuf {
        self.state.join(path)
    }

    fn beside(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

fn fetch_settings(section: &Section<'_>, place: &Place) -> fetch::Settings {
    section.know(
        &[
            "concurrency",
            "per_host",
            "spread",
            "timeout",
            "max_body",
            "user_agent",
            "ca_file",
            "proxy",
        ],
        &[],
    );
    let seconds = |key: &str, default: u64| {
        section
            .duration(key)
            .and_then(|duration| Duration::try_from(duration).ok())
            .unwrap_or(Duration::from_secs(default))
    };
    let max_body = section.text("max_body").and_then(|text| {
        let size = parse_size(text.get_ref());
        if size.is_none() {
            let text = "max_body must be a size such as \"512KiB\" or \"1MiB\", at most 64MiB";
            section.problem(
                section.get("max_body").map_or(0..0, toml::Spanned::span),
                text.to_owned(),
            );
        }
        size
    });
    let timeout = seconds("timeout", 10);
    if timeout.is_zero()
        && let Some(found) = section.get("timeout")
    {
        section.problem(found.span(), "timeout must be longer than 0s".to_owned());
    }
    let user_agent = section.text("user_agent").map_or_else(
        || format!("issuerwatch/{}", env!("CARGO_PKG_VERSION")),
        |text| (*text.get_ref()).to_owned(),
    );
    if !user_agent.chars().all(|c| c == ' ' || c.is_ascii_graphic())
        && let Some(found) = section.get("user_agent")
    {
        section.problem(
            found.span(),
            "user_agent must be printable ASCII".to_owned(),
        );
    }
    let proxy = section
        .text("proxy")
        .map(|text| (*text.get_ref()).to_owned());
    if let (Some(proxy), Some(found)) = (&proxy, section.get("proxy"))
        && !proxy.starts_with("http://")
        && !proxy.starts_with("https://")
    {
        section.problem(
            found.span(),
            "proxy must be an http or https URL".to_owned(),
        );
    }
    let count = |key, default| {
        usize::try_from(section.count(key, 1, 10_000).unwrap_or(default)).unwrap_or(1)
    };
    fetch::Settings {
        concurrency: count("concurrency", 64),
        per_host: count("per_host", 2),
        spread: seconds("spread", 60),
        timeout,
        max_body: max_body.unwrap_or(1 << 20),
        user_agent,
        ca_file: ca_file(section, place),
        proxy,
    }
}

fn ca_file(section: &Section<'_>, place: &Place) -> Option<PathBuf> {
    let text = section.text("ca_file")?;
    let path = place.beside(text.get_ref());
    if let (Err(error), Some(found)) = (std::fs::File::open(&path), section.get("ca_file")) {
        let text = format!("ca_file {} cannot be read: {error}", path.display());
        section.problem(found.span(), text);
    }
    Some(path)
}

fn log_settings(section: &Section<'_>) -> LogSettings {
    section.know(&["level", "format"], &[]);
    let word = |key: &str, known: &[&str]| {
        let text = section.text(key)?;
        let parse = |word: &str| known.contains(&word).then(|| word.to_owned());
        section.word(&text, key, known, parse)
    };
    LogSettings {
        level: word("level", &["error", "warn", "info", "debug", "trace"])
            .unwrap_or_else(|| "info".to_owned()),
        json: word("format", &["auto", "json"]).is_some_and(|format| format == "json"),
    }
}
