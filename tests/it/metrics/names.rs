//! The names that others rely on: alert rules, the dashboard, the documentation, and `promtool`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{ALWAYS, Exposed, LABELS};
use crate::support::site::Site;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of metrics that stand in a text.
fn names(text: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c| !is_of_name(c));
    words
        .filter(|word| word.starts_with("issuerwatch_"))
        .map(str::to_owned)
        .collect()
}

/// The page of a daemon that has seen a document over TLS.
fn page() -> String {
    let exposed = Exposed::start(Site::tls(), ALWAYS);
    exposed.wait_for(&format!("issuerwatch_target_up{LABELS}"), 1.0);
    exposed.get("/metrics").body
}

/// Runs `promtool`; `None` where it is not installed, which is said.
fn promtool(args: &[&str], folder: &Path, input: &str) -> Option<Output> {
    let mut command = Command::new("promtool");
    command.args(args).current_dir(folder).stdin(Stdio::piped());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match child.spawn() {
        Ok(child) => child,
        Err(error) => {
            // Past what the harness keeps to itself.
            let skipped = format!("SKIPPED: promtool {}: {error}\n", args.join(" "));
            std::io::stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        }
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    Some(child.wait_with_output().unwrap())
}

#[test]
fn every_name_of_the_rules_the_dashboard_and_the_documentation_is_on_the_page_of_a_daemon() {
    let page = page();
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let there: BTreeSet<String> = samples
        .map(|line| line.split(['{', ' ']).next().unwrap().to_owned())
        .collect();
    let mut documented = BTreeSet::new();
    for file in [
        "packaging/prometheus/issuerwatch.rules.yml",
        "packaging/prometheus/issuerwatch.rules.test.yml",
        "packaging/grafana/issuerwatch.json",
        "docs/operation.md",
    ] {
        let found = names(&std::fs::read_to_string(root().join(file)).unwrap());
        assert!(!found.is_empty(), "{file}");
        for name in &found {
            let is_there = there.contains(name) || there.contains(&format!("{name}_bucket"));
            assert!(is_there, "{file}: {name}");
        }
        documented = found;
    }
    for name in &there {
        let parts = ["_bucket", "_sum", "_count"];
        let family = parts.iter().find_map(|part| name.strip_suffix(part));
        let family = family.unwrap_or(name);
        assert!(
            documented.contains(family),
            "docs/operation.md lacks {family}"
        );
    }
}

#[test]
fn promtool_finds_nothing_wrong_with_the_page() {
    if let Some(output) = promtool(&["check", "metrics"], root(), &page()) {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{said}");
    }
}

#[test]
fn the_alert_rules_are_valid_and_pass_their_test() {
    let folder = root().join("packaging/prometheus");
    for args in [
        ["check", "rules", "issuerwatch.rules.yml"],
        ["test", "rules", "issuerwatch.rules.test.yml"],
    ] {
        if let Some(output) = promtool(&args, &folder, "") {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
        }
    }
}
