//! The HTML part of mails, and a report with all of it unfolded, in a real Chromium: on a phone and on a
//! desk, light and dark, nothing overflows, no text is small, and all of it can be read against what
//! is behind it.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use issuerwatch::wording::mail::sample;
use issuerwatch::wording::mail::weekly::{Week, weekly};
use jiff::tz::TimeZone;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("browser::a_phone_by_day", || assert_mails(375, false)),
    ("browser::a_phone_by_night", || assert_mails(375, true)),
    ("browser::a_desk_by_day", || assert_mails(800, false)),
    ("browser::a_desk_by_night", || assert_mails(800, true)),
    ("browser::a_report_on_a_phone_by_day", || {
        assert_report(400, false);
    }),
    ("browser::a_report_on_a_phone_by_night", || {
        assert_report(400, true);
    }),
    ("browser::a_report_on_a_desk_by_day", || {
        assert_report(1400, false);
    }),
    ("browser::a_report_on_a_desk_by_night", || {
        assert_report(1400, true);
    }),
];

/// What loads the mails and measures them.
const PAGE: &str = include_str!("page.html");

/// The program, if one is installed.
pub(crate) fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    names.into_iter().find(is_there)
}

/// The HTML parts of the mails about the recording that comes with the source, which has one of each
/// kind, of the weekly one and of a test, each with its name.
fn mails() -> &'static [(String, String)] {
    static MAILS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    MAILS.get_or_init(|| {
        let folder = replayed(&["--mails", "mails"]);
        let index = std::fs::read_to_string(folder.path().join("mails/mails.jsonl")).unwrap();
        let told = index.lines().map(|line| {
            let mail: Value = serde_json::from_str(line).unwrap();
            let file = format!("mails/{:05}.eml", mail["mail"].as_u64().unwrap());
            let whole = std::fs::read_to_string(folder.path().join(file)).unwrap();
            (
                mail["subject"].as_str().unwrap().to_owned(),
                html_of(&whole),
            )
        });
        let mut mails: Vec<(String, String)> = told.collect();
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let (test, _) = sample::sample("mon1.example.com", now);
        let week = weekly(&week(), "mon1.example.com", &TimeZone::UTC);
        mails.extend([test, week].map(|content| (content.subject, content.html)));
        mails
    })
}

/// A folder in which the recording that comes with the source was replayed.
fn replayed(options: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let recording =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recording/observations.jsonl");
    let config = "[mail]\nto = [\"iam@example.com\"]\n[[provider]]\nname = \"none\"\n\
                  issuer = \"https://none.example\"\ndocuments = [\"oauth-authorization-server\"]\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let replay = ["replay", recording.to_str().unwrap()];
    program(&folder, &[&replay, options].concat());
    folder
}

fn program(folder: &TempDir, arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_issuerwatch"))
        .env_clear()
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}

/// A report about it, with every event unfolded.
fn report() -> &'static [(String, String)] {
    static REPORT: OnceLock<Vec<(String, String)>> = OnceLock::new();
    REPORT.get_or_init(|| {
        let folder = reported();
        let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
        let page = page.replace("<details ", "<details open ");
        vec![("report".to_owned(), page)]
    })
}

/// A folder with a report about it, as it is written.
pub(crate) fn reported() -> TempDir {
    let folder = replayed(&["--into", "history.db"]);
    let args = ["--store", "history.db", "report", "--out", "page.html"];
    program(&folder, &args);
    folder
}

/// A week with names that are as long as they get.
fn week() -> Week {
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    let long = "a-provider-with-a-name-that-is-longer-than-most/oauth-authorization-server";
    let member = "backchannel_authentication_request_signing_alg_values_supported";
    Week {
        from: "2026-11-16T08:00:00Z".parse().unwrap(),
        until: now,
        documents: 37,
        providers: 21,
        polls: 24_864,
        failed_polls: 11,
        failing: vec![(long.to_owned(), now, "certificate expired".to_owned())],
        damped: vec![(long.to_owned(), vec![member.to_owned(); 3])],
        changed: 2,
        news: 0,
        events: Vec::new(),
        collected: Vec::new(),
        more_collected: 0,
        habits: Vec::new(),
        sent: 2,
        waiting: 0,
        lost: 0,
        head: Some((418, "4f0c".repeat(16))),
    }
}

/// The HTML part of a message: from its own header to the next boundary.
fn html_of(message: &str) -> String {
    let message = message.replace("\r\n", "\n");
    let (before, part) = message.split_once("Content-Type: text/html").unwrap();
    // A line of the body can begin with two hyphens, too.
    let boundary = before.lines().rfind(|line| line.starts_with("--"));
    let end = format!("\n{}", boundary.unwrap());
    let (header, body) = part.split_once("\n\n").unwrap();
    let (body, _) = body.split_once(&end).unwrap();
    if header.contains("quoted-printable") {
        return unquoted(body);
    }
    assert!(!header.contains("base64"), "{header}");
    body.to_owned()
}

/// Undoes the quoted-printable encoding (RFC 2045 section 6.7).
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap().to_owned();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn assert_mails(width: u32, is_dark: bool) {
    let mails = mails();
    assert!(mails.len() > 40, "only {} mails", mails.len());
    assert_readable(mails, width, is_dark);
}

fn assert_report(width: u32, is_dark: bool) {
    assert_readable(report(), width, is_dark);
}

/// Renders all pages at a width, by day or by night.
fn assert_readable(mails: &[(String, String)], width: u32, is_dark: bool) {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    // Nothing in a mail can end the script that it is handed over in.
    let json = serde_json::to_string(mails)
        .unwrap()
        .replace('<', "\\u003c");
    let text = PAGE
        .replace("WIDTH", &width.to_string())
        .replace("MAILS", &json);
    std::fs::write(&page, text).unwrap();
    let scheme = u8::from(!is_dark);
    let output = Command::new(chromium().unwrap())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args(["--virtual-time-budget=20000", "--window-size=1000,800"])
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let (_, result) = dom.split_once("<pre id=\"result\">").expect("a page");
    let (result, _) = result.split_once("</pre>").expect("a result");
    let result = result
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let result: Value = serde_json::from_str(&result).expect(&result);
    assert_eq!(result["is_dark"], is_dark);
    assert_eq!(result["measured"], mails.len());
    let faults = result["faults"].as_array().unwrap();
    assert!(faults.is_empty(), "{} faults:\n{faults:#?}", faults.len());
}
