//! The point of a large or an odd change leads its mail, and not whichever of its members comes first.

use super::news::found;
use super::*;

fn scopes(values: &[String]) -> Event {
    let listed: Vec<String> = values.iter().map(|it| format!("\"{it}\"")).collect();
    let new = format!(r#"{{"scopes_supported":["openid",{}]}}"#, listed.join(","));
    event(r#"{"scopes_supported":["openid"]}"#, &new)
}

fn some(start: &str, number: usize) -> impl Iterator<Item = String> {
    (0..number).map(move |place| format!("{start}{place}"))
}

#[test]
fn up_to_five_scopes_are_all_named_in_the_sentence() {
    let content = mail(&[scopes(&some("s", 5).collect::<Vec<_>>())]);
    has(&content.subject, ": 5 scopes added, s0 and s1 among them (");
    has(&words(&content), "5 more scopes: s0, s1, s2, s3 and s4.");
}

#[test]
fn many_scopes_are_named_by_their_families_and_the_odd_one_by_its_name() {
    let odd = "https://www.eiamsapi.eiams.example.com/eiam/apps";
    let one: Vec<String> = some("lft.jct-wif.das/jmp", 9).collect();
    let content = mail(&[scopes(&[&[odd.to_owned()], one.as_slice()].concat())]);
    has(
        &content.subject,
        ": 10 scopes added, most of them lft.jct-wif.das/* (",
    );
    let told = format!("now offers 10 more scopes: 9 of lft.jct-wif.das/* and {odd}.");
    has(&words(&content), &told);
    let three: Vec<String> = some("cks-jct-", 8)
        .chain(some("cks-jeff-", 5))
        .chain(some("cks-joc-", 7))
        .chain(["a".to_owned(), "b".to_owned()])
        .collect();
    let content = mail(&[scopes(&three)]);
    has(
        &content.subject,
        ": 22 scopes added, most of them cks-jct-*, cks-joc-* and cks-jeff-* (",
    );
    has(
        &words(&content),
        ": 8 of cks-jct-*, 7 of cks-joc-*, 5 of cks-jeff-*, a and b.",
    );
}

#[test]
fn what_has_no_family_is_named_by_the_first_two() {
    let values: Vec<String> = ["a.x", "b.x", "c.x", "d.x", "e.x", "f.x"]
        .map(str::to_owned)
        .to_vec();
    let content = mail(&[scopes(&values)]);
    has(&words(&content), "6 more scopes, a.x and b.x among them.");
    // A scheme is no family, and a value made of marks is looked at no longer than it is told.
    let addresses: Vec<String> = some("https://h", 6).map(|it| it + ".example").collect();
    lacks(&words(&mail(&[scopes(&addresses)])), "https://*");
    let marks: Vec<String> = some(&"-".repeat(100_000), 6).collect();
    has(&mail(&[scopes(&marks)]).subject, ": 6 scopes added (");
}

#[test]
fn a_product_that_was_replaced_is_told_by_what_it_offers_now_and_how_pushed_requests_matter() {
    let event = event_of(
        Kind::OPENID_CONFIGURATION,
        r#"{"token_endpoint_auth_methods_supported":["client_secret_basic"],"grant_types_supported":["authorization_code"],
            "response_modes_supported":["query"]}"#,
        r#"{"token_endpoint_auth_methods_supported":["client_secret_basic","tls_client_auth","none"],
            "grant_types_supported":["authorization_code","urn:ietf:params:oauth:grant-type:token-exchange"],
            "response_modes_supported":["query","jwt"],
            "dpop_signing_alg_values_supported":["ES256"],
            "pushed_authorization_request_endpoint":"https://a.example/par",
            "end_session_endpoint":"https://a.example/out",
            "claims_supported":["sid"],
            "prompt_values_supported":["login"]}"#,
    );
    let content = mail(&[event]);
    has(
        &content.subject,
        ": PAR, DPoP, mutual TLS, signed responses (JARM) and 2 more offered now (",
    );
    let text = words(&content);
    has(
        &text,
        "archera now offers PAR, DPoP, mutual TLS, signed responses (JARM), token exchange and public clients \
         (\"none\").",
    );
    has(
        &text,
        "As for pushed requests, nothing, unless a client library",
    );
    lacks(&text, "Also:");
    lacks(&text, "Among them:");
}

#[test]
fn members_that_came_with_a_wrong_type_are_told_once_and_there_is_one_thing_to_do() {
    let event = event_of(
        Kind::OPENID_CONFIGURATION,
        "{}",
        r#"{"credentials_endpoint_draft_00":"https://a.example/c","id_token_signed_response_alg":["RS256"],
            "userinfo_signed_response_alg":["RS256"]}"#,
    );
    let wrong = |member| found(Rule::WrongType, member, Severity::Notice, FindingState::New);
    let content = mail(&[
        event,
        wrong("id_token_signed_response_alg"),
        wrong("userinfo_signed_response_alg"),
    ]);
    let text = words(&content);
    has(
        &text,
        "archera now publishes credentials_endpoint_draft_00. Also: id_token_signed_response_alg and \
         userinfo_signed_response_alg added with the wrong JSON type.",
    );
    has(&text, "Do: load the document once with each client library");
}

#[test]
fn a_list_of_response_types_without_code_is_told_as_that() {
    let event = event_of(
        Kind::OPENID_CONFIGURATION,
        "{}",
        r#"{"response_types_supported":["id_token","token"]}"#,
    );
    let content = mail(&[event]);
    has(
        &content.subject,
        ": response types published, without `code`: id_token and token (",
    );
    has(
        &words(&content),
        "now publishes its response types, and `code` is not among them, only id_token and token.",
    );
}

#[test]
fn two_lists_that_are_published_are_told_by_what_matters_in_each() {
    let event = event_of(
        Kind::OPENID_CONFIGURATION,
        r#"{"issuer":"https://a.example"}"#,
        r#"{"issuer":"https://a.example","code_challenge_methods_supported":["S256"],
            "token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","none"]}"#,
    );
    has(
        &mail(&[event]).subject,
        ": PKCE S256 and client authentication (with \"none\") now listed (",
    );
}

#[test]
fn what_can_be_encrypted_now_is_told_in_few_words() {
    let member = "id_token_encryption_alg_values_supported";
    let new = format!(r#"{{"{member}":["RSA-OAEP-256","RSA-OAEP-384","RSA-OAEP-512"]}}"#);
    let content = mail(&[event_of(Kind::OPENID_CONFIGURATION, "{}", &new)]);
    has(&content.subject, ": encrypted ID tokens offered (info)");
    has(&words(&content), "now publishes id_token_encryption_alg");
}

#[test]
fn a_later_wave_says_the_news_first_and_is_short_where_many_had_it_before() {
    let at = |place: usize| {
        let mut event = scopes(&["b".to_owned()]);
        event.provider = format!("provider-{place}");
        event
    };
    let events: Vec<Event> = (0..5).map(at).collect();
    let content = compose(&MailInput {
        wave: Some((17, time("2026-11-20T05:00:00Z"))),
        ..whole::input(MailKind::Changed, &events)
    });
    has(
        &content.subject,
        "] 5 more providers: scope b added, 22 by now (info)",
    );
    has(
        &words(&content),
        "INFO Each of 5 more providers now offers the scope b, as already at 17 of your providers since 20 November.",
    );
    has(
        &words(&content),
        "Follows the first mail of this thread, about the change of 20 November.",
    );
}

#[test]
fn a_version_that_is_back_within_days_is_waited_for_and_one_scope_is_not() {
    let of = |old: &str, new: &str| {
        let mut event = event_of(Kind::OPENID_CONFIGURATION, old, new);
        let change = changed(&mut event);
        change.returned_to = Some(time("2026-11-16T02:15:04Z"));
        change.provenance.old_since = change.returned_to;
        words(&mail(&[event]))
    };
    let waited = "Do: two versions of the document seem to alternate: wait a day or two before you change \
                  anything. If this one stays: ";
    has(
        &of(
            r#"{"response_types_supported":["code","token"],"subject_types_supported":["public"]}"#,
            r#"{"response_types_supported":["code"],"ui_locales_supported":["en"]}"#,
        ),
        waited,
    );
    let one = of(
        r#"{"response_types_supported":["code","token"]}"#,
        r#"{"response_types_supported":["code"]}"#,
    );
    lacks(&one, "alternate");
}

#[test]
fn of_many_scopes_that_are_gone_those_are_named_that_no_login_comes_without() {
    let content = mail(&[event(
        r#"{"scopes_supported":["accounts","address","dns","email","offline_access","openid","phone"]}"#,
        r#"{"scopes_supported":["phone"]}"#,
    )]);
    has(
        &content.subject,
        "6 scopes removed, offline_access and openid among them",
    );
}

#[test]
fn a_summary_of_a_list_that_only_grew_says_that_nothing_was_removed() {
    let mut event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b","c","d","e"]}"#,
    );
    for change in &mut changed(&mut event).changes {
        change.damped = true;
        change.unseen = change.added.clone();
    }
    let text = words(&mail_of(MailKind::Summary, &[event], None));
    has(&text, "(b and c among them), none removed (info).");
}
