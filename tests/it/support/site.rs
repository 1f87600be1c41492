//! An authorization server's discovery document on loopback, over HTTPS or plain HTTP.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;

/// What the site answers.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Answers 304 to a request that has this entity tag.
    pub(crate) etag: Option<String>,
}

impl Reply {
    pub(crate) fn json(body: &str) -> Self {
        Self::of("application/json", body.as_bytes())
    }

    pub(crate) fn of(media_type: &str, body: &[u8]) -> Self {
        let headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
        Self {
            status: 200,
            headers,
            body: body.to_vec(),
            etag: None,
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::of("text/plain", b"no")
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn etag(mut self, tag: &str) -> Self {
        self.etag = Some(tag.to_owned());
        self.header("ETag", tag)
    }
}

#[derive(Default)]
struct State {
    reply: Option<Reply>,
    requests: Vec<String>,
}

/// A running site; what it answers can be changed at any time.
pub(crate) struct Site {
    pub(crate) issuer: String,
    pub(crate) ca_file: Option<PathBuf>,
    state: Arc<Mutex<State>>,
    _folder: tempfile::TempDir,
}

impl Site {
    /// Over plain HTTP.
    pub(crate) fn plain() -> Self {
        Self::start(false)
    }

    /// Over HTTPS with a CA of its own.
    pub(crate) fn tls() -> Self {
        Self::start(true)
    }

    fn start(with_tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let (tls, ca_file) = if with_tls {
            let (config, ca) = certificates();
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, ca).unwrap();
            (Some(Arc::new(config)), Some(path))
        } else {
            (None, None)
        };
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), state, tls) = (stream, Arc::clone(&shared), tls.clone()) else {
                    return;
                };
                thread::spawn(move || serve(stream, &state, tls));
            }
        });
        let scheme = if with_tls { "https" } else { "http" };
        Self {
            issuer: format!("{scheme}://127.0.0.1:{port}"),
            ca_file,
            state,
            _folder: folder,
        }
    }

    pub(crate) fn answer(&self, reply: Reply) {
        self.state.lock().unwrap().reply = Some(reply);
    }

    /// All requests so far: request line and headers.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

fn certificates() -> (rustls::ServerConfig, String) {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(names)
        .unwrap()
        .signed_by(&key, &rcgen::Issuer::from_params(&ca, &ca_key))
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (config, ca_pem)
}

fn serve(stream: TcpStream, state: &Mutex<State>, tls: Option<Arc<rustls::ServerConfig>>) {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    match tls {
        None => exchange(stream, state),
        Some(config) => {
            let session = rustls::ServerConnection::new(config).unwrap();
            let mut stream = rustls::StreamOwned::new(session, stream);
            exchange(&mut stream, state);
            stream.conn.send_close_notify();
            drop(stream.flush());
        }
    }
}

fn exchange(stream: impl Read + Write, state: &Mutex<State>) {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if !matches!(stream.read_line(&mut request), Ok(count) if count > 0) {
            return;
        }
    }
    let reply = {
        let mut state = state.lock().unwrap();
        state.requests.push(request.clone());
        state.reply.clone().unwrap_or_else(|| Reply::status(404))
    };
    let known = reply
        .etag
        .as_ref()
        .is_some_and(|tag| request.contains(tag.as_str()));
    let (status, body) = if known {
        (304, &[][..])
    } else {
        (reply.status, &reply.body[..])
    };
    let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !head.contains("Content-Length") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    // A client that has seen enough may be gone.
    drop(stream.get_mut().write_all(format!("{head}\r\n").as_bytes()));
    drop(stream.get_mut().write_all(body));
    drop(stream.get_mut().flush());
}
