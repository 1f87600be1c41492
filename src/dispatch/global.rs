//! What holds for every command, and the configuration and store that follow from it.

use std::path::PathBuf;

use issuerwatch::config::{Config, ConfigError, Outline, Secrets};
use issuerwatch::terminal::Style;
use issuerwatch::wording::text::shell_word;

use crate::cli::{self, Cli};

/// What of the command line holds for every command.
pub(super) struct GlobalOptions {
    pub(super) config: Option<PathBuf>,
    pub(super) store: Option<PathBuf>,
    pub(super) style: Style,
    pub(super) verbosity: i8,
}

impl GlobalOptions {
    pub(super) fn of(cli: &Cli) -> Self {
        Self {
            style: Style::of_stdout(cli.color.as_str()),
            verbosity: if cli.quiet {
                -1
            } else {
                i8::try_from(cli.verbose).unwrap_or(2)
            },
            config: cli.config.clone(),
            store: cli.store.clone(),
        }
    }

    pub(super) fn find(&self) -> Result<PathBuf, ConfigError> {
        Config::find(self.config.as_deref())
    }

    /// Secrets are read by what uses them: the shell beside a service does not have its credentials.
    pub(super) fn load(&self, secrets: Secrets) -> Result<Config, ConfigError> {
        Config::load_with(&self.find()?, secrets)
    }

    /// The store that is configured.
    pub(super) fn configured_store(&self) -> Result<PathBuf, ConfigError> {
        Config::outline(&self.find()?).map(|outline| outline.store)
    }

    /// The store that is named, else the one that is configured.
    pub(super) fn any_store(&self) -> Result<PathBuf, ConfigError> {
        self.store
            .clone()
            .map_or_else(|| self.configured_store(), Ok)
    }

    /// What can be read of the configuration, with the store that is named instead of its own; of no
    /// file where only a store is named.
    pub(super) fn outline(&self) -> Result<Outline, ConfigError> {
        let outline = self.find().and_then(|path| Config::outline(&path));
        match (outline, self.store.clone()) {
            (Ok(outline), None) => Ok(outline),
            (Ok(outline), Some(store)) => Ok(outline.with_store(store)),
            (Err(_), Some(store)) => Ok(Outline::of_store(store)),
            (Err(error), None) => Err(error),
        }
    }

    /// How the program was called, with the files that were named.
    pub(super) fn called(&self) -> String {
        let mut words = "issuerwatch".to_owned();
        for (option, file) in [("--config", &self.config), ("--store", &self.store)] {
            if let Some(file) = file {
                let file = shell_word(&file.display().to_string());
                words = format!("{words} {option} {file}");
            }
        }
        words
    }

    /// The style of a table; none for an object.
    pub(super) fn style_of(&self, format: cli::ObjectForm) -> Option<Style> {
        (format == cli::ObjectForm::Table).then_some(self.style)
    }
}
