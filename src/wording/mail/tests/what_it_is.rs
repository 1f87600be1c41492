//! Values that are told as what they are.

use super::news::found;
use super::*;

#[test]
fn a_password_in_an_address_is_told_once_and_as_what_it_is() {
    let name = "service_documentation";
    let mut event = found(
        Rule::SecretPublished,
        name,
        Severity::Security,
        FindingState::New,
    );
    let mut login = crate::meaning::rule_finding::finding_of(Rule::UrlUserName, name);
    login.found = Some("ftp://(user)@files.acme.example/oauth".into());
    if let Some(findings) = event.body.findings_mut() {
        findings.push(FindingChange {
            state: FindingState::New,
            finding: login.clone(),
        });
    }
    let mail = mail_of(MailKind::Finding, &[event], None);
    let text = words(&mail);
    has(
        &text,
        "service_documentation of archera is an address with a user name and a password, \
         ftp://(user)@files.acme.example/oauth: everybody can read both.",
    );
    has(
        &mail.subject,
        "service_documentation is an address with a password (security)",
    );
    lacks(&text, "2 findings");
}

#[test]
fn a_scope_that_a_machine_made_is_told_as_probably_a_test() {
    let event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","t:12295b1e-17e3-4e60-ba8d-4a5b36869b88:05-07-56-09-11-2025"]}"#,
    );
    let content = mail(&[event]);
    has(&content.subject, "added, looks like a test (info)");
    has(&words(&content), "probably a test of the provider");
}
