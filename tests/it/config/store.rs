//! `[store] path`: where a store can be made.

use super::*;

#[test]
fn a_check_of_the_configuration_sees_that_the_store_has_no_room() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let told = |path: &str| {
        let (text, _) = with("store", &format!("path = \"{path}\""));
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        run(folder.path(), &[], &["config", "check"])
    };
    for (path, said) in [
        (
            "nowhere/w.db",
            "config.toml:2:8: path: the directory of the store is not there: make nowhere",
        ),
        ("$HOME/w.db", "make $HOME; variables are not expanded"),
        ("file/w.db", "path: file is no directory"),
        (".", "is a directory, not a file"),
        (
            "~/w.db",
            "path \"~/w.db\": ~ is not expanded: write the whole path",
        ),
    ] {
        let ended = told(path);
        assert_eq!(ended.code, Some(78), "{path} {}", ended.text);
        assert!(ended.text.contains(said), "{path} {}", ended.text);
    }
    for path in ["w.db", "./w.db", "../w.db"] {
        assert_eq!(told(path).code, Some(0), "{path}");
    }
    let (text, _) = with("mail", "directory = \"~/mails\"");
    assert!(check(&text, &[]).text.contains("~ is not expanded"));
}
