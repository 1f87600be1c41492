//! What to do: an action for each grave fact, by names; and first lines that say what a reader must know.

use super::news::found;
use super::*;
use crate::document::failure::Failure;
use crate::meaning::rating::Meaning;
use crate::policy::event::{FailedPoll, FailedPolls};
use crate::wording::mail::input::{Background, DocumentState, NamedAddress};

fn advice(events: &[Event]) -> String {
    let text = words(&mail(events));
    let (_, rest) = text.split_once(" Do: ").unwrap();
    rest.to_owned()
}

#[test]
fn each_fact_that_breaks_clients_has_an_action_of_its_own() {
    let change = event_of(
        Kind::OPENID_CONFIGURATION,
        r#"{"response_types_supported":["code","token","id_token"],"subject_types_supported":["public"]}"#,
        r#"{"response_types_supported":["code"]}"#,
    );
    let missing = found(
        Rule::RequiredMemberMissing,
        "subject_types_supported",
        Severity::Breaking,
        FindingState::New,
    );
    let told = advice(&[change, missing]);
    has(&told, "(1) move clients that ask for ");
    has(
        &told,
        "with PKCE. (2) try one login with each client library",
    );
    has(&told, "without subject_types_supported.");
}

#[test]
fn what_is_gone_is_named_where_it_is_looked_for() {
    let of = |old: &str, new: &str| advice(&[event(old, new)]);
    let gone = |values: &str| {
        let old = format!(r#"{{"scopes_supported":["openid",{values}]}}"#);
        of(&old, r#"{"scopes_supported":["openid"]}"#)
    };
    has(
        &gone(r#""a""#),
        "ask for the scope a: `invalid_scope`, or a token without it,",
    );
    has(&gone(r#""a","b""#), "ask for the scopes a and b: ");
    has(
        &gone(r#""a","b","c","d""#),
        "ask for one of the 4 scopes below: ",
    );
    let endpoint = r#"{"revocation_endpoint":"https://a.example/r"}"#;
    has(
        &of(endpoint, "{}"),
        "call the revocation_endpoint: it may not answer any more",
    );
}

#[test]
fn a_long_identifier_is_shortened_in_the_subject_alone() {
    let id = format!("alerting:{}:05-07-56-09-11-2025", "12295b1e-17e3-4e60-ba8d");
    let long = format!("{id}-{}", "x".repeat(12));
    let new = format!(r#"{{"scopes_supported":["a","{long}"]}}"#);
    let mut event = event(r#"{"scopes_supported":["a"]}"#, &new);
    "a-provider-with-a-rather-long-name".clone_into(&mut event.provider);
    let content = mail(&[event]);
    has(
        &content.subject,
        ": scope alerting:12295b1e-17... added (info)",
    );
    has(&words(&content), &long);
}

#[test]
fn scopes_with_one_beginning_are_told_by_it() {
    let content = mail(&[event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","bill:b","bill:c","bill:d","bill:e"]}"#,
    )]);
    has(&content.subject, ": 4 scopes added, all bill:* (info)");
}

#[test]
fn a_certificate_that_ends_says_when_and_another_ca_what_was_there_before() {
    let of = |rule, before: Option<&str>, after: &str| {
        let mut event = event("{}", "{}");
        let mut change = Meaning::of(rule).change("certificate", Group::Other);
        change.before = before.map(Into::into);
        change.after = Some(after.into());
        changed(&mut event).changes = vec![change];
        words(&mail(&[event]))
    };
    let ends = of(Rule::CertificateExpiring, None, "2026-12-07T02:15:00Z");
    has(
        &ends,
        "It ends 2026-12-07 02:15 UTC, 14 days after the poll of 2026-11-23 02:15 UTC.",
    );
    lacks(&ends, "not yet at");
    let other = of(Rule::IssuingCaChanged, Some("one"), "two");
    has(&other, "still the old one at the poll of 02:00 UTC.");
}

#[test]
fn a_host_whose_key_set_answers_is_not_said_to_fail() {
    let event = past::failing(503);
    let set = |read_at: &str, count| Background {
        documents: vec![DocumentState {
            document: Kind::JWKS.into(),
            polled_at: Some(time("2026-11-23T02:15:00Z")),
            read_at: Some(time(read_at)),
            failed: (read_at < "2026-11-23").then(|| FailedPolls {
                since: time(read_at),
                count,
                latest: vec![FailedPoll {
                    at: time("2026-11-23T02:15:00Z"),
                    failure: Failure::of_status(520),
                    elapsed_ms: None,
                }],
            }),
        }],
        ..Background::default()
    };
    let named = ["jwks_uri", "token_endpoint"].map(|member| NamedAddress {
        member: member.to_owned(),
        url: format!("https://api.archera.ai/{member}"),
    });
    let of = |background: &Background| {
        words(&compose(&MailInput {
            background: Some(background),
            addresses: &named,
            ..whole::input(MailKind::Failing, std::slice::from_ref(&event))
        }))
    };
    let up = of(&set("2026-11-23T02:15:00Z", 0));
    has(&up, "DOWN for 2 days");
    has(&up, "jwks_uri (answers)");
    has(&up, "the key set on the same host still answers");
    lacks(&up, "sign-in may fail");
    let gone = of(&set("2026-11-20T02:15:00Z", 3));
    has(
        &gone,
        "The key set has failed for 3 days, longer than clients cache keys",
    );
    lacks(&gone, "minutes to hours");
    // One poll or two may fail by chance, however far apart they are.
    let once = of(&set("2026-11-20T02:15:00Z", 1));
    has(
        &once,
        "The key set failed too at its last poll; the one before read it, 2026-11-20 02:15 UTC.",
    );
    has(
        &once,
        "jwks https://api.archera.ai/jwks_uri 2026-11-23 02:15 UTC HTTP 520",
    );
    lacks(&once, "has failed for");
    let twice = of(&set("2026-11-20T02:15:00Z", 2));
    has(&twice, "The key set failed too at its last two polls; ");
}
