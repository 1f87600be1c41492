//! The configuration that is shipped: good as it stands, and it explains every key.

use super::*;

#[test]
fn the_shipped_configuration_is_good_and_its_plan_says_what_is_polled() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml");
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--config", path, "config", "check"];
    let ended = run(folder.path(), &[], &arguments);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(
        ended
            .text
            .contains("no problem; providers: 1, documents: 1"),
        "{}",
        ended.text
    );
    let ended = run(folder.path(), &[], &[&arguments[..], &["--plan"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    for words in [
        "archera/oauth-authorization-server",
        "https://api.archera.ai/.well-known/oauth-authorization-server",
        "every 15 min",
    ] {
        assert!(ended.text.contains(words), "{}", ended.text);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "a check leaves nothing behind");
}

/// The shipped configuration, where each line that is commented out and sets a key, or opens a table,
/// is let in.
fn explained() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let is_set = |line: &str| {
        let key = line.split(" = ").next().unwrap();
        line.starts_with('[') || (key != line && !key.contains([' ', '"', ':']))
    };
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(set) if is_set(set) => set,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn what_the_shipped_configuration_explains_is_valid() {
    // The keys of another transport, of files that are not there, each in its own way, and what stands
    // instead of `url`.
    let others = [
        "url = \"smtps",
        "password",
        "ca_file",
        "command",
        "urls",
        "helo",
    ];
    let text: Vec<String> = explained()
        .lines()
        .filter(|line| !others.iter().any(|other| line.starts_with(other)))
        .map(str::to_owned)
        .collect();
    let secrets = [("ARCHERA_API_KEY", "x"), ("PROXY_PASSWORD", "x")];
    let ended = check(&text.join("\n"), &secrets);
    assert_eq!(ended.code, Some(0), "{}\n{}", text.join("\n"), ended.text);
}

#[test]
fn the_shipped_configuration_explains_every_key_that_has_an_effect() {
    let mut table = String::new();
    let mut there = Vec::new();
    for line in explained().lines() {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']).to_owned();
        }
        there.push((table.clone(), key(line).to_owned()));
    }
    for [table, marked, _] in wrong() {
        let line = marked.replacen('^', "", 1);
        let is_wrong_key = marked.starts_with('^');
        let is_table = table == "top" || matches!(key(&line), "route" | "uses");
        let has_no_effect = || {
            let said = check(&with(table, &line).0, &[]).text;
            said.contains("is not yet supported")
        };
        let shared = if table == "provider" {
            "defaults"
        } else {
            table
        };
        let is_there = there
            .iter()
            .any(|(of, one)| (of == table || of == shared) && one == key(&line));
        assert!(
            is_wrong_key || is_table || is_there || has_no_effect(),
            "[{table}] {}",
            key(&line)
        );
    }
}
