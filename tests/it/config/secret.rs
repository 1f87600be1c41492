//! Secrets arrive where they are meant to, and never come back.

use super::{check, run, with};
use crate::support::program::{Program, document};
use crate::support::site::{Reply, SeenRequest, Site};
use crate::support::smtp::{Manner, Smtp};
use crate::support::wait_until;

/// A secret that must not be seen anywhere.
const SECRET: &str = "hunter2-9f6b";

#[test]
fn a_secret_that_stands_in_the_file_is_refused_and_not_repeated() {
    const SMTP: &str = "transport = \"smtp\"\nurl = \"smtps://iam@mx.example\"\n";
    for (table, line) in [
        ("mail", "password = \"S\""),
        ("mail", "password = [\"S\"]"),
        ("mail", "password = \"\"\"\nS\"\"\""),
        ("mail", "password = \"S"),
        ("mail", "passwrd = \"S\""),
        ("mail", "passwrd = \"S"),
        ("mail", "smtp_pass = \"S\""),
        ("mail", "ca_file = { password = \"S\" }"),
        ("mail", "ulr = \"smtps://iam:S@mx.example\""),
        ("fetch", "proxy = \"http://iam:S@proxy.example\""),
        ("fetch", "proxy = \"iam:S@proxy.example\""),
        ("fetch", "proxy = \"socks5://iam:S@proxy.example\""),
        (
            "fetch",
            "proxy = \"http://iam@proxy.example\"\nproxy_password = \"S\"",
        ),
        ("provider", "issuer = \"https://iam:S@a.example\""),
        ("provider", "issuer = \"https://iam:S@a.example/ \""),
        ("provider", "url = \"http://iam:S@a.example\""),
        ("provider", "allow_hosts = [\"iam:S@a.example\"]"),
        ("provider", "api_key = \"S\""),
        ("provider", "headers = { Authorization = \"Bearer S\" }"),
        ("provider", "header = { Authorization = \"Bearer S\" }"),
        ("provider", "headers.x-api-key = \"S\""),
        ("provider", "[provider.headers]\nx-api-key = \"S\""),
        ("provider", "[provider.headers]\nx-tenant = [\"S\"]"),
        ("provider", "[provider.headers]\nx-tenant = \"S"),
        ("provider", "[provider.headers]\nx-tenant = \"S\\u0000\""),
        ("top", "provider = { headers = { x-api-key = \"S\" } }"),
    ] {
        let before = if table == "mail" { SMTP } else { "" };
        let (text, _) = with(table, &(before.to_owned() + &line.replace('S', SECRET)));
        let ended = check(&text, &[]);
        assert_eq!(ended.code, Some(78), "{text}\n{}", ended.text);
        assert!(!ended.text.contains(SECRET), "{text}\n{}", ended.text);
    }
    for url in ["smtps://iam:S@mx.example", "smpts://iam:S@mx.example"] {
        for transport in ["smtp", "file"] {
            let url = url.replace('S', SECRET);
            let lines = format!("transport = \"{transport}\"\nurl = \"{url}\"");
            let ended = check(&with("mail", &lines).0, &[]);
            assert_eq!(ended.code, Some(78));
            assert!(!ended.text.contains(SECRET), "{}", ended.text);
        }
    }
}

#[test]
fn a_credential_of_the_service_keeps_nobody_at_a_shell_from_checking() {
    let lines =
        "transport = \"smtp\"\nurl = \"smtps://iam@mx.example\"\npassword = { credential = \"x\" }";
    let checked = check(&with("mail", lines).0, &[]);
    assert_eq!(checked.code, Some(0), "{}", checked.text);
    let said = "not checked here: the credential \"x\" of password";
    assert!(checked.text.contains(said), "{}", checked.text);
}

#[test]
fn the_password_of_the_mail_server_is_read_by_what_mails_only() {
    let site = Site::plain();
    let mail = "transport = \"smtp\"\nurl = \"smtps://iam@127.0.0.1:9\"\n\
                password = { credential = \"smtp-password\" }";
    let program = Program::watching(&site, mail, "0 0 1 1 *");
    let folder = program.folder.path();
    site.answer(Reply::json(&document(&site.issuer)));
    let said = run(folder, &[], &["check"]);
    assert_eq!(said.code, Some(78), "it would have to mail: {}", said.text);
    let line = "systemd-run --pipe --wait -p LoadCredential=smtp-password:\
                /etc/issuerwatch/smtp-password issuerwatch --config config.toml check\n";
    assert!(said.text.contains(line), "{}", said.text);
    assert_eq!(run(folder, &[], &["check", "--no-record"]).code, Some(0));
    std::fs::create_dir(folder.join("secrets")).unwrap();
    std::fs::write(folder.join("secrets/smtp-password"), SECRET).unwrap();
    let _daemon = program.daemon_with(&[("CREDENTIALS_DIRECTORY", "secrets")]);
    wait_until("the first document is known", || {
        run(folder, &[], &["history", "show", "1"]).code == Some(0)
    });
    for arguments in [
        &["check"][..],
        &["check", "--no-record"],
        &["outbox"],
        &["outbox", "list", "--format", "json"],
        &["outbox", "retry"],
        &["status"],
    ] {
        let said = run(folder, &[], arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.text);
    }
}

#[test]
fn a_secret_that_cannot_be_had_is_said_with_its_place() {
    let password = |form: &str| {
        let lines =
            format!("transport = \"smtp\"\nurl = \"smtps://iam@mx.example\"\npassword = {form}");
        check(&with("mail", &lines).0, &[("EMPTY", "")]).text
    };
    for (form, message) in [
        (
            "{ env = \"NONE\" }",
            "password cannot be had: environment variable NONE is not set",
        ),
        ("{ env = \"EMPTY\" }", "password is empty"),
        (
            "{ file = \"no\" }",
            "password cannot be had: no cannot be read: No such file or directory",
        ),
        (
            "{ credential = \"../x\" }",
            "password cannot be had: a credential is the name of one file, without a slash",
        ),
        (
            "{ env = \"A\", file = \"B\" }",
            "password must be one of { env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }",
        ),
        ("{ env = 1 }", "password must be one of "),
        (
            "\"x\"",
            "password must not stand in the file: write { env = \"NAME\" }",
        ),
    ] {
        let text = password(form);
        assert!(text.contains(&format!(": {message}")), "{form}: {text}");
    }
    for (url, message) in [
        (
            "smtps://iam@mx.example",
            "url names a user, but there is no password = { env = \"NAME\" }",
        ),
        (
            "https://mx.example",
            "url must begin with smtps:// or smtp://",
        ),
        (
            "smtps://mx.example/inbox",
            "url must end after host and port",
        ),
        (
            "mx.example",
            "url is no URL such as \"smtps://user@smtp.example.com\"",
        ),
    ] {
        let (text, line) = with("mail", &format!("transport = \"smtp\"\nurl = \"{url}\""));
        let expected = format!("config.toml:{}:7: {message}", line + 1);
        let ended = check(&text, &[]);
        assert!(ended.text.contains(&expected), "{url}: {}", ended.text);
    }
}

/// The program in each way of being handed a secret: the form, variables, and a file in its folder.
const WAYS: [(&str, &[(&str, &str)]); 3] = [
    ("{ env = \"API_KEY\" }", &[("API_KEY", SECRET)]),
    ("{ file = \"secrets/key\" }", &[]),
    (
        "{ credential = \"key\" }",
        &[("CREDENTIALS_DIRECTORY", "secrets")],
    ),
];

#[test]
fn a_secret_arrives_in_each_way_and_is_seen_nowhere_else() {
    for (form, variables) in WAYS {
        let (site, smtp) = (Site::plain(), Smtp::start(Manner::Good));
        let mail = format!(
            "transport = \"smtp\"\nurl = \"smtp://iam%40example.com@127.0.0.1:{}\"\npassword = {form}",
            smtp.port
        );
        let program = Program::watching(&site, &mail, "0 0 1 1 *");
        let folder = program.folder.path();
        let path = folder.join("config.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(
            &path,
            format!("{text}headers = {{ x-api-key = {form}, x-tenant = \"acme\" }}\n"),
        )
        .unwrap();
        std::fs::create_dir(folder.join("secrets")).unwrap();
        std::fs::write(folder.join("secrets/key"), format!("{SECRET}\n")).unwrap();

        let mut said = String::new();
        let mut tell = |arguments: &[&str], code: i32| {
            let ended = run(folder, variables, arguments);
            assert_eq!(
                ended.code,
                Some(code),
                "{form} {arguments:?}: {}",
                ended.text
            );
            said.push_str(&ended.text);
        };
        tell(&["config", "check", "--plan"], 0);
        site.answer(Reply::json(&document(&site.issuer)));
        tell(&["-v", "-v", "check"], 0);
        site.answer(Reply::json(
            &document(&site.issuer).replace("\"billing:write\",", ""),
        ));
        tell(&["-v", "-v", "check"], 3);
        site.answer(Reply::status(401));
        tell(&["-v", "-v", "check", "--format", "json"], 4);
        tell(&["history", "--format", "json"], 0);
        tell(&["history", "show", "2"], 0);
        tell(&["alert", "test"], 0);

        let requests = site.requests();
        let sent = |seen: &SeenRequest| seen.header("x-api-key") == Some(SECRET);
        assert!(requests.iter().all(sent), "{form}: {requests:?}");
        assert_eq!(requests[0].header("x-tenant"), Some("acme"));
        // RFC 4616: authorization identity, name and password, each after a NUL.
        let logins = smtp.logins();
        let plain = base64(format!("\0iam@example.com\0{SECRET}").as_bytes());
        assert_eq!(
            logins.first(),
            Some(&format!("AUTH PLAIN {plain}")),
            "{form}"
        );
        assert!(!smtp.messages().is_empty());
        assert!(!said.contains(SECRET), "{form}: {said}");
        assert!(smtp.messages().iter().all(|mail| !mail.contains(SECRET)));
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap_or_default();
            let is_there = bytes
                .windows(SECRET.len())
                .any(|part| part == SECRET.as_bytes());
            assert!(!is_there, "{form}: {}", path.display());
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
