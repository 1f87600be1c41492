//! The site both sides poll: a process of its own, so that its processor time is nobody's.
//!
//! The bench starts itself again with `SERVE` set. A path `/plain/tN` answers 200 always, `/tagged/tN`
//! has an entity tag and answers 304 to who knows it, `/slow/tN` does the same after 0.3 s, `/day/tN` also
//! notes when it was asked. Full handshakes only: no tickets, no sessions.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use issuerwatch::clock;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::NoServerSessionStorage;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Set in the process that serves: the folder for its CA.
pub const SERVE: &str = "ISSUERWATCH_BENCH_SERVE";
/// Loopback addresses that answer at once, `127.0.0.1` and up: so ports do not run out.
const ADDRESSES: usize = 8;
/// Where the process that serves notes when `/day/` was asked for.
const ARRIVALS: &str = "arrivals";
/// How long a slow host takes.
pub const LATENCY: Duration = Duration::from_millis(300);

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

    /// Issuer of a target: those that are slow are hosts of their own.
    pub fn issuer(&self, answer: &str, number: usize) -> String {
        let (net, host) = match answer {
            "slow" | "day" => (number / 250 + 1, number % 250 + 1),
            _ => (0, number % ADDRESSES + 1),
        };
        let port = self.port;
        format!("https://127.0.{net}.{host}:{port}/{answer}/t{number}")
    }

    /// The targets below `/day/` in the order in which they were asked for, each with the milliseconds since
    /// 1970.
    pub fn arrivals(&self) -> Vec<(usize, u64)> {
        let file = self.ca_file.with_file_name(ARRIVALS);
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let whole = text.lines().filter_map(|line| line.split_once(' '));
        whole
            .filter_map(|(number, at)| Some((number.parse().ok()?, at.parse().ok()?)))
            .collect()
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
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let signing = Arc::new(Signing::with_ca(Path::new(folder)));
    runtime.block_on(async {
        // All of 127.0.0.0/8 is this machine.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::UNSPECIFIED, 0).into()).unwrap();
        let listener: TcpListener = socket.listen(4_096).unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let signing = Arc::clone(&signing);
                // A client that hangs up is its own affair.
                tokio::spawn(async move { drop(answer(stream, &signing).await) });
            }
        });
        // Ends with the bench, killed or not: its end closes nothing we hold, so its id is watched.
        let parent = std::os::unix::process::parent_id();
        while std::os::unix::process::parent_id() == parent {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
}

/// Makes the certificate of each address when it is first asked for.
struct Signing {
    ca: rcgen::CertificateParams,
    ca_key: rcgen::KeyPair,
    key: rcgen::KeyPair,
    made: Mutex<HashMap<IpAddr, Arc<ServerConfig>>>,
    /// When targets of `/day/` were asked for.
    arrivals: Mutex<File>,
}

impl Signing {
    fn with_ca(folder: &Path) -> Self {
        let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let pem = ca.self_signed(&ca_key).unwrap().pem();
        std::fs::write(folder.join("ca.pem"), pem).unwrap();
        Self {
            ca,
            ca_key,
            key: rcgen::KeyPair::generate().unwrap(),
            made: Mutex::default(),
            arrivals: Mutex::new(File::create(folder.join(ARRIVALS)).unwrap()),
        }
    }

    fn of(&self, address: IpAddr) -> Arc<ServerConfig> {
        let mut made = self.made.lock().unwrap();
        let config = made.entry(address).or_insert_with(|| self.make(address));
        Arc::clone(config)
    }

    fn make(&self, address: IpAddr) -> Arc<ServerConfig> {
        let leaf = rcgen::CertificateParams::new(vec![address.to_string()])
            .unwrap()
            .signed_by(
                &self.key,
                &rcgen::Issuer::from_params(&self.ca, &self.ca_key),
            )
            .unwrap();
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Arc::new(config)
    }
}

async fn answer(stream: TcpStream, signing: &Signing) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let config = signing.of(stream.local_addr()?.ip());
    let mut stream = TlsAcceptor::from(config).accept(stream).await?;
    let mut request = Vec::with_capacity(1_024);
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request);
    if let Some((_, rest)) = request.split_once("/day/t") {
        let number = rest.split(' ').next().unwrap_or_default();
        let at = clock::now().as_millisecond();
        let line = format!("{number} {at}\n");
        signing
            .arrivals
            .lock()
            .unwrap()
            .write_all(line.as_bytes())?;
    }
    if request.contains("/slow/") || request.contains("/day/") {
        tokio::time::sleep(LATENCY).await;
    }
    stream.write_all(reply(&request).as_bytes()).await?;
    stream.shutdown().await
}

fn reply(request: &str) -> String {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let tag = if path.contains("/plain/") {
        ""
    } else {
        "ETag: \"one\"\r\n"
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
