//! A mail server on loopback: plain SMTP, scripted replies, everything kept.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does beside taking mail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes everything.
    Good,
    /// Answers RCPT with this line.
    Rcpt(&'static str),
    /// Stores the message and never answers the final dot.
    SilentAfterDot,
}

/// A running server.
pub(crate) struct Smtp {
    pub(crate) port: u16,
    manner: Arc<Mutex<Manner>>,
    messages: Arc<Mutex<Vec<String>>>,
    logins: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    pub(crate) fn start(manner: Manner) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), manner)
    }

    pub(crate) fn on(listener: TcpListener, manner: Manner) -> Self {
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            port,
            manner: Arc::new(Mutex::new(manner)),
            messages: Arc::default(),
            logins: Arc::default(),
        };
        let (manner, messages) = (Arc::clone(&server.manner), Arc::clone(&server.messages));
        let logins = Arc::clone(&server.logins);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, messages) = (Arc::clone(&manner), Arc::clone(&messages));
                let logins = Arc::clone(&logins);
                thread::spawn(move || session(stream, &manner, &messages, &logins));
            }
        });
        server
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap().clone()
    }

    /// All `AUTH` lines.
    pub(crate) fn logins(&self) -> Vec<String> {
        self.logins.lock().unwrap().clone()
    }
}

fn session(
    stream: TcpStream,
    manner: &Mutex<Manner>,
    messages: &Mutex<Vec<String>>,
    logins: &Mutex<Vec<String>>,
) -> Option<()> {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    out.write_all(b"220 test ESMTP\r\n").ok()?;
    loop {
        let line = lines.next()?.ok()?;
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let manner = *manner.lock().unwrap();
        let reply = match (verb.as_str(), manner) {
            ("EHLO", _) => "250-test\r\n250 AUTH PLAIN".to_owned(),
            ("AUTH", _) => {
                logins.lock().unwrap().push(line);
                "235 2.7.0 known".to_owned()
            }
            ("RCPT", Manner::Rcpt(reply)) => reply.to_owned(),
            ("QUIT", _) => {
                out.write_all(b"221 bye\r\n").ok()?;
                return None;
            }
            ("DATA", _) => {
                out.write_all(b"354 go\r\n").ok()?;
                let mut message = String::new();
                loop {
                    let line = lines.next()?.ok()?;
                    if line == "." {
                        break;
                    }
                    message.push_str(&line);
                    message.push_str("\r\n");
                }
                messages.lock().unwrap().push(message);
                if manner == Manner::SilentAfterDot {
                    // Holds the connection open until the client goes away.
                    lines.next();
                    return None;
                }
                "250 2.0.0 queued".to_owned()
            }
            _ => "250 ok".to_owned(),
        };
        out.write_all(format!("{reply}\r\n").as_bytes()).ok()?;
    }
}
