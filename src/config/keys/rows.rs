//! The table of keys: what each takes, its default and what it is for. The reader, the schema for editors
//! and the manual are made from it. The keys of a provider are in `watched`.

use super::row::Takes::{
    Count, Duration, Durations, Flag, Headers, OneOf, Secret, SecretUrl, Severity, Size, Table,
    TableOfName, Tables, Text, Texts, Url,
};
use super::row::{Row, key};

/// Tables of the file.
pub(super) const ROOT: [Row; 12] = [
    key(
        "include",
        Texts,
        None,
        "Patterns of files with more [[provider]], [client.NAME], [[mail.route]] and [[webhook]]; relative to this file.",
    ),
    key("store", Table("store"), None, "Where the history is kept."),
    key("mail", Table("mail"), None, "How people are told."),
    key(
        "webhook",
        Tables("webhook"),
        None,
        "Programs that are told besides people.",
    ),
    key(
        "heartbeat",
        Table("heartbeat"),
        None,
        "A GET that proves life to a dead man's switch.",
    ),
    key(
        "report",
        Table("report"),
        None,
        "A page about the whole history, written again and again.",
    ),
    key("fetch", Table("fetch"), None, "How documents are fetched."),
    key("log", Table("log"), None, "What is logged."),
    key(
        "defaults",
        Table("defaults"),
        None,
        "What holds for each provider that says nothing else.",
    ),
    key(
        "provider",
        Tables("provider"),
        None,
        "What is watched: a table for each provider.",
    ),
    key(
        "client",
        TableOfName("client"),
        None,
        "Clients of your own, by name, and what each demands of a document.",
    ),
    key(
        "metrics",
        Table("metrics"),
        None,
        "Metrics and the health of the daemon over HTTP.",
    ),
];

pub(super) const STORE: [Row; 2] = [
    key(
        "path",
        Text,
        Some("issuerwatch.db"),
        "The history, one SQLite file; relative to the state directory under systemd, else to this file.",
    ),
    key(
        "keep_bodies",
        Duration,
        Some("for ever"),
        "How long the bytes of a document are kept after it was replaced.",
    ),
];

pub(super) const MAIL: [Row; 18] = [
    key(
        "transport",
        OneOf(&["file", "smtp", "sendmail"]),
        Some("file"),
        "How mail leaves: as files, to a server, or through a program.",
    ),
    key(
        "directory",
        Text,
        Some("mails"),
        "Where transport file writes the mails; relative like the store.",
    ),
    key(
        "from",
        Text,
        Some("issuerwatch <issuerwatch@localhost>"),
        "The sender: addr@host or Name <addr@host>.",
    ),
    key("to", Texts, None, "Recipients of everything."),
    key(
        "envelope_from",
        Text,
        Some("the sender"),
        "The address that bounces go to.",
    ),
    key("reply_to", Text, None, "Where answers go."),
    key(
        "helo",
        Text,
        Some("the name of this host if it has a dot, else its address"),
        "What EHLO says: a full host name.",
    ),
    key(
        "url",
        Url,
        None,
        "The server of transport smtp: smtps:// is TLS from the first byte, smtp:// requires STARTTLS but for loopback.",
    ),
    key("password", Secret, None, "The password for the server."),
    key(
        "ca_file",
        Text,
        None,
        "Certificates (PEM) trusted besides the system's, for the mail server.",
    ),
    key(
        "command",
        Text,
        None,
        "The program of transport sendmail and its fixed arguments.",
    ),
    key(
        "group_wait",
        Duration,
        Some("30s"),
        "How long an alert waits for others of the same poll.",
    ),
    key(
        "group_interval",
        Duration,
        Some("6h"),
        "How long the same change at other providers waits after a mail about it.",
    ),
    key(
        "digest",
        Text,
        Some("off"),
        "When a mail that proves life is sent: a cron expression, in the zone of [defaults].",
    ),
    key(
        "collect",
        OneOf(&["info", "notice"]),
        Some("off"),
        "What is no graver is left to the digest.",
    ),
    key(
        "remind_after",
        Durations,
        Some("7d, 30d"),
        "After how long an outage that lasts is told again, each time once.",
    ),
    key(
        "expire_after",
        Duration,
        Some("5d"),
        "How long a mail is tried before it is given up.",
    ),
    key(
        "route",
        Tables("mail.route"),
        None,
        "More recipients, by provider and severity.",
    ),
];

pub(super) const ROUTE: [Row; 3] = [
    key(
        "providers",
        Texts,
        Some("all"),
        "Names of providers, where * stands for any characters.",
    ),
    key(
        "severity",
        Severity,
        Some("info"),
        "The least severity that is told.",
    ),
    key("to", Texts, None, "Who is told."),
];

pub(super) const WEBHOOK: [Row; 8] = [
    key(
        "url",
        SecretUrl,
        None,
        "Where events are posted: https, or http to a loopback address.",
    ),
    key(
        "format",
        OneOf(&["cloudevents", "alertmanager"]),
        Some("cloudevents"),
        "How an event is posted.",
    ),
    key(
        "providers",
        Texts,
        Some("all"),
        "Names of providers, where * stands for any characters.",
    ),
    key(
        "severity",
        Severity,
        Some("info"),
        "The least severity that is posted.",
    ),
    key(
        "secret",
        Secret,
        None,
        "Signs what is posted as Standard Webhooks say.",
    ),
    key("headers", Headers, None, "Sent besides."),
    key(
        "ca_file",
        Text,
        None,
        "Certificates (PEM) trusted besides the system's, for this receiver.",
    ),
    key(
        "proxy",
        Flag,
        Some("true"),
        "Whether it is reached through the proxy of [fetch]; loopback never is.",
    ),
];

pub(super) const HEARTBEAT: [Row; 3] = [
    key(
        "url",
        SecretUrl,
        None,
        "What is asked as long as polls are on time and the store takes writes.",
    ),
    key("every", Duration, Some("5m"), "How often."),
    key(
        "proxy",
        Flag,
        Some("true"),
        "Whether it is reached through the proxy of [fetch]; loopback never is.",
    ),
];

pub(super) const REPORT: [Row; 2] = [
    key(
        "file",
        Text,
        Some("off"),
        "The page; relative to the directory of the store under systemd.",
    ),
    key("every", Duration, Some("1d"), "How often it is written."),
];

pub(super) const FETCH: [Row; 10] = [
    key(
        "concurrency",
        Count(1, 10_000),
        Some("64"),
        "Polls at a time, in all.",
    ),
    key(
        "per_host",
        Count(1, 10_000),
        Some("2"),
        "Polls at a time to one host.",
    ),
    key(
        "spread",
        Duration,
        Some("60s"),
        "Over how long targets on one schedule are spread, at most half the interval.",
    ),
    key(
        "timeout",
        Duration,
        Some("10s"),
        "Deadline of one poll, redirects and body included.",
    ),
    key(
        "max_body",
        Size,
        Some("1MiB"),
        "Most bytes of a document after decompression.",
    ),
    key(
        "revalidate_after",
        Duration,
        Some("24h"),
        "How long a provider may answer \"not modified\" before the whole document is asked for.",
    ),
    key(
        "user_agent",
        Text,
        Some("issuerwatch/VERSION"),
        "What is sent as User-Agent.",
    ),
    key(
        "ca_file",
        Text,
        None,
        "Certificates (PEM) trusted besides the system's, for providers.",
    ),
    key(
        "proxy",
        Url,
        Some("none"),
        "A proxy for all requests but those to loopback, webhooks and heartbeats included: http, https, socks5 or socks5h.",
    ),
    key(
        "proxy_password",
        Secret,
        None,
        "The password for the proxy.",
    ),
];

pub(super) const LOG: [Row; 2] = [
    key(
        "level",
        OneOf(&["error", "warn", "info", "debug", "trace"]),
        Some("info"),
        "What is logged at least.",
    ),
    key(
        "format",
        OneOf(&["auto", "json"]),
        Some("auto"),
        "Text on standard error or fields in the journal, or one JSON object a line.",
    ),
];

pub(super) const METRICS: [Row; 1] = [key(
    "listen",
    Text,
    Some("off"),
    "The address and port at which metrics and health are served, such as 127.0.0.1:9464.",
)];
