//! Text to valid types, all problems at once.
//!
//! Holding a `Config` proves that every value in it is valid. Secrets are resolved here and nowhere
//! shown. Never here: what a value is used for.

mod client;
mod document_url;
mod equivalent;
mod error;
pub mod existing;
mod fetch;
mod headers;
mod include;
mod keys;
mod location;
mod mail;
pub mod mailbox;
pub mod manual;
mod name;
mod outline;
mod overrides;
pub mod page;
mod problem;
mod provider;
mod quantity;
mod reader;
mod report;
mod reserved;
mod route;
pub mod schema;
mod secret;
mod smtp;
mod source;
mod store;
mod syntax;
mod takes;
mod tree;
mod unknown_key;
pub(crate) mod unknown_name;
mod uses;
mod walk;
pub mod webhook;
mod zone;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use toml::de::DeTable;

pub use self::error::{ConfigError, ProblemPlace};
pub use self::location::Secrets;
use self::location::{INSTALLED, Location};
pub use self::mail::MailSettings;
use self::name::ProviderNames;
pub use self::outline::{Outline, renamed};
use self::overrides::Overrides;
pub use self::problem::Problem;
use self::problem::Problems;
pub(crate) use self::problem::nearest;
pub use self::provider::Provider;
use self::reader::Section;
pub use self::report::ReportSettings;
pub use self::reserved::ReservedFiles;
pub use self::route::Route;
use self::store::CheckDepth;
use self::webhook::{HeartbeatConfig, Webhook};
use crate::fetch::Settings;
use crate::mailer::Transport;
use crate::meaning::client::demand::Client;
use crate::meaning::provider_policy::Policy;

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// Where the history is kept.
    pub store: PathBuf,
    /// How long bodies are kept that stand for no baseline; for ever, where nobody says.
    pub keep_bodies: Option<SignedDuration>,
    /// How people are told.
    pub mail: MailSettings,
    /// Which programs are told.
    pub webhooks: Vec<Webhook>,
    /// Where heartbeats are sent to.
    pub heartbeat: Option<HeartbeatConfig>,
    /// Which page is written again and again.
    pub report: Option<ReportSettings>,
    /// Where metrics and health are read.
    pub metrics: Option<SocketAddr>,
    /// How documents are fetched.
    pub fetch: Settings,
    /// What is watched.
    pub providers: Vec<Arc<Provider>>,
    /// The clients that it describes, whoever uses them.
    pub clients: Vec<Client>,
    /// What `[defaults]` decides about changes; it applies to replayed providers that are not configured.
    pub policy: Arc<Policy>,
    /// What nothing else may be written over.
    pub reserved: ReservedFiles,
    /// What is logged.
    pub log: LogSettings,
    /// The zone of `[defaults]`, for what belongs to no provider.
    pub timezone: TimeZone,
    /// Secrets that cannot be read here, which is no problem where they are not used.
    pub unchecked: Vec<String>,
    /// Remarks that are no problems, such as an `include` pattern that matches no file.
    pub notes: Vec<String>,
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
    /// The file to read: the one that is named, else the one that is here, else that of the system.
    pub fn find(named: Option<&Path>) -> Result<PathBuf, ConfigError> {
        let here = Path::new("config.toml");
        if let Some(found) = named {
            return Ok(found.to_owned());
        }
        let is_there = |path: &&Path| path.try_exists().unwrap_or(true);
        let found = [here, Path::new(INSTALLED)].into_iter().find(is_there);
        found.map(Path::to_owned).ok_or_else(|| {
            let what = format!(
                "no configuration: neither ./config.toml nor {INSTALLED} exists; name one with \
                 --config or ISSUERWATCH_CONFIG"
            );
            ConfigError::of_file(here, what)
        })
    }

    /// Names how webhooks are reached, secrets included. A hash of a secret is one itself, so it is keyed
    /// by the store.
    pub fn hash_of_webhooks(&self, key: &str) -> String {
        webhook::hash(&self.webhooks, key)
    }

    /// What a look into the history needs. The rest of the file may be wrong for the moment: nobody is
    /// kept from looking while it is edited.
    pub fn outline(path: &Path) -> Result<Outline, ConfigError> {
        match Self::load_with(path, Secrets::Unread) {
            Ok(config) => Ok(Outline {
                store: config.store,
                providers: config.providers,
                clients: config.clients,
                policy: config.policy,
                reserved: config.reserved,
                max_body: config.fetch.max_body,
                spread: config.fetch.spread,
            }),
            Err(error) => {
                let Ok(main) = std::fs::read_to_string(path) else {
                    return Err(error);
                };
                let (text, files) = match include::whole(&main, path) {
                    Ok(whole) => (whole.text, whole.sources.files()),
                    Err(_) => (main, vec![path.to_owned()]),
                };
                outline::outline(files, &text).ok_or(error)
            }
        }
    }

    /// Reads a file with its secrets; the error holds everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_with(path, Secrets::All("run"))
    }

    /// Reads a file; the error holds everything that is wrong with it.
    pub fn load_with(path: &Path, secrets: Secrets) -> Result<Self, ConfigError> {
        Self::read(path, secrets, CheckDepth::Text)
    }

    /// Reads a file as far as it can be read here, and looks whether there is room for what would be
    /// written.
    pub fn check(path: &Path) -> Result<Self, ConfigError> {
        Self::read(path, Secrets::Present, CheckDepth::Files)
    }

    fn read(path: &Path, secrets: Secrets, depth: CheckDepth) -> Result<Self, ConfigError> {
        let bytes = std::fs::read(path).map_err(|error| {
            let hint = match error.kind() {
                ErrorKind::NotFound => "; name it with --config",
                _ => "",
            };
            ConfigError::of_file(
                path,
                format!("cannot read the configuration: {error}{hint}"),
            )
        })?;
        let text = include::text(path, bytes)?;
        Self::of(&text, path, secrets, depth)
    }

    /// Reads a text as if it stood in the file of this name; the error holds everything that is wrong.
    pub fn of_text(text: &str, path: &Path, secrets: Secrets) -> Result<Self, ConfigError> {
        Self::of(text, path, secrets, CheckDepth::Text)
    }

    fn of(
        text: &str,
        path: &Path,
        secrets: Secrets,
        depth: CheckDepth,
    ) -> Result<Self, ConfigError> {
        let whole = include::whole(text, path)?;
        let text = whole.text.as_str();
        let failed = |problems: Vec<Problem>| ConfigError {
            sources: whole.sources.clone(),
            ..ConfigError::of(path, text, problems)
        };
        let found = Problems::in_files(&whole.sources);
        let files = whole.sources.files();
        let read = |table: &DeTable<'_>| read(&files, text, table, &found, secrets, depth);
        let config =
            tree::with(text, read).map_err(|error| failed(vec![syntax::problem(text, &error)]))?;
        let mut problems = found.all();
        problems.sort_by(|one, other| one.rank().cmp(&other.rank()));
        problems.dedup();
        match config {
            Some(config) if problems.is_empty() => Ok(Self {
                notes: whole.notes,
                ..config
            }),
            _ => Err(failed(problems)),
        }
    }
}

fn read<'a>(
    files: &[PathBuf],
    text: &'a str,
    table: &'a DeTable<'a>,
    problems: &'a Problems,
    secrets: Secrets,
    depth: CheckDepth,
) -> Option<Config> {
    let empty = DeTable::new();
    let root = Section::new(table, 0..0, problems, text);
    root.check_keys("root", &keys::ROOT);
    // A table that is left out is read as an empty one.
    let of = |key: &str| root.child(key).unwrap_or_else(|| root.absent(&empty, key));
    let path = files.first()?;
    let location = Location::of(path, secrets);

    let section = of("defaults");
    section.check_keys("defaults", &keys::SHARED);
    let defaults = Overrides::read(&section, &location);

    let clients = client::read(&root);
    let mut names = ProviderNames::of(clients.clone());
    let sections = root.children("provider", "provider");
    let read = |section: &Section<'_>| provider::read(section, &defaults, &location, &mut names);
    let mut providers: Vec<Provider> = sections.iter().filter_map(read).collect();
    names.check(&root);
    let nothing = "no [[provider]]: nothing would be watched".to_owned();
    root.lack("provider", 0..0, nothing);

    let mut reserved = ReservedFiles::of_configuration(files.to_vec());
    let store = store::read(&of("store"), &location, &reserved, depth);

    let section = of("mail");
    let routes = route::read(&section, names.all().as_deref());
    let zone = defaults.zone();
    let has_webhooks = root.get("webhook").is_some();
    let mail = mail::read(&section, &location, routes, has_webhooks, &zone);
    let fetch = fetch::read(&of("fetch"), &location);
    let proxy = webhook::proxy_route(&fetch);
    let webhooks = webhook::read(&root, &location, names.all().as_deref(), proxy.as_ref());
    let heartbeat = webhook::heartbeat(&of("heartbeat"), &location, proxy.as_ref());
    if let Some(store) = &store {
        reserved = reserved.with_store(&store.path);
    }
    if let Some(Transport::File { directory }) = mail.as_ref().map(|mail| &mail.transport) {
        reserved = reserved.with_mails(directory);
    }
    let report = report::read(&of("report"), &location, &reserved);
    let remind_after = mail.as_ref().map(|mail| mail.remind_after.clone());
    let mut common = provider::SharedValues::default();
    if let Some(remind_after) = &remind_after {
        for provider in &mut providers {
            let policy = Arc::make_mut(&mut provider.policy);
            policy.remind_after.clone_from(remind_after);
        }
    }
    let mut shared: Vec<Arc<Provider>> = providers
        .into_iter()
        .map(|provider| Arc::new(common.share(provider)))
        .collect();
    // It was collected in the room of the providers themselves: 3 MiB of 10,000, where 80 KiB will do.
    shared.shrink_to_fit();
    let mut policy = defaults.policy(None, zone.time_zone().clone());
    policy.remind_after = remind_after.unwrap_or(policy.remind_after);
    let log = log_settings(&of("log"));
    let metrics = metrics(&of("metrics"));
    Some(Config {
        path: path.to_owned(),
        reserved,
        keep_bodies: store.as_ref()?.keep_bodies,
        store: store?.path,
        mail: mail?,
        webhooks,
        heartbeat,
        report,
        metrics,
        fetch,
        providers: shared,
        clients,
        policy: Arc::new(policy),
        log,
        timezone: zone.time_zone().clone(),
        unchecked: location.unchecked.into_inner(),
        notes: Vec::new(),
    })
}

fn metrics(section: &Section<'_>) -> Option<SocketAddr> {
    section.check_keys("metrics", &keys::METRICS);
    let text = section.text("listen")?;
    let address = text.get_ref().parse().ok();
    if address.is_none() {
        let what = "listen must be an address and a port such as \"127.0.0.1:9464\"";
        section.problem(text.span(), what);
    }
    address
}

fn log_settings(section: &Section<'_>) -> LogSettings {
    section.check_keys("log", &keys::LOG);
    let word = |key: &str, known: &[&str]| {
        let text = section.text(key)?;
        let parse = |word: &str| known.contains(&word).then(|| word.to_owned());
        section.choice(&text, key, known, parse)
    };
    LogSettings {
        level: word("level", &["error", "warn", "info", "debug", "trace"])
            .unwrap_or_else(|| "info".to_owned()),
        json: word("format", &["auto", "json"]).is_some_and(|format| format == "json"),
    }
}

#[cfg(test)]
mod tests;
