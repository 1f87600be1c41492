//! Mails about keys.

use super::*;

fn set(kids: impl Iterator<Item = usize>) -> Document {
    let keys: Vec<String> = kids
        .map(|kid| {
            let n = format!("w{kid:04}{}", "w".repeat(337));
            format!(r#"{{"kty":"RSA","kid":"kid-{kid}","n":"{n}","e":"AQAB"}}"#)
        })
        .collect();
    let text = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
}

pub(super) fn key(kid: &str, of: &str) -> String {
    let n = format!("{kid}{}", "w".repeat(341));
    format!(r#"{{"kty":"RSA","kid":"{kid}","use":"{of}","n":"{n}","e":"AQAB"}}"#)
}

pub(super) fn set_of(keys: &[String]) -> Document {
    let text = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
}

pub(super) fn changed(old: std::ops::Range<usize>, new: std::ops::Range<usize>) -> Event {
    let (old, new) = (set(old), set(new));
    let mut event = event("{}", "{}");
    event.document = Kind::JWKS.into();
    let changes = diff::changes(&old, &new, None, &Policy::default());
    event.body.severity = changes.iter().map(|it| it.severity).max();
    super::changed(&mut event).changes = changes;
    event
}

#[test]
fn many_keys_are_counted_by_their_kinds_and_no_kid_is_listed() {
    let text = mail(&[changed(0..16, 16..32)]).text;
    has(&text, "     - 16 signing keys (16 RSA 20");
    has(&text, "     + 16 signing keys (16 RSA 20");
    has(&text, "No thumbprint in common.");
    lacks(&text, "kid-");
}

#[test]
fn a_set_that_is_replaced_is_one_item_and_is_counted_once() {
    let text = mail(&[changed(0..2, 2..4)]).text;
    has(&text, "1. breaking");
    lacks(&text, "2. info");
    lacks(&text, "3 changes");
}

#[test]
fn keys_for_encryption_are_not_counted_as_signing_keys_where_others_stay() {
    let stays = key("z", "enc");
    let old = set_of(&[
        key("s", "sig"),
        key("r", "sig"),
        key("e", "enc"),
        stays.clone(),
    ]);
    let mut event = event("{}", "{}");
    event.document = Kind::JWKS.into();
    let found = diff::changes(
        &old,
        &set_of(&[key("t", "sig"), stays]),
        None,
        &Policy::default(),
    );
    event.body.severity = found.iter().map(|it| it.severity).max();
    super::changed(&mut event).changes = found;
    has(
        &words(&mail(&[event])),
        "replaced both its signing keys by another one and took away an encryption key",
    );
}

#[test]
fn a_set_that_loses_its_only_key_for_encryption_says_so() {
    let old = set_of(&[key("s", "sig"), key("e", "enc")]);
    let of = |new: &[String]| {
        let mut event = event("{}", "{}");
        event.document = Kind::JWKS.into();
        let found = diff::changes(&old, &set_of(new), None, &Policy::default());
        event.body.severity = found.iter().map(|it| it.severity).max();
        super::changed(&mut event).changes = found;
        words(&mail(&[event]))
    };
    has(
        &of(&[key("t", "sig")]),
        "No new key is marked for encryption",
    );
    let both = of(&[key("t", "sig"), key("f", "enc")]);
    has(
        &both,
        "If you encrypt to the provider, take its new encryption key.",
    );
}

#[test]
fn few_keys_are_shown_with_size_and_thumbprint() {
    let text = mail(&[changed(0..1, 1..2)]).text;
    has(&text, "+ kid-1 (RSA), RSA 20");
    has(&text, ", thumbprint ");
}

#[test]
fn symmetric_keys_that_follow_others_are_published_again_and_what_helps_is_an_algorithm() {
    let oct = |kid: &str| format!(r#"{{"keys":[{{"kty":"oct","kid":"{kid}","k":"{kid}"}}]}}"#);
    let set = |text: &str| Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap();
    let (old, new) = (set(&oct("aaaa")), set(&oct("bbbb")));
    let mut change = event("{}", "{}");
    change.document = Kind::JWKS.into();
    super::changed(&mut change).changes = diff::changes(&old, &new, None, &Policy::default());
    let mut secret = news::found(
        Rule::KeySecretPublished,
        "keys",
        Severity::Security,
        FindingState::New,
    );
    secret.document = Kind::JWKS.into();
    for moved in secret.body.findings_mut().into_iter().flatten() {
        moved.finding.about_keys = vec![crate::meaning::change::KeyAbout {
            kty: Some("oct".to_owned()),
            ..crate::meaning::change::KeyAbout::default()
        }];
    }
    let content = mail(&[change, secret]);
    has(
        &content.subject,
        "archera: SYMMETRIC KEY published again, all signing keys replaced too",
    );
    let text = words(&content);
    has(&text, "The set before had 1 symmetric key too.");
    has(
        &text,
        "Do: make sure that each client accepts only the asymmetric algorithm",
    );
    lacks(&text, "an overlap shorter than");
}

#[test]
fn keys_that_stand_under_several_names_are_counted_once() {
    let key = |kid: usize, of: usize| {
        let n = format!("w{of:04}{}", "w".repeat(337));
        format!(r#"{{"kty":"RSA","kid":"kid-{kid}","n":"{n}","e":"AQAB"}}"#)
    };
    let set = |from: usize| {
        let keys: Vec<String> = (from..from + 6)
            .map(|kid| key(kid, from + kid % 4))
            .collect();
        set_of(&keys)
    };
    let mut event = event("{}", "{}");
    event.document = Kind::JWKS.into();
    super::changed(&mut event).changes = diff::changes(&set(0), &set(16), None, &Policy::default());
    let content = mail(&[event]);
    has(&content.text, "     - 4 signing keys (4 RSA 20");
    has(
        &words(&content),
        "No thumbprint in common. All kids and thumbprints are in",
    );
}

#[test]
fn a_key_set_that_moved_and_is_the_same_is_said_to_be() {
    let event = event(
        r#"{"jwks_uri":"https://a.example/keys"}"#,
        r#"{"jwks_uri":"https://b.example/keys"}"#,
    );
    let at = event.body.at;
    let set = |url: &str, since: i64, seen: i64| KeySet {
        provider: event.provider.clone(),
        document: Kind::JWKS.into(),
        url: url.to_owned(),
        keys: 3,
        since: at + SignedDuration::from_secs(since),
        seen_at: at + SignedDuration::from_secs(seen),
    };
    let text = |set: KeySet| {
        words(&mail_with(
            MailKind::Changed,
            std::slice::from_ref(&event),
            None,
            &[set],
        ))
    };
    let same = "The key set at its new address has the same 3 keys as before.";
    has(&text(set("https://b.example/keys", -60, 1)), same);
    for other in [
        set("https://a.example/keys", -60, 1),
        set("https://b.example/keys", 0, 1),
        set("https://b.example/keys", -60, -1),
    ] {
        lacks(&text(other), same);
    }
}
