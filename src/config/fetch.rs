//! `[fetch]`.

use std::time::Duration;

use jiff::SignedDuration;
use url::Url;

use super::reader::{Section, parse_size};
use super::{Place, ca_file, keys};
use crate::fetch::Settings;

pub(super) fn read(section: &Section<'_>, place: &Place) -> Settings {
    section.know(&keys::FETCH, &[]);
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
        max_body: max_body(section).unwrap_or(1 << 20),
        revalidate_after: section
            .duration("revalidate_after")
            .unwrap_or(SignedDuration::from_hours(24)),
        user_agent: user_agent(section),
        ca_file: ca_file(section, place),
        proxy: proxy(section),
    }
}

fn max_body(section: &Section<'_>) -> Option<u64> {
    let text = section.text("max_body")?;
    let size = parse_size(text.get_ref());
    if size.is_none() {
        let what = "max_body must be a size such as \"512KiB\" or \"1MiB\", at most 64MiB";
        section.problem(text.span(), what.to_owned());
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

fn proxy(section: &Section<'_>) -> Option<String> {
    let text = section.text("proxy")?;
    let url = Url::parse(text.get_ref()).ok();
    let reason = match &url {
        Some(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            let has_user = !url.username().is_empty() || url.password().is_some();
            has_user.then_some("proxy must not hold a user or a password")
        }
        _ => Some("proxy must be an http or https URL"),
    };
    if let Some(reason) = reason {
        section.hidden(text.span(), reason.to_owned());
    }
    Some((*text.get_ref()).to_owned())
}
