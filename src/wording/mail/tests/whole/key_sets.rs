//! Whole mails about key sets.

use insta::assert_snapshot;

use super::*;

/// Key sets whose keys differ in the first characters of their modulus.
fn key_set(keys: &[(&str, &str)]) -> Document {
    let key = |(kid, start): &(&str, &str)| {
        let n = format!("{start}{}", "A".repeat(342 - start.len()));
        format!(r#"{{"kty":"RSA","use":"sig","kid":"{kid}","n":"{n}","e":"AQAB","alg":"RS256"}}"#)
    };
    let keys: Vec<String> = keys.iter().map(key).collect();
    let text = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
}

fn keys(old: &[(&str, &str)], new: &[(&str, &str)]) -> Event {
    let (old, new) = (key_set(old), key_set(new));
    let mut event = event("{}", "{}");
    event.document = Kind::JWKS.into();
    changed(&mut event).changes = diff::changes(&old, &new, None, &Policy::default());
    changed(&mut event).patch = Some(diff::patch(&old, &new));
    event
}

#[test]
fn a_key_is_replaced_under_its_kid() {
    let event = keys(
        &[("2025-a", "abcd"), ("2026-b", "efgh")],
        &[("2025-a", "wxyz"), ("2026-b", "efgh")],
    );
    assert_snapshot!(shown(&mail(&[event])), @r#"
    Subject: [issuerwatch] archera: key replaced under the same kid (security)
    Attached: patch

    SECURITY  archera replaced a key under the same kid.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC.
    Do: ask the provider whether they replaced the key; compare its thumbprint.

    jwks  https://api.archera.ai/.well-known/oauth-authorization-server

    1. security  key replaced under the same kid
         - 2025-a (RS256), RSA 2047, thumbprint y2ht9y16kfQlKPo5wEARnkpdWSYsGCxQHE4w0bi04o8
         + 2025-a (RS256), RSA 2048, thumbprint zDA5vlj3iK_5UJHPEarh1F-7onTeRsI14HMObtGD_IE
       Caches that know keys by kid hold the wrong one, and a swapped key is what an
       attacker would publish.  [key-replaced; RFC 7517 section 4.5]

    Not changed: endpoints, scopes and methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}

#[test]
fn all_keys_are_replaced_at_once() {
    let event = keys(
        &[("2025-a", "abcd"), ("2025-b", "efgh")],
        &[("2026-a", "ijkl"), ("2026-b", "mnop")],
    );
    assert_snapshot!(shown(&mail(&[event])), @r#"
    Subject: [issuerwatch] archera: both signing keys replaced (breaking)
    Attached: patch

    BREAKING  archera replaced both its keys by 2 others between two polls.
    First seen 2026-11-23 02:15 UTC, confirmed 10 s later, not yet at the poll of
        02:00 UTC: an overlap shorter than 15 min is not seen from here.
    Do: check one login: clients that do not fetch the set again on an unknown kid
        need a restart. If logins failed, ask for new keys to be published earlier.

    jwks  https://api.archera.ai/.well-known/oauth-authorization-server

    1. breaking  both signing keys replaced
         - 2025-a (RS256), RSA 2047, thumbprint y2ht9y16kfQlKPo5wEARnkpdWSYsGCxQHE4w0bi04o8
         - 2025-b (RS256), RSA 2047, thumbprint QMR8MxYnEHhWnIDQXw8Ua2QLkA8KQ37CCabD9gFFAgU
         + 2026-a (RS256), RSA 2048, thumbprint 3nOI43296YF76hPLRjp08XDQtFJTUo9cy53rp3jEDAw
         + 2026-b (RS256), RSA 2048, thumbprint XhsGWhzyoOX7k_6dYD5s39RPs7cIpzeFagNVe7clTos
       None of the previous signing keys is left: tokens in flight may fail, and so
       may clients that cache the set.  [jwks-disjoint; OpenID Connect Core 1.0
       section 10.1.1]

    Not changed: endpoints, scopes and methods.

    -- 
    Watched by issuerwatch on mon1.example.com, every 15 min since 2026-02-01. The
    RFC 6902 patch is attached.
    Whole story:     issuerwatch history show 12
    Was it expected: issuerwatch accept 12 --reason "..."
    "#);
}
