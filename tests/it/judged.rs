//! What was judged is judged again when the judge changes, and whose document it is.

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const NEVER: &str = "0 0 1 1 *";

fn watched() -> (Site, Program) {
    let site = Site::plain();
    site.answer(Reply::json(&document(&site.issuer)).etag("\"one\""));
    let program = Program::watching(&site, "", NEVER);
    assert_eq!(program.said(&["check"]).0, 0);
    (site, program)
}

fn kinds(program: &Program) -> Vec<String> {
    let events = program.events();
    let kinds = events.iter().map(|event| event["kind"].as_str().unwrap());
    kinds.map(str::to_owned).collect()
}

#[test]
fn rules_that_are_asked_for_later_judge_a_document_that_stands_still() {
    let (site, program) = watched();
    let asked = "confirm_after = \"0s\"\nseverity = { fapi-client-auth = \"security\" }";
    program.configure("confirm_after = \"0s\"", asked);
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(kinds(&program), ["first-seen", "finding"]);
    assert_eq!(program.mails().len(), 1);
    assert_eq!(
        site.requests().len(),
        2,
        "the document is known: nothing to confirm"
    );
    assert_eq!(program.said(&["check"]).0, 0);
    program.configure(asked, "confirm_after = \"0s\"");
    program.said(&["check"]);
    assert_eq!(kinds(&program), ["first-seen", "finding", "finding"]);
    assert_eq!(program.events()[2]["findings"][0]["state"], "cured");
}

#[test]
fn a_document_is_asked_for_whole_when_its_judge_changes() {
    let (site, program) = watched();
    program.said(&["check"]);
    let tag = |at: usize| {
        site.requests()[at]
            .header("if-none-match")
            .map(str::to_owned)
    };
    assert_eq!(tag(1).as_deref(), Some("\"one\""));
    program.configure(
        "confirm_after = \"0s\"",
        "confirm_after = \"0s\"\nignore = [\"/x\"]",
    );
    program.said(&["check"]);
    assert_eq!(tag(2), None);
    program.said(&["check"]);
    assert_eq!(tag(3).as_deref(), Some("\"one\""));
}

#[test]
fn what_moved_while_it_was_ignored_is_told_when_it_is_no_longer() {
    let (site, program) = watched();
    let ignoring = "confirm_after = \"0s\"\nignore = [\"/token_endpoint\"]";
    program.configure("confirm_after = \"0s\"", ignoring);
    let moved = document(&site.issuer).replace("/oauth/token", "/oauth/elsewhere");
    site.answer(Reply::json(&moved).etag("\"two\""));
    for _ in 0..2 {
        assert_eq!(program.said(&["check"]).0, 0);
    }
    program.configure(ignoring, "confirm_after = \"0s\"");
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("token_endpoint"), "{said}");
}

#[test]
fn another_issuer_in_the_configuration_is_another_baseline_and_no_change_of_the_provider() {
    let (site, program) = watched();
    let wrong = format!("issuer = \"{}/\"", site.issuer);
    let right = format!("issuer = \"{}\"", site.issuer);
    program.configure(&right, &wrong);
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("issuer-mismatch"), "{said}");
    assert_eq!(kinds(&program), ["first-seen", "first-seen", "finding"]);
    let mails = program.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("configuration"), "{}", mails[0]);
    program.configure(&wrong, &right);
    assert_eq!(program.said(&["check"]).0, 0);
    let (_, status) = program.said(&["status"]);
    assert!(!status.contains("issuer-mismatch"), "{status}");
    assert_eq!(program.mails().len(), 1, "that it was corrected is no news");
    assert_eq!(program.said(&["history", "verify"]).0, 0);
}

#[test]
fn a_provider_that_is_renamed_keeps_its_history() {
    let (site, program) = watched();
    let renamed = "name = \"acme\"\nformerly = [\"archera\"]";
    program.configure("name = \"archera\"", renamed);
    let without = document(&site.issuer).replace("\"billing:write\",", "");
    site.answer(Reply::json(&without));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(kinds(&program), ["first-seen", "changed"]);
    assert_eq!(program.events()[1]["provider"], "acme");
    assert_eq!(program.said(&["history", "verify"]).0, 0);
}

#[test]
fn what_is_ignored_by_its_place_is_ignored_where_it_came() {
    let (site, program) = watched();
    let scopes = |list: &str| {
        let text = document(&site.issuer);
        text.replace(r#"["billing:read","billing:write","openid"]"#, list)
    };
    let ignoring =
        "confirm_after = \"0s\"\nignore = [\"/scopes_supported/0\", \"/scopes_supported/1\"]";
    program.configure("confirm_after = \"0s\"", ignoring);
    site.answer(Reply::json(&scopes(r#"["zeta","yota","alpha"]"#)));
    assert_eq!(
        program.said(&["check"]).0,
        3,
        "what is not ignored is another"
    );
    let events = program.events().len();
    site.answer(Reply::json(&scopes(r#"["x1","x2","alpha"]"#)));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(program.events().len(), events);
    site.answer(Reply::json(&scopes(r#"["x1","x2","beta"]"#)));
    assert_eq!(program.said(&["check"]).0, 3);
}
