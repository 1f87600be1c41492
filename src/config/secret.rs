//! Values that must not stand in the file: by environment, file or systemd credential.

use std::env::VarError;
use std::path::Path;

use toml::de::DeValue;

use super::Place;
use super::problem::shown;
use super::reader::{Found, Section, tilde};
use crate::model::provider::Secret;

/// The three forms.
pub(super) const FORMS: &str =
    "{ env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }";

/// Resolves `{ env = "NAME" }`, `{ file = "PATH" }` or `{ credential = "NAME" }`.
pub(super) fn read(
    section: &Section<'_>,
    found: Found<'_>,
    what: &str,
    place: &Place,
) -> Option<Secret> {
    let problem = |text: String| {
        section.hidden(found.span(), format!("{what} {text}"));
        None
    };
    let DeValue::Table(table) = found.get_ref() else {
        return problem(format!("must not stand in the file: write {FORMS}"));
    };
    let mut entries = table.iter();
    let (Some((source, value)), None) = (entries.next(), entries.next()) else {
        return problem(format!("must be one of {FORMS}"));
    };
    let DeValue::String(name) = value.get_ref() else {
        return problem(format!("must be one of {FORMS}"));
    };
    let name = name.as_ref();
    let read = match source.get_ref().as_ref() {
        "env" => std::env::var(name).map_err(|error| {
            let why = match error {
                VarError::NotPresent => "is not set",
                VarError::NotUnicode(_) => "is not UTF-8",
            };
            format!("environment variable {} {why}", shown(name))
        }),
        "file" => text(&place.beside(name)).map_err(|error| match tilde(name) {
            Some(hint) => format!("{error}; {hint}"),
            None => error,
        }),
        "credential" => credential(name),
        _ => return problem(format!("must be one of {FORMS}")),
    };
    match read {
        Ok(value) if value.is_empty() => problem("is empty".to_owned()),
        Ok(value) => Some(Secret::new(value)),
        Err(error) => problem(format!("cannot be had: {error}")),
    }
}

fn credential(name: &str) -> Result<String, String> {
    if name.contains('/') || matches!(name, "" | "." | "..") {
        return Err("a credential is the name of one file, without a slash".to_owned());
    }
    match std::env::var("CREDENTIALS_DIRECTORY") {
        Ok(folder) => text(&Path::new(&folder).join(name)),
        Err(_absent) => {
            Err("$CREDENTIALS_DIRECTORY is not set: add LoadCredential= to the unit".to_owned())
        }
    }
}

/// The text of a file, less the line break that editors put at its end.
fn text(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
