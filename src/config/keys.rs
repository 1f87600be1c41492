//! Every key there is, by table; those whose effect is still to come; where a key belongs.

/// Tables of the file.
pub(super) const ROOT: [&str; 11] = [
    "store",
    "mail",
    "webhook",
    "heartbeat",
    "report",
    "fetch",
    "log",
    "defaults",
    "provider",
    "client",
    "metrics",
];
pub(super) const STORE: [&str; 2] = ["path", "keep_bodies"];
pub(super) const MAIL: [&str; 18] = [
    "transport",
    "directory",
    "from",
    "to",
    "envelope_from",
    "reply_to",
    "helo",
    "url",
    "password",
    "ca_file",
    "command",
    "group_wait",
    "group_interval",
    "digest",
    "collect",
    "remind_after",
    "expire_after",
    "route",
];
pub(super) const ROUTE: [&str; 3] = ["providers", "severity", "to"];
pub(super) const WEBHOOK: [&str; 7] = [
    "url",
    "format",
    "providers",
    "severity",
    "secret",
    "headers",
    "ca_file",
];
pub(super) const HEARTBEAT: [&str; 2] = ["url", "every"];
pub(super) const REPORT: [&str; 2] = ["file", "every"];
pub(super) const FETCH: [&str; 10] = [
    "concurrency",
    "per_host",
    "spread",
    "timeout",
    "max_body",
    "revalidate_after",
    "user_agent",
    "ca_file",
    "proxy",
    "proxy_password",
];
pub(super) const LOG: [&str; 2] = ["level", "format"];
pub(super) const METRICS: [&str; 1] = ["listen"];
/// Keys of `[defaults]` that may stand in a `[[provider]]` too.
pub(super) const SHARED: [&str; 11] = [
    "schedule",
    "timezone",
    "alert_on",
    "failures_before_alert",
    "confirm_after",
    "damping",
    "damping_half_life",
    "ignore",
    "allow_hosts",
    "headers",
    "severity",
];
/// Keys of a `[[provider]]` only.
pub(super) const PROVIDER: [&str; 9] = [
    "name",
    "formerly",
    "issuer",
    "resource",
    "documents",
    "url",
    "urls",
    "identity",
    "uses",
];

/// Keys of `[provider.uses]`, which people write beside `name` as well.
pub(super) const USES: [&str; 7] = [
    "grants",
    "scopes",
    "auth_methods",
    "algs",
    "endpoints",
    "response_types",
    "clients",
];
/// Keys of a `[client.NAME]`.
pub(super) const CLIENT: [&str; 6] = [
    "requires",
    "contains",
    "https",
    "issuer_matches",
    "same_origin",
    "about",
];

/// What is read and checked, and refused as long as it has no effect.
pub(super) mod later {
    pub(in super::super) const ROOT: &[&str] = &[];
    pub(in super::super) const STORE: &[&str] = &[];
    pub(in super::super) const MAIL: &[&str] = &[];
    pub(in super::super) const SHARED: &[&str] = &[];
    pub(in super::super) const PROVIDER: &[&str] = &[];
}

/// A table as it is written, and its keys.
const TABLES: [(&str, &[&str]); 13] = [
    ("[defaults] or [[provider]]", &SHARED),
    ("[[provider]]", &PROVIDER),
    ("[mail]", &MAIL),
    ("[[mail.route]]", &ROUTE),
    ("[fetch]", &FETCH),
    ("[log]", &LOG),
    ("[store]", &STORE),
    ("[provider.uses]", &USES),
    ("[client.NAME]", &CLIENT),
    ("[[webhook]]", &WEBHOOK),
    ("[heartbeat]", &HEARTBEAT),
    ("[report]", &REPORT),
    ("[metrics]", &METRICS),
];

/// The table a key belongs to, for a key that stands in the wrong one.
pub(super) fn home(key: &str) -> Option<&'static str> {
    let found = TABLES.into_iter().find(|(_, keys)| keys.contains(&key));
    found.map(|(table, _)| table)
}

/// The table of the file that has most of these keys, if any has one: what is meant by a table of
/// another name.
pub(super) fn table_with(keys: &[&str]) -> Option<&'static str> {
    let tables: [(&'static str, &[&str]); 6] = [
        ("provider", &PROVIDER),
        ("mail", &MAIL),
        ("fetch", &FETCH),
        ("log", &LOG),
        ("store", &STORE),
        ("defaults", &SHARED),
    ];
    let counted = tables.map(|(table, known)| {
        let there = keys.iter().filter(|key| known.contains(key));
        (there.count(), table)
    });
    let most = counted.iter().map(|(count, _)| *count).max()?;
    let found = counted.into_iter().find(|(count, _)| *count == most);
    found.filter(|_| most > 0).map(|(_, table)| table)
}
