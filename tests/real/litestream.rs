//! The store replicated by Litestream while the daemon writes it, lost with the machine, and gone on with
//! from the replica (`docs/operation.md`).

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Its name is what it is skipped by, where Litestream is not installed.
pub(crate) const TESTS: &[(&str, fn())] = &[(
    "litestream::what_is_lost_with_the_machine_is_the_last_second",
    restored,
)];

/// Longest time anything may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// Where `tests/real/install` puts it.
pub(crate) fn program() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("real");
    let program = installed.join("litestream/bin/litestream");
    program.is_file().then_some(program)
}

/// A process that is killed as a machine that dies kills it.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A provider whose document has one scope more each time it is told to.
struct Site {
    origin: String,
    scopes: Arc<AtomicUsize>,
}

impl Site {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let scopes = Arc::new(AtomicUsize::new(1));
        let (issuer, count) = (origin.clone(), Arc::clone(&scopes));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                drop(answer(stream, &issuer, count.load(Ordering::SeqCst)));
            }
        });
        Self { origin, scopes }
    }

    fn grow(&self) {
        self.scopes.fetch_add(1, Ordering::SeqCst);
    }
}

fn answer(mut stream: TcpStream, issuer: &str, scopes: usize) -> std::io::Result<()> {
    let mut asked = Vec::new();
    let mut part = [0; 4096];
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Ok(());
        }
        asked.extend_from_slice(&part[..count]);
    }
    let scopes: Vec<String> = (0..scopes).map(|number| format!("s{number}")).collect();
    let body = serde_json::json!({
        "issuer": issuer, "token_endpoint": format!("{issuer}/token"),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "response_types_supported": ["code"], "scopes_supported": scopes,
    })
    .to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

fn issuerwatch(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_issuerwatch"));
    command
        .env_clear()
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// The hashes of all events, oldest first: equal beginnings are equal histories.
fn hashes(folder: &Path, store: &str) -> Vec<String> {
    let asked = ["--store", store, "history", "--reverse", "--limit", "0"];
    let mut command = issuerwatch(folder, &asked);
    let output = command.args(["--format", "jsonl"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| event["hash"].as_str().unwrap().to_owned())
        .collect()
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::park_timeout(Duration::from_millis(50));
    }
}

fn restored() {
    let site = Site::start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = format!(
        "[mail]\nto = [\"iam@example.com\"]\ngroup_wait = \"0s\"\n[fetch]\nspread = \"0s\"\n\
         [defaults]\nschedule = \"* * * * * *\"\nconfirm_after = \"0s\"\ndamping = false\n\
         [[provider]]\nname = \"grows\"\nissuer = \"{}\"\ndocuments = [\"oauth-authorization-server\"]\n",
        site.origin
    );
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let store = folder.join("issuerwatch.db");
    let replica = folder.join("replica");
    let settings = format!(
        "dbs:\n  - path: {}\n    replica:\n      type: file\n      path: {}\n",
        store.display(),
        replica.display()
    );
    std::fs::write(folder.join("litestream.yml"), settings).unwrap();
    let litestream = |arguments: &[&str]| {
        let mut command = Command::new(program().unwrap());
        command.current_dir(folder).args(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };

    let daemon = issuerwatch(folder, &["run"])
        .stderr(Stdio::null())
        .spawn()
        .map(Killed);
    wait_for("no first document", || {
        !hashes(folder, "issuerwatch.db").is_empty()
    });
    let replicating = litestream(&["replicate", "-config", "litestream.yml"]).spawn();
    let replicating = Killed(replicating.unwrap());
    for count in 2..6 {
        site.grow();
        wait_for("a change was not seen", || {
            hashes(folder, "issuerwatch.db").len() == count
        });
    }
    wait_for("nothing was replicated", || replica.join("ltx").is_dir());
    drop((daemon, replicating));
    let before = hashes(folder, "issuerwatch.db");

    // What was before the last second is in the replica; what is, is a beginning of the history.
    let store = store.display().to_string();
    let restore = [
        "restore",
        "-config",
        "litestream.yml",
        "-o",
        "new.db",
        &store,
    ];
    assert!(litestream(&restore).status().unwrap().success());
    let restored = hashes(folder, "new.db");
    assert!(!restored.is_empty(), "nothing was restored");
    assert_eq!(restored, before[..restored.len()]);
    let verified = issuerwatch(folder, &["--store", "new.db", "history", "verify"]).status();
    assert_eq!(verified.unwrap().code(), Some(0));

    // A daemon, here a single check, goes on where the replica ends.
    for ending in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(
            folder.join(format!("issuerwatch.db{ending}")),
        ));
    }
    std::fs::rename(folder.join("new.db"), folder.join("issuerwatch.db")).unwrap();
    site.grow();
    let checked = issuerwatch(folder, &["check", "--fail-on", "info"]).output();
    let checked = checked.unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(3), "{said}");
    assert_eq!(hashes(folder, "issuerwatch.db").len(), restored.len() + 1);
}
