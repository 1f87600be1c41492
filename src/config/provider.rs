//! `[defaults]` and `[[provider]]`.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::problem::shown;
use super::reader::Section;
use super::secret;
use crate::model::address;
use crate::model::kind::Kind;
use crate::model::provider::{Identity, Policy, Provider, Secret};
use crate::model::severity::Group;
use crate::schedule::Schedule;

const SHARED: [&str; 8] = [
    "schedule",
    "timezone",
    "alert_on",
    "failures_before_alert",
    "confirm_after",
    "ignore",
    "allow_hosts",
    "headers",
];
const LATER: [&str; 3] = ["damping", "damping_half_life", "severity"];
const OWN: [&str; 4] = ["name", "issuer", "documents", "url"];

/// Headers that are ours to send.
const OURS: [&str; 7] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
];

pub(super) fn know_defaults(defaults: &Section<'_>) {
    defaults.know(&SHARED, &LATER);
}

pub(super) fn read(
    section: &Section<'_>,
    defaults: &Section<'_>,
    names: &mut Vec<(String, usize)>,
) -> Option<Provider> {
    let known: Vec<&str> = OWN.into_iter().chain(SHARED).collect();
    let later: Vec<&str> = LATER.into_iter().chain(["uses", "resource"]).collect();
    section.know(&known, &later);
    let name = name(section, names);
    let identity = issuer(section);
    let documents = documents(section);
    let url = section.text("url").and_then(|text| {
        if documents
            .as_ref()
            .is_some_and(|documents| documents.len() > 1)
        {
            section.problem(text.span(), "url holds for one document only".to_owned());
        }
        place(section, &text, "url", false)
    });
    // What stands in the provider wins.
    let of = |key: &str| {
        if section.get(key).is_some() {
            section
        } else {
            defaults
        }
    };
    let schedule_text = of("schedule").text("schedule");
    let zone_text = of("timezone").text("timezone");
    let schedule = schedule_text
        .as_ref()
        .map_or("*/15 * * * *", |text| text.get_ref());
    let timezone = zone_text.as_ref().map_or("UTC", |text| text.get_ref());
    if let Err(reason) = Schedule::parse(schedule, timezone) {
        let (key, text) = if reason.starts_with("time zone") {
            ("timezone", reason)
        } else {
            (
                "schedule",
                format!("schedule \"{}\": {reason}", shown(schedule)),
            )
        };
        let span = of(key)
            .get(key)
            .map_or_else(|| section.span(), Spanned::span);
        let text = if key == "timezone" {
            format!("{text}; write an IANA name such as \"Europe/Berlin\"")
        } else {
            text
        };
        section.problem(span, text);
    }
    let headers = headers(of("headers"));
    let texts = |key: &str| -> Vec<String> {
        let texts = of(key).texts(key).unwrap_or_default();
        texts
            .iter()
            .map(|text| (*text.get_ref()).to_owned())
            .collect()
    };
    let policy = policy(of, texts("ignore"));
    Some(Provider {
        name: name?,
        identity: identity?,
        documents: documents?,
        url,
        schedule: schedule.to_owned(),
        timezone: timezone.to_owned(),
        headers,
        allow_hosts: texts("allow_hosts"),
        policy: Arc::new(policy),
    })
}

/// What `[defaults]` decides.
pub(super) fn default_policy(defaults: &Section<'_>) -> Policy {
    let ignore = defaults.texts("ignore").unwrap_or_default();
    let ignore = ignore.iter().map(|text| (*text.get_ref()).to_owned());
    policy(|_| defaults, ignore.collect())
}

fn policy<'s, 'a: 's>(of: impl Fn(&str) -> &'s Section<'a>, ignore: Vec<String>) -> Policy {
    let mut policy = Policy {
        ignore,
        ..Policy::default()
    };
    for text in of("ignore").texts("ignore").unwrap_or_default() {
        if !text.get_ref().starts_with('/') {
            let what = "ignore takes JSON Pointers such as \"/requestid\"".to_owned();
            of("ignore").problem(text.span(), what);
        }
    }
    if let Some(groups) = of("alert_on").texts("alert_on") {
        let known = Group::ALL.map(Group::as_str);
        let read = |text| of("alert_on").word(text, "group", &known, Group::parse);
        policy.alert_on = groups.iter().filter_map(read).collect();
    }
    if let Some(count) = of("failures_before_alert").count("failures_before_alert", 1, 10_000) {
        policy.failures_before_alert = count;
    }
    if let Some(wait) = of("confirm_after").duration("confirm_after") {
        policy.confirm_after = wait;
    }
    policy
}

fn name(section: &Section<'_>, names: &mut Vec<(String, usize)>) -> Option<String> {
    let Some(text) = section.text("name") else {
        section.problem(section.span(), "[[provider]] has no \"name\"".to_owned());
        return None;
    };
    let name = (*text.get_ref()).to_owned();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let starts = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    if !starts || name.len() > 64 || !name.chars().all(is_plain) {
        let what = format!(
            "provider name \"{}\": expected letters, digits, \".\", \"_\" and \"-\", at most 64",
            shown(&name)
        );
        section.problem(text.span(), what);
        return None;
    }
    if let Some((_, line)) = names.iter().find(|(other, _)| *other == name) {
        let what = format!("two providers are named \"{name}\" (the other on line {line})");
        section.problem(text.span(), what);
    }
    names.push((name.clone(), section.line(text.span().start)));
    Some(name)
}

fn issuer(section: &Section<'_>) -> Option<Identity> {
    let Some(text) = section.text("issuer") else {
        section.problem(section.span(), "[[provider]] has no \"issuer\"".to_owned());
        return None;
    };
    place(section, &text, "issuer", true).map(Identity::Issuer)
}

/// A URL that may be asked: https, or http to loopback; an issuer also without query or fragment.
fn place(
    section: &Section<'_>,
    text: &Spanned<&str>,
    key: &str,
    is_issuer: bool,
) -> Option<String> {
    let value = *text.get_ref();
    let problem = |what: &str| {
        section.problem(text.span(), format!("{key} \"{}\" {what}", shown(value)));
        None
    };
    if value
        .chars()
        .any(|c| c.is_control() || c == '\\' || c == ' ')
    {
        return problem("has a space, a backslash or a control character");
    }
    let Ok(url) = Url::parse(value) else {
        return problem("is no URL");
    };
    if is_issuer && (value.contains('?') || value.contains('#')) {
        return problem("must have no query and no fragment (RFC 8414 section 2)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return problem("must not hold a user or a password");
    }
    if !address::is_protected(value) {
        return problem("must be https; http is for loopback addresses only");
    }
    Some(value.to_owned())
}

fn documents(section: &Section<'_>) -> Option<Vec<Kind>> {
    let Some(texts) = section.texts("documents") else {
        let what = "[[provider]] has no \"documents\", such as [\"oauth-authorization-server\"]";
        section.problem(section.span(), what.to_owned());
        return None;
    };
    let known = Kind::ALL.map(Kind::as_str);
    let (mut documents, mut seen) = (Vec::new(), BTreeSet::new());
    for text in &texts {
        let Some(kind) = section.word(text, "document", &known, Kind::parse) else {
            continue;
        };
        if matches!(kind, Kind::Jwks | Kind::OauthProtectedResource) {
            section.problem(
                text.span(),
                format!("document \"{kind}\" is not yet supported"),
            );
        } else if seen.insert(kind) {
            documents.push(kind);
        } else {
            section.problem(text.span(), format!("document \"{kind}\" stands twice"));
        }
    }
    if texts.is_empty() {
        section.problem(
            section.span(),
            "documents is empty: nothing would be watched".to_owned(),
        );
    }
    (!documents.is_empty()).then_some(documents)
}

fn headers(section: &Section<'_>) -> Vec<(String, Secret)> {
    let Some((table, _)) = section.section("headers") else {
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let is_token = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        if !is_token {
            section.problem(key.span(), format!("\"{}\" is no header name", shown(name)));
            continue;
        }
        if OURS.contains(&name.to_ascii_lowercase().as_str()) {
            section.problem(
                key.span(),
                format!("header \"{name}\" is set by issuerwatch itself"),
            );
            continue;
        }
        let secret = match value.get_ref() {
            DeValue::String(text) => Some(Secret::new(text.as_ref().to_owned())),
            _ => secret::read(section, value, "header value"),
        };
        let Some(secret) = secret else { continue };
        if !secret
            .reveal()
            .bytes()
            .all(|byte| byte == b'\t' || (32..127).contains(&byte))
        {
            let what = format!("the value of header \"{name}\" is not printable ASCII on one line");
            section.problem(key.span(), what);
            continue;
        }
        headers.push((name.to_owned(), secret));
    }
    headers
}
