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
        Some("*/15 * * * *"),
        "When documents are polled: a cron expression of five fields, of six with seconds first, or @hourly and the like.",
    ),
    key(
        "timezone",
        Text,
        Some("UTC"),
        "The zone of the schedule: any IANA zone.",
    ),
    key(
        "alert_on",
        SomeOf(&["endpoints", "scopes", "methods", "keys", "other"]),
        Some("endpoints, scopes, methods"),
        "Groups of members whose changes are mailed; what is breaking or security is mailed in any case.",
    ),
    key(
        "failures_before_alert",
        Count(1, 10_000),
        Some("3"),
        "How many polls in a row must fail before somebody is told.",
    ),
    key(
        "confirm_after",
        Duration,
        Some("10s"),
        "How long after it a second fetch must see a change too.",
    ),
    key(
        "damping",
        Flag,
        Some("true"),
        "Whether changes of a member that never rests are collected instead of mailed one by one.",
    ),
    key(
        "damping_half_life",
        Duration,
        Some("10d"),
        "How long until a change counts half.",
    ),
    key(
        "ignore",
        Texts,
        None,
        "JSON Pointers to what is never an event.",
    ),
    key(
        "allow_hosts",
        Texts,
        None,
        "Hosts, besides the issuer's, that may have addresses that are not public.",
    ),
    key("headers", Headers, None, "Sent to the issuer's host only."),
    key(
        "severity",
        Severities,
        None,
        "How grave a rule is; ignore: its changes are none.",
    ),
];

/// Keys of a `[[provider]]` only.
pub(super) const PROVIDER: [Row; 9] = [
    key(
        "name",
        Text,
        None,
        "What it is called: letters, digits, \".\", \"_\" and \"-\", at most 64.",
    ),
    key(
        "formerly",
        Texts,
        None,
        "Names it had before, so that its history goes on.",
    ),
    key(
        "issuer",
        Text,
        None,
        "Its issuer, character by character as its document writes it.",
    ),
    key(
        "resource",
        Text,
        None,
        "A protected resource, instead of an issuer.",
    ),
    key(
        "documents",
        Kinds,
        Some("oauth-authorization-server, jwks; of a resource all that is followed"),
        "The documents that are watched.",
    ),
    key(
        "url",
        Url,
        Some("where the issuer says"),
        "Where the one metadata document is.",
    ),
    key(
        "urls",
        UrlOfKind,
        None,
        "Where each of several documents is.",
    ),
    key(
        "identity",
        Text,
        None,
        "Of kind json: a JSON Pointer to what the object calls itself.",
    ),
    key(
        "uses",
        Table("provider.uses"),
        None,
        "What your clients rely on: to lose it is breaking, to lose what is not named is info.",
    ),
];

/// Keys of `[provider.uses]`, which people write beside `name` as well.
pub(super) const USES: [Row; 7] = [
    key("grants", Texts, None, "Grant types."),
    key("scopes", Texts, None, "Scopes."),
    key(
        "auth_methods",
        Texts,
        None,
        "Methods of client authentication at the token endpoint.",
    ),
    key("algs", Texts, None, "Algorithms of signatures."),
    key("endpoints", Texts, None, "Members that are endpoints."),
    key("response_types", Texts, None, "Response types."),
    key(
        "clients",
        Texts,
        None,
        "Clients that read the documents: built in, or a [client.NAME].",
    ),
];

/// Keys of a `[client.NAME]`.
pub(super) const CLIENT: [Row; 6] = [
    key("requires", Texts, None, "Members that must be there."),
    key(
        "contains",
        TextsOfName,
        None,
        "Values that a member must list, or be.",
    ),
    key(
        "https",
        Flag,
        Some("false"),
        "Whether all endpoints must be https.",
    ),
    key(
        "issuer_matches",
        Flag,
        Some("false"),
        "Whether the issuer must be exactly the configured one.",
    ),
    key(
        "same_origin",
        Flag,
        Some("false"),
        "Whether all endpoints must be of the origin of the issuer.",
    ),
    key("about", Text, None, "What it is, for people."),
];
