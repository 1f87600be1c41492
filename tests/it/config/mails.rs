//! `[mail] directory`: one that the first mail makes, or one that can never be.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn a_directory_of_mails_that_can_never_be_one_is_a_problem_and_one_to_be_made_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    fs::create_dir(place.join("there")).unwrap();
    symlink("there", place.join("link")).unwrap();
    symlink("nowhere/mails", place.join("dangling")).unwrap();
    symlink("loop", place.join("loop")).unwrap();
    let told = |directory: &str| {
        let (text, _) = with("mail", &format!("directory = \"{directory}\""));
        fs::write(place.join("config.toml"), text).unwrap();
        run(place, &[], &["config", "check"])
    };
    for directory in ["mails", "there", "there/new/mails", "link", "link/mails"] {
        let ended = told(directory);
        assert_eq!(ended.code, Some(0), "{directory}: {}", ended.text);
    }
    for (directory, why) in [
        ("config.toml", "config.toml is no directory: name one"),
        ("config.toml/mails", "config.toml is no directory: name one"),
        (
            "dangling",
            "dangling is a link that leads nowhere: name one",
        ),
        ("dangling/mails", "dangling is a link that leads nowhere"),
        ("loop", "loop cannot be had"),
        ("loop/mails", "loop/mails cannot be had"),
    ] {
        let ended = told(directory);
        assert_eq!(ended.code, Some(78), "{directory}: {}", ended.text);
        assert!(ended.text.contains(why), "{directory}: {}", ended.text);
    }
}
