//! The pages of `docs/`: what they say to write is taken by the program.

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
