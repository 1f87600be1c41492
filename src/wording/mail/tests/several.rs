//! Mails about several providers.

use super::*;
use crate::policy::damping::Movement;
use crate::policy::event::{Settled, UnstableMember};
use crate::wording::mail::{FollowedMail, tests::news::found};

fn at_provider(mut event: Event, provider: &str, id: i64) -> Event {
    provider.clone_into(&mut event.provider);
    event.id = id;
    event
}

fn keys(old: &[&str], new: &[&str]) -> Event {
    let set = |kids: &[&str]| {
        let key = |kid: &&str| {
            let n = format!("{kid}{}", "A".repeat(340 - kid.len()));
            format!(
                r#"{{"kty":"RSA","use":"sig","kid":"{kid}","n":"{n}","e":"AQAB","alg":"RS256"}}"#
            )
        };
        let keys: Vec<String> = kids.iter().map(key).collect();
        let text = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        Document::parse(Kind::JWKS, text.as_bytes(), None).unwrap()
    };
    let (old, new) = (set(old), set(new));
    let mut event = event("{}", "{}");
    event.document = Kind::JWKS.into();
    let changes = diff::changes(&old, &new, None, &Policy::default());
    event.body.severity = changes.iter().map(|it| it.severity).max();
    changed(&mut event).changes = changes;
    event
}

#[test]
fn keys_of_several_providers_are_counted_for_each_and_never_said_to_be_the_same() {
    let content = mail(&[
        at_provider(keys(&["aaaa", "bbbb"], &["cccc", "dddd"]), "one", 1),
        at_provider(keys(&["eeee"], &["ffff"]), "two", 2),
    ]);
    has(
        &content.subject,
        "one and two: all signing keys replaced (breaking)",
    );
    let text = words(&content);
    has(&text, "one 2 of 2 keys gone 2 new");
    has(&text, "two 1 of 1 keys gone 1 new");
    lacks(&text, "cccc");
    lacks(&text, "ffff");
}

#[test]
fn the_same_but_for_the_hosts_is_said_to_be_just_that() {
    let changed = |host: &str| {
        let endpoint = |path: &str| format!(r#"{{"token_endpoint":"https://{host}/{path}"}}"#);
        event(&endpoint("old"), &endpoint("new"))
    };
    let two = [
        at_provider(changed("a.example"), "one", 1),
        at_provider(changed("b.example"), "two", 2),
    ];
    let text = mail(&two).text;
    has(
        &text,
        "At one; the other one changed alike, on its own host:",
    );
    lacks(&text, "Everywhere the same");
    let same = [
        at_provider(changed("a.example"), "one", 1),
        at_provider(changed("a.example"), "two", 2),
    ];
    has(&mail(&same).text, "Everywhere the same:");
}

#[test]
fn a_total_that_is_not_the_same_everywhere_is_not_given() {
    let two = [
        at_provider(
            event(
                r#"{"scopes_supported":["a","b"]}"#,
                r#"{"scopes_supported":["a"]}"#,
            ),
            "one",
            1,
        ),
        at_provider(
            event(
                r#"{"scopes_supported":["a","b","c"]}"#,
                r#"{"scopes_supported":["a","c"]}"#,
            ),
            "two",
            2,
        ),
    ];
    let text = mail(&two).text;
    has(&text, "scopes_supported lost 1 value\n");
}

#[test]
fn a_digest_tells_that_a_member_came_to_rest_beside_other_news() {
    let change = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let mut settled = change.clone();
    let what = changed(&mut settled).clone();
    settled.body.severity = None;
    settled.body.body = EventBody::Settled(Settled {
        provenance: what.provenance,
        changes: what.changes,
        answers: None,
        members: vec![UnstableMember {
            member: "scopes_supported".into(),
            since: time("2026-10-01T00:00:00Z"),
            changes: 1,
            new_values: 0,
            last_change_at: time("2026-10-20T00:00:00Z"),
            movement: Movement::default(),
            summary_at: None,
            rests_at: None,
        }],
    });
    let events = [
        at_provider(settled, "one", 1),
        at_provider(change.clone(), "one", 2),
        at_provider(change, "two", 3),
    ];
    let content = mail_of(MailKind::Digest, &events, None);
    assert_eq!(
        content.subject,
        "[issuerwatch] 2 providers: scope b added at 2 of them, and 1 other piece of news (info)"
    );
    has(&content.text, "SETTLED: scopes_supported stable for ");
    has(&content.text, "\nDo: nothing at once");
}

/// A client refuses what changed at a provider.
fn refused(provider: &str, id: i64) -> Event {
    let mut event = found(
        Rule::ClientRefuses,
        "",
        Severity::Breaking,
        FindingState::New,
    );
    for moved in event.body.findings_mut().into_iter().flatten() {
        moved.finding.client = Some("mcp".to_owned());
    }
    at_provider(event, provider, id)
}

#[test]
fn a_client_that_refuses_is_visible_where_several_changed_in_the_same_way() {
    let lost = || {
        event(
            r#"{"token_endpoint":"https://a.example/t"}"#,
            r#"{"scopes_supported":["a"]}"#,
        )
    };
    let events = [
        at_provider(lost(), "one", 1),
        refused("one", 2),
        at_provider(lost(), "two", 3),
        refused("two", 4),
    ];
    let providers = ["one", "two"].map(|name| ProviderContext {
        name: name.to_owned(),
        watched: None,
        declares_use: true,
        used_endpoints: Vec::new(),
    });
    let content = compose(&MailInput {
        providers: &providers,
        ..whole::input(MailKind::Changed, &events)
    });
    has(&content.subject, "mcp refuses it");
    let text = words(&content);
    has(&text, "mcp refuses it.");
    lacks(&text, "Nothing that you declared to use was taken away");
}

#[test]
fn the_mails_that_the_news_of_several_follows_are_all_named() {
    let gone = || {
        event(
            r#"{"scopes_supported":["a","b"]}"#,
            r#"{"scopes_supported":["a"]}"#,
        )
    };
    let events = [at_provider(gone(), "one", 1), at_provider(gone(), "two", 2)];
    let told = |second: &str| {
        let followed = |provider: &str, at: &str| FollowedMail {
            provider: provider.to_owned(),
            at: time(at),
        };
        let follows = [
            followed("one", "2026-10-21T05:09:00Z"),
            followed("two", second),
        ];
        words(&compose(&MailInput {
            follows: &follows,
            ..whole::input(MailKind::Changed, &events)
        }))
    };
    has(
        &told("2026-10-22T05:08:00Z"),
        "Follows the mails of 2026-10-21 05:09 UTC (one) and 2026-10-22 05:08 UTC (two).",
    );
    lacks(&told("2026-10-21T05:09:00Z"), "Follows the mails");
}

#[test]
fn one_of_several_that_is_back_is_told_in_the_singular() {
    let gained = || {
        event(
            r#"{"scopes_supported":["a"]}"#,
            r#"{"scopes_supported":["a","b"]}"#,
        )
    };
    let mut back = at_provider(gained(), "one", 1);
    changed(&mut back).returned_to = Some(time("2026-10-22T05:08:00Z"));
    let events = [
        back,
        at_provider(gained(), "two", 2),
        at_provider(gained(), "three", 3),
    ];
    has(
        &words(&mail(&events)),
        "1 of the 3 is back in a state it had before: one.",
    );
}

#[test]
fn many_that_change_alike_may_be_of_one_vendor_and_a_shared_domain_is_said() {
    let of = |domain: &str| {
        let one = event(
            r#"{"scopes_supported":["a"]}"#,
            r#"{"scopes_supported":["a","b"]}"#,
        );
        let each = (1..=5).map(|id| {
            let mut event = at_provider(one.clone(), &format!("p{id}"), id);
            let host = domain.replace('#', &id.to_string());
            changed(&mut event).provenance.source.url = Some(format!("https://{host}/x"));
            event
        });
        words(&mail(&each.collect::<Vec<Event>>()))
    };
    has(
        &of("login.p#.example"),
        "now offers the scope b. It may be one vendor's roll-out.",
    );
    has(
        &of("t#.vendor.example"),
        "now offers the scope b. All are on vendor.example.",
    );
}

#[test]
fn an_endpoint_that_is_used_and_moved_is_told_as_used() {
    let providers = [ProviderContext {
        name: "archera".to_owned(),
        watched: None,
        declares_use: true,
        used_endpoints: vec!["token_endpoint".to_owned()],
    }];
    let moved = event(
        r#"{"token_endpoint":"https://a.example/t"}"#,
        r#"{"token_endpoint":"https://a.example/u"}"#,
    );
    let content = compose(&MailInput {
        providers: &providers,
        ..whole::input(MailKind::Changed, &[moved])
    });
    let text = words(&content);
    has(&text, "You declared to use what changed: token_endpoint.");
    lacks(&text, "Nothing that you declared to use was taken away");
}

#[test]
fn two_documents_of_one_provider_have_a_patch_each() {
    let of = |document: Kind, id| {
        let mut event = event(
            r#"{"scopes_supported":["a"]}"#,
            r#"{"scopes_supported":["b"]}"#,
        );
        event.document = document.into();
        event.id = id;
        event
    };
    let events = [
        of(Kind::OAUTH_AUTHORIZATION_SERVER, 4),
        of(Kind::OPENID_CONFIGURATION, 5),
    ];
    let content = mail(&events);
    let files: Vec<&str> = content.patches.iter().map(|it| it.file.as_str()).collect();
    assert_eq!(
        files,
        [
            "event-4-oauth-authorization-server.json-patch",
            "event-5-openid-configuration.json-patch"
        ]
    );
    assert_eq!(content.patch, None);
    has(
        &words(&content),
        "The RFC 6902 patches are attached, one for each document.",
    );
    let [one, two] = events;
    let apart = [one, at_provider(two, "other", 6)];
    assert!(mail(&apart).patches.is_empty());
}
