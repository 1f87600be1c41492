//! A real authorization server: started, asked until it answers, stopped, started anew with another
//! configuration on the same port.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest time a server may need to start.
const DEADLINE: Duration = Duration::from_secs(60);

/// Whose server.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// npm `oidc-provider`.
    OidcProvider,
    /// `mcp` of `PyPI`.
    Mcp,
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    kind: Kind,
    child: Option<Child>,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start(kind: Kind, config: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self {
            kind,
            child: None,
            port: 0,
            folder,
        };
        server.restart(config);
        server
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops it, if it runs, and starts it with this configuration on the same port.
    pub(crate) fn restart(&mut self, config: &Value) {
        self.stop();
        let path = self.folder.path().join("server.json");
        std::fs::write(&path, config.to_string()).unwrap();
        let mut child = command(self.kind, self.port, &path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut errors = child.stderr.take().unwrap();
        self.child = Some(child);
        thread::spawn(move || {
            output
                .lines()
                .try_for_each(|line| sender.send(line.unwrap()))
        });
        // Read to the end, so that the server never waits for a reader.
        let said = thread::spawn(move || {
            let mut text = String::new();
            drop(errors.read_to_string(&mut text));
            text
        });
        let Ok(line) = lines.recv_timeout(DEADLINE) else {
            self.stop();
            let said = said.join().unwrap();
            unreachable!("the server did not start: {said}");
        };
        self.port = line.strip_prefix("port ").unwrap().parse().unwrap();
        self.wait_for_answer();
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// It says its port before the first request can be answered.
    fn wait_for_answer(&self) {
        let deadline = Instant::now() + DEADLINE;
        while !self.answers() {
            assert!(Instant::now() < deadline, "the server does not answer");
            thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// A token of client `robot`, signed by the first of `signingKeys`.
    pub(crate) fn token(&self) -> String {
        let form = "grant_type=client_credentials&client_id=robot&client_secret=known-to-everybody\
                    &resource=urn:records&scope=read";
        let request = format!(
            "POST /token HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.port,
            form.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).expect(&answer);
        body["access_token"].as_str().expect(&answer).to_owned()
    }

    fn answers(&self) -> bool {
        let request = "GET /.well-known/oauth-authorization-server HTTP/1.1\r\n\
                       Host: 127.0.0.1\r\nConnection: close\r\n\r\n";
        let mut answer = String::new();
        TcpStream::connect(("127.0.0.1", self.port)).is_ok_and(|mut stream| {
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            stream.write_all(request.as_bytes()).is_ok()
                && stream.read_to_string(&mut answer).is_ok()
                && answer.starts_with("HTTP/1.1 200 ")
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn command(kind: Kind, port: u16, config: &Path) -> Command {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real");
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("real");
    let (program, arguments): (PathBuf, Vec<PathBuf>) = match kind {
        Kind::OidcProvider => {
            let folder = installed.join("oidc-provider");
            assert_installed(&folder);
            let server = own.join("oidc-provider/server.mjs");
            ("node".into(), vec![server, folder])
        }
        Kind::Mcp => {
            let folder = installed.join("mcp");
            assert_installed(&folder);
            (folder.join("bin/python"), vec![own.join("mcp/server.py")])
        }
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg(port.to_string())
        .arg(config)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn assert_installed(folder: &Path) {
    assert!(
        folder.join("installed").exists(),
        "{} is not there: run tests/real/install first",
        folder.display()
    );
}
