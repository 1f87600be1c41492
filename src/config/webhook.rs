//! `[[webhook]]` and `[heartbeat]`: who is told by a request, and where life is proved.

use jiff::SignedDuration;
use toml::de::DeValue;
use url::Url;

use super::location::{Location, ca_file};
use super::reader::Section;
use super::route;
use super::secret::{self, SecretUser};
use super::{headers, keys};
use crate::document::address::is_protected;
use crate::document::fingerprint::sha256_hex;
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::fetch::Settings;
use crate::meaning::provider::Secret;
use crate::policy::webhook::Subscriber;
use crate::webhook::{ProxyRoute, Receiver, SigningKey};
use crate::wording::webhook::WebhookFormat;

/// `[[webhook]]`.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its name in the outbox: the address, or the place where the address is kept if it is a secret.
    pub name: String,
    /// How the receiver wants it.
    pub format: WebhookFormat,
    /// Names of providers, where `*` stands for any characters; empty: all.
    pub providers: Vec<String>,
    /// The least severity. An event without one counts as `info`.
    pub severity: Severity,
    /// Where and how to reach it.
    pub receiver: Receiver,
    /// Names the secrets and what else decides how it is reached.
    identity: String,
}

impl Webhook {
    /// How this webhook subscribes to the events of a provider; `None` if it does not.
    pub fn subscriber(&self, provider: &str) -> Option<Subscriber> {
        route::is_named(&self.providers, provider).then(|| Subscriber {
            name: self.name.clone(),
            severity: self.severity,
        })
    }
}

/// Who is told of the events of a provider, each once with the least severity it takes.
pub fn subscribers(webhooks: &[Webhook], provider: &str) -> Vec<Subscriber> {
    let mut all: Vec<Subscriber> = Vec::new();
    for one in webhooks.iter().filter_map(|it| it.subscriber(provider)) {
        match all.iter_mut().find(|known| known.name == one.name) {
            Some(known) => known.severity = known.severity.min(one.severity),
            None => all.push(one),
        }
    }
    all
}

/// Names how webhooks are reached, secrets included: whether what waits may fare better now. Keyed by
/// the store, as a hash of a secret is one itself.
pub(super) fn hash(webhooks: &[Webhook], key: &str) -> String {
    let all: Vec<(&str, &str)> = webhooks
        .iter()
        .map(|one| (one.name.as_str(), one.identity.as_str()))
        .collect();
    sha256_hex(format!("{key}\n{all:?}").as_bytes())
}

/// Reads all webhooks. `names` are those of the providers there are, where they are all known.
pub(super) fn read(
    root: &Section<'_>,
    location: &Location,
    names: Option<&[&str]>,
    proxy: Option<&ProxyRoute>,
) -> Vec<Webhook> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    for section in root.children("webhook", "webhook") {
        let Some(one) = one(&section, location, names, proxy) else {
            continue;
        };
        let known = webhooks.iter().find(|known| known.name == one.name);
        if known.is_some_and(|known| known.identity != one.identity) {
            let what = "this url stands in another [[webhook]] with another format, secret, headers, \
                        ca_file or proxy: it is one receiver";
            section.secret_problem(section.span_of("url"), what);
            continue;
        }
        webhooks.push(one);
    }
    webhooks
}

fn one(
    section: &Section<'_>,
    location: &Location,
    names: Option<&[&str]>,
    proxy: Option<&ProxyRoute>,
) -> Option<Webhook> {
    section.check_keys("webhook", &keys::WEBHOOK);
    let lack = "[[webhook]] has no \"url\": it would lead to nobody";
    section.lack("url", section.span(), lack);
    let address = address(section, location);
    let known = WebhookFormat::ALL.map(WebhookFormat::as_str);
    let format = match section.text("format") {
        Some(text) => section.choice(&text, "format", &known, WebhookFormat::parse),
        None => Some(WebhookFormat::CloudEvents),
    };
    let (providers, severity) = route::scope(section, names);
    let key = key(section, location);
    let headers = headers::read_of_webhook(section, location).unwrap_or_default();
    let ca_file = ca_file(section, location);
    let proxy = way(section, proxy);
    // Only now, when every key was read: all problems are told at once.
    let (address, format) = (address?, format?);
    let (secret, key) = key?;
    let trusted = ca_file.as_ref().map(|path| std::fs::read(path).ok());
    let sent: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.reveal()))
        .collect();
    let url = address.url.reveal();
    let mut identity = format!("{format:?} {url} {secret:?} {sent:?} {trusted:?}");
    if let Some(proxy) = &proxy {
        let login = proxy
            .login
            .as_ref()
            .map(|(user, password)| (user, password.reveal()));
        identity += &format!(" {} {login:?} {:?}", proxy.url, proxy.ca_file);
    }
    Some(Webhook {
        name: address.name,
        format,
        providers,
        severity: severity?,
        identity: sha256_hex(identity.as_bytes()),
        receiver: Receiver {
            url: address.url,
            key,
            headers,
            ca_file,
            proxy,
            deadline: Receiver::DEADLINE,
        },
    })
}

/// The proxy of `[fetch]`, unless this receiver is asked directly.
fn way(section: &Section<'_>, proxy: Option<&ProxyRoute>) -> Option<ProxyRoute> {
    let is_used = section.flag("proxy").unwrap_or(true);
    proxy.filter(|_| is_used).cloned()
}

/// The way to receivers that `[fetch]` names.
pub(super) fn proxy_route(fetch: &Settings) -> Option<ProxyRoute> {
    let proxy = fetch.proxy.as_ref()?;
    Some(ProxyRoute {
        url: proxy.url.clone(),
        login: proxy.login.clone(),
        ca_file: fetch.ca_file.clone(),
    })
}

/// The secret and the key it stands for; `None` where it is no secret.
fn key(section: &Section<'_>, location: &Location) -> Option<(Option<String>, Option<SigningKey>)> {
    let Some(found) = section.get("secret") else {
        return Some((None, None));
    };
    let secret = secret::read(section, found, "secret", SecretUser::Webhook, location)?;
    // What is not read here is not used here.
    if secret.reveal().is_empty() {
        return Some((None, None));
    }
    let key = SigningKey::parse(secret.reveal());
    if key.is_none() {
        let what = "secret begins with whsec_, and what follows is no base64";
        section.secret_problem(found.span(), what);
    }
    Some((Some(secret.reveal().to_owned()), Some(key?)))
}

/// An address, and the name it is shown under if it is a secret.
struct WebhookAddress {
    name: String,
    url: Secret,
}

/// Reads `url`: a text, or a secret, because knowing such an address may be enough to post there.
fn address(section: &Section<'_>, location: &Location) -> Option<WebhookAddress> {
    let found = section.get("url")?;
    let (name, url) = match found.get_ref() {
        DeValue::String(text) => (None, Secret::new(text.as_ref().to_owned())),
        DeValue::Table(table) => {
            let source = table.iter().next().map(|(source, name)| {
                let name = name.get_ref().as_str().unwrap_or_default();
                visible(&format!("{} {name}", source.get_ref()))
            });
            (
                source,
                secret::read(section, found, "url", SecretUser::Webhook, location)?,
            )
        }
        _ => {
            let what = "url must be a string such as \"https://alerts.example.com/hook\"";
            section.secret_problem(found.span(), what);
            return None;
        }
    };
    // What is not read here is not used here.
    let is_unread = name.is_some() && url.reveal().is_empty();
    let problem = |what: &str| {
        section.secret_problem(found.span(), format!("url {what}"));
        None
    };
    let parsed = match Url::parse(url.reveal()) {
        _ if is_unread => None,
        Err(_) => return problem("is no URL such as \"https://alerts.example.com/hook\""),
        Ok(parsed) => Some(parsed),
    };
    if let Some(parsed) = &parsed {
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return problem(
                "must not hold a user or a password: write headers = { authorization = { env = \
                 \"NAME\" } }",
            );
        }
        if !is_protected(url.reveal()) {
            return problem("must be https; http is for loopback addresses only");
        }
    }
    let plain = || visible(parsed.as_ref().map_or("", Url::as_str));
    Some(WebhookAddress {
        name: name.unwrap_or_else(plain),
        url,
    })
}

/// `[heartbeat]`.
#[derive(Debug, Clone)]
pub struct HeartbeatConfig {
    /// Where the heartbeats are sent.
    pub receiver: Receiver,
    /// How often.
    pub every: SignedDuration,
}

/// Reads `[heartbeat]`; `None` if the file has no such table.
pub(super) fn heartbeat(
    section: &Section<'_>,
    location: &Location,
    proxy: Option<&ProxyRoute>,
) -> Option<HeartbeatConfig> {
    section.check_keys("heartbeat", &keys::HEARTBEAT);
    let every = section.positive("every");
    if section.get("every").is_some() {
        let lack = "[heartbeat] has no \"url\": life would be proved to nobody";
        section.lack("url", section.span(), lack);
    }
    let proxy = way(section, proxy);
    let address = address(section, location)?;
    Some(HeartbeatConfig {
        receiver: Receiver {
            url: address.url,
            key: None,
            headers: Vec::new(),
            ca_file: None,
            proxy,
            deadline: Receiver::DEADLINE,
        },
        every: every.unwrap_or(SignedDuration::from_mins(5)),
    })
}
