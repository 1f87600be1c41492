//! The structure of the source: what the compiler does not hold.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    let relative = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
    found
        .iter()
        .map(|path| (relative(path), fs::read_to_string(path).unwrap()))
        .collect()
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn layer(module: &str) -> u8 {
    match module {
        "document" => 0,
        "meaning" => 1,
        "policy" => 2,
        "wording" => 3,
        "fetch" | "mailer" | "store" | "clock" | "terminal" => 4,
        "config" => 5,
        "watch" => 6,
        "cli" | "logging" => 8,
        "main" | "lib" => 9,
        _ => 7,
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    for (file, text) in rust_files() {
        assert!(
            text.lines().count() <= 400,
            "{file} has {} lines",
            text.lines().count()
        );
    }
}

/// Whether a file holds tests only. What a room says of a decision is the easiest way to look at it,
/// so tests may use what stands above.
fn is_test(file: &str) -> bool {
    let stem = file.trim_end_matches(".rs");
    let mut steps = stem.split('/');
    steps.any(|step| matches!(step, "tests" | "properties" | "cases"))
}

#[test]
fn layers_never_look_up_or_sideways() {
    for (file, text) in rust_files() {
        if is_test(&file) {
            continue;
        }
        let own = module(&file);
        for line in text.lines() {
            let Some(rest) = line.trim().strip_prefix("use crate::") else {
                continue;
            };
            let other: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let allowed = other == own || layer(&other) < layer(own);
            assert!(
                allowed,
                "{file} (layer {}) uses {other}: {line}",
                layer(own)
            );
        }
    }
}

#[test]
fn no_room_holds_more_than_a_quarter_of_the_lines() {
    let mut rooms: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (file, text) in rust_files() {
        *rooms.entry(module(&file).to_owned()).or_default() += text.lines().count();
    }
    let all: usize = rooms.values().sum();
    for (room, lines) in rooms {
        assert!(lines * 4 <= all, "{room} has {lines} of {all} lines");
    }
}

#[test]
fn each_outside_crate_has_one_owner() {
    let owners: [(&str, &[&str]); 26] = [
        ("reqwest", &["fetch"]),
        ("rustls", &["fetch", "mailer"]),
        ("webpki", &["fetch"]),
        ("hyper", &["fetch"]),
        ("dns_lookup", &["fetch"]),
        ("flate2", &["fetch"]),
        ("rusqlite", &["store"]),
        ("lettre", &["mailer"]),
        ("json_patch", &["meaning"]),
        ("tokio_cron_scheduler", &["daemon"]),
        ("sd_notify", &["daemon"]),
        ("chrono", &["daemon"]),
        ("uuid", &["daemon"]),
        ("croner", &["policy"]),
        ("toml", &["config"]),
        ("clap", &["cli", "main"]),
        ("indicatif", &["terminal"]),
        ("rustix", &["replay"]),
        ("tempfile", &["replay"]),
        ("console", &["terminal"]),
        ("percent_encoding", &["config"]),
        ("jsonptr", &["document", "meaning", "config"]),
        ("askama", &["wording"]),
        ("psl", &["document"]),
        ("sha1", &["document"]),
        ("sha2", &["document"]),
    ];
    for (file, text) in rust_files().iter().filter(|(file, _)| !is_test(file)) {
        // Tests stand at the end, and use what they like.
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for (name, owned_by) in owners {
            let used = code.lines().any(|line| {
                let code = line.trim();
                !code.starts_with("//")
                    && code.match_indices(&format!("{name}::")).any(|(at, _)| {
                        !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                    })
            });
            assert!(
                !used || owned_by.contains(&module(file)),
                "{file} uses {name}"
            );
        }
    }
}

#[test]
fn the_four_rooms_know_no_clock_and_do_no_io() {
    for (file, text) in rust_files() {
        if layer(module(&file)) > 3 {
            continue;
        }
        for forbidden in [
            "std::fs",
            "std::net",
            "std::env",
            "tokio::",
            "Timestamp::now",
            "async fn",
        ] {
            assert!(!text.contains(forbidden), "{file} has {forbidden}");
        }
    }
}

#[test]
fn every_file_begins_with_what_it_owns() {
    for (file, text) in rust_files() {
        assert!(text.starts_with("//!"), "{file} has no header");
    }
}
