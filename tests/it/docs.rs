//! The pages of `docs/`: what they say to write is taken by the program.

mod sessions;

use std::path::Path;

use crate::support::program::Program;
use crate::support::site::Site;

const PAGES: [&str; 4] = [
    include_str!("../../docs/recipes.md"),
    include_str!("../../docs/mcp.md"),
    include_str!("../../docs/fhir.md"),
    include_str!("../../docs/wallets.md"),
];

/// What stands in fences of this language.
fn blocks(page: &'static str, language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let parts: Vec<&str> = page.split(fence.as_str()).skip(1).collect();
    parts
        .into_iter()
        .map(|part| part.split_once("```").unwrap().0)
        .collect()
}

#[test]
fn every_recipe_is_a_configuration() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let blocks: Vec<&str> = PAGES
        .into_iter()
        .flat_map(|page| blocks(page, "toml"))
        .collect();
    assert!(blocks.len() > 9, "{blocks:?}");
    for block in blocks {
        let mut config = "[store]\npath = \"recipe.db\"\n".to_owned();
        if !block.contains("[mail]") {
            config += "[mail]\nto = [\"you@localhost\"]\n";
        }
        config += block;
        if !block.contains("[[provider]]") {
            config += "[[provider]]\nname = \"acme\"\nissuer = \"https://acme.example\"\n";
        }
        std::fs::write(program.folder.path().join("recipe.toml"), &config).unwrap();
        let output = program.run(&["--config", "recipe.toml", "config", "check"]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{errors}\n{config}");
    }
}

#[test]
fn the_pages_of_rules_and_of_keys_are_what_the_program_prints() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let commands = [
        ("rules.md", "rules --format markdown"),
        ("configuration.md", "config schema --format markdown"),
    ];
    for (page, command) in commands {
        let file = format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"));
        let shipped = std::fs::read_to_string(file).unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        let output = program.run(&words);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(shipped == printed, "issuerwatch {command} > docs/{page}");
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&format!("(docs/{page})")), "{page}");
    }
}

#[test]
fn the_picture_of_a_terminal_shows_what_the_program_prints() {
    let picture = include_str!("../../docs/pictures/terminal.svg");
    let texts = picture.split("<text ").skip(1);
    let texts = texts.filter_map(|text| text.split_once('>')?.1.split_once("</text>"));
    let shown: Vec<String> = texts
        .flat_map(|(text, _)| text.split(' '))
        .map(|word| word.replace("&gt;", ">").replace("&quot;", "\""))
        .collect();
    let program = Program::alone("issuer = \"https://none.example\"");
    let recording = include_str!("../fixtures/history/recording.jsonl");
    program.write("recording.jsonl", recording);
    program.said(&[
        "replay",
        "recording.jsonl",
        "--into",
        "shown.db",
        "--mails",
        "mails",
    ]);
    for command in ["history", "history show 4"] {
        let words = ["--store", "shown.db"]
            .into_iter()
            .chain(command.split(' '));
        let (code, said) = program.said(&words.collect::<Vec<_>>());
        assert_eq!(code, 0, "{said}");
        for word in said.split_whitespace() {
            let is_shown = shown.iter().any(|one| one == word);
            assert!(is_shown, "{word}: run docs/pictures/make");
        }
    }
}

/// The commands of this program that a page shows: in fences, without a prompt, and in the text between
/// backquotes; each with what stands for a value filled in.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut is_fenced = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced {
            found.push(line.trim().trim_start_matches("$ "));
        } else {
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    let start = |line: &&str| line.starts_with("issuerwatch ");
    found.into_iter().filter(start).map(words).collect()
}

/// What a shell would make of a line, up to what is no part of the command: a comment, a second
/// command, and what a listing explains after two blanks.
fn words(line: &str) -> Vec<String> {
    let end = [" #", "  ", " > ", " | ", " && ", " || ", "; "];
    let end = end.iter().filter_map(|sign| line.find(sign)).min();
    let mut words = vec![String::new()];
    let mut quote = None;
    for sign in line[..end.unwrap_or(line.len())].chars() {
        match (sign, quote) {
            ('"' | '\'', None) => quote = Some(sign),
            (_, Some(open)) if open == sign => quote = None,
            (' ', None) => words.push(String::new()),
            // An optional argument is one that can be given, `...` that it can be given again.
            ('[' | ']', None) => {}
            _ => words.last_mut().unwrap().push(sign),
        }
    }
    let words = words.into_iter().skip(1);
    let filled = words.map(|word| match word.trim_end_matches("...") {
        "ID" | "EVENT" | "A" | "B" => "1".to_owned(),
        "" if !word.is_empty() => "text".to_owned(),
        "TIME" => "now".to_owned(),
        word => word.to_owned(),
    });
    filled.filter(|word| !word.is_empty()).collect()
}

fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let other = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "packaging/README.md",
    ];
    let all = docs.chain(other.map(|name| root.join(name)));
    all.filter(|path| path.extension().is_some_and(|it| it == "md"))
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

/// What the command line says against these words; `None` where it takes them. `--help` ends it before
/// anything is done, so arguments that lack are not missed, but no unknown one is taken.
fn refused(program: &Program, words: &[String]) -> Option<String> {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.push("--help");
    let output = program.run(&words);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code() != Some(0)).then_some(errors)
}

#[test]
fn every_command_that_a_page_shows_exists_with_its_options() {
    let program = Program::alone("issuer = \"https://none.example\"");
    let mut count = 0;
    for (page, text) in pages() {
        for words in commands(&text) {
            count += 1;
            let refused = refused(&program, &words);
            assert_eq!(refused, None, "{page}: issuerwatch {}", words.join(" "));
        }
    }
    assert!(count > 80, "{count}");
    for wrong in [
        "issuerwatch histry",
        "issuerwatch history --sinse 30d",
        "issuerwatch outbox retri",
    ] {
        assert!(refused(&program, &words(wrong)).is_some(), "{wrong}");
    }
}
