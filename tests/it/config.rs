//! The configuration from outside: what is wrong with it, and where.

mod include;
mod mails;
mod schema;
mod secret;
mod shipped;
mod store;

use std::path::Path;
use std::process::Command;

struct Ended {
    code: Option<i32>,
    text: String,
}

/// Runs the program in a folder, with these variables and no others.
fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_issuerwatch"))
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ended {
        code: output.status.code(),
        text,
    }
}

/// `config check` of this text.
fn check(text: &str, variables: &[(&str, &str)]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    run(folder.path(), variables, &["config", "check"])
}

const BASE: [(&str, &str); 4] = [
    ("mail", "to = [\"iam@example.com\"]"),
    ("provider", "name = \"archera\""),
    ("provider", "issuer = \"https://api.archera.ai\""),
    ("provider", "documents = [\"oauth-authorization-server\"]"),
];

/// What a table needs where it stands.
const NEEDED: [(&str, &str); 4] = [
    ("mail.route", "to = [\"iam@example.com\"]"),
    ("webhook", "url = \"https://events.example.com/\""),
    ("heartbeat", "url = \"https://alive.example.com/\""),
    ("report", "file = \"report.html\""),
];

/// The name of the key a line sets.
fn key(line: &str) -> &str {
    line.split(['=', '.']).next().unwrap().trim()
}

/// A configuration that is right but for one line, and the number of that line.
fn with(table: &str, line: &str) -> (String, usize) {
    let headers = [
        ("top", ""),
        ("store", "[store]"),
        ("mail", "[mail]"),
        ("mail.route", "[[mail.route]]"),
        ("webhook", "[[webhook]]"),
        ("heartbeat", "[heartbeat]"),
        ("report", "[report]"),
        ("fetch", "[fetch]"),
        ("log", "[log]"),
        ("metrics", "[metrics]"),
        ("defaults", "[defaults]"),
        ("provider", "[[provider]]"),
        ("provider.uses", "[provider.uses]"),
    ];
    let mut lines: Vec<&str> = Vec::new();
    let mut at = 0;
    for (name, header) in headers {
        let needed = NEEDED.iter().filter(|(of, _)| *of == table);
        let base = BASE.iter().chain(needed).filter(|(of, _)| *of == name);
        let base: Vec<&str> = base.map(|(_, base)| *base).collect();
        if name != table && base.is_empty() {
            continue;
        }
        lines.push(header);
        lines.extend(
            base.iter()
                .filter(|base| name != table || key(base) != key(line)),
        );
        if name == table {
            lines.push(line);
            at = lines.len();
        }
    }
    (lines.join("\n") + "\n", at)
}

/// Table, line with `^` before the place, what is said.
fn wrong() -> Vec<[&'static str; 3]> {
    let lines = include_str!("config/wrong.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.splitn(3, " | ").collect();
            fields.try_into().unwrap()
        })
        .collect()
}

#[test]
fn what_is_wrong_is_said_with_its_line_its_column_and_the_nearest_word() {
    for [table, marked, message] in wrong() {
        let column = marked.chars().position(|c| c == '^').unwrap() + 1;
        let (text, line) = with(table, &marked.replacen('^', "", 1));
        let ended = check(&text, &[]);
        assert_eq!(ended.code, Some(78), "{text}\n{}", ended.text);
        let expected = format!("config.toml:{line}:{column}: {message}");
        assert!(
            ended.text.contains(&expected),
            "{text}\nnot {expected}\nbut {}",
            ended.text
        );
        let is_one = ended.text.ends_with("\n1 problem\n");
        assert!(is_one, "{marked}: {}", ended.text);
    }
}

#[test]
fn every_key_has_a_wrong_value_that_is_tried() {
    let keys = [
        ("store", "path keep_bodies"),
        (
            "mail",
            "transport directory from to url password command group_wait group_interval digest \
             collect expire_after route",
        ),
        ("mail.route", "providers severity to"),
        (
            "webhook",
            "url format providers severity secret headers ca_file",
        ),
        ("heartbeat", "url every"),
        ("report", "file every"),
        (
            "fetch",
            "concurrency per_host spread timeout max_body revalidate_after user_agent ca_file proxy \
             proxy_password",
        ),
        (
            "defaults",
            "schedule timezone alert_on failures_before_alert confirm_after damping \
             damping_half_life ignore allow_hosts headers severity",
        ),
        (
            "provider",
            "name formerly issuer resource documents url urls uses",
        ),
        (
            "provider.uses",
            "grants scopes auth_methods algs endpoints response_types",
        ),
        ("metrics", "listen"),
        ("log", "level format"),
    ];
    for (table, names) in keys {
        for name in names.split_whitespace() {
            // What may stand in both may be tried in either.
            let is_table = |of: &str| of == table || (table == "defaults" && of == "provider");
            let is_tried = wrong()
                .iter()
                .any(|[of, line, _]| is_table(of) && key(line) == name);
            assert!(is_tried, "{table}.{name}");
        }
    }
}

#[test]
fn one_slip_is_one_problem() {
    let mail = "[mail]\nto = [\"a@b\"]\n";
    let provider = "[[provider]]\nname = \"p\"\nissuer = \"https://a.example\"\ndocuments = [\"jwks\", \"openid-configuration\"]\n";
    let route = "[[mail.route]]\nproviders = [\"p\"]\nto = [\"a@b\"]\n";
    let whole = format!("{mail}{route}{provider}");
    for (slip, instead) in [
        ("[[provider]]", "[[providers]]"),
        ("[[provider]]", "[[archera]]"),
        ("[[provider]]", "[provider]"),
        ("\"jwks\", \"openid", "\"oidc\", \"openid"),
        ("\"openid-configuration\"", "\"oidc\""),
        ("[\"jwks\", \"openid-configuration\"]", "\"jwks\""),
        ("issuer = ", "isuer = "),
        ("issuer = ", "discovery_url = "),
        ("name = \"p\"", "title = \"p\""),
        ("name = \"p\"", "name = \"my p\""),
        (
            "https://a.example",
            "http://a.example/.well-known/openid-configuration?x#y",
        ),
        ("providers = [\"p\"]", "providers = \"p\""),
        ("[mail]\nto", "[mail]\nrecipients"),
        (
            "[mail]\nto = [\"a@b\"]\n[[mail.route]]",
            "[mail]\nto = \"a@b\"\n[[mail.route]]",
        ),
        (
            "providers = [\"p\"]\nto = [\"a@b\"]",
            "providers = [\"p\"]\nto = [\"ab\"]",
        ),
        (
            "[mail]\n",
            "[mail]\nurl = \"smtps://u@h\"\npassword = { env = \"X\" }\nhelo = \"a.b\"\n",
        ),
        ("[mail]\n", "[mail]\ntransport = 1\nurl = \"smtps://h\"\n"),
        (
            "[mail]\n",
            "[mail]\ntransport = \"smtp\"\nserver = \"smtps://h\"\n",
        ),
        (
            "[mail]\n",
            "[mail]\ntransport = \"smtp\"\nurl = \"smtps://u@h\"\npass = \"x\"\n",
        ),
    ] {
        assert!(whole.contains(slip), "{slip}");
        let ended = check(&whole.replacen(slip, instead, 1), &[]);
        assert!(
            ended.text.ends_with("\n1 problem\n"),
            "{instead}: {}",
            ended.text
        );
    }
    for text in [
        format!("[email]\nto = [\"a@b\"]\n{provider}"),
        format!("[alerting_by]\nto = [\"a@b\"]\n{provider}"),
        format!("mail = 1\n{provider}"),
        format!("to = [\"a@b\"]\n{provider}"),
        format!("{mail}to = [\"c@d\"]\n{provider}"),
    ] {
        let ended = check(&text, &[]);
        assert!(
            ended.text.ends_with("\n1 problem\n"),
            "{text}: {}",
            ended.text
        );
    }
}

#[test]
fn what_is_missing_is_said() {
    let provider = "[[provider]]\nname = \"a\"\nissuer = \"https://a.example\"\ndocuments = [\"openid-configuration\"]\n";
    let mail = "[mail]\nto = [\"a@b\"]\n";
    for (text, message) in [
        (
            provider.to_owned(),
            "[mail] has no \"to\": nobody would be told",
        ),
        (mail.to_owned(), "no [[provider]]: nothing would be watched"),
        (
            mail.to_owned() + "[provider]\nname = \"a\"",
            "config.toml:3:1: provider must be written [[provider]]",
        ),
        (
            format!("{mail}[[provider]]\n"),
            "config.toml:3:1: [[provider]] has no \"name\"",
        ),
        (
            format!("{mail}[[provider]]\n"),
            "config.toml:3:1: [[provider]] has no \"issuer\"",
        ),
        (
            format!("{mail}{provider}{provider}"),
            "config.toml:8:8: two providers are named \"a\" (the other on line 4)",
        ),
        (
            format!("{mail}{provider}url = \"https://a.example/x\"\n")
                .replace("[\"openid", "[\"oauth-authorization-server\", \"openid"),
            "config.toml:7:7: url is of one metadata document: write urls = {",
        ),
        (
            format!("{mail}{provider}[[webhook]]\nformat = \"alertmanager\"\n"),
            "config.toml:7:1: [[webhook]] has no \"url\"",
        ),
        ("[mail\n".to_owned(), "config.toml:1:"),
    ] {
        let ended = check(&text, &[]);
        assert_eq!(ended.code, Some(78), "{text}");
        assert!(
            ended.text.contains(message),
            "{text}\nnot {message}\nbut {}",
            ended.text
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let ended = run(
        folder.path(),
        &[],
        &["--config", "absent.toml", "config", "check"],
    );
    assert_eq!(ended.code, Some(78));
    assert!(
        ended
            .text
            .contains("absent.toml: cannot read the configuration"),
        "{}",
        ended.text
    );
}

#[test]
fn what_a_transport_lacks_is_said() {
    for (lines, at, message) in [
        (
            "transport = \"sendmail\"\ncommand = \"/no/sendmail -i\"",
            (1, 11),
            "command /no/sendmail is not there",
        ),
        (
            "transport = \"sendmail\"\ncommand = \" \"",
            (1, 11),
            "command is empty",
        ),
        (
            "transport = \"smtp\"\nurl = \"smtps://mx.example\"\nca_file = \"no.pem\"",
            (2, 11),
            "ca_file no.pem cannot be used: No such file or directory",
        ),
    ] {
        let (text, first) = with("mail", lines);
        let expected = format!("config.toml:{}:{}: {message}", first + at.0, at.1);
        let ended = check(&text, &[]);
        assert_eq!(ended.code, Some(78), "{}", ended.text);
        assert!(
            ended.text.contains(&expected),
            "not {expected} but {}",
            ended.text
        );
    }
}

#[test]
fn the_store_and_the_mails_are_in_the_state_directory_and_files_beside_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = with("fetch", "ca_file = \"ca.pem\"");
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::create_dir(folder.path().join("etc")).unwrap();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    // Nothing listens there: a failed poll is recorded as well.
    let text = text.replace("https://api.archera.ai", "http://127.0.0.1:9");
    std::fs::write(folder.path().join("etc/config.toml"), text).unwrap();
    std::fs::write(folder.path().join("etc/ca.pem"), key.cert.pem()).unwrap();
    let variables = [("STATE_DIRECTORY", "state:other")];
    let ended = run(
        folder.path(),
        &variables,
        &["--config", "etc/config.toml", "check"],
    );
    assert_eq!(ended.code, Some(4), "{}", ended.text);
    assert!(folder.path().join("state/issuerwatch.db").exists());
    let ended = run(
        folder.path(),
        &variables,
        &["--config", "etc/config.toml", "alert", "test"],
    );
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(folder.path().join("state/mails").exists());
}

#[test]
fn a_wrong_default_is_said_once_however_many_take_it_and_also_if_none_does() {
    let (text, _) = with("defaults", "schedule = \"61 * * * *\"");
    let second = "[[provider]]\nname = \"b\"\nissuer = \"https://b.example\"\ndocuments = [\"openid-configuration\"]\n";
    let ended = check(&(text.clone() + second), &[]);
    assert!(ended.text.ends_with("1 problem\n"), "{}", ended.text);
    let ended = check(&(text + "schedule = \"@daily\"\n"), &[]);
    assert!(ended.text.ends_with("1 problem\n"), "{}", ended.text);
}
