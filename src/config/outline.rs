//! What commands that only look need of a configuration, also where the rest of it is wrong.

use std::path::PathBuf;
use std::sync::Arc;

use toml::de::DeTable;

use super::client;
use super::fetch;
use super::location::{Location, Secrets};
use super::mail;
use super::name::ProviderNames;
use super::overrides::Overrides;
use super::problem::Problems;
use super::provider::{self, Provider};
use super::reader::Section;
use super::reserved::ReservedFiles;
use super::tree;
use crate::meaning::client::demand::Client;
use crate::meaning::provider_policy::Policy;

/// What a look into the history needs of a configuration.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Where the history is kept.
    pub store: PathBuf,
    /// What nothing else may be written over.
    pub reserved: ReservedFiles,
    /// What is watched, as far as it can be read.
    pub providers: Vec<Arc<Provider>>,
    /// The clients that it describes, as far as they can be read.
    pub clients: Vec<Client>,
    /// What `[defaults]` decides about changes: holds for providers that the file does not have.
    pub policy: Arc<Policy>,
    /// Most bytes of a document.
    pub max_body: u64,
    /// How much later than its schedule says a poll may be made.
    pub spread: std::time::Duration,
}

impl Outline {
    /// Most bytes of a document where nobody says otherwise.
    pub const MAX_BODY: u64 = fetch::MAX_BODY;

    /// An outline without a configuration file, for a store that the command line names.
    pub fn of_store(store: PathBuf) -> Self {
        Self {
            reserved: ReservedFiles::default().with_store(&store),
            store,
            providers: Vec::new(),
            clients: Vec::new(),
            policy: Arc::default(),
            max_body: Self::MAX_BODY,
            spread: std::time::Duration::ZERO,
        }
    }

    /// The same of another store. Its own one stays reserved.
    #[must_use]
    pub fn with_store(self, store: PathBuf) -> Self {
        Self {
            reserved: self.reserved.with_store(&store),
            store,
            ..self
        }
    }
}

/// What is meant by an earlier name of a provider (`formerly`), alone or before `/document`.
pub fn renamed(providers: &[Arc<Provider>], name: &str) -> Option<String> {
    let provider = name.split('/').next().unwrap_or_default();
    let document = name.strip_prefix(provider).unwrap_or_default();
    let is_its = |it: &&Arc<Provider>| it.formerly.iter().any(|earlier| earlier == provider);
    let now = providers.iter().find(is_its)?;
    Some(format!("{}{document}", now.name))
}

/// What can be read of a file that has problems; `None` if it is not TOML or its store path is empty.
pub(super) fn outline(files: Vec<PathBuf>, text: &str) -> Option<Outline> {
    tree::with(text, |table| read(files, text, table)).ok()?
}

fn read(files: Vec<PathBuf>, text: &str, table: &DeTable<'_>) -> Option<Outline> {
    let problems = Problems::default();
    let root = Section::new(table, 0..0, &problems, text);
    let location = Location::of(files.first()?, Secrets::Unread);
    let empty = DeTable::new();
    let of = |key: &str| root.child(key).unwrap_or_else(|| root.absent(&empty, key));
    let store = location.state(of("store").path("path", "issuerwatch.db")?);
    let mut reserved = ReservedFiles::of_configuration(files).with_store(&store);
    if let Some(directory) = mail::directory(&of("mail"), &location) {
        reserved = reserved.with_mails(&directory);
    }
    let defaults = Overrides::read(&of("defaults"), &location);
    let clients = client::read(&root);
    let mut names = ProviderNames::of(clients.clone());
    let sections = root.children("provider", "provider");
    let providers = sections
        .iter()
        .filter_map(|section| provider::read(section, &defaults, &location, &mut names));
    let fetch = fetch::read(&of("fetch"), &location);
    let policy = defaults.policy(None, defaults.zone().time_zone().clone());
    Some(Outline {
        store,
        reserved,
        policy: Arc::new(policy),
        max_body: fetch.max_body,
        providers: providers.map(Arc::new).collect(),
        clients,
        spread: fetch.spread,
    })
}
