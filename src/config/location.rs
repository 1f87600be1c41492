//! Where the configuration stands: what its relative paths mean, and which secrets are read there.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::reader::{Section, tilde};
use crate::document::path;
use crate::fetch::check_ca_file;

/// Which secrets are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// All secrets are read, because the command of this name will use them.
    All(&'static str),
    /// All but those of `[mail]`, `[[webhook]]` and `[heartbeat]`, as this command sends nothing.
    AllButMail(&'static str),
    /// All but those that are sent with polls, as this command makes none.
    AllButPolls(&'static str),
    /// Only secrets that can be found; systemd credentials exist inside the service only.
    Present,
    /// No secret is read.
    Unread,
}

/// Where the configuration of a package is.
pub(super) const INSTALLED: &str = "/etc/issuerwatch/config.toml";

/// Where the unit keeps its state.
const STATE: &str = "/var/lib/issuerwatch";

/// The largest file of certificates that is read, in bytes.
const MAX_CERTIFICATES: u64 = 1 << 20;

/// The folders that relative paths start from.
pub(super) struct Location {
    pub(super) folder: PathBuf,
    pub(super) state: PathBuf,
    pub(super) file: PathBuf,
    pub(super) secrets: Secrets,
    pub(super) unchecked: RefCell<Vec<String>>,
}

impl Location {
    pub(super) fn of(path: &Path, secrets: Secrets) -> Self {
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        // systemd may name several, separated by colons: the first is ours.
        let given = std::env::var("STATE_DIRECTORY")
            .ok()
            .and_then(|list| list.split(':').next().map(PathBuf::from))
            .filter(|state| !state.as_os_str().is_empty());
        // For the installed file, a command at a shell uses the store of the service.
        let installed = Path::new(INSTALLED).parent() == Some(&folder);
        let of_service = || Some(PathBuf::from(STATE)).filter(|state| installed && state.is_dir());
        Self {
            state: given.or_else(of_service).unwrap_or_else(|| folder.clone()),
            folder,
            file: path.to_owned(),
            secrets,
            unchecked: RefCell::default(),
        }
    }

    pub(super) fn state(&self, path: &str) -> PathBuf {
        self.state.join(path)
    }

    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// A file of certificates, relative to the configuration.
pub(super) fn ca_file(section: &Section<'_>, location: &Location) -> Option<PathBuf> {
    let text = section.text("ca_file")?;
    let path = location.resolve(text.get_ref());
    // Reading it here says a missing file in the system's own words.
    let read = std::fs::File::open(&path)
        .and_then(|file| file.metadata())
        .map_err(|error| error.to_string())
        .and_then(|found| match found.len() {
            // A device or a pipe may never end, so only regular files are read.
            _ if !found.is_file() => Err("it is no file".to_owned()),
            0..=MAX_CERTIFICATES => check_ca_file(&path),
            _ => Err(format!("it is longer than {MAX_CERTIFICATES} bytes")),
        });
    if let Err(error) = read {
        let hint = tilde(text.get_ref()).map_or_else(String::new, |it| format!("; {it}"));
        let what = format!(
            "ca_file {} cannot be used: {error}{hint}",
            path::visible(&path)
        );
        section.problem(text.span(), what);
        return None;
    }
    Some(path)
}
