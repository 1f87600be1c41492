//! The table of keys of a provider and of a client.

use super::row::Takes::{
    Count, Duration, Flag, Headers, Kinds, Severities, SomeOf, Table, Text, Texts, TextsOfName,
    Url, UrlOfKind,
};
use super::row::{Row, key};

/// Keys of `[defaults]` that may stand in a `[[provider]]` too.
pub(super) const SHARED: [Row; 11] = [
    key(
        "schedule",
        Text,
        "*/15 * * * *",
        "When documents are polled: a cron expression of five fields, of six with seconds first, or @hourly and the like.",
    ),
    key(
        "timezone",
        Text,
        "UTC",
        "The zone of the schedule: any IANA zone.",
    ),
    key(
        "alert_on",
        SomeOf(&["endpoints", "scopes", "methods", "keys", "other"]),
        "endpoints, scopes, methods",
        "Groups of members whose changes are mailed; what is breaking or security is mailed in any case.",
    ),
    key(
        "failures_before_alert",
        Count(1, 10_000),
        "3",
        "How many polls in a row must fail before somebody is told.",
    ),
    key(
        "confirm_after",
        Duration,
        "10s",
        "How long after it a second fetch must see a change too.",
    ),
    key(
        "damping",
        Flag,
        "true",
        "Whether changes of a member that never rests are collected instead of mailed one by one.",
    ),
    key(
        "damping_half_life",
        Duration,
        "10d",
        "How long until a change counts half.",
    ),
    key(
        "ignore",
        Texts,
        "",
        "JSON Pointers to what is never an event.",
    ),
    key(
        "allow_hosts",
        Texts,
        "",
        "Hosts, besides the issuer's, that may have addresses that are not public.",
    ),
    key("headers", Headers, "", "Sent to the issuer's host only."),
    key(
        "severity",
        Severities,
        "",
        "How grave a rule is; ignore: its changes are none.",
    ),
];

/// Keys of a `[[provider]]` only.
pub(super) const PROVIDER: [Row; 9] = [
    key(
        "name",
        Text,
        "",
        "What it is called: letters, digits, \".\", \"_\" and \"-\", at most 64.",
    ),
    key(
        "formerly",
        Texts,
        "",
        "Names it had before, so that its history goes on.",
    ),
    key(
        "issuer",
        Text,
        "",
        "Its issuer, character by character as its document writes it.",
    ),
    key(
        "resource",
        Text,
        "",
        "A protected resource, instead of an issuer.",
    ),
    key(
        "documents",
        Kinds,
        "oauth-authorization-server, jwks; of a resource all that is followed",
        "The documents that are watched.",
    ),
    key(
        "url",
        Url,
        "where the issuer says",
        "Where the one metadata document is.",
    ),
    key("urls", UrlOfKind, "", "Where each of several documents is."),
    key(
        "identity",
        Text,
        "",
        "Of kind json: a JSON Pointer to what the object calls itself.",
    ),
    key(
        "uses",
        Table("provider.uses"),
        "",
        "What your clients rely on: to lose it is breaking, to lose what is not named is info.",
    ),
];

/// Keys of `[provider.uses]`, which people write beside `name` as well.
pub(super) const USES: [Row; 7] = [
    key("grants", Texts, "", "Grant types."),
    key("scopes", Texts, "", "Scopes."),
    key(
        "auth_methods",
        Texts,
        "",
        "Methods of client authentication at the token endpoint.",
    ),
    key("algs", Texts, "", "Algorithms of signatures."),
    key("endpoints", Texts, "", "Members that are endpoints."),
    key("response_types", Texts, "", "Response types."),
    key(
        "clients",
        Texts,
        "",
        "Clients that read the documents: built in, or a [client.NAME].",
    ),
];

/// Keys of a `[client.NAME]`.
pub(super) const CLIENT: [Row; 6] = [
    key("requires", Texts, "", "Members that must be there."),
    key(
        "contains",
        TextsOfName,
        "",
        "Values that a member must list, or be.",
    ),
    key(
        "https",
        Flag,
        "false",
        "Whether all endpoints must be https.",
    ),
    key(
        "issuer_matches",
        Flag,
        "false",
        "Whether the issuer must be exactly the configured one.",
    ),
    key(
        "same_origin",
        Flag,
        "false",
        "Whether all endpoints must be of the origin of the issuer.",
    ),
    key("about", Text, "", "What it is, for people."),
];
