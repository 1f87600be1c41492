//! `docs/history.md`: each form of each command has an example there, which is what the program says.

use serde_json::Value;

use super::{archera, asked};
use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const MANUAL: &str = include_str!("../../../docs/history.md");

/// Commands and what they print, as the manual has them.
fn examples() -> Vec<(Vec<&'static str>, &'static str)> {
    let blocks = MANUAL.split("```\n$ issuerwatch ").skip(1);
    let parts = blocks.map(|block| block.split_once("```\n").unwrap().0);
    parts
        .map(|text| text.split_once('\n').unwrap())
        .map(|(command, said)| (command.split(' ').collect(), said))
        .collect()
}

/// Hashes of events follow every word of them, and the length of a page every rule of its style sheet.
fn without_what_moves(text: &str) -> String {
    let is_hash = |word: &str| word.len() == 64 && word.bytes().all(|c| c.is_ascii_hexdigit());
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let words = words.map(|word| {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_hash(bare) {
            word.replace(bare, "HASH")
        } else {
            word.to_owned()
        }
    });
    let text: String = words.collect();
    match text.split_once(" provider, ") {
        Some((page, length)) if length.ends_with(" bytes\n") => format!("{page}, some bytes\n"),
        _ => text,
    }
}

#[test]
fn the_examples_are_what_the_program_says() {
    let program = archera();
    let mut count = 0;
    for (args, expected) in examples() {
        if !["history", "report"].contains(&args[0]) {
            continue;
        }
        let (_, said, errors) = asked(&program, &args);
        assert_eq!(
            without_what_moves(&said),
            without_what_moves(expected),
            "{args:?} {errors}"
        );
        count += 1;
    }
    assert!(count > 30, "only {count} examples");
}

#[test]
fn each_form_of_each_command_has_an_example() {
    let forms: [(&str, &[&str]); 12] = [
        ("history", &["table", "json", "jsonl", "markdown", "patch"]),
        ("history show", &["table", "json", "jsonl", "patch"]),
        ("history at", &["table"]),
        (
            "history diff",
            &["table", "json", "jsonl", "markdown", "patch"],
        ),
        ("history blame", &["table", "json"]),
        ("history keys", &["table", "json", "jwk", "pem"]),
        ("history token", &["table", "json"]),
        ("history verify", &["table"]),
        ("history export", &["table"]),
        ("report", &["table"]),
        ("status", &["json"]),
        ("check", &["json"]),
    ];
    let subcommands = [
        "show", "at", "diff", "blame", "keys", "token", "verify", "export",
    ];
    let all = examples();
    for (command, forms) in forms {
        for form in forms {
            let is_it = |args: &Vec<&str>| {
                let named = match args[..] {
                    ["history", second, ..] if subcommands.contains(&second) => {
                        format!("history {second}")
                    }
                    [first, ..] => first.to_owned(),
                    [] => String::new(),
                };
                let at = args.iter().position(|arg| *arg == "--format");
                let its = at.map_or("table", |at| args[at + 1]);
                named == command && its == *form
            };
            assert!(all.iter().any(|(args, _)| is_it(args)), "{command} {form}");
        }
    }
}

/// Names and types of a value: of an array, those of its elements.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let all = all.iter().map(|(name, value)| (name.clone(), shape(value)));
            Value::Object(all.collect())
        }
        Value::Array(all) => {
            let mut shapes: Vec<Value> = all.iter().map(shape).collect();
            shapes.dedup();
            Value::Array(shapes)
        }
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "true or false".into(),
        Value::Null => Value::Null,
    }
}

#[test]
fn what_is_of_now_has_the_names_and_types_of_its_example() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let pkce = "\"code_challenge_methods_supported\":[\"S256\"],";
    let known = document(&site.issuer).replace(pkce, "");
    site.answer(Reply::json(&known));
    program.said(&["check"]);
    site.answer(Reply::json(&known.replace("\"billing:write\",", "")));
    for of_now in ["check", "status"] {
        let (args, expected) = examples()
            .into_iter()
            .find(|(args, _)| args[0] == of_now)
            .unwrap();
        let (_, said, errors) = asked(&program, &args);
        let parsed = |text: &str| -> Value { serde_json::from_str(text).expect(&errors) };
        assert_eq!(shape(&parsed(&said)), shape(&parsed(expected)), "{of_now}");
    }
}
