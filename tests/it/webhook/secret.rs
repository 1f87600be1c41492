//! What is secret of a webhook and a heartbeat: it arrives where it should and is seen nowhere else.

use super::{ALWAYS, add, change, listed};
use crate::support::program::{Program, document};
use crate::support::receiver::Receiver;
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

#[test]
fn an_address_that_is_a_secret_is_called_by_where_it_is_kept() {
    let (hook, switch) = (Receiver::start(), Receiver::start());
    let site = Site::plain();
    let program = Program::watching(&site, "", ALWAYS);
    site.answer(Reply::json(&document(&site.issuer)));
    let config = program.read("config.toml");
    let more = "[[webhook]]\nurl = { env = \"HOOK_URL\" }\nsecret = { credential = \"hook\" }\n\
                headers = { authorization = { file = \"secrets/token\" } }\n\
                [heartbeat]\nurl = { credential = \"switch\" }\nevery = \"1s\"\n\
                [log]\nlevel = \"trace\"\n";
    program.write("config.toml", &format!("{config}{more}"));
    std::fs::create_dir(program.folder.path().join("secrets")).unwrap();
    program.write("secrets/token", "s3cret-token\n");
    program.write("secrets/hook", "s3cret-key\n");
    program.write("secrets/switch", &format!("{}/s3cret-switch\n", switch.url));
    let url = format!("{}/s3cret-path?key=s3cret-query", hook.url);
    hook.says(503);
    let daemon = program.daemon_with(&[("HOOK_URL", &url), ("CREDENTIALS_DIRECTORY", "secrets")]);
    wait_until("it beats", || !switch.requests().is_empty());
    wait_until("the document is known", || {
        program.log().contains("first seen")
    });
    // Beside the daemon nobody needs the secrets.
    change(&site);
    program.said(&["check"]);
    wait_until("it is posted", || !hook.requests().is_empty());
    wait_until("that is noted", || {
        listed(&program)
            .iter()
            .any(|one| one["reason"] == "HTTP 503")
    });
    let request = hook.requests().remove(0);
    assert!(
        request.line.contains("/s3cret-path?key=s3cret-query"),
        "{}",
        request.line
    );
    assert_eq!(request.header("authorization"), Some("s3cret-token"));
    assert!(
        request
            .header("webhook-signature")
            .unwrap()
            .starts_with("v1,")
    );
    let one = listed(&program).remove(0);
    assert_eq!(one["to"], "env HOOK_URL");
    assert_eq!(daemon.terminate(), Some(0));
    let shown = ["status", "outbox", "history show 2"].map(|args| {
        let args: Vec<&str> = args.split(' ').collect();
        program.said(&args).1
    });
    assert!(shown[2].contains("to env HOOK_URL"), "{}", shown[2]);
    let seen = format!("{}\n{}", shown.concat(), program.log());
    assert!(!seen.contains("s3cret"), "{seen}");
    for entry in std::fs::read_dir(program.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let is_there = bytes.windows(6).any(|part| part == b"s3cret");
        assert!(!is_there, "{}", path.display());
    }
}

#[test]
fn one_address_with_two_secrets_is_refused() {
    let receiver = Receiver::start();
    let program = Program::alone("issuer = \"https://a.example\"");
    add(&program, &receiver, "providers = [\"not-*\"]");
    add(&program, &receiver, "severity = \"security\"");
    assert_eq!(program.said(&["config", "check"]).0, 0, "it takes both");
    add(&program, &receiver, "headers = { x-team = \"iam\" }");
    let said = program.run(&["config", "check"]);
    let errors = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!(said.status.code(), Some(78), "{errors}");
    assert!(errors.contains("it is one receiver"), "{errors}");
}
