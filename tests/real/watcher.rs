//! The built binary, with a folder and a configuration of its own.

use std::process::Command;

use serde_json::Value;

/// One provider, `real`, and the mails about it.
pub(crate) struct Watcher {
    folder: tempfile::TempDir,
}

/// What one change must be: rule, member, severity, values gone, values come.
pub(crate) type Expected = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

impl Watcher {
    pub(crate) fn of(issuer: &str, documents: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "[mail]\nto = [\"iam@example.com\"]\ngroup_wait = \"0s\"\n\
             [defaults]\nschedule = \"0 0 1 1 *\"\nconfirm_after = \"0s\"\n\
             [[provider]]\nname = \"real\"\nissuer = \"{issuer}\"\ndocuments = {documents:?}\n"
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder }
    }

    /// Puts more tables at the end of the configuration.
    pub(crate) fn configure(&self, tables: &str) {
        let path = self.folder.path().join("config.toml");
        let config = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, config + tables).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_issuerwatch"))
            .env_clear()
            .current_dir(self.folder.path())
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said + &errors)
    }

    /// What the history says of a token: exit code, and the object or the words.
    pub(crate) fn token(&self, token: &str) -> (Option<i32>, String) {
        std::fs::write(self.folder.path().join("found.jwt"), token).unwrap();
        self.run(&["history", "token", "found.jwt", "--format", "json"])
    }

    /// Polls once; the exit code must be this one.
    pub(crate) fn check(&self, code: i32) -> String {
        let (ended, said) = self.run(&["check"]);
        assert_eq!(ended, Some(code), "{said}");
        said
    }

    /// All events, oldest first.
    pub(crate) fn events(&self) -> Vec<Value> {
        let arguments = ["history", "--format", "jsonl", "--reverse", "--limit", "0"];
        let (code, text) = self.run(&arguments);
        assert_eq!(code, Some(0), "{text}");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        let text = |event: &Value| event["kind"].as_str().unwrap().to_owned();
        self.events().iter().map(text).collect()
    }

    /// The last change must consist of these changes and no other.
    pub(crate) fn assert_changed(&self, severity: &str, expected: &[Expected]) {
        let all = self.events();
        let mut events = all.iter().filter(|event| event["kind"] == "changed");
        let event = events.next_back().unwrap();
        assert_eq!(event["severity"], severity, "{event}");
        let changes = event["changes"].as_array().unwrap();
        let found: Vec<String> = changes
            .iter()
            .map(|change| {
                format!(
                    "{} {} {} -{} +{}",
                    change["rule"].as_str().unwrap(),
                    change["member"].as_str().unwrap(),
                    change["severity"].as_str().unwrap(),
                    change["removed"],
                    change["added"]
                )
            })
            .collect();
        let expected: Vec<String> = expected
            .iter()
            .map(|(rule, member, severity, gone, come)| {
                let values = |values: &[&str]| Value::from(values).to_string();
                format!(
                    "{rule} {member} {severity} -{} +{}",
                    values(gone),
                    values(come)
                )
            })
            .collect();
        assert_eq!(found, expected, "{event:#}");
    }

    /// All mails in the order in which they were written.
    pub(crate) fn mails(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mails")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort();
        paths
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }

    /// One mail was written: it has this subject, and its headers for machines tell the same.
    pub(crate) fn assert_mailed(&self, subject: &str, severity: &str) {
        assert_eq!(self.subjects(), [subject]);
        let mails = self.mails();
        let mail = mails.first().unwrap();
        assert_eq!(header(mail, "X-Issuerwatch-Severity"), severity);
        assert_eq!(header(mail, "X-Issuerwatch-Provider"), "real");
        assert_eq!(header(mail, "To"), "iam@example.com");
        assert!(mail.contains("application/json-patch+json"), "{mail}");
    }

    /// The subjects of all mails.
    pub(crate) fn subjects(&self) -> Vec<String> {
        self.mails()
            .iter()
            .map(|mail| header(mail, "Subject"))
            .collect()
    }

    /// The recipients of all mails.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.mails().iter().map(|mail| header(mail, "To")).collect()
    }

    /// The chain of the history holds.
    pub(crate) fn assert_verified(&self) {
        let (code, said) = self.run(&["history", "verify"]);
        assert_eq!(code, Some(0), "{said}");
    }
}

/// A header of a mail, unfolded.
pub(crate) fn header(mail: &str, name: &str) -> String {
    let text = mail.replace("\r\n", "\n");
    let head = text.split("\n\n").next().unwrap();
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let prefix = format!("{name}: ");
    unfolded
        .lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap_or_default()
        .to_owned()
}
