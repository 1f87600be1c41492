//! `[fetch]`.

use std::time::Duration;

use jiff::SignedDuration;
use url::Url;

use super::location::{Location, ca_file};
use super::quantity::parse_size;
use super::reader::Section;
use super::{keys, secret, smtp};
use crate::fetch::{Proxy, Settings};

/// The default of the most bytes a document may have.
pub(super) const MAX_BODY: u64 = 1 << 20;

pub(super) fn read(section: &Section<'_>, location: &Location) -> Settings {
    section.check_keys("fetch", &keys::FETCH);
    let seconds = |found: Option<SignedDuration>, default: u64| {
        found
            .and_then(|duration| Duration::try_from(duration).ok())
            .unwrap_or(Duration::from_secs(default))
    };
    let count = |key, default| {
        usize::try_from(section.count(key, 1, 10_000).unwrap_or(default)).unwrap_or(1)
    };
    Settings {
        concurrency: count("concurrency", 64),
        per_host: count("per_host", 2),
        spread: seconds(section.duration("spread"), 60),
        timeout: seconds(section.positive("timeout"), 10),
        max_body: max_body(section).unwrap_or(MAX_BODY),
        revalidate_after: section
            .duration("revalidate_after")
            .unwrap_or(SignedDuration::from_hours(24)),
        user_agent: user_agent(section),
        ca_file: ca_file(section, location),
        proxy: proxy(section, location),
    }
}

const SIZE: &str = "a size such as \"512KiB\" or \"1MiB\", at most 64MiB";

fn max_body(section: &Section<'_>) -> Option<u64> {
    let text = section.text_that_is("max_body", SIZE)?;
    let size = parse_size(text.get_ref());
    if size.is_none() {
        section.problem(text.span(), format!("max_body must be {SIZE}"));
    }
    size
}

fn user_agent(section: &Section<'_>) -> String {
    let Some(text) = section.text("user_agent") else {
        return format!("issuerwatch/{}", env!("CARGO_PKG_VERSION"));
    };
    let value = *text.get_ref();
    let is_plain = value.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    if value.trim().is_empty() || !is_plain {
        let what = "user_agent must be printable ASCII, and not empty".to_owned();
        section.problem(text.span(), what);
    }
    value.to_owned()
}

/// Reads the proxy; its password is configured as a key of its own.
fn proxy(section: &Section<'_>, location: &Location) -> Option<Proxy> {
    let password = section.get("proxy_password");
    let Some(text) = section.text("proxy") else {
        if let Some(password) = password.filter(|_| section.is_absent("proxy")) {
            let what =
                "there is no proxy for proxy_password: write proxy = \"http://user@host:port\"";
            section.secret_problem(password.span(), what);
        }
        return None;
    };
    // The address may wrongly hold a password, so it is not repeated in the message.
    let problem = |what: &str| {
        section.secret_problem(text.span(), format!("proxy {what}"));
        None
    };
    let url = Url::parse(text.get_ref()).ok().filter(Url::has_host);
    let is_known = |url: &Url| matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
    let Some(mut url) = url.filter(is_known) else {
        return problem("must be an http, https, socks5 or socks5h URL");
    };
    if url.password().is_some() {
        return problem("must not hold the password: write proxy_password = { env = \"NAME\" }");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return problem("must end after host and port");
    }
    let user = smtp::decoded(url.username());
    let password = match (&user, password) {
        (Some(_), None) if section.is_absent("proxy_password") => {
            return problem("names a user, but there is no proxy_password = { env = \"NAME\" }");
        }
        (None, Some(_)) => {
            return problem("names no user for proxy_password: write http://user@host:port");
        }
        (_, found) => found.and_then(|found| {
            secret::read(
                section,
                found,
                "proxy_password",
                secret::SecretUser::Proxy,
                location,
            )
        }),
    };
    // A URL with a host can always be without a user.
    let _without = url.set_username("");
    Some(Proxy {
        url,
        login: user.zip(password),
    })
}
