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

fn key(kid: &str, of: &str) -> String {
    let n = format!("{kid}{}", "w".repeat(341));
    format!(r#"{{"kty":"RSA","kid":"{kid}","use":"{of}","n":"{n}","e":"AQAB"}}"#)
}

fn set_of(keys: &[String]) -> Document {
    let text = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
}

fn changed(old: std::ops::Range<usize>, new: std::ops::Range<usize>) -> Event {
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

fn seen(at: &str) -> SeenBetween {
    SeenBetween {
        at: time(at),
        after: None,
    }
}

/// Earlier replacements on these days, the latest first, of so many in all.
fn replaced(days: &[&str], in_all: u64) -> Counted<SeenBetween> {
    let each = days.iter().map(|day| seen(&format!("{day}T02:15:04Z")));
    Counted::new(each.collect(), in_all)
}

#[test]
fn a_replacement_at_an_unknown_time_is_no_part_of_a_rhythm() {
    let mut replaced_keys = ["2026-08-15", "2026-07-16", "2026-06-16"]
        .map(|day| seen(&format!("{day}T02:15:04Z")))
        .to_vec();
    replaced_keys[0].after = Some(time("2026-07-30T02:15:04Z"));
    let background = Background {
        replaced_keys: Counted::new(replaced_keys, 0),
        ..Background::default()
    };
    let events = [changed(0..2, 2..4)];
    let content = compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Changed, &events)
    });
    let text = words(&content);
    has(&text, "between 2026-07-30 and 2026-08-15 (not watched)");
    lacks(&text, "every 30 days");
}

#[test]
fn a_rhythm_that_is_broken_is_said_with_how_long_it_was_and_how_long_it_is_now() {
    let background = Background {
        replaced_keys: replaced(&["2026-08-15", "2026-07-16", "2026-06-16"], 0),
        ..Background::default()
    };
    let events = [changed(0..2, 2..4)];
    let content = compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Changed, &events)
    });
    has(
        &words(&content),
        "It replaced them every 30 days until 2026-08-15; this time it was after 100 days.",
    );
}

#[test]
fn replacements_are_counted_in_all_and_not_only_those_that_were_read() {
    let background = Background {
        replaced_keys: replaced(
            &["2026-08-15", "2026-08-02", "2026-06-16", "2026-06-01"],
            90,
        ),
        ..Background::default()
    };
    let events = [changed(0..2, 2..4)];
    let text = words(&compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Changed, &events)
    }));
    has(
        &text,
        "replaced 90 times before, at no fixed interval; the last 4 times: on 2026-06-01,",
    );
}

/// A set of keys that is replaced as a habit, with the replacements before.
fn habit(count: u64, old: &[String], new: &[String], before: &Background) -> String {
    let mut event = event("{}", "{}");
    event.document = Kind::JWKS.into();
    let mut found = diff::changes(&set_of(old), &set_of(new), None, &Policy::default());
    for change in &mut found {
        change.severity = Severity::Notice;
        change.habit = (change.rule == Rule::JwksDisjoint).then_some(Habit {
            count,
            every: 30 * 86_400,
        });
    }
    event.body.severity = Some(Severity::Notice);
    super::changed(&mut event).changes = found;
    words(&compose(&MailInput {
        background: Some(before),
        ..whole::input(MailKind::Changed, &[event])
    }))
}

#[test]
fn a_rhythm_is_that_of_the_signing_keys_and_what_does_not_belong_to_it_is_told_apart() {
    let before = Background {
        replaced_keys: replaced(&["2026-10-24", "2026-09-24", "2026-05-11"], 7),
        ..Background::default()
    };
    let (old, new) = (
        [key("s", "sig"), key("e", "enc")],
        [key("t", "sig"), key("f", "enc"), key("g", "enc")],
    );
    let text = habit(3, &old, &new, &before);
    has(
        &text,
        "archera replaced its only signing key by another one between two polls, as it does about every 30 \
         days; this was the 3rd time in a row. Its encryption key was replaced too, by 2 others.",
    );
    has(
        &text,
        "Before on 2026-09-24 and on 2026-10-24. Those before, the last on 2026-05-11, were at other intervals.",
    );
}

#[test]
fn gaps_that_differ_by_more_than_days_are_told_and_there_is_one_count() {
    let before = Background {
        replaced_keys: replaced(&["2026-10-28", "2026-09-24", "2026-05-11"], 0),
        ..Background::default()
    };
    let text = habit(3, &[key("s", "sig")], &[key("t", "sig")], &before);
    has(
        &text,
        "Before on 2026-09-24 and on 2026-10-28. This time it was 26 days after the last time, and 34 days lay before \
         that. One before these, on 2026-05-11, was at another interval.",
    );
    lacks(&text, "earlier as well");
}

#[test]
fn a_rhythm_that_is_older_than_what_is_remembered_is_told_as_at_least_so_often() {
    let before = Background {
        replaced_keys: replaced(&["2026-10-24", "2026-09-24"], 11),
        ..Background::default()
    };
    let text = habit(8, &[key("s", "sig")], &[key("t", "sig")], &before);
    has(&text, "this was at least the 8th time in a row");
    lacks(&text, "other interval");
}

#[test]
fn the_past_of_one_provider_is_not_told_of_another() {
    let habit = Habit {
        count: 3,
        every: 30 * 86_400,
    };
    let mut one = changed(0..2, 2..4);
    for change in &mut super::changed(&mut one).changes {
        change.habit = Some(habit);
    }
    let mut two = one.clone();
    "other".clone_into(&mut two.provider);
    let background = Background {
        replaced_keys: replaced(&["2026-10-24", "2026-09-24"], 0),
        ended_outages: Counted::new(vec![time("2026-08-24T02:15:04Z")], 0),
        ..Background::default()
    };
    let told = |events: &[Event]| {
        words(&compose(&MailInput {
            background: Some(&background),
            ..whole::input(MailKind::Changed, events)
        }))
    };
    has(
        &told(std::slice::from_ref(&one)),
        "Before on 2026-09-24 and on 2026-10-24.",
    );
    lacks(&told(&[one, two]), "Before on");
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
fn keys_that_stand_under_several_names_are_counted_once_and_the_names_are_said_to_mean_nothing() {
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
        "No thumbprint in common. The 4 old keys had 6 names (kid), the 4 new ones have 6: a key under several \
         names is one key, and clients need nothing for it. All kids and thumbprints are in",
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
