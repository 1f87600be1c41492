//! Requirements of the specifications that one document can show it does not meet.
//!
//! Findings are state: `advance` makes events of those that are new or cured. Profiles (FAPI, MCP)
//! are not checked: they hold only where somebody chose them.

use serde_json::Value;

use super::address;
use super::change::Finding;
use super::document::{Document, Oddity};
use super::kind::Kind;
use super::member::{self, Shape};
use super::provider::{Identity, Policy, RuleOverride};
use super::severity::Severity::{self, Info, Notice, Security};

/// What a document does not meet, sorted.
pub fn findings(document: &Document, identity: Option<&Identity>, policy: &Policy) -> Vec<Finding> {
    let mut found: Vec<Finding> = document.oddities().iter().map(odd).collect();
    found.extend(about_identity(document, identity));
    for (name, value) in document.members() {
        found.extend(about_value(document.kind(), name, value));
    }
    for member in member::members().filter(|row| row.required.contains(&document.kind())) {
        if document.effective(&member.name).is_none() && member.name != "issuer" {
            let why = format!("{} is required in this document.", member.name);
            found.push(finding(
                "required-member-missing",
                &member.name,
                Notice,
                &why,
                &member.reference,
            ));
        }
    }
    found.retain_mut(|finding| match policy.severity.get(&finding.rule) {
        Some(RuleOverride::Ignore) => false,
        Some(RuleOverride::Severity(severity)) => {
            finding.severity = *severity;
            true
        }
        None => true,
    });
    found.sort_by(|one, two| (&one.rule, &one.member).cmp(&(&two.rule, &two.member)));
    found.dedup_by(|one, two| (&one.rule, &one.member) == (&two.rule, &two.member));
    found
}

fn finding(rule: &str, member: &str, severity: Severity, why: &str, reference: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        member: member.to_owned(),
        severity,
        why: why.to_owned(),
        reference: reference.to_owned(),
    }
}

fn odd(oddity: &Oddity) -> Finding {
    match oddity {
        Oddity::DuplicateName(name) => finding(
            "duplicate-name",
            name,
            Notice,
            "A name stands twice in one object; clients may read different values.",
            "RFC 8259 section 4",
        ),
        Oddity::ByteOrderMark => finding(
            "byte-order-mark",
            "",
            Info,
            "The body begins with a byte order mark, which strict parsers refuse.",
            "RFC 8259 section 8.1",
        ),
        Oddity::MediaType(_) => finding(
            "media-type",
            "",
            Info,
            "The media type is not application/json; strict clients refuse the document.",
            "RFC 8414 section 3.2",
        ),
    }
}

fn about_identity(document: &Document, identity: Option<&Identity>) -> Option<Finding> {
    let name = match document.kind() {
        Kind::OauthAuthorizationServer | Kind::OpenidConfiguration => "issuer",
        Kind::OauthProtectedResource => "resource",
        Kind::Jwks => return None,
    };
    let Some(said) = document.identity() else {
        return Some(finding(
            "issuer-missing",
            name,
            Notice,
            "The document does not say whose it is, so a client must not use it.",
            "RFC 8414 section 3.3",
        ));
    };
    (said != identity?.as_str()).then(|| finding(
        "issuer-mismatch", name, Security,
        "The document names another issuer than the configured one, so a client must not use it.",
        "RFC 8414 section 3.3, OpenID Connect Discovery 1.0 section 4.3"))
}

fn about_value(kind: Kind, name: &str, value: &Value) -> Option<Finding> {
    let row = member::member(name).filter(|row| row.kinds.contains(&kind));
    let reference = row.map(|row| row.reference.as_str()).unwrap_or_default();
    if value.is_null() {
        return Some(finding(
            "null-member",
            name,
            Info,
            "A member without a value must be left out; typed clients may fail on null.",
            "RFC 8414 section 3.2",
        ));
    }
    let row = row?;
    let fits = match row.shape {
        Shape::Url | Shape::Text | Shape::Jwt => value.is_string(),
        Shape::Flag => value.is_boolean(),
        Shape::Set | Shape::List => value
            .as_array()
            .is_some_and(|values| values.iter().all(Value::is_string)),
        Shape::Object => value.is_object(),
    };
    if !fits {
        return Some(finding(
            "wrong-type",
            name,
            Notice,
            "The value has another JSON type than the specification gives it; typed clients fail.",
            reference,
        ));
    }
    if value.as_array().is_some_and(Vec::is_empty) && name != "bearer_methods_supported" {
        return Some(finding(
            "empty-array",
            name,
            Info,
            "A member without values must be left out.",
            "RFC 8414 section 3.2",
        ));
    }
    let text = value.as_str()?;
    if row.shape == Shape::Url && row.https && !address::is_protected(text) {
        return Some(finding(
            "endpoint-not-https",
            name,
            Security,
            "What is sent there is not protected, or it is no address at all.",
            reference,
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let document =
            Document::parse(Kind::OauthAuthorizationServer, text.as_bytes(), None).unwrap();
        let identity = Identity::Issuer("https://a.example".to_owned());
        let found = findings(&document, Some(&identity), &Policy::default());
        let found: Vec<String> = found
            .iter()
            .map(|finding| format!("{} {}", finding.rule, finding.member))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_good_document_has_no_finding() {
        check(
            r#"{"issuer":"https://a.example","response_types_supported":["code"]}"#,
            &[],
        );
    }

    #[test]
    fn a_trailing_slash_makes_another_issuer() {
        check(
            r#"{"issuer":"https://a.example/","response_types_supported":["code"]}"#,
            &["issuer-mismatch issuer"],
        );
    }

    #[test]
    fn each_requirement_not_met_is_named() {
        check(
            "{}",
            &[
                "issuer-missing issuer",
                "required-member-missing response_types_supported",
            ],
        );
        check(
            r#"{"issuer":"https://a.example","response_types_supported":[],"jwks_uri":null,
                "token_endpoint":"javascript:x","scopes_supported":"a b","scopes_supported":"a"}"#,
            &[
                "duplicate-name /scopes_supported",
                "empty-array response_types_supported",
                "endpoint-not-https token_endpoint",
                "null-member jwks_uri",
                "wrong-type scopes_supported",
            ],
        );
    }
}
