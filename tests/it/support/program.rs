//! The built binary with a folder and a configuration of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use issuerwatch::store::{Reader, Snapshot};

use super::site::Site;

/// The Archera document: all ten members, under another issuer.
pub(crate) fn document(issuer: &str) -> String {
    format!(
        r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/oauth/authorize",
        "token_endpoint":"{issuer}/oauth/token","jwks_uri":"{issuer}/jwks.json",
        "response_types_supported":["code"],
        "grant_types_supported":["authorization_code","refresh_token"],
        "code_challenge_methods_supported":["S256"],
        "token_endpoint_auth_methods_supported":["none","client_secret_post"],
        "scopes_supported":["billing:read","billing:write","openid"],
        "service_documentation":"https://docs.archera.ai/oauth"}}"#
    )
}

/// A folder with a configuration.
pub(crate) struct Program {
    pub(crate) folder: tempfile::TempDir,
}

impl Program {
    /// One provider, `archera`, at the site; `mail` are lines of `[mail]`.
    pub(crate) fn watching(site: &Site, mail: &str, schedule: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = match &site.ca_file {
            Some(path) => format!("ca_file = \"{}\"", path.display()),
            None => String::new(),
        };
        let issuer = &site.issuer;
        let config = format!(
            "[mail]\nto = [\"iam@example.com\"]\ngroup_wait = \"0s\"\n{mail}\n[fetch]\n{ca}\n\
             [defaults]\nschedule = \"{schedule}\"\nconfirm_after = \"0s\"\n\
             [[provider]]\nname = \"archera\"\nissuer = \"{issuer}\"\n\
             documents = [\"oauth-authorization-server\"]\n"
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder }
    }

    /// One provider that is never polled; `provider` are lines of it.
    pub(crate) fn alone(provider: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "[store]\npath = \"issuerwatch.db\"\n[mail]\nto = [\"iam@example.com\"]\n\
             [[provider]]\nname = \"not-recorded\"\n{provider}\n\
             documents = [\"oauth-authorization-server\"]\n"
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Lets the configuration name another store.
    pub(crate) fn point_at(&self, db: &str) {
        let config = self.read("config.toml");
        let kept: Vec<&str> = config
            .lines()
            .filter(|line| !line.starts_with("path = ") && *line != "[store]")
            .collect();
        self.write(
            "config.toml",
            &format!("[store]\npath = \"{db}\"\n{}\n", kept.join("\n")),
        );
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_issuerwatch"));
        command
            .env_clear()
            .current_dir(self.folder.path())
            .args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs it with nobody who reads its output.
    pub(crate) fn unheard(&self, args: &[&str]) -> Output {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.command(args).stdout(writer).output().unwrap()
    }

    /// Exit code and standard output.
    pub(crate) fn said(&self, args: &[&str]) -> (i32, String) {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code().unwrap_or(-1);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            code != 1 || !errors.is_empty() || !text.is_empty(),
            "an error without a word"
        );
        (code, text)
    }

    pub(crate) fn daemon(&self) -> Daemon {
        self.daemon_with(&[])
    }

    /// A daemon with variables of its own in its environment; its log is `log.txt`.
    pub(crate) fn daemon_with(&self, environment: &[(&str, &str)]) -> Daemon {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log.txt"))
            .unwrap();
        let child = self
            .command(&["run"])
            .envs(environment.iter().copied())
            .stderr(log)
            .spawn()
            .unwrap();
        Daemon { child }
    }

    /// A command that goes on beside the test.
    pub(crate) fn started(&self, args: &[&str]) -> Daemon {
        let mut command = self.command(args);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Daemon {
            child: child.unwrap(),
        }
    }

    /// What the daemons of this folder have logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log.txt")).unwrap_or_default()
    }

    /// Replaces a piece of the configuration.
    pub(crate) fn configure(&self, from: &str, to: &str) {
        let path = self.folder.path().join("config.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
    }

    /// The store, to look into it.
    pub(crate) fn store_path(&self) -> PathBuf {
        self.folder.path().join("issuerwatch.db")
    }

    pub(crate) fn store(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.store_path()).unwrap()
    }

    pub(crate) fn mails(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mails")) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort();
        paths
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }

    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        let (_, text) = self.said(&["history", "--format", "jsonl", "--reverse", "--limit", "0"]);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A running daemon; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
}

impl Daemon {
    /// SIGTERM; the exit code.
    pub(crate) fn terminate(self) -> Option<i32> {
        self.signal("-TERM");
        self.ended()
    }

    /// Sends `-HUP` and the like.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; the exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        let mut code = None;
        super::wait_until("the daemon has ended", || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        code.unwrap().code()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// All documents in a file, in both forms, if it is a store: they are packed there.
pub(crate) fn documents(file: &Path) -> Vec<u8> {
    let is_store = file.extension().is_some_and(|ending| ending == "db");
    let all = if is_store { states(file) } else { Vec::new() };
    let both = all.into_iter().flat_map(|state| {
        let body = state.body.unwrap_or_default();
        [state.canonical.into_bytes(), body]
    });
    both.collect::<Vec<Vec<u8>>>().concat()
}

/// All states in a store, unpacked.
pub(crate) fn states(store: &Path) -> Vec<Snapshot> {
    let reader = Reader::open(store).unwrap();
    (1..).map_while(|id| reader.snapshot(id).unwrap()).collect()
}
