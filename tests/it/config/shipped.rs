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

#[test]
fn a_plan_says_what_would_come_and_go_and_asks_for_formerly() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("config.toml"), text).unwrap();
    let plan = |more: &[&str]| {
        let all = [&["config", "check", "--plan"], more].concat();
        run(folder.path(), &[], &all)
    };
    // Nothing listens there: a failed poll makes the targets all the same.
    let text = "[mail]\nto = [\"a@b\"]\n[[provider]]\nname = \"beta\"\nissuer = \"http://127.0.0.1:9\"\n\
                url = \"http://127.0.0.1:9/x\"\ndocuments = [\"jwks\"]\n";
    write(text);
    let said = plan(&[]).text;
    assert!(said.contains("would come: beta/jwks\n"), "{said}");
    assert_eq!(run(folder.path(), &[], &["check"]).code, Some(4));
    let said = plan(&[]).text;
    assert!(!said.contains("would "), "{said}");
    write(&text.replace("beta", "bravo"));
    let said = plan(&[]).text;
    for words in [
        "would come: bravo/jwks\n",
        "would go: beta/jwks; the history stays\n",
        "write formerly = [\"beta\"]",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let ended = plan(&["--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&ended.text).unwrap();
    assert_eq!(found["plan"]["comes"], serde_json::json!(["bravo/jwks"]));
    assert_eq!(found["plan"]["without_formerly"][0]["from"], "beta");
    write(&text.replace("\"beta\"", "\"bravo\"\nformerly = [\"beta\"]"));
    let said = plan(&[]).text;
    assert!(
        said.contains("renamed: beta/jwks would go on as bravo/jwks\n"),
        "{said}"
    );
    write(&text.replace("name = \"beta\"", "nmae = \"beta\""));
    let ended = run(folder.path(), &[], &["config", "check", "--format", "json"]);
    assert_eq!(ended.code, Some(78));
    let found: serde_json::Value = serde_json::from_str(&ended.text).unwrap();
    assert_eq!(found["problems"][0]["line"], 4);
}

#[test]
fn a_plan_says_where_there_is_no_time_for_all_polls() {
    let mut text =
        "[mail]\nto = [\"a@b\"]\n[fetch]\nper_host = 1\n[defaults]\nschedule = \"* * * * * *\"\n"
            .to_owned();
    for n in 0..4 {
        text.push_str(&format!(
            "[[provider]]\nname = \"p{n}\"\nissuer = \"https://a.example/{n}\"\ndocuments = [\"openid-configuration\"]\n"
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    let said = run(folder.path(), &[], &["config", "check", "--plan"]).text;
    assert!(
        said.contains("polls at a.example than there is time for: 4 documents"),
        "{said}"
    );
    assert!(said.contains("raise per_host"), "{said}");
}

#[test]
fn the_unit_lets_as_many_files_be_open_as_the_most_polls_at_a_time_need() {
    let file = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let schema: serde_json::Value = serde_json::from_str(&file("config.schema.json")).unwrap();
    let most = &schema["definitions"]["fetch"]["properties"]["concurrency"]["maximum"];
    let unit = file("systemd/issuerwatch.service");
    let limit = unit
        .lines()
        .find_map(|line| line.strip_prefix("LimitNOFILE="));
    // Two for each poll, and some for all else.
    let needed = most.as_u64().unwrap() * 2 + 1_000;
    assert!(limit.unwrap().parse::<u64>().unwrap() >= needed);
}

/// The shipped configuration, where each line that is commented out and sets a key, or opens a table,
/// is let in.
pub(super) fn explained() -> String {
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
        "identity",
        "resource",
        "helo",
    ];
    let text: Vec<String> = explained()
        .lines()
        .filter(|line| !others.iter().any(|other| line.starts_with(other)))
        .map(str::to_owned)
        .collect();
    let secrets = [
        ("ARCHERA_API_KEY", "x"),
        ("PROXY_PASSWORD", "x"),
        ("WEBHOOK_SECRET", "x"),
        ("HEARTBEAT_URL", "https://hc.example.com/ping/x"),
    ];
    let ended = check(&text.join("\n"), &secrets);
    assert_eq!(ended.code, Some(0), "{}\n{}", text.join("\n"), ended.text);
}

#[test]
fn the_shipped_configuration_explains_every_key() {
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
        let shared = if table == "provider" {
            "defaults"
        } else {
            table
        };
        let is_there = there
            .iter()
            .any(|(of, one)| (of == table || of == shared) && one == key(&line));
        assert!(
            is_wrong_key || is_table || is_there,
            "[{table}] {}",
            key(&line)
        );
    }
}
