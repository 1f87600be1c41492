//! Configurations, as text.

use std::path::Path;

use issuerwatch::config::{Config, Secrets};

use super::{Judge, Target, hold, hold_harmless};

const TOKENS: &[&str] = &[
    "\n",
    "[",
    "]",
    "[[",
    "]]",
    "=",
    "\"",
    "'",
    "\"\"\"",
    "#",
    "{",
    "}",
    ",",
    ".",
    "\\",
    "\\u0000",
    "\u{202e}",
    "\u{feff}",
    "1",
    "-1",
    "1e9",
    "true",
    "2026-01-01",
    "\n[mail]\n",
    "\n[[provider]]\n",
    "\n[defaults]\n",
    "\n[fetch]\n",
    "\n[[mail.route]]\n",
    "name = \"a\"\n",
    "issuer = \"https://a.example\"\n",
    "password = { env = \"A\" }\n",
    "schedule = \"* * * * *\"\n",
    "timezone = \"Mars\"\n",
    "url = \"smtp://a@b\"\n",
    "transport = \"smtp\"\n",
    "headers = { a = \"b\" }\n",
    "documents = [\"jwks\"]\n",
    "0s",
    "9999999999d",
    "ignore = [\"/a\"]\n",
];

pub(super) const CONFIGURATION: Target = Target {
    name: "configuration",
    tokens: TOKENS,
    prepare: || -> Judge { Box::new(judge) },
};

fn judge(_seed: &[u8], input: &[u8]) -> Result<(), String> {
    let Ok(text) = std::str::from_utf8(input) else {
        return Ok(());
    };
    let path = Path::new("/nowhere/config.toml");
    let error = match Config::of_text(text, path, Secrets::Unread) {
        Ok(config) => {
            let again = Config::of_text(text, path, Secrets::Unread);
            let again = again.map(|again| format!("{again:?}"));
            hold(again.ok() == Some(format!("{config:?}")), || {
                "it reads the same twice".to_owned()
            })?;
            return hold(!config.providers.is_empty(), || {
                "nothing is watched".to_owned()
            });
        }
        Err(error) => error,
    };
    hold(!error.problems.is_empty(), || {
        "refused without a word".to_owned()
    })?;
    let lines = text.split('\n').count();
    for one in error.places() {
        let (place, words) = (one.at, one.words);
        let is_there = match place {
            Some((line, column)) => (1..=lines).contains(&line) && column > 0,
            None => text.is_empty(),
        };
        hold(is_there, || format!("no place: {place:?} {words}"))?;
        hold(!words.is_empty(), || "a problem without a word".to_owned())?;
        hold_harmless(words, 2000)?;
    }
    for line in error.to_string().lines() {
        hold_harmless(line, 2000)?;
    }
    Ok(())
}
