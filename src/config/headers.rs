//! `headers`: what is sent to the issuer's host, or to a webhook, besides our own.

use toml::de::DeValue;

use super::location::Location;
use super::problem::shown;
use super::reader::Section;
use super::secret::{self, FORMS, SecretUser};
use crate::meaning::provider::Secret;

/// Headers that are ours to send, or that would make an answer something else than the document.
const OURS: [&str; 17] = [
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "upgrade",
    "expect",
    "accept",
    "accept-encoding",
    "user-agent",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
];

/// If the name of a header contains one of these, its value is a secret.
const SECRET: [&str; 7] = [
    "auth", "key", "token", "secret", "cookie", "password", "session",
];

/// Headers that are ours to send to a webhook.
const OURS_TO_WEBHOOKS: [&str; 4] = [
    "content-type",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

/// Reads `headers` of a provider, which are sent with each poll.
pub(super) fn read(section: &Section<'_>, location: &Location) -> Option<Vec<(String, Secret)>> {
    read_for(section, SecretUser::Poll, location, &[])
}

/// Reads `headers` of a webhook.
pub(super) fn read_of_webhook(
    section: &Section<'_>,
    location: &Location,
) -> Option<Vec<(String, Secret)>> {
    read_for(section, SecretUser::Webhook, location, &OURS_TO_WEBHOOKS)
}

fn read_for(
    section: &Section<'_>,
    whose: SecretUser,
    location: &Location,
    ours: &[&str],
) -> Option<Vec<(String, Secret)>> {
    let table = section.child("headers")?;
    let mut headers: Vec<(String, Secret)> = Vec::new();
    for (key, value) in table.entries() {
        let name = key.get_ref().as_ref();
        let named = shown(name);
        let problem = |text: String| section.secret_problem(key.span(), text);
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            problem(format!("\"{named}\" is no header name"));
            continue;
        }
        let lower = name.to_ascii_lowercase();
        if OURS.iter().chain(ours).any(|one| *one == lower) {
            problem(format!("header \"{named}\" is set by issuerwatch itself"));
            continue;
        }
        if headers.iter().any(|(other, _)| *other == lower) {
            problem(format!("header \"{named}\" stands twice"));
            continue;
        }
        let what = format!("the value of header \"{named}\"");
        let secret = match value.get_ref() {
            DeValue::String(_) if SECRET.iter().any(|part| lower.contains(part)) => {
                let text = format!("{what} must not stand in the file: write {FORMS}");
                section.secret_problem(value.span(), text);
                None
            }
            DeValue::String(text) => Some(Secret::new(text.as_ref().to_owned())),
            _ => secret::read(section, value, &what, whose, location),
        };
        let Some(secret) = secret else { continue };
        let is_plain = |byte| byte == b'\t' || (32..127).contains(&byte);
        if !secret.reveal().bytes().all(is_plain) {
            problem(format!("{what} is not printable ASCII on one line"));
            continue;
        }
        headers.push((lower, secret));
    }
    Some(headers)
}
