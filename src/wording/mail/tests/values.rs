//! Values that are named in a mail, and lists that lack what nearly all clients use.

use super::news::found;
use super::*;

#[test]
fn two_or_three_values_are_named_in_a_subject_where_there_is_room() {
    let of = |new: &str| {
        let new = format!(r#"{{"scopes_supported":["a",{new}]}}"#);
        mail(&[event(r#"{"scopes_supported":["a"]}"#, &new)]).subject
    };
    has(&of(r#""b","c""#), ": scopes b and c added (info)");
    let many = ": 4 scopes added, b and c among them (info)";
    has(&of(r#""b","c","d","e""#), many);
    let long = format!(r#""{0}1","{0}2""#, "scope".repeat(6));
    has(&of(&long), "1 and scopescope");
    let longer = format!(r#""{0}1","{0}2","{0}3""#, "scope".repeat(7));
    has(&of(&longer), ": 3 scopes added, scopescope");
}

#[test]
fn a_scope_that_no_request_can_name_is_not_named_where_another_is() {
    let content = mail(&[event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","A B","C D","x","y"]}"#,
    )]);
    has(
        &content.subject,
        ": 4 scopes added, x and y among them (info)",
    );
    let text = words(&content);
    has(&text, "x and y among them.");
    has(&text, "2 of them cannot be asked for: ");
    let alone = words(&mail(&[event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","A B"]}"#,
    )]));
    has(&alone, "No client can ask for it");
}

#[test]
fn an_endpoint_and_grants_lead_a_flow_that_lacks_its_endpoint() {
    let old = r#"{"grant_types_supported":["authorization_code"]}"#;
    let new = r#"{"grant_types_supported":["authorization_code","a","b","urn:openid:params:grant-type:ciba"],"backchannel_token_delivery_modes_supported":["poll"],"pushed_authorization_request_endpoint":"https://a.example/par"}"#;
    let incomplete = || {
        let member = "backchannel_token_delivery_modes_supported";
        found(
            Rule::CibaIncomplete,
            member,
            Severity::Notice,
            FindingState::New,
        )
    };
    let content = mail(&[event(old, new), incomplete()]);
    has(
        &content.subject,
        ": pushed_authorization_request_endpoint and grants a, b and ciba added (notice)",
    );
    has(
        &words(&content),
        "CIBA is listed without backchannel_authentication_endpoint",
    );
    let alone = r#"{"grant_types_supported":["authorization_code"],"backchannel_token_delivery_modes_supported":["poll"]}"#;
    let content = mail(&[event(old, alone), incomplete()]);
    has(
        &content.subject,
        ": CIBA listed without its endpoint (notice)",
    );
    // What was complete and lost a part has its endpoint, and so has what only got another mode.
    let whole = r#"{"grant_types_supported":["urn:openid:params:grant-type:ciba"],"backchannel_token_delivery_modes_supported":["poll"],"backchannel_authentication_endpoint":"https://a.example/ciba"}"#;
    let lost = r#"{"grant_types_supported":["a"],"backchannel_token_delivery_modes_supported":["poll"],"backchannel_authentication_request_signing_alg_values_supported":["ES256"],"backchannel_authentication_endpoint":"https://a.example/ciba"}"#;
    let pushed = r#"{"backchannel_token_delivery_modes_supported":["push"],"backchannel_authentication_endpoint":"https://a.example/ciba"}"#;
    let polled = r#"{"backchannel_token_delivery_modes_supported":["poll","push"],"backchannel_authentication_endpoint":"https://a.example/ciba"}"#;
    for (old, new) in [(whole, lost), (pushed, polled)] {
        let content = mail(&[event(old, new), incomplete()]);
        lacks(&words(&content), "cannot be used yet");
    }
}

#[test]
fn a_member_that_keeps_its_value_under_another_name_is_renamed() {
    let content = mail(&[event(
        r#"{"client_id_metadata_supported":true}"#,
        r#"{"client_id_metadata_document_supported":true}"#,
    )]);
    has(
        &content.subject,
        ": client_id_metadata_supported renamed to client_id_metadata_document_supported (notice)",
    );
    has(
        &words(&content),
        "Do: nothing, unless a client of yours reads the old name: let it read",
    );
}

#[test]
fn what_only_took_over_a_value_is_not_renamed() {
    for (old, new) in [
        (
            r#"{"id_token_encryption_alg_values_supported":["RSA-OAEP","RSA-OAEP-256"],"userinfo_encryption_alg_values_supported":["A"]}"#,
            r#"{"id_token_encryption_alg_values_supported":["RSA-OAEP-256"],"userinfo_encryption_alg_values_supported":["A","RSA-OAEP"]}"#,
        ),
        (
            r#"{"request_uri_parameter_supported":true,"request_parameter_supported":false}"#,
            r#"{"request_parameter_supported":true}"#,
        ),
    ] {
        let content = mail(&[event(old, new)]);
        lacks(&content.subject, "renamed");
        lacks(&words(&content), "renamed");
    }
}

#[test]
fn a_flag_that_qualifies_another_does_not_lead() {
    let content = mail(&[event(
        "{}",
        r#"{"backchannel_logout_session_supported":true,"backchannel_logout_supported":true}"#,
    )]);
    has(
        &content.subject,
        ": backchannel_logout_supported is now true",
    );
    has(&content.text, "1. info      backchannel_logout_supported");
}

#[test]
fn a_list_of_response_types_without_code_is_not_followed() {
    let new = r#"{"response_types_supported":["id_token","token"]}"#;
    let text = words(&mail(&[event("{}", new)]));
    has(
        &text,
        "Do: if your clients use `code`, try one login: it is not in the list",
    );
    let new = r#"{"response_types_supported":["code","token"]}"#;
    lacks(&words(&mail(&[event("{}", new)])), "try one login");
}

#[test]
fn of_many_values_those_that_matter_stand_first() {
    let content = mail(&[event(
        r#"{"grant_types_supported":["authorization_code"]}"#,
        r#"{"grant_types_supported":["a-grant","authorization_code","b-grant","client_credentials"]}"#,
    )]);
    has(&content.text, "     + client_credentials a-grant b-grant\n");
}

#[test]
fn a_list_that_is_published_for_the_first_time_names_what_matters_and_whose_the_others_are() {
    let content = mail(&[event(
        "{}",
        r#"{"grant_types_supported":["authorization_code","http://vendor.example/grant/a","http://vendor.example/grant/b","implicit","password"]}"#,
    )]);
    has(
        &content.subject,
        "archera: list of grants published for the first time, with password and 4 others (",
    );
    has(
        &words(&content),
        "archera publishes its list of grants for the first time: password, 2 grants of vendor.example and 2 others. Probably \
         nothing new is allowed by it: the list was missing before.",
    );
}

#[test]
fn a_capability_that_is_switched_off_is_said_in_plain_words_in_the_first_line() {
    let content = mail(&[event(
        r#"{"client_id_metadata_document_supported":true}"#,
        r#"{"client_id_metadata_document_supported":false}"#,
    )]);
    has(
        &words(&content),
        "archera no longer takes clients identified by a URL (CIMD): client_id_metadata_document_supported is false.",
    );
}

#[test]
fn a_list_that_came_as_a_whole_is_told_by_two_of_its_values_those_first_that_one_should_not_miss() {
    let came = event(
        r#"{"issuer":"https://a.example.com"}"#,
        r#"{"issuer":"https://a.example.com","dpop_signing_alg_values_supported":["ES256","ES384","ES512","PS256"]}"#,
    );
    let content = mail(&[came]);
    let said = "now publishes dpop_signing_alg_values_supported: ES256, ES384 and 2 others.";
    has(&words(&content), said);
    let said = "DPoP algorithms added: ES256, ES384 and 2 others";
    has(&content.subject, said);
    let beside = event(
        r#"{"issuer":"https://a.example.com"}"#,
        r#"{"issuer":"https://a.example.com","code_challenge_methods_supported":["S256"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_jwt","client_secret_post","none"]}"#,
    );
    let said =
        "list of client authentication methods added: \"none\", client_secret_jwt and 1 other.";
    has(&words(&mail(&[beside])), said);
}
