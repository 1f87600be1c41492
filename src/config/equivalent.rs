//! Words that people know from other programs, and what to write here instead of them.

use super::problem::{nearest, shown};

/// What to write instead of a word that means nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Equivalent {
    /// The key that was meant, if it is one of the same table.
    pub(super) key: Option<&'static str>,
    /// Further words for the message, if the key does not say enough.
    pub(super) words: Option<&'static str>,
}

const ROWS: &str = include_str!("equivalents.txt");

/// Each row, as it stands in the file: the tables it applies to, the words people try, the key they mean
/// (a blank if it is not in that table), and further words for the message (a blank if the key says enough).
fn rows() -> impl Iterator<Item = [&'static str; 4]> {
    let lines = ROWS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut fields = line.splitn(4, '|').map(str::trim);
        Some([
            fields.next()?,
            fields.next()?,
            fields.next()?,
            fields.next()?,
        ])
    })
}

/// What is meant by a key that a table does not know.
pub(super) fn of_key(table: &str, key: &str) -> Option<Equivalent> {
    let key = plain(key, '_');
    // A key that is allowed in [defaults] is allowed in a provider too.
    let table = if table == "defaults" {
        "provider"
    } else {
        table
    };
    let mut rows = rows().filter(|[of, names, ..]| {
        (*of == "*" || *of == table) && names.split_whitespace().any(|name| name == key)
    });
    let filled = |field: &'static str| Some(field).filter(|field| !field.is_empty());
    rows.next().map(|[_, _, key, words]| Equivalent {
        key: filled(key),
        words: filled(words),
    })
}

/// Each row: what the value is about, the words people try, and what these are called here.
const VALUES: &[[&str; 3]] = &[
    [
        "document",
        "oidc openid oidc-discovery openid-connect openid-discovery openid-connect-discovery",
        "openid-configuration",
    ],
    [
        "document",
        "oauth oauth2 as rfc8414 metadata authorization-server oauth-metadata",
        "oauth-authorization-server",
    ],
    [
        "document",
        "key keys keyset key-set jwk jwks.json jwks-uri certs jwk-set",
        "jwks",
    ],
    [
        "document",
        "resource protected-resource rfc9728",
        "oauth-protected-resource",
    ],
    [
        "document",
        "smart fhir smart-on-fhir smart-app-launch",
        "smart-configuration",
    ],
    [
        "document",
        "openid4vci oid4vci vci credential-issuer credentials",
        "openid-credential-issuer",
    ],
    [
        "document",
        "ssf sse-configuration shared-signals caep risc",
        "ssf-configuration",
    ],
    [
        "document",
        "signatures-directory web-bot-auth http-message-signatures",
        "http-message-signatures-directory",
    ],
    ["level", "warning", "warn"],
    ["level", "err critical fatal crit", "error"],
    ["level", "notice information verbose", "info"],
    ["format", "text plain journal logfmt default pretty", "auto"],
    ["transport", "email mail smtps starttls", "smtp"],
    ["transport", "maildir eml directory disk", "file"],
    [
        "transport",
        "msmtp local mta postfix command program exec",
        "sendmail",
    ],
    ["group", "endpoint urls url", "endpoints"],
    ["group", "jwks certs", "keys"],
];

/// What to write instead of a value that is not among the known ones.
pub(super) fn of_value(what: &str, value: &str, known: &[&str]) -> String {
    let word = plain(value.rsplit("well-known/").next().unwrap_or(value), '-');
    let same = known.iter().find(|one| **one == word).copied();
    let tried = || {
        let mut rows = VALUES.iter().filter(|[of, names, _]| {
            *of == what && names.split_whitespace().any(|name| name == word)
        });
        rows.next().map(|[.., called]| *called)
    };
    match same
        .or_else(tried)
        .or_else(|| nearest(value, known.iter().copied()))
    {
        Some(meant) => format!("did you mean \"{}\"?", shown(meant)),
        None => format!("known are {}", known.join(", ")),
    }
}

fn plain(word: &str, joint: char) -> String {
    word.trim()
        .to_ascii_lowercase()
        .replace(['-', '_', ' '], &joint.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys;

    fn known(table: &str) -> Vec<&'static str> {
        match table {
            "root" => keys::ROOT.to_vec(),
            "store" => keys::STORE.to_vec(),
            "mail" => keys::MAIL.to_vec(),
            "route" => keys::ROUTE.to_vec(),
            "webhook" => keys::WEBHOOK.to_vec(),
            "heartbeat" => keys::HEARTBEAT.to_vec(),
            "report" => keys::REPORT.to_vec(),
            "fetch" => keys::FETCH.to_vec(),
            "log" => keys::LOG.to_vec(),
            "provider" => [&keys::PROVIDER[..], &keys::SHARED].concat(),
            "uses" => keys::USES.to_vec(),
            other => panic!("no table {other}"),
        }
    }

    #[test]
    fn what_is_called_otherwise_is_a_key_of_that_table_and_what_is_tried_is_none() {
        assert!(rows().count() > 60);
        assert_eq!(
            rows().count() + 2,
            ROWS.lines().count(),
            "each line is a row"
        );
        for [table, names, key, words] in rows() {
            assert!(!key.is_empty() || !words.is_empty(), "{names}");
            if table == "*" {
                assert!(key.is_empty(), "{names}");
                continue;
            }
            let known = known(table);
            assert!(key.is_empty() || known.contains(&key), "{table} {key}");
            for name in names.split_whitespace() {
                assert_eq!(plain(name, '_'), name);
                assert!(!known.contains(&name), "{table} {name}");
            }
        }
    }

    #[test]
    fn no_word_means_two_things_in_one_table() {
        let words = rows()
            .flat_map(|[table, names, ..]| names.split_whitespace().map(move |name| (table, name)));
        let mut seen = std::collections::BTreeSet::new();
        for word in words {
            assert!(seen.insert(word), "{word:?}");
        }
    }

    #[test]
    fn a_value_is_taken_for_the_one_that_is_called_so_elsewhere() {
        let documents = ["oauth-authorization-server", "openid-configuration", "jwks"];
        for (value, said) in [
            ("oidc", "did you mean \"openid-configuration\"?"),
            (
                "OpenID_Configuration",
                "did you mean \"openid-configuration\"?",
            ),
            (
                "/.well-known/openid-configuration",
                "did you mean \"openid-configuration\"?",
            ),
            ("jwks_uri", "did you mean \"jwks\"?"),
            ("rfc8414", "did you mean \"oauth-authorization-server\"?"),
            (
                "saml",
                "known are oauth-authorization-server, openid-configuration, jwks",
            ),
        ] {
            assert_eq!(of_value("document", value, &documents), said);
        }
        assert_eq!(
            of_value("level", "WARN", &["error", "warn"]),
            "did you mean \"warn\"?"
        );
    }
}
