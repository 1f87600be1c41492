//! The structure of the source: what the compiler does not hold.

mod circles;
mod parameters;
mod paths;
mod rebinding;
mod tokens;

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
        "fetch" | "mailer" | "webhook" | "metrics" | "store" | "clock" | "terminal" => 4,
        "config" => 5,
        "watch" => 6,
        "cli" | "logging" => 8,
        "dispatch" => 9,
        "main" | "lib" => 10,
        _ => 7,
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("build.rs")];
    for folder in ["src", "build", "tests", "benches", "fuzz/src"] {
        sources(&root.join(folder), &mut found);
    }
    for path in found {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
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
    let owners: [(&str, &[&str]); 30] = [
        ("reqwest", &["webhook"]),
        ("aws_lc_rs", &["fetch", "history", "webhook"]),
        ("rustls", &["fetch", "mailer", "webhook"]),
        ("webpki", &["fetch"]),
        ("hyper", &["fetch", "metrics", "webhook"]),
        ("hyper_util", &["fetch", "metrics"]),
        ("tokio_rustls", &["fetch"]),
        ("dns_lookup", &["fetch"]),
        ("flate2", &["fetch", "store"]),
        ("prometheus_client", &["metrics"]),
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
        ("rustix", &["fetch", "replay"]),
        ("tempfile", &["init", "replay", "store", "watch"]),
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

/// The code of a file without its tests, comments and line breaks.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.starts_with("//")).collect()
}

/// Where a code asks a text for words: the receiver of the call, and the literal.
fn asked_for_words(code: &str) -> Vec<(&str, &str)> {
    let methods = [
        "contains",
        "starts_with",
        "ends_with",
        "strip_prefix",
        "strip_suffix",
        "trim_start_matches",
        "trim_end_matches",
        "split_once",
        "rsplit_once",
        "find",
        "rfind",
        "replace",
        "replacen",
    ];
    let calls = methods.iter().flat_map(|method| {
        let call = format!(".{method}(\"");
        let places = code.match_indices(&call);
        places
            .map(|(at, call)| {
                let is_of_path = |c: char| c.is_alphanumeric() || "_.()&?".contains(c);
                let receiver = code[..at].rfind(|c| !is_of_path(c)).map_or(0, |it| it + 1);
                let literal = &code[at + call.len()..];
                (&code[receiver..at], literal.split('"').next().unwrap())
            })
            .collect::<Vec<_>>()
    });
    calls.collect()
}

#[test]
fn the_names_of_the_members_of_a_key_are_written_in_one_file() {
    let names = [
        "alg", "crv", "key_ops", "kid", "kty", "pub", "revoked", "use", "x5c", "x5t", "x5t#S256",
        "x5u",
    ];
    for (file, text) in rust_files() {
        // The header of a signed document has an `alg` of its own (RFC 7515).
        let is_elsewhere = ["document/jwk.rs", "document/signed_metadata.rs"].contains(&&*file);
        if layer(module(&file)) > 3 || is_test(&file) || is_elsewhere {
            continue;
        }
        let code = code(&text);
        for name in names {
            let literal = format!("\"{name}\"");
            // What RFC 7638 hashes is written as JSON.
            let mut found = code.split(&literal).skip(1);
            let is_json = |after: &str| after.starts_with(':');
            assert!(
                found.all(is_json),
                "{file} writes {literal}: see document::jwk"
            );
        }
    }
}

#[test]
fn the_walks_of_the_architecture_pass_files_that_are_there_and_none_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let is_there = |name: &str| {
        [root.join(name), root.join("src").join(name)]
            .iter()
            .any(|it| it.exists())
    };
    let quoted = |text: &str| -> Vec<String> {
        let words = text.split('`').skip(1).step_by(2);
        let is_source = |word: &str| Path::new(word).extension().is_some_and(|it| it == "rs");
        let files = words.filter(|word| word.contains('/') && is_source(word));
        files.map(str::to_owned).collect()
    };
    for name in quoted(&text) {
        assert!(is_there(&name), "there is no {name}");
    }
    let (_, walks) = text.split_once("## Three walks\n").unwrap();
    let (walks, _) = walks.split_once("\n## ").unwrap();
    let walks: Vec<Vec<String>> = walks.split("\n\n**").skip(1).map(quoted).collect();
    assert_eq!(walks.len(), 3);
    for mut walk in walks {
        walk.sort();
        let twice = walk.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None);
    }
}

#[test]
fn what_is_said_is_never_read_back() {
    let said = [
        "summary", "subject", "detail", "reason", "title", "sentence", "advice", "what",
    ];
    for (file, text) in rust_files() {
        let is_of_room = ["policy", "store", "wording", "watch"].contains(&module(&file));
        // A schedule is read from what an operator wrote.
        if !is_of_room || is_test(&file) || file.starts_with("policy/schedule/") {
            continue;
        }
        for (receiver, literal) in asked_for_words(&code(&text)) {
            let mut steps = receiver.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let is_of_said = steps.any(|step| said.contains(&step));
            let is_of_words = literal.trim().contains(' ') || literal.trim() != literal;
            assert!(
                !is_of_said && !is_of_words,
                "{file} reads `{literal}` out of `{receiver}`: make it a value"
            );
        }
    }
}
