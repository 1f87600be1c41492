//! Values that must not stand in the file: by environment, file or systemd credential.

use std::path::Path;

use toml::de::DeValue;

use super::reader::{Found, Section};
use crate::model::provider::Secret;

/// Resolves `{ env = "NAME" }`, `{ file = "PATH" }` or `{ credential = "NAME" }`.
pub(super) fn read(section: &Section<'_>, found: Found<'_>, what: &str) -> Option<Secret> {
    let problem = |text: String| section.problem(found.span(), text);
    let expected = "{ env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }";
    let DeValue::Table(table) = found.get_ref() else {
        problem(format!(
            "{what} must not stand in the file: write {expected}"
        ));
        return None;
    };
    let mut entries = table.iter();
    let (Some((source, value)), None) = (entries.next(), entries.next()) else {
        problem(format!("{what} must be one of {expected}"));
        return None;
    };
    let DeValue::String(name) = value.get_ref() else {
        problem(format!("{what} must be one of {expected}"));
        return None;
    };
    let read = match source.get_ref().as_ref() {
        "env" => std::env::var(name.as_ref())
            .map_err(|_absent| format!("environment variable {name} is not set")),
        "file" => text(Path::new(name.as_ref())),
        "credential" => match std::env::var("CREDENTIALS_DIRECTORY") {
            Ok(_) if name.contains('/') => Err("a credential has no slash in its name".to_owned()),
            Ok(folder) => text(&Path::new(&folder).join(name.as_ref())),
            Err(_absent) => {
                Err("$CREDENTIALS_DIRECTORY is not set: add LoadCredential= to the unit".to_owned())
            }
        },
        _ => Err(format!("must be one of {expected}")),
    };
    match read {
        Ok(value) => Some(Secret::new(value)),
        Err(error) => {
            problem(format!("{what}: {error}"));
            None
        }
    }
}

fn text(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}
