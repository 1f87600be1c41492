//! A receiver of webhooks on loopback: keeps what is posted, answers as it is told to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::site::{Authority, Certificate};

/// What it does with a request that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Answers this status, with these header lines (each ends in a line break) and this body.
    Say(u16, &'static str, &'static str),
    /// Says nothing until the client goes.
    Hang,
    /// Closes the connection without a word.
    Drop,
    /// Closes it before the request is read.
    DropEarly,
    /// Sends the headers of this status and a part of the body, then closes.
    DropAfterHeaders(u16),
    /// Sends a body without an end, after this status.
    Endless(u16),
    /// Sends headers without an end.
    EndlessHeaders,
    /// Sends one byte of the headers a while.
    Drip,
    /// Sends the headers of this status, and of the body one byte a while.
    DripBody(u16),
    /// Talks, but not HTTP.
    Nonsense,
}

/// One request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Method and target.
    pub(crate) line: String,
    /// Name in lower case and value.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name)?;
        Some(&found.1)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

struct State {
    act: Act,
    requests: Vec<Request>,
    /// How many clients that got no answer went away.
    given_up: usize,
}

/// A running receiver.
pub(crate) struct Receiver {
    /// Its address, without a path.
    pub(crate) url: String,
    pub(crate) ca_file: PathBuf,
    state: Arc<Mutex<State>>,
    _folder: tempfile::TempDir,
}

impl Receiver {
    /// One that speaks http and takes everything.
    pub(crate) fn start() -> Self {
        Self::run(None)
    }

    /// One that speaks https.
    pub(crate) fn protected(certificate: Certificate) -> Self {
        Self::run(Some(certificate))
    }

    fn run(certificate: Option<Certificate>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, &Authority::shared().pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if certificate.is_some() {
            "https"
        } else {
            "http"
        };
        let tls = certificate.map(|it| Arc::new(Authority::shared().server_config(it)));
        let state = Arc::new(Mutex::new(State {
            act: Act::Say(204, "", ""),
            requests: Vec::new(),
            given_up: 0,
        }));
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, tls) = (Arc::clone(&served), tls.clone());
                thread::spawn(move || session(stream, tls, &state));
            }
        });
        Self {
            url: format!("{scheme}://{address}"),
            ca_file,
            state,
            _folder: folder,
        }
    }

    /// From now on it does this.
    pub(crate) fn does(&self, act: Act) {
        self.state.lock().unwrap().act = act;
    }

    /// From now on it answers this status.
    pub(crate) fn says(&self, status: u16) {
        self.does(Act::Say(status, "", ""));
    }

    /// How many clients that got no answer went away.
    pub(crate) fn given_up(&self) -> usize {
        self.state.lock().unwrap().given_up
    }

    /// Requests that came whole.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn session(stream: TcpStream, tls: Option<Arc<ServerConfig>>, state: &Mutex<State>) {
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .unwrap();
    if state.lock().unwrap().act == Act::DropEarly {
        return;
    }
    let mut wire: Box<dyn Wire> = match tls {
        None => Box::new(stream),
        Some(config) => {
            let session = ServerConnection::new(config).unwrap();
            Box::new(StreamOwned::new(session, stream))
        }
    };
    let Some(request) = request(&mut wire) else {
        return;
    };
    let act = {
        let mut state = state.lock().unwrap();
        state.requests.push(request);
        state.act.clone()
    };
    // The client may have gone: then there is nobody to answer.
    answer(&mut wire, &act).ok();
    if matches!(act, Act::Hang) {
        state.lock().unwrap().given_up += 1;
    }
}

fn request(wire: &mut Box<dyn Wire>) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if wire.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    wire.read_exact(&mut body).ok()?;
    Some(Request {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

fn answer(wire: &mut Box<dyn Wire>, act: &Act) -> std::io::Result<()> {
    let a_while = || thread::park_timeout(Duration::from_millis(50));
    match act {
        Act::Say(status, headers, body) => {
            let length = body.len();
            write!(
                wire,
                "HTTP/1.1 {status} Said\r\n{headers}content-length: {length}\r\n\r\n{body}"
            )?;
            wire.flush()
        }
        Act::Hang => {
            let mut ignored = [0; 64];
            while wire.read(&mut ignored)? > 0 {}
            Ok(())
        }
        Act::Drop | Act::DropEarly => Ok(()),
        Act::DropAfterHeaders(status) => {
            write!(
                wire,
                "HTTP/1.1 {status} Said\r\ncontent-type: text/plain\r\n"
            )?;
            write!(wire, "content-length: 100\r\n\r\nhalf a w")?;
            wire.flush()
        }
        Act::Endless(status) => {
            write!(
                wire,
                "HTTP/1.1 {status} Said\r\ncontent-type: text/plain\r\n\r\n"
            )?;
            loop {
                wire.write_all(&[b'x'; 1 << 14])?;
            }
        }
        Act::EndlessHeaders => {
            write!(wire, "HTTP/1.1 200 Said\r\n")?;
            loop {
                wire.write_all(b"x-more: and more\r\n")?;
            }
        }
        Act::Drip => loop {
            for byte in b"HTTP/1.1 200 Said\r\n" {
                wire.write_all(&[*byte])?;
                wire.flush()?;
                a_while();
            }
            for byte in b"x-more: and more\r\n".repeat(1 << 20) {
                wire.write_all(&[byte])?;
                wire.flush()?;
                a_while();
            }
        },
        Act::DripBody(status) => {
            write!(
                wire,
                "HTTP/1.1 {status} Said\r\ncontent-type: text/plain\r\n\r\n"
            )?;
            loop {
                wire.write_all(b"x")?;
                wire.flush()?;
                a_while();
            }
        }
        Act::Nonsense => {
            wire.write_all(b"220 mail.example ESMTP\r\n")?;
            wire.flush()
        }
    }
}
