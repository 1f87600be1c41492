//! Servers that hang, drop or talk nonsense at any step: what is known to have arrived.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use issuerwatch::mailer::{Smtp as Server, SmtpSecurity};

use super::{deliver_one, plain};
use crate::support::smtp::{Act, Manner, Smtp, Step};

const BEFORE: [Step; 5] = [
    Step::Connect,
    Step::Hello,
    Step::Mail,
    Step::Rcpt,
    Step::Data,
];

#[test]
fn a_server_that_hangs_is_given_up_at_every_step() {
    let steps = BEFORE.into_iter().chain([Step::Text, Step::Dot]);
    let attempts: Vec<_> = steps
        .map(|step| {
            std::thread::spawn(move || {
                let smtp = Smtp::start(Manner::Good);
                smtp.at(step, Act::Hang);
                let server = Server {
                    step: Duration::from_millis(300),
                    ..plain(&smtp)
                };
                let said = deliver_one(&server);
                (step, said)
            })
        })
        .collect();
    for attempt in attempts {
        let (step, said) = attempt.join().unwrap();
        let (when, limit) = if BEFORE.contains(&step) {
            ("before", "0.3")
        } else {
            ("after", "1.5")
        };
        let asked = match step {
            Step::Mail => "MAIL",
            Step::Rcpt => "RCPT",
            Step::Data => "DATA",
            Step::Text | Step::Dot => "the end of the mail",
            _ => "connecting",
        };
        let expected = format!(
            "deferred {when} DATA: the mail server did not answer within {limit} s ({asked})"
        );
        assert_eq!(said, expected, "{step:?}");
    }
}

#[test]
fn a_server_that_drops_the_session_is_tried_again_later() {
    for step in BEFORE {
        let smtp = Smtp::start(Manner::Good);
        smtp.at(step, Act::Drop);
        let said = deliver_one(&plain(&smtp));
        assert!(
            said.starts_with("deferred before DATA: "),
            "{step:?}: {said}"
        );
    }
    for step in [Step::Text, Step::Dot] {
        let smtp = Smtp::start(Manner::Good);
        smtp.at(step, Act::Drop);
        let said = deliver_one(&plain(&smtp));
        assert!(
            said.starts_with("deferred after DATA: "),
            "{step:?}: {said}"
        );
    }
}

#[test]
fn only_what_is_wrong_with_the_address_refuses_the_mail() {
    let said = |step, reply| {
        let smtp = Smtp::start(Manner::Good);
        smtp.at(step, Act::Say(reply));
        deliver_one(&plain(&smtp))
    };
    for step in [Step::Mail, Step::Rcpt, Step::Data, Step::Dot] {
        let text = said(step, "450 4.2.0 greylisted");
        assert!(
            text.starts_with("deferred before DATA: "),
            "{step:?}: {text}"
        );
        assert!(text.contains("greylisted"), "{text}");
        let text = said(step, "550 5.7.1 never");
        assert!(
            text.starts_with("deferred before DATA: ") && text.contains("never"),
            "{step:?}: {text}"
        );
        let text = said(step, "550 5.1.1 no such user");
        let is_refused = text.starts_with("refused ");
        assert_eq!(is_refused, step != Step::Mail, "{step:?}: {text}");
    }
    for (step, reply) in [
        (Step::Connect, "554 5.3.2 no service"),
        (Step::Hello, "550 5.0.0 who are you"),
        (Step::Mail, "530 5.7.0 authenticate first"),
        (Step::Mail, "503 5.5.1 bad sequence"),
        (Step::Rcpt, "421 4.3.2 shutting down"),
    ] {
        let text = said(step, reply);
        assert!(
            text.starts_with("deferred before DATA: "),
            "{reply}: {text}"
        );
    }
}

#[test]
fn a_reply_to_something_else_is_no_word_about_this_mail() {
    let said = |step, reply| {
        let smtp = Smtp::start(Manner::Good);
        smtp.at(step, Act::Say(reply));
        deliver_one(&plain(&smtp))
    };
    assert_eq!(
        said(Step::Data, "250 ok"),
        "deferred before DATA: unexpected reply 250 ok"
    );
    assert_eq!(
        said(Step::Dot, "354 go"),
        "deferred after DATA: unexpected reply 354 go"
    );
    let text = said(Step::Mail, "nonsense");
    assert!(text.starts_with("deferred before DATA: "), "{text}");
    let text = said(Step::Rcpt, "550 5.1.1 \u{1b}[2Jno\u{202e} such user");
    assert!(
        text.starts_with("refused ") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert!(!text.contains('\u{202e}'), "{text}");
}

#[test]
fn a_reply_whose_lines_have_no_end_is_given_up_and_not_only_for_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        // A failure to begin is followed by no second session.
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 ready\r\n").unwrap();
        let lines = "250-and there is more\r\n".repeat(100);
        while stream.write_all(lines.as_bytes()).is_ok() {}
    });
    let smtp = Server {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::Plain,
        user: None,
        password: None,
        helo: None,
        ca_file: None,
        step: Duration::from_secs(20),
    };
    let said = deliver_one(&smtp);
    assert!(said.contains("none that is SMTP"), "{said}");
    server.join().unwrap();
}
