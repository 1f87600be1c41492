//! A report as a browser hands it on: to those who have it read to them, and to a printer.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::browser::{chromium, reported};

/// Their names begin with that of the browser, without which they are skipped.
pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "browser::a_report_is_told_whole_to_those_who_do_not_see_it",
        told,
    ),
    ("browser::a_report_is_printed_whole_and_on_white", printed),
];

/// What the browser says of a report, with every event folded.
fn page() -> &'static Value {
    static PAGE: OnceLock<Value> = OnceLock::new();
    PAGE.get_or_init(|| {
        let folder = reported();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/page.mjs");
        let output = Command::new("node")
            .arg(own)
            .arg(chromium().unwrap())
            .arg(folder.path().join("profile"))
            .arg(folder.path().join("page.html"))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).expect(&errors)
    })
}

/// Names and levels of what has a role.
fn of_role(role: &str) -> Vec<(&'static str, Option<u64>)> {
    let tree = page()["tree"].as_array().unwrap();
    tree.iter()
        .filter(|node| node["role"] == role)
        .map(|node| (node["name"].as_str().unwrap(), node["level"].as_u64()))
        .collect()
}

fn told() {
    for landmark in ["banner", "main", "contentinfo"] {
        assert_eq!(of_role(landmark).len(), 1, "{landmark}");
    }
    let named = [
        "navigation",
        "region",
        "image",
        "heading",
        "link",
        "DisclosureTriangle",
        "table",
    ];
    for role in named {
        let all = of_role(role);
        assert!(!all.is_empty(), "no {role}");
        let nameless = all.iter().filter(|(name, _)| name.trim().is_empty());
        assert_eq!(nameless.count(), 0, "{role} without a name");
    }
    // Every strip of bars is one picture, told in words that say how much and when.
    let pictures = of_role("image");
    assert_eq!(pictures.len() as u64, page()["pictures"].as_u64().unwrap());
    let has_digits = |name: &str| name.bytes().any(|c| c.is_ascii_digit());
    let poor = pictures.iter().find(|(name, _)| !has_digits(name));
    assert_eq!(poor, None);
    // Headings go one level down at a time, from one of the first.
    let headings = of_role("heading");
    let mut before = 0;
    for (name, level) in &headings {
        let level = level.unwrap();
        assert!(level <= before + 1, "{name}: {level} after {before}");
        before = level;
    }
    let first = headings.iter().filter(|(_, level)| *level == Some(1));
    assert_eq!(first.count(), 1);
    // Each provider is a region of the name of its heading.
    let sections = headings.iter().filter(|(_, level)| *level == Some(2));
    let sections: Vec<&str> = sections.map(|(name, _)| *name).collect();
    let regions = of_role("region");
    let lost = regions.iter().find(|(name, _)| !sections.contains(name));
    assert_eq!(lost, None);
    assert!(regions.len() > 30, "{}", regions.len());
}

fn printed() {
    let page = page();
    assert_eq!(
        page["left_out"],
        serde_json::json!([]),
        "what is folded is printed"
    );
    // Also where a screen is dark; what leads about on a screen is left out.
    let paper =
        serde_json::json!({"text": "rgb(0, 0, 0)", "ground": "rgb(255, 255, 255)", "shown": 0});
    assert_eq!(page["paper"], paper);
    // As Chromium begins a PDF, which is base64 here, and of more than a page.
    let pdf = page["pdf"].as_str().unwrap();
    assert!(
        pdf.starts_with("JVBERi0") && pdf.len() > 100_000,
        "{}",
        pdf.len()
    );
}
