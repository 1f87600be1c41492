//! A mail server on loopback: scripted at every step, with TLS and AUTH, everything kept.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::site::{Authority, Certificate};

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

/// Where in a session something happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Connect,
    Hello,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// In the middle of the message.
    Text,
    /// The final dot; the message is kept whatever is said.
    Dot,
    Reset,
}

/// What happens there instead of what should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    Say(&'static str),
    Hang,
    Drop,
}

/// How sessions are protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Protection {
    None,
    StartTls(Certificate),
    Implicit(Certificate),
}

/// One departure from what should happen, for some recipient or all, so many times.
struct Trick {
    step: Step,
    act: Act,
    recipient: &'static str,
    times: usize,
}

#[derive(Default)]
struct State {
    tricks: Vec<Trick>,
    messages: Vec<String>,
    sessions: usize,
    farewells: usize,
    /// How many of those that were let hang went away.
    given_up: usize,
    commands: Vec<String>,
    /// User and password that AUTH takes; MAIL is refused without.
    account: Option<(&'static str, &'static str)>,
}

/// A running server.
pub(crate) struct Smtp {
    pub(crate) port: u16,
    pub(crate) ca_file: PathBuf,
    state: Arc<Mutex<State>>,
    _folder: tempfile::TempDir,
}

impl Smtp {
    pub(crate) fn start(manner: Manner) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), manner)
    }

    pub(crate) fn on(listener: TcpListener, manner: Manner) -> Self {
        let server = Self::run(listener, Protection::None);
        server.behave(manner);
        server
    }

    pub(crate) fn protected(protection: Protection) -> Self {
        Self::run(TcpListener::bind("127.0.0.1:0").unwrap(), protection)
    }

    fn run(listener: TcpListener, protection: Protection) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, &Authority::shared().pem).unwrap();
        let (tls, implicit) = match protection {
            Protection::None => (None, false),
            Protection::StartTls(certificate) => (Some(config(certificate)), false),
            Protection::Implicit(certificate) => (Some(config(certificate)), true),
        };
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            ca_file,
            state: Arc::default(),
            _folder: folder,
        };
        let state = Arc::clone(&server.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, tls) = (Arc::clone(&state), tls.clone());
                thread::spawn(move || {
                    let limit = Some(Duration::from_secs(30));
                    stream.set_read_timeout(limit).unwrap();
                    let mut wire = Wire::Plain(stream);
                    if implicit {
                        wire = wire.upgrade(tls.as_ref());
                    }
                    let offers = tls.filter(|_| !implicit);
                    session(wire, offers.as_ref(), &state);
                });
            }
        });
        server
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.state.lock().unwrap().tricks.clear();
        match manner {
            Manner::Good => {}
            Manner::Rcpt(reply) => self.at(Step::Rcpt, Act::Say(reply)),
            Manner::SilentAfterDot => self.at(Step::Dot, Act::Hang),
        }
    }

    /// From now on this happens at every such step.
    pub(crate) fn at(&self, step: Step, act: Act) {
        self.at_times(step, act, usize::MAX);
    }

    /// This happens at the next so many such steps.
    pub(crate) fn at_times(&self, step: Step, act: Act, times: usize) {
        self.trick(step, act, "", times);
    }

    /// This is said to RCPT for this address.
    pub(crate) fn to(&self, recipient: &'static str, reply: &'static str) {
        self.trick(Step::Rcpt, Act::Say(reply), recipient, usize::MAX);
    }

    /// How many clients that got no answer went away.
    pub(crate) fn given_up(&self) -> usize {
        self.state.lock().unwrap().given_up
    }

    /// Says nothing about one recipient.
    pub(crate) fn hang_at(&self, recipient: &'static str) {
        self.trick(Step::Rcpt, Act::Hang, recipient, usize::MAX);
    }

    fn trick(&self, step: Step, act: Act, recipient: &'static str, times: usize) {
        self.state.lock().unwrap().tricks.push(Trick {
            step,
            act,
            recipient,
            times,
        });
    }

    /// Demands AUTH with this user and password.
    pub(crate) fn account(&self, user: &'static str, password: &'static str) {
        self.state.lock().unwrap().account = Some((user, password));
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.state.lock().unwrap().messages.clone()
    }

    /// Commands as they came, `TLS ` before those that came over TLS.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.state.lock().unwrap().commands.clone()
    }

    /// All `AUTH` lines.
    pub(crate) fn logins(&self) -> Vec<String> {
        let commands = self.commands();
        let logins = commands
            .iter()
            .map(|line| line.trim_start_matches("TLS "))
            .filter(|line| line.starts_with("AUTH"));
        logins.map(str::to_owned).collect()
    }

    /// Sessions begun and ended with QUIT.
    pub(crate) fn sessions(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.sessions, state.farewells)
    }
}

fn config(certificate: Certificate) -> Arc<ServerConfig> {
    let mut config = Authority::shared().server_config(certificate);
    config.alpn_protocols.clear();
    Arc::new(config)
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    fn upgrade(self, config: Option<&Arc<ServerConfig>>) -> Self {
        match (self, config) {
            (Self::Plain(stream), Some(config)) => {
                let session = ServerConnection::new(Arc::clone(config)).unwrap();
                Self::Tls(Box::new(StreamOwned::new(session, stream)))
            }
            (wire, _) => wire,
        }
    }

    fn say(&mut self, line: &str) -> Option<()> {
        let line = format!("{line}\r\n");
        match self {
            Self::Plain(stream) => stream.write_all(line.as_bytes()).ok(),
            Self::Tls(stream) => stream
                .write_all(line.as_bytes())
                .and_then(|()| stream.flush())
                .ok(),
        }
    }

    /// One line without its end; byte by byte, so that nothing of a TLS handshake is read ahead.
    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            let read = match self {
                Self::Plain(stream) => stream.read(&mut byte),
                Self::Tls(stream) => stream.read(&mut byte),
            };
            if read.ok()? == 0 {
                return None;
            }
            line.push(byte[0]);
        }
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

/// What is said at this step; `None` where the session is over.
fn act(
    wire: &mut Wire,
    state: &Mutex<State>,
    step: Step,
    line: &str,
    usual: &str,
) -> Option<String> {
    let found = {
        let mut state = state.lock().unwrap();
        let mut tricks = state.tricks.iter_mut();
        let found = tricks
            .find(|trick| trick.step == step && trick.times > 0 && line.contains(trick.recipient));
        found.map(|trick| {
            trick.times -= 1;
            trick.act
        })
    };
    match found {
        None => Some(usual.to_owned()),
        Some(Act::Say(reply)) => Some(reply.to_owned()),
        Some(Act::Drop) => None,
        Some(Act::Hang) => {
            // Holds the connection open until the client goes away.
            while wire.line().is_some() {}
            state.lock().unwrap().given_up += 1;
            None
        }
    }
}

fn session(mut wire: Wire, offers: Option<&Arc<ServerConfig>>, state: &Mutex<State>) -> Option<()> {
    state.lock().unwrap().sessions += 1;
    let greeting = act(&mut wire, state, Step::Connect, "", "220 test ESMTP")?;
    wire.say(&greeting)?;
    let account = state.lock().unwrap().account;
    let mut known = account.is_none();
    loop {
        let line = wire.line()?;
        let is_tls = matches!(wire, Wire::Tls(_));
        let mark = if is_tls { "TLS " } else { "" };
        state.lock().unwrap().commands.push(format!("{mark}{line}"));
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let (step, usual) = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                let tls = if offers.is_some() && !is_tls {
                    "250-STARTTLS\r\n"
                } else {
                    ""
                };
                (
                    Step::Hello,
                    format!("250-test\r\n{tls}250-AUTH PLAIN LOGIN\r\n250 8BITMIME"),
                )
            }
            "STARTTLS" => (Step::StartTls, "220 go ahead".to_owned()),
            "AUTH" => {
                known = account.is_none_or(|(user, password)| {
                    let sent = STANDARD.encode(format!("\0{user}\0{password}"));
                    line == format!("AUTH PLAIN {sent}")
                });
                let reply = if known { "235 ok" } else { "535 5.7.8 no" };
                (Step::Auth, reply.to_owned())
            }
            "MAIL" if !known => (Step::Mail, "530 5.7.0 authenticate first".to_owned()),
            "MAIL" => (Step::Mail, "250 ok".to_owned()),
            "RCPT" => (Step::Rcpt, "250 ok".to_owned()),
            "RSET" => (Step::Reset, "250 ok".to_owned()),
            "DATA" => (Step::Data, "354 go".to_owned()),
            "QUIT" => {
                state.lock().unwrap().farewells += 1;
                wire.say("221 bye")?;
                return None;
            }
            _ => return wire.say("502 what?"),
        };
        let reply = act(&mut wire, state, step, &line, &usual)?;
        wire.say(&reply)?;
        if step == Step::StartTls && reply.starts_with('2') {
            wire = wire.upgrade(offers);
        }
        if step == Step::Data && reply.starts_with('3') {
            let message = message(&mut wire, state)?;
            state.lock().unwrap().messages.push(message);
            let reply = act(&mut wire, state, Step::Dot, "", "250 2.0.0 queued")?;
            wire.say(&reply)?;
        }
    }
}

fn message(wire: &mut Wire, state: &Mutex<State>) -> Option<String> {
    let mut message = String::new();
    loop {
        let line = wire.line()?;
        if line == "." {
            return Some(message);
        }
        message.push_str(&line);
        message.push_str("\r\n");
        if message.lines().count() == 5 {
            act(wire, state, Step::Text, "", "")?;
        }
    }
}
