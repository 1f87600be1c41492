//! Replies of a mail server, all at once, through a session of our own.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use issuerwatch::mailer::{Mailer, Smtp, SmtpSecurity, Transport};
use issuerwatch::policy::mail::{Delivery, MailContent, MailKind, Message};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::LocalSet;

use super::{Judge, Target, hold, hold_harmless};

const TOKENS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "250 ",
    "250-",
    "354 go on\r\n",
    "220 x\r\n",
    "550 5.1.1 no\r\n",
    "552 5.3.4 big\r\n",
    "421 bye\r\n",
    "250-SIZE 10\r\n",
    "250-STARTTLS\r\n",
    "250-AUTH PLAIN LOGIN\r\n",
    "250 2.0.0 ok\r\n",
    "999 x\r\n",
    "25",
    "-",
    " ",
    "\u{0}",
    "\u{1b}[2J",
    "\u{202e}",
    "451 4.7.1 later\r\n",
    "250 5.1.1.1.1\r\n",
];

pub(super) const SMTP: Target = Target {
    name: "smtp",
    tokens: TOKENS,
    prepare,
};

fn message() -> Message {
    Message {
        message_id: "<1@a.example>".to_owned(),
        date: jiff::Timestamp::UNIX_EPOCH,
        from: "watch@a.example".to_owned(),
        reply_to: None,
        to: "you@a.example".to_owned(),
        content: MailContent {
            topic: None,
            subject: "[issuerwatch] a".to_owned(),
            text: "a".to_owned(),
            html: "<p>a</p>".to_owned(),
            patches: Vec::new(),
            patch: None,
        },
        in_reply_to: None,
        references: Vec::new(),
        kind: MailKind::Test,
        severity: None,
        providers: Vec::new(),
        events: Vec::new(),
    }
}

fn prepare() -> Judge {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let mailer = Mailer::new(&Transport::Smtp(Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::Plain,
        user: None,
        password: None,
        helo: Some("a.example".to_owned()),
        ca_file: None,
        step: Duration::from_secs(5),
    }))
    .expect("a mailer");
    // What the server says to whoever comes, and then nothing more.
    let said = Rc::new(RefCell::new(Vec::new()));
    let tasks = LocalSet::new();
    let replies = Rc::clone(&said);
    tasks.spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let replies = replies.borrow().clone();
            tokio::task::spawn_local(async move {
                let (mut reader, mut writer) = stream.split();
                let speak = async {
                    drop(writer.write_all(&replies).await);
                    drop(writer.shutdown().await);
                };
                let mut heard = [0; 4096];
                let hear = async { while let Ok(1..) = reader.read(&mut heard).await {} };
                tokio::join!(speak, hear);
            });
        }
    });
    let message = message();
    Box::new(move |_seed, input| {
        *said.borrow_mut() = input.to_vec();
        let delivery = tasks.block_on(&runtime, async {
            let delivery = mailer.deliver(&message).await;
            mailer.end_sessions().await;
            delivery
        });
        judge(input, &delivery)
    })
}

fn judge(input: &[u8], delivery: &Delivery) -> Result<(), String> {
    let has = |code: &str| input.windows(code.len()).any(|it| it == code.as_bytes());
    match delivery {
        Delivery::Sent { reply } => {
            hold_harmless(reply, 300)?;
            hold(has("354") && has("250"), || {
                format!("taken to be sent by {reply}")
            })
        }
        Delivery::Refused { reason } => {
            hold_harmless(reason, 600)?;
            hold(
                has("550") || has("551") || has("553") || has("5.1."),
                || format!("refused by {reason}"),
            )
        }
        Delivery::Deferred { reason, .. } => hold_harmless(reason, 600),
    }
}
