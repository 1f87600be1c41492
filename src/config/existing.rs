//! The parts of a file that `init` needs to add a provider: how it fetches, and which providers it has.
//! The rest of the file may be wrong or missing.

use std::path::Path;

use toml::de::DeTable;

use super::error::ConfigError;
use super::location::{Location, Secrets};
use super::name;
use super::problem::Problems;
use super::reader::Section;
use super::{fetch, include, syntax};
use crate::fetch::Settings;

/// What `init` needs of the file that it adds a provider to.
#[derive(Debug)]
pub struct ExistingConfig {
    /// How documents are fetched.
    pub fetch: Settings,
    /// The providers that the file has.
    pub providers: Vec<ListedProvider>,
}

/// A provider as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProvider {
    /// Its name, and those it had before.
    pub names: Vec<String>,
    /// Its issuer or resource.
    pub identity: Option<String>,
}

/// Reads what a provider is added to; fails where the text is no TOML.
pub fn read_existing(text: &str, path: &Path) -> Result<ExistingConfig, ConfigError> {
    let whole = include::whole(text, path)?;
    let text = whole.text.as_str();
    let table = DeTable::parse(text)
        .map_err(|error| ConfigError::of(path, text, vec![syntax::problem(text, &error)]))?;
    let problems = Problems::default();
    let root = Section::new(table.get_ref(), 0..0, &problems, text);
    let location = Location::of(path, Secrets::AllButMail("init"));
    let empty = DeTable::new();
    let fetching = root
        .child("fetch")
        .unwrap_or_else(|| root.absent(&empty, "fetch"));
    let sections = root.children("provider", "provider");
    Ok(ExistingConfig {
        fetch: fetch::read(&fetching, &location),
        providers: sections.iter().map(listed).collect(),
    })
}

fn listed(section: &Section<'_>) -> ListedProvider {
    let text = |key| section.text(key).map(|text| text.get_ref().to_string());
    let formerly = section.texts("formerly").unwrap_or_default();
    let before = formerly.iter().map(|text| text.get_ref().to_string());
    ListedProvider {
        names: text("name").into_iter().chain(before).collect(),
        identity: text("issuer").or_else(|| text("resource")),
    }
}

/// Whether a text may be the name of a provider.
pub fn is_name(name: &str) -> bool {
    name::is_plain(name)
}
