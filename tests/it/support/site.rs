//! A real site on loopback, scripted by path while it runs.
//!
//! `Site::tls()` speaks HTTPS (HTTP/1.1) with a certificate for `localhost`, `127.0.0.1` and `::1`
//! from a CA that all sites of this process share; its PEM file is `ca_file`. `Site::plain()` speaks
//! http. A path without a script gets what `answer` was given last, else 404. The site runs on a
//! thread of its own, so it serves async tests and spawned programs alike, and ends with its `Site`.
//!
//! Answers are written byte by byte here, not by an HTTP library: a library would refuse to lie.
mod authority;
mod reply;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub(crate) use authority::{Authority, Certificate};
pub(crate) use reply::Reply;

/// How long anything here waits for the other side.
const PATIENCE: Duration = Duration::from_secs(20);

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct SeenRequest {
    /// Path and query.
    pub(crate) target: String,
    /// Name and value, in order, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Number of the connection it came on, from 1.
    pub(crate) connection: usize,
    /// Whether the TLS session was resumed; `false` on a plain site.
    pub(crate) resumed: bool,
}

impl SeenRequest {
    /// Value of this header (name in lower case), if it was sent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name)?;
        Some(&found.1)
    }
}

/// What is served at one path: the answers in turn, from the first again after the last.
struct Script {
    replies: Vec<Reply>,
    served: usize,
}

#[derive(Default)]
struct Shared {
    scripts: Mutex<HashMap<String, Script>>,
    any: Mutex<Option<Reply>>,
    seen: Mutex<Vec<SeenRequest>>,
}

/// A running site; it ends when this is dropped.
pub(crate) struct Site {
    /// `https://127.0.0.1:PORT`.
    pub(crate) issuer: String,
    /// PEM file of the CA that signs the valid certificates of all sites; `None` for http.
    pub(crate) ca_file: Option<PathBuf>,
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
    _folder: TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Site {
    /// An https site with a valid certificate.
    pub(crate) fn tls() -> Self {
        Self::with_certificate(Certificate::Valid)
    }

    /// An https site with this certificate.
    pub(crate) fn with_certificate(certificate: Certificate) -> Self {
        let config = match certificate {
            Certificate::Untrusted => Authority::generate("nobody's CA").server_config(certificate),
            _ => Authority::shared().server_config(certificate),
        };
        Self::run(Some(TlsAcceptor::from(Arc::new(config))))
    }

    /// An http site.
    pub(crate) fn plain() -> Self {
        Self::run(None)
    }

    fn run(acceptor: Option<TlsAcceptor>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca_file = acceptor.is_some().then(|| {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, &Authority::shared().pem).unwrap();
            path
        });
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, acceptor, served) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            issuer: format!("{scheme}://{address}"),
            ca_file,
            shared,
            address,
            scheme,
            _folder: folder,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Answers this at every path without a script of its own.
    pub(crate) fn answer(&self, reply: Reply) {
        *self.shared.any.lock().unwrap() = Some(reply);
    }

    /// Serves this at `path` (without a query) from now on.
    pub(crate) fn serve(&self, path: &str, reply: Reply) {
        self.serve_in_turn(path, vec![reply]);
    }

    /// Serves these at `path` in turn, from the first again after the last.
    pub(crate) fn serve_in_turn(&self, path: &str, replies: Vec<Reply>) {
        let script = Script { replies, served: 0 };
        let mut scripts = self.shared.scripts.lock().unwrap();
        scripts.insert(path.to_owned(), script);
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<SeenRequest> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// `https://localhost:PORT` followed by `path`: the same site under another host.
    pub(crate) fn by_name(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.port())
    }

    /// `https://127.0.0.1:PORT` followed by `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn accept(
    listener: std::net::TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    for connection in 1.. {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let session = connect(stream, acceptor, shared, connection);
            tokio::time::timeout(PATIENCE * 3, session).await.ok();
        });
    }
}

async fn connect(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    connection: usize,
) {
    stream.set_nodelay(true).unwrap();
    let Some(acceptor) = acceptor else {
        return converse(stream, &shared, connection, false).await;
    };
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let session = stream.get_ref().1;
    let resumed = session.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
    converse(stream, &shared, connection, resumed).await;
}

/// Answers the requests of one connection until either side closes it.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Shared,
    connection: usize,
    resumed: bool,
) {
    while let Some(head) = read_head(&mut stream).await {
        let mut lines = head.split("\r\n");
        let mut words = lines
            .next()
            .unwrap_or_default()
            .split(' ')
            .map(str::to_owned);
        let mut word = || words.next().unwrap_or_default();
        let (_method, target) = (word(), word());
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let seen = SeenRequest {
            target,
            headers,
            connection,
            resumed,
        };
        let reply = shared.next_reply(&seen);
        shared.seen.lock().unwrap().push(seen.clone());
        if reply::answer(&mut stream, &reply, &seen).await.is_none() {
            break;
        }
    }
    stream.shutdown().await.ok();
}

impl Shared {
    fn next_reply(&self, seen: &SeenRequest) -> Reply {
        let path = seen.target.split('?').next().unwrap_or_default();
        let mut scripts = self.scripts.lock().unwrap();
        let Some(script) = scripts.get_mut(path) else {
            let any = self.any.lock().unwrap();
            return any.clone().unwrap_or_else(|| Reply::status(404));
        };
        let reply = &script.replies[script.served % script.replies.len()];
        script.served += 1;
        reply.clone()
    }
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Requests have no body and clients wait for the answer: nothing comes after the head.
        let read = stream.read_buf(&mut head).await.ok()?;
        if read == 0 || head.len() > 1 << 16 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&head).trim_end().to_owned())
}
