//! The words of every rule, as they are printed: `tests/fixtures/rules/words.txt`.

use serde_json::json;

use super::*;
use crate::meaning::rating::Meaning;
use crate::wording::summary;

const EXPECTED: &str = include_str!("../../../../tests/fixtures/rules/words.txt");

/// What can happen to a member: a name for it, and a change of this rule.
fn shapes(rule: Rule) -> Vec<(&'static str, Change)> {
    let change = |member: &str, group| Meaning::of(rule).change(member, group);
    let mut replaced = change("some_member", Group::Other);
    (replaced.before, replaced.after) = (Some(json!("one")), Some(json!("two")));
    let mut mended = replaced.clone();
    mended.severity = Severity::Notice;
    let mut came = change("some_member", Group::Other);
    came.after = Some(json!("two"));
    let mut nested = change("some_member", Group::Other);
    nested.before = Some(json!({"a": 1, "b": 1}));
    nested.after = Some(json!({"b": 2, "c": 1}));
    let mut gained = change("some_values", Group::Methods);
    gained.added = vec![json!("one"), json!("two")];
    let mut lost = change("scopes_supported", Group::Scopes);
    lost.removed = vec![json!("one")];
    let mut keys = change("keys", Group::Keys);
    keys.added = vec![json!("kid a"), json!("kid b")];
    let mut key = change("keys", Group::Keys);
    key.removed = vec![json!("kid a")];
    vec![
        ("replaced", replaced),
        ("mended", mended),
        ("came", came),
        ("nested", nested),
        ("gained", gained),
        ("lost", lost),
        ("keys gained", keys),
        ("key lost", key),
    ]
}

fn said(change: &Change) -> String {
    let mut words = of(change);
    let summary = summary::words(change);
    [
        summary,
        words.subject.swap_remove(0),
        words.predicate,
        words.title,
    ]
    .join(" | ")
}

#[test]
fn every_rule_says_what_is_written_down_of_it() {
    let mut text = String::new();
    let plain: Vec<String> = shapes(Rule::MemberChanged)
        .iter()
        .map(|(_, change)| said(change))
        .collect();
    for rule in Rule::all() {
        let row = rule.row();
        text.push_str(&format!("{rule}\n  {}\n", row.title));
        if row.cured.is_some() || row.over.is_some() {
            text.push_str(&format!("  {}\n", row.over("it")));
        }
        let mut lines: Vec<(String, String)> = Vec::new();
        for ((shape, change), plain) in shapes(rule).iter().zip(&plain) {
            let said = said(change);
            // What any change of this shape would say, under the title of the rule, is left out.
            if rule != Rule::MemberChanged && said.replace(row.title, "changed") == *plain {
                continue;
            }
            match lines.iter_mut().find(|(_, known)| *known == said) {
                Some((shapes, _)) => shapes.push_str(&format!(", {shape}")),
                None => lines.push(((*shape).to_owned(), said)),
            }
        }
        for (shapes, said) in lines {
            text.push_str(&format!("    {shapes}: {said}\n"));
        }
    }
    assert_eq!(text, EXPECTED);
}
