//! Memory of the worst answers: what is held is in proportion to one of them, not to all that came at
//! once. The built program is asked, as the system counts it.

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::{Child, Stdio};

use crate::support::program::Program;
use crate::support::site::{Reply, Site};

/// Targets that answer with nearly a mebibyte at once.
const TARGETS: usize = 12;
/// Most memory of the program, in MiB, whatever their number.
const MOST: usize = 128;
/// The same where nothing is compared.
const MOST_AT_FIRST: usize = 96;

/// A document of its issuer in one of two rounds; all of its members have another value in the other.
type Document = fn(&str, usize) -> String;

/// Few long values. What is written costs more than what came: a value is escaped, and shown with its
/// code points.
fn long(issuer: &str, round: usize) -> String {
    let path = "x".repeat(3_700);
    let value = |number| format!(r#""https://h{round}x{number}.example/\u202e{path}""#);
    document(issuer, 250, |number| {
        format!(r#""e{number}_endpoint":{}"#, value(number))
    })
}

/// Many small objects within each other: as a tree they cost many times their text.
fn deep(issuer: &str, round: usize) -> String {
    document(issuer, 1_500, |number| {
        let leaf = format!("\"{round}x{number}{}\"", "y".repeat(300));
        let value = (0..4).fold(leaf, |inner, level| {
            format!(r#"{{"a":[{inner}],"b{level}x{round}x{number}":1}}"#)
        });
        format!(r#""m{number}":{value}"#)
    })
}

fn document(issuer: &str, members: usize, member: impl Fn(usize) -> String) -> String {
    let members = (0..members).map(member).collect::<Vec<String>>().join(",");
    format!(r#"{{"issuer":"{issuer}","response_types_supported":["code"],{members}}}"#)
}

fn serve(site: &Site, document: Document, round: usize) {
    for number in 0..TARGETS {
        let issuer = format!("{}/i{number}", site.issuer);
        let reply = Reply::json(&document(&issuer, round));
        let path = format!("/.well-known/oauth-authorization-server/i{number}");
        site.serve(&path, reply);
    }
}

fn program(site: &Site) -> Program {
    let program = Program::watching(site, "", "0 0 1 1 *");
    let mut config = String::from(
        "[mail]\nto = [\"iam@example.com\"]\ngroup_wait = \"0s\"\n[fetch]\nper_host = 64\n\
         timeout = \"60s\"\n[defaults]\nconfirm_after = \"0s\"\nschedule = \"0 0 1 1 *\"\n",
    );
    for number in 0..TARGETS {
        let issuer = format!("{}/i{number}", site.issuer);
        write!(
            config,
            "[[provider]]\nname = \"p{number}\"\nissuer = \"{issuer}\"\n\
             documents = [\"oauth-authorization-server\"]\n"
        )
        .unwrap();
    }
    program.write("config.toml", &config);
    program
}

/// The most memory that a process had at a time, in MiB.
fn peak(child: &Child) -> usize {
    let path = format!("/proc/{}/status", child.id());
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    kibibytes.map_or(0, |number| number.parse::<usize>().unwrap() / 1024)
}

/// Runs `check` and returns its exit code, its peak and how much it said.
fn check(program: &Program, args: &[&str]) -> (Option<i32>, usize, usize) {
    let mut child = program
        .command(&[&["check"], args].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It cannot end before what it says is read: the last look is at the memory of nearly all its life.
    let mut said = child.stdout.take().unwrap();
    let (mut most, mut size, mut buffer) = (0, 0, vec![0; 1 << 16]);
    loop {
        most = most.max(peak(&child));
        match said.read(&mut buffer).unwrap() {
            0 => break,
            count => size += count,
        }
    }
    (child.wait().unwrap().code(), most, size)
}

/// Polls all, lets all change and polls them again; the mails of it.
fn changed(document: Document) -> usize {
    let site = Site::plain();
    let program = program(&site);
    serve(&site, document, 1);
    let (code, first, _) = check(&program, &[]);
    assert_eq!(code, Some(0));
    serve(&site, document, 2);
    let (code, unrecorded, said) = check(&program, &["--no-record", "--format", "json"]);
    assert_eq!(code, Some(3));
    assert!(said > TARGETS << 20, "{said} bytes without recording");
    let (code, changed, said) = check(&program, &["--format", "jsonl"]);
    assert_eq!(code, Some(3));
    // All of it is told, though never held at once.
    assert!(said > TARGETS << 20, "{said} bytes");
    assert!(
        first < MOST_AT_FIRST && changed < MOST && unrecorded < MOST,
        "{first} MiB at the first documents, {changed} MiB when all of them changed, {unrecorded} MiB if \
         that is not recorded"
    );
    program.mails().len()
}

#[test]
fn many_large_answers_that_all_change_at_once_take_the_memory_of_a_few() {
    assert_eq!(changed(long), 1);
}

#[test]
fn many_deep_answers_that_all_change_at_once_take_the_memory_of_a_few() {
    // Nobody asked for mails about members that no specification knows.
    assert_eq!(changed(deep), 0);
}
