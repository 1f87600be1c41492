//! The site both sides poll: a process of its own, so that its processor time is nobody's.
//!
//! The bench starts itself again with `SERVE` set. A path `/plain/tN` answers 200 always, `/tagged/tN`
//! has an entity tag and answers 304 to who knows it. Full handshakes only: no tickets, no sessions.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::server::NoServerSessionStorage;

/// Set in the process that serves: the folder for its CA.
pub const SERVE: &str = "ISSUERWATCH_BENCH_SERVE";
/// Loopback addresses it listens on, `127.0.0.1` and up: so ports do not run out.
pub const ADDRESSES: usize = 8;
/// Threads of each address; together more than polls at a time.
const THREADS: usize = 32;

/// The site as the bench sees it; gone when dropped.
pub struct Site {
    process: Child,
    port: u16,
    pub ca_file: PathBuf,
}

impl Site {
    pub fn start(folder: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .env(SERVE, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        Self {
            process,
            port: line.trim().parse().unwrap(),
            ca_file: folder.join("ca.pem"),
        }
    }

    /// Issuer of a target.
    pub fn issuer(&self, answer: &str, number: usize) -> String {
        let (address, port) = (number % ADDRESSES + 1, self.port);
        format!("https://127.0.0.{address}:{port}/{answer}/t{number}")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Serves until killed.
pub fn serve(folder: &str) {
    let config = Arc::new(certificates(Path::new(folder)));
    let first = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = first.local_addr().unwrap().port();
    let others = (2..=ADDRESSES).map(|n| TcpListener::bind(format!("127.0.0.{n}:{port}")).unwrap());
    let listeners: Vec<TcpListener> = std::iter::once(first).chain(others).collect();
    for listener in listeners {
        for _ in 0..THREADS {
            let (listener, config) = (listener.try_clone().unwrap(), Arc::clone(&config));
            std::thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    // A client that hangs up is its own affair.
                    drop(answer(stream, &config));
                }
            });
        }
    }
    println!("{port}");
    // Ends with the bench, killed or not: its end closes nothing we hold, so its id is watched.
    let parent = std::os::unix::process::parent_id();
    while std::os::unix::process::parent_id() == parent {
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn certificates(folder: &Path) -> rustls::ServerConfig {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(
        folder.join("ca.pem"),
        ca.self_signed(&ca_key).unwrap().pem(),
    )
    .unwrap();
    let names: Vec<String> = (1..=ADDRESSES).map(|n| format!("127.0.0.{n}")).collect();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(names)
        .unwrap()
        .signed_by(&key, &rcgen::Issuer::from_params(&ca, &ca_key))
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config
}

fn answer(stream: TcpStream, config: &Arc<rustls::ServerConfig>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_nodelay(true)?;
    let session =
        rustls::ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(rustls::StreamOwned::new(session, stream));
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request)? == 0 {
            return Ok(());
        }
    }
    let stream = stream.get_mut();
    stream.write_all(reply(&request).as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn reply(request: &str) -> String {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let tag = if path.contains("/tagged/") {
        "ETag: \"one\"\r\n"
    } else {
        ""
    };
    let header = |name: &str| {
        request.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    if !tag.is_empty() && header("if-none-match") == Some("\"one\"") {
        return format!("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n{tag}\r\n");
    }
    let host = header("host").unwrap_or_default();
    let own = path.trim_start_matches("/.well-known/oauth-authorization-server");
    let body = document(&format!("https://{host}{own}"));
    format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n{tag}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A document of about 3 KiB, as those of large providers are.
fn document(issuer: &str) -> String {
    let scopes: Vec<String> = (0..96)
        .map(|n| format!("\"billing.account-{n:02}:read\""))
        .collect();
    format!(
        r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/oauth/authorize",
        "token_endpoint":"{issuer}/oauth/token","jwks_uri":"{issuer}/jwks.json",
        "registration_endpoint":"{issuer}/register","revocation_endpoint":"{issuer}/revoke",
        "response_types_supported":["code"],
        "grant_types_supported":["authorization_code","refresh_token"],
        "code_challenge_methods_supported":["S256"],
        "token_endpoint_auth_methods_supported":["none","client_secret_post"],
        "scopes_supported":[{}],
        "service_documentation":"https://docs.example.com/oauth"}}"#,
        scopes.join(",")
    )
}
