//! The value that a finding is about: what is kept of it, and how it is said.
//!
//! It stands in the state of a target and in each of its events, so little of it is kept; it comes
//! from outside, so it is made harmless here once and for all.

use serde_json::{Map, Value};

use crate::document::text::{bounded, visible};
use crate::document::value::{typed_value, visible_value};
use crate::meaning::change::Finding;
use crate::meaning::rule::{Rule, RuleName};

/// Most characters that are kept of all texts of a value.
const MAX_TEXT: usize = 500;
/// Most values of one rule that are kept for a member.
const MAX_VALUES: usize = 8;
/// Words for what the two values are.
type Labels = (&'static str, &'static str);

/// What is kept of a value: its type and the beginning of what it holds, without passwords.
pub(super) fn kept(value: &Value) -> Value {
    pruned(value, &mut { MAX_TEXT })
}

fn pruned(value: &Value, room: &mut usize) -> Value {
    // A value costs, even if no text is in it.
    *room = room.saturating_sub(2);
    match value {
        Value::String(text) => {
            let text = harmless(text, *room);
            *room = room.saturating_sub(text.len());
            Value::from(text)
        }
        Value::Array(values) => {
            let mut kept = Vec::new();
            for value in values {
                if *room == 0 {
                    kept.push(Value::from("..."));
                    break;
                }
                kept.push(pruned(value, room));
            }
            Value::Array(kept)
        }
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, value) in members {
                if *room == 0 {
                    kept.insert("...".to_owned(), Value::Null);
                    break;
                }
                let name = harmless(name, 100);
                *room = room.saturating_sub(name.len());
                kept.insert(name, pruned(value, room));
            }
            Value::Object(kept)
        }
        Value::Number(number) => {
            let text = number.as_str();
            *room = room.saturating_sub(text.len());
            if text.len() > MAX_TEXT {
                Value::from(bounded(text, 100))
            } else {
                value.clone()
            }
        }
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

/// A text as it may be kept: visible, cut, and without what stands before an `@` in an address.
fn harmless(text: &str, max: usize) -> String {
    let head: String = text.chars().take(max + 1).collect();
    let head = match head.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
            match authority.rsplit_once('@') {
                Some((_, host)) => format!("{scheme}://(user)@{host}{path}"),
                None => head,
            }
        }
        None => head,
    };
    bounded(&visible(&head), max.max(3))
}

/// Adds a value of the same rule and member to what is known.
pub(super) fn merge(known: &mut Option<Value>, more: Option<Value>) {
    let Some(more) = more.filter(|more| known.as_ref() != Some(more)) else {
        return;
    };
    match (known.as_mut(), more) {
        (None, more) => *known = Some(more),
        (Some(Value::Object(known)), Value::Object(more)) => {
            let room = MAX_VALUES.saturating_sub(known.len());
            known.extend(more.into_iter().take(room));
        }
        (Some(Value::Array(values)), more) => {
            if values.len() < MAX_VALUES && !values.contains(&more) {
                values.push(more);
            }
        }
        (Some(first), more) => *first = Value::Array(vec![first.take(), more]),
    }
}

/// What the two values of a finding are called.
fn labels(rule: &RuleName) -> Labels {
    match rule.known() {
        Some(Rule::IssuerMismatch | Rule::ResourceMismatch) => ("configured", "published"),
        Some(Rule::IssuerAnnouncedDifferently) => ("announced", "published"),
        Some(Rule::WrongType) => ("should be", "is"),
        Some(Rule::SignedMetadataDisagrees) => ("signed", "plain"),
        Some(Rule::DocumentsDisagree | Rule::TwinsDisagree) => {
            ("oauth-authorization-server", "openid-configuration")
        }
        _ => ("expected", "found"),
    }
}

/// The values of a finding, each with its label, made visible; empty if the finding has no values.
pub fn values(finding: &Finding) -> Vec<(&'static str, String)> {
    let (expected, found) = labels(&finding.rule);
    let is_about_type = finding.rule == Rule::WrongType;
    let shown = |value: &Value| {
        if is_about_type {
            typed_value(value, 300)
        } else {
            visible_value(value, 300)
        }
    };
    let expected = finding
        .expected
        .as_ref()
        .map(|value| (expected, visible_value(value, 300)));
    let found = finding.found.as_ref().map(|value| (found, shown(value)));
    expected.into_iter().chain(found).collect()
}

/// The same as lines in two columns.
pub fn value_lines(finding: &Finding) -> Vec<String> {
    let values = values(finding);
    let width = values
        .iter()
        .map(|(label, _)| label.len())
        .max()
        .unwrap_or_default();
    let line = |(label, value): &(&str, String)| format!("{label:<width$}  {value}");
    values.iter().map(line).collect()
}

/// What to look at first if the configuration may be at fault and not the provider, because the very
/// first document already does not meet what the configuration says of it.
pub fn advice(finding: &Finding, is_first: bool) -> Option<String> {
    if !finding.rule.known().is_some_and(Rule::is_mismatch) || !is_first {
        return None;
    }
    let member = &finding.subject;
    let texts = (finding.expected.as_ref(), finding.found.as_ref());
    let slip = match texts {
        (Some(Value::String(configured)), Some(Value::String(published))) => {
            slip(configured, published)
        }
        _ => None,
    };
    let how = slip.map(|slip| format!(", {slip}")).unwrap_or_default();
    Some(format!(
        "Look first at `{member}` in the configuration: most likely it is not written as the provider \
         does{how}."
    ))
}

/// The slip of the pen by which one identifier became the other, if it is one.
fn slip(configured: &str, published: &str) -> Option<&'static str> {
    let bare = |text: &str| -> String {
        text.split_once("://")
            .map_or(text, |(_, rest)| rest)
            .to_owned()
    };
    if configured.strip_suffix('/') == Some(published) {
        Some("who has no slash at the end")
    } else if published.strip_suffix('/') == Some(configured) {
        Some("who has a slash at the end")
    } else if configured.eq_ignore_ascii_case(published) {
        Some("only upper and lower case differ")
    } else if configured.trim() == published.trim() {
        Some("only white space differs")
    } else if bare(configured) == bare(published) {
        Some("only the scheme differs")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::meaning::rule_finding::finding_of;

    #[test]
    fn what_is_kept_of_a_value_is_small_harmless_and_of_its_type() {
        let long = "x".repeat(10_000);
        for value in [
            json!(long),
            json!([long, long]),
            json!({"a": long, "b": {"c": [long]}}),
            json!(vec![json!({}); 5_000]),
            json!(vec![1; 5_000]),
        ] {
            let kept = kept(&value);
            assert!(kept.to_string().len() < 2_000, "{}", kept.to_string().len());
            assert_eq!(kept.is_string(), value.is_string());
            assert_eq!(kept.is_array(), value.is_array());
        }
        assert_eq!(kept(&json!("a\u{202E}")), json!("a<U+202E>"));
        assert_eq!(
            kept(&json!("https://me:secret@a.example/@x")),
            json!("https://(user)@a.example/@x")
        );
        assert_eq!(kept(&json!(["a", 1, null])), json!(["a", 1, null]));
    }

    #[test]
    fn values_of_one_rule_and_member_are_kept_together() {
        let mut known = Some(json!({"a": 1}));
        merge(&mut known, Some(json!({"b": 2})));
        assert_eq!(known, Some(json!({"a": 1, "b": 2})));
        let mut known = None;
        for value in ["x", "x", "y", "z", "y"] {
            merge(&mut known, Some(json!(value)));
        }
        assert_eq!(known, Some(json!(["x", "y", "z"])));
    }

    #[test]
    fn who_wrote_the_configuration_is_told_how_the_provider_writes_it() {
        let of = |configured: &str, published: &str| {
            let mut finding = finding_of(Rule::IssuerMismatch, "issuer");
            finding.expected = Some(json!(configured));
            finding.found = Some(json!(published));
            advice(&finding, true).unwrap()
        };
        assert!(of("https://a.example/", "https://a.example").contains("no slash at the end"));
        assert!(of("https://a.example", "https://a.example/").contains("a slash at the end"));
        assert!(of("https://A.example", "https://a.example").contains("upper and lower case"));
        assert!(of("http://a.example", "https://a.example").contains("scheme"));
        assert!(of("https://a.example", "https://b.example").ends_with("as the provider does."));
        let other = finding_of(Rule::IssuerMismatch, "issuer");
        assert_eq!(advice(&other, false), None);
    }
}
