//! Values that must not stand in the file: by environment, file or systemd credential.

use std::env::VarError;
use std::io::Read as _;
use std::path::Path;

use toml::de::DeValue;

use super::location::{Location, Secrets};
use super::problem::shown;
use super::reader::{Section, SpannedValue, tilde};
use crate::document::path;
use crate::meaning::provider::Secret;

/// The longest secret that is read, in bytes.
const MAX_BYTES: u64 = 65_536;

/// The three forms of a secret, as error messages list them.
pub(super) const FORMS: &str =
    "{ env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }";

/// What uses a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretUser {
    /// What polls send to a provider.
    Poll,
    /// A proxy, which polls and webhooks use.
    Proxy,
    /// Mails.
    Mail,
    /// What is posted to webhooks, and heartbeats.
    Webhook,
}

/// Resolves `{ env = "NAME" }`, `{ file = "PATH" }` or `{ credential = "NAME" }`.
pub(super) fn read(
    section: &Section<'_>,
    found: SpannedValue<'_>,
    what: &str,
    whose: SecretUser,
    location: &Location,
) -> Option<Secret> {
    let problem = |text: String| {
        section.secret_problem(found.span(), format!("{what} {text}"));
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
    let is_known = matches!(source.get_ref().as_ref(), "env" | "file" | "credential");
    let command = match (location.secrets, whose) {
        (Secrets::Unread, _)
        | (Secrets::AllButMail(_), SecretUser::Mail | SecretUser::Webhook)
        | (Secrets::AllButPolls(_), SecretUser::Poll)
            if is_known =>
        {
            return Some(Secret::new(String::new()));
        }
        (
            Secrets::All(command) | Secrets::AllButMail(command) | Secrets::AllButPolls(command),
            _,
        ) => command,
        (Secrets::Unread | Secrets::Present, _) => "check",
    };
    let read = match source.get_ref().as_ref() {
        "env" => std::env::var(name).map_err(|error| {
            let why = match error {
                VarError::NotPresent => "is not set",
                VarError::NotUnicode(_) => "is not UTF-8",
            };
            format!("environment variable {} {why}", shown(name))
        }),
        "file" => text(&location.resolve(name)).map_err(|error| match tilde(name) {
            Some(hint) => format!("{error}; {hint}"),
            None => error,
        }),
        "credential" => match credential(name, command, location) {
            Err(_) if location.secrets == Secrets::Present && is_file_name(name) => {
                let mut unchecked = location.unchecked.borrow_mut();
                unchecked.push(format!("the credential \"{}\" of {what}", shown(name)));
                return Some(Secret::new(String::new()));
            }
            read => read,
        },
        _ => return problem(format!("must be one of {FORMS}")),
    };
    match read {
        Ok(value) if value.is_empty() => problem("is empty".to_owned()),
        Ok(value) if value.trim().is_empty() => problem("holds nothing but blanks".to_owned()),
        Ok(value) => Some(Secret::new(value)),
        Err(error) => problem(format!("cannot be had: {error}")),
    }
}

fn is_file_name(name: &str) -> bool {
    !name.contains('/') && !matches!(name, "" | "." | "..")
}

fn credential(name: &str, command: &str, location: &Location) -> Result<String, String> {
    if !is_file_name(name) {
        return Err("a credential is the name of one file, without a slash".to_owned());
    }
    match std::env::var("CREDENTIALS_DIRECTORY") {
        // An empty one would be the current folder.
        Ok(folder) if !folder.is_empty() => text(&Path::new(&folder).join(name)),
        Ok(_) | Err(_) => {
            let name = shown(name);
            Err(format!(
                "$CREDENTIALS_DIRECTORY is not set: a credential is there inside the service only \
                 (LoadCredential= in its unit). At a shell: systemd-run --pipe --wait -p \
                 LoadCredential={name}:/etc/issuerwatch/{name} issuerwatch --config {} {command}",
                path::visible(&location.file)
            ))
        }
    }
}

/// The text of a file, less the line break that editors put at its end.
fn text(path: &Path) -> Result<String, String> {
    let fail = |error: std::io::Error| format!("{} cannot be read: {error}", path::visible(path));
    let mut text = String::new();
    // A device or a pipe may never end, so reading is bounded.
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(fail)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(format!(
            "{} is longer than {MAX_BYTES} bytes",
            path::visible(path)
        ));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
