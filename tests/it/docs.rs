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
