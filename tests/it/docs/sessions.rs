//! What a page shows of a session is what the program prints: every `$ issuerwatch` line in a fence of
//! `console` is run, in the order of the page, and what stands below it is compared: exactly where the page
//! tells of a recording, and but for times, lengths of time and random names where it tells of a server.

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

/// A line with each hash shortened to its ends, as a terminal shows it.
fn with_short_hashes(line: &str) -> String {
    let short = |word: &str| {
        let bare = word.trim_end_matches([';', ',']);
        let is_hash = bare.len() == 64 && bare.bytes().all(|octet| octet.is_ascii_hexdigit());
        if is_hash {
            format!("{}...{}{}", &bare[..6], &bare[62..], &word[64..])
        } else {
            word.to_owned()
        }
    };
    let words: Vec<String> = line.split(' ').map(short).collect();
    words.join(" ")
}

/// Whether a page shows what is printed: every character, but for hashes that may be shortened.
fn is_shown(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (shown.trim_end(), printed.trim_end());
    let lines = shown.lines().zip(printed.lines());
    shown.lines().count() == printed.lines().count()
        && lines
            .into_iter()
            .all(|(one, other)| one == other || one == with_short_hashes(other))
}

/// A word with the signs around it.
fn taken_apart(word: &str) -> (&str, &str, &str) {
    let is_sign = |sign: char| !sign.is_ascii_alphanumeric();
    let rest = word.trim_start_matches(is_sign);
    let bare = rest.trim_end_matches(is_sign);
    (&word[..word.len() - rest.len()], bare, &rest[bare.len()..])
}

/// The form of a day (`YYYY-MM-DD`) or a time of day (`HH:MM`, `HH:MM:SS`).
fn form_of_time(word: &str) -> Option<&'static str> {
    let form = word.replace(|sign: char| sign.is_ascii_digit(), "0");
    let forms = ["0000-00-00", "00:00", "00:00:00"];
    forms.into_iter().find(|one| *one == form)
}

/// A word without its random part: what is long and hexadecimal.
fn without_random(word: &str) -> String {
    let parts = word.split_inclusive(|sign: char| !sign.is_ascii_hexdigit());
    let settled = parts.map(|part| {
        let digits = part.trim_end_matches(|sign: char| !sign.is_ascii_hexdigit());
        match digits.len() {
            24 | 64 => format!("HEX{}{}", digits.len(), &part[digits.len()..]),
            _ => part.to_owned(),
        }
    });
    settled.collect()
}

/// One cell of a table, or a sentence, without what is another at each run.
fn settled(cell: &str) -> String {
    let mut settled: Vec<String> = Vec::new();
    for word in cell.split(' ') {
        let (open, bare, close) = taken_apart(word);
        let is_number = settled.last().is_some_and(|last| {
            let digits = last.trim_start_matches('(').replace('.', "");
            !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit())
        });
        // A schedule is no length of time that moves.
        let is_schedule = settled.iter().rev().nth(1).is_some_and(|it| it == "every");
        if ["s", "ms", "min", "h", "kB"].contains(&bare) && is_number && !is_schedule {
            let number = settled.pop().unwrap();
            match settled
                .last_mut()
                .filter(|last| *last == "SPAN" || *last == "(SPAN")
            {
                Some(last) => last.push_str(close),
                None => settled.push(format!("{}SPAN{close}", taken_apart(&number).0)),
            }
        } else if let Some(form) = form_of_time(bare) {
            settled.push(format!("{open}{form}{close}"));
        } else {
            settled.push(without_random(word));
        }
    }
    settled.join(" ")
}

/// A text without what is another at each run: hashes, times, lengths of time, and how wide a column is
/// because of them. How far a line is indented stays.
fn without_what_moves(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let cells = line.trim_start();
        let indent = &line[..line.len() - cells.len()];
        let cells = cells.split("  ").map(str::trim).filter(|it| !it.is_empty());
        let cells: Vec<String> = cells.map(settled).collect();
        format!("{indent}{}", cells.join("  "))
    };
    text.trim_end().lines().map(line).collect()
}

/// What a command prints, and its exit code.
fn asked(program: &Program, command: &str) -> (String, Option<i32>) {
    let words = words(command);
    let output = program.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed = printed + &String::from_utf8(output.stderr).unwrap();
    (printed, output.status.code())
}

/// The exit code of a command that finds what these pages show: a document that differs from its copy, a
/// token that is forged.
fn code_of(command: &str) -> i32 {
    let finds = command.contains(" --against ") || command.contains(" history token ");
    if finds { 3 } else { 0 }
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
        let (printed, code) = asked(&program, &command);
        assert_eq!(code, Some(code_of(&command)), "{command}");
        assert!(is_shown(&shown, &printed), "$ {command}\n{printed}");
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
        let (mut printed, code) = asked(&program, &command);
        assert_eq!(code, Some(code_of(&command)), "{command}");
        if let Some((_, file)) = command.split_once(" > ") {
            program.write(file, &std::mem::take(&mut printed));
        }
        assert!(is_shown(&shown, &printed), "$ {command}\n{printed}");
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
        let (printed, code) = asked(&program, &here(&command));
        let finds = checks == 2 && command == "issuerwatch check";
        assert_eq!(code, Some(if finds { 3 } else { 0 }), "{command}");
        if command.starts_with("issuerwatch init") {
            // The second look at a change need not be waited for here.
            program.configure("[defaults]\n", "[defaults]\nconfirm_after = \"0s\"\n");
        }
        assert_eq!(
            without_what_moves(&here(&shown)),
            without_what_moves(&printed),
            "$ {command}\n{printed}"
        );
    }
    let (_, shown) = TEN_MINUTES.split_once("```mail\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let mails = program.mails();
    let mail = mails
        .iter()
        .find(|mail| mail.contains("X-Issuerwatch-Kind: changed"))
        .unwrap();
    assert_eq!(
        without_what_moves(&flat(&here(shown))),
        without_what_moves(&flat(&text_of(mail)))
    );
}
