//! `include`: what may be in other files, and what is said of them.

use std::fs;

use super::*;

/// A folder with these files beside a `config.toml` that includes `conf.d/*.toml` and watches `archera`.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("conf.d")).unwrap();
    let main = "include = [\"conf.d/*.toml\"]\n[mail]\nto = [\"a@b\"]\n[[provider]]\nname = \"archera\"\n\
                issuer = \"https://a.example\"\n[client.mine]\nrequires = [\"jwks_uri\"]\n";
    fs::write(folder.path().join("config.toml"), main).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn checked(folder: &tempfile::TempDir) -> Ended {
    run(folder.path(), &[], &["config", "check"])
}

const MORE: &str = "[[provider]]\nname = \"okta\"\nissuer = \"https://o.example\"\n[provider.uses]\nclients = [\"mine\", \"other\"]\n\
                    [client.other]\nhttps = true\n[[mail.route]]\nproviders = [\"archera\"]\nto = [\"c@d\"]\n";

#[test]
fn what_is_included_is_as_if_it_stood_in_the_file() {
    let hook = "# first\n[[webhook]]\nurl = \"https://h.example\"\nproviders = [\"okta\"]";
    let folder = folder(&[
        ("conf.d/b.toml", MORE),
        ("conf.d/a.toml", hook),
        ("conf.d/.hidden.toml", "nonsense"),
        ("conf.d/notes.txt", "nonsense"),
    ]);
    let ended = checked(&folder);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains("providers: 2"), "{}", ended.text);
}

#[test]
fn a_problem_names_the_file_that_has_it_and_its_line_there() {
    for (text, said) in [
        (
            "\n[[provider]]\nname = \"okta\"\nisuer = \"https://o.example\"\n",
            "conf.d/a.toml:4:1: unknown key",
        ),
        ("[[provider]\n", "conf.d/a.toml:1:"),
        (
            "\n[store]\npath = \"x\"\n",
            "conf.d/a.toml:2:2: \"store\": only [[provider]]",
        ),
        (
            "[mail]\nto = [\"x@y\"]\n",
            "conf.d/a.toml:1:2: \"mail\": only",
        ),
        ("include = []\n", "conf.d/a.toml:1:1: \"include\": only"),
        (
            "[[provider]]\nname = \"archera\"\nissuer = \"https://o.example\"\n",
            "conf.d/a.toml:2:8: two providers are named \"archera\" (the other on line 5 of config.toml)",
        ),
        (
            "\n[client.mine]\nhttps = true\n",
            "conf.d/a.toml:2:9: client \"mine\" is described twice (the other on line 7 of config.toml)",
        ),
    ] {
        let folder = folder(&[("conf.d/a.toml", text)]);
        let ended = checked(&folder);
        assert_eq!(ended.code, Some(78), "{text}");
        assert!(ended.text.contains(said), "{said}\n{}", ended.text);
        // Whoever looks into the history is not kept from it.
        let looked = run(folder.path(), &[], &["status"]);
        assert_ne!(looked.code, Some(78), "{}", looked.text);
    }
    let folder = folder(&[("conf.d/a.toml", "\n[[provider]]\nnaem = 1\n")]);
    let ended = run(folder.path(), &[], &["config", "check", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&ended.text).unwrap();
    assert_eq!(found["problems"][1]["line"], 3, "{found}");
    let message = found["problems"][1]["message"].as_str().unwrap();
    assert!(!message.contains("conf.d"), "{message}");
    assert_eq!(found["problems"][1]["file"], "conf.d/a.toml");
}

#[test]
fn a_pattern_stays_in_its_directory_and_one_that_names_nothing_is_said() {
    let ended = checked(&folder(&[]));
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    let said = "include \"conf.d/*.toml\": no file is so called";
    assert!(ended.text.contains(said), "{}", ended.text);
    for (pattern, said) in [
        ("../x.toml", "without \"..\""),
        ("conf.d/../../x.toml", "without \"..\""),
        ("conf.d/a.toml", "there is no such file"),
        ("*/a.toml", "in the name of the file only"),
        ("~/a.toml", "~ is not expanded"),
    ] {
        let folder = folder(&[]);
        let path = folder.path().join("config.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("conf.d/*.toml", pattern)).unwrap();
        let ended = checked(&folder);
        assert_eq!(ended.code, Some(78), "{pattern}: {}", ended.text);
        assert!(
            ended.text.contains("config.toml:1:12: include"),
            "{}",
            ended.text
        );
        assert!(ended.text.contains(said), "{said}: {}", ended.text);
    }
}

#[test]
fn init_knows_the_providers_that_are_included() {
    let site = crate::support::site::Site::plain();
    let text = crate::support::program::document(&site.issuer);
    site.answer(crate::support::site::Reply::json(&text));
    let there = format!(
        "[[provider]]\nname = \"here\"\nissuer = \"{}\"\n",
        site.issuer
    );
    let folder = folder(&[("conf.d/a.toml", &there)]);
    let ended = run(folder.path(), &[], &["init", &site.issuer]);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(
        ended.text.contains("is in the file already: here"),
        "{}",
        ended.text
    );
}

#[test]
fn what_is_included_and_is_no_file_is_a_problem_with_its_name() {
    let folder = folder(&[]);
    let place = folder.path().join("conf.d/bank.toml");
    let main = folder.path().join("config.toml");
    let text = fs::read_to_string(&main).unwrap();
    let refused = |why: &str| {
        for name in ["conf.d/*.toml", "conf.d/bank.toml"] {
            fs::write(&main, text.replace("conf.d/*.toml", name)).unwrap();
            let ended = checked(&folder);
            assert_eq!(ended.code, Some(78), "{}", ended.text);
            assert!(ended.text.contains("conf.d/bank.toml"), "{}", ended.text);
            assert!(ended.text.contains(why), "{why}: {}", ended.text);
        }
    };
    std::os::unix::fs::symlink("/nowhere/bank.toml", &place).unwrap();
    refused("conf.d/bank.toml is a link that leads nowhere");
    fs::remove_file(&place).unwrap();
    std::os::unix::fs::symlink("bank.toml", &place).unwrap();
    refused("cannot read conf.d/bank.toml: ");
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    refused("conf.d/bank.toml is no regular file");
    fs::remove_dir(&place).unwrap();
    let made = Command::new("mkfifo").arg(&place).status();
    assert!(made.unwrap().success());
    refused("conf.d/bank.toml is no regular file");
}
