//! What a page shows of a session is what the program prints: every `$ issuerwatch` line in a fence of
//! `console` is run, in the order of the page, and what stands below it is compared.

use super::words;
use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const README: &str = include_str!("../../../README.md");
const RECIPES: &str = include_str!("../../../docs/recipes.md");
const TEN_MINUTES: &str = include_str!("../../../docs/ten-minutes.md");
const RECORDING: &str = include_str!("../../fixtures/history/recording.jsonl");
const PINNED: &str = include_str!("../../fixtures/history/pinned.json");
const FOUND: &str = include_str!("../../fixtures/history/found.jwt");

/// The commands of a page, each with what the page says it prints.
fn sessions(page: &str) -> Vec<(String, String)> {
    let fences = page.split("```console\n").skip(1);
    let fences = fences.map(|part| part.split_once("```").unwrap().0);
    let commands = fences.flat_map(|fence| fence.split("$ ").skip(1));
    let parts = commands.map(|part| part.split_once('\n').unwrap());
    parts
        .map(|(command, printed)| (command.to_owned(), printed.to_owned()))
        .collect()
}

/// Whether a word is a hash, whole or shortened.
fn is_hash(word: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|octet| octet.is_ascii_hexdigit());
    match word.split_once("...") {
        Some((start, end)) => start.len() == 6 && end.len() == 2 && is_hex(start) && is_hex(end),
        None => word.len() >= 20 && is_hex(word),
    }
}

/// Whether a word is a day or a time of day.
fn is_time(word: &str) -> bool {
    let is_part = |octet: u8| octet.is_ascii_digit() || octet == b'-' || octet == b':';
    word.contains(['-', ':']) && word.len() > 4 && word.bytes().all(is_part)
}

/// A text without what is another at each run: hashes, times, lengths of time, and how wide a column is
/// because of them.
fn without_what_moves(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let mut settled: Vec<String> = Vec::new();
        for word in line.split_whitespace() {
            let bare = word.trim_matches(|sign: char| !sign.is_ascii_alphanumeric());
            let number = settled.last().is_some_and(|last| {
                let digits = last.trim_start_matches('(').replace('.', "");
                !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit())
            });
            let is_unit = ["s", "ms", "min", "h", "kB"].contains(&bare);
            if is_unit && number {
                settled.pop();
                if settled.last().is_none_or(|last| last != "SPAN") {
                    settled.push("SPAN".to_owned());
                }
            } else if is_time(bare) {
                settled.push(word.replace(bare, "TIME"));
            } else if let Some((before, rest)) = word.split_once("mails/") {
                let end = rest.find(".eml").map_or("", |at| &rest[at..]);
                settled.push(format!("{before}mails/NAME{end}"));
            } else if is_hash(bare) {
                settled.push(word.replace(bare, "HASH"));
            } else {
                settled.push(word.to_owned());
            }
        }
        settled.join(" ")
    };
    let lines = text.trim_end().lines().map(line);
    lines.filter(|line| !line.is_empty()).collect()
}

fn asked(program: &Program, command: &str) -> String {
    let words = words(command);
    let output = program.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let printed = String::from_utf8(output.stdout).unwrap();
    printed + &String::from_utf8(output.stderr).unwrap()
}

fn compare(page: &str, command: &str, shown: &str, printed: &str) {
    assert_eq!(
        without_what_moves(shown),
        without_what_moves(printed),
        "{page}: $ {command}\n{printed}"
    );
}

fn replayed(into: &str, lines: usize) -> Program {
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    program.write("pinned.json", PINNED);
    program.write("found.jwt", FOUND);
    replay(&program, into, lines);
    program.point_at(into);
    program
}

/// Replays the first lines of the recording.
fn replay(program: &Program, into: &str, lines: usize) {
    let lines: Vec<&str> = RECORDING.lines().take(lines).collect();
    program.write("recording.jsonl", &(lines.join("\n") + "\n"));
    let (code, said) = program.said(&["replay", "recording.jsonl", "--into", into]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn what_the_readme_shows_is_what_the_program_prints() {
    let program = replayed("history.db", usize::MAX);
    let sessions = sessions(README);
    assert!(sessions.len() > 4, "{sessions:?}");
    for (command, shown) in sessions {
        let printed = asked(&program, &command);
        compare("README.md", &command, &shown, &printed);
    }
}

#[test]
fn what_the_recipes_show_is_what_the_program_prints() {
    let program = replayed("issuerwatch.db", usize::MAX);
    replay(&program, "nyc.db", usize::MAX);
    replay(&program, "fra.db", 2);
    let sessions = sessions(RECIPES);
    assert!(sessions.len() > 2, "{sessions:?}");
    for (command, shown) in sessions {
        let mut printed = asked(&program, &command);
        if let Some((_, file)) = command.split_once(" > ") {
            program.write(file, &std::mem::take(&mut printed));
        }
        compare("docs/recipes.md", &command, &shown, &printed);
    }
}

/// The words of a mail in one line, without the name of the machine: lines are broken elsewhere where that
/// or an address is longer.
fn flat(mail: &str) -> String {
    let words: Vec<&str> = mail.split_whitespace().collect();
    let machine = words.iter().position(|word| *word == "Watched").unwrap() + 4;
    let (before, after) = words.split_at(machine);
    [before, &after[1..]].concat().join(" ")
}

/// The text of a mail, as its reader sees it.
fn text_of(mail: &str) -> String {
    let mail = mail.replace("\r\n", "\n");
    let subject = mail
        .lines()
        .find(|line| line.starts_with("Subject: "))
        .unwrap();
    let start =
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n";
    let text = mail.split_once(start).unwrap().1;
    let text = text.split_once("\n--both-").unwrap().0;
    let text = text
        .replace("=\n", "")
        .replace("=20", " ")
        .replace("=3D", "=");
    format!("{subject}\n\n{text}")
}

#[test]
fn the_first_ten_minutes_go_as_their_page_says() {
    let site = Site::plain();
    let known = document(&site.issuer);
    let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"a1",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    site.answer(Reply::status(404));
    let metadata = "/.well-known/oauth-authorization-server";
    site.serve(metadata, Reply::json(&known));
    site.serve("/jwks.json", Reply::json(keys));
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    std::fs::remove_file(program.folder.path().join("config.toml")).unwrap();
    let here = |text: &str| {
        text.replace("https://acme.test", &site.issuer)
            .replace("acme.test", "127.0.0.1")
    };
    let mut checks = 0;
    for (command, shown) in sessions(TEN_MINUTES) {
        if command == "issuerwatch check" {
            checks += 1;
        }
        if checks == 2 {
            site.serve(
                metadata,
                Reply::json(&known.replace("\"billing:write\",", "")),
            );
        }
        let printed = asked(&program, &here(&command));
        if command.starts_with("issuerwatch init") {
            // The second look at a change need not be waited for here.
            program.configure("[defaults]\n", "[defaults]\nconfirm_after = \"0s\"\n");
        }
        compare("docs/ten-minutes.md", &command, &here(&shown), &printed);
    }
    let (_, shown) = TEN_MINUTES.split_once("```mail\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let mails = program.mails();
    let mail = mails
        .iter()
        .find(|mail| mail.contains("X-Issuerwatch-Kind: changed"))
        .unwrap();
    compare(
        "docs/ten-minutes.md",
        "the mail",
        &flat(&here(shown)),
        &flat(&text_of(mail)),
    );
}
