//! Nothing is said to a server that cannot prove who it is.

use issuerwatch::mailer::SmtpSecurity;
use issuerwatch::meaning::provider::Secret;

use super::{configured, deliver_one};
use crate::support::site::Certificate;
use crate::support::smtp::{Act, Protection, Smtp, Step};

#[test]
fn starttls_is_used_and_everything_that_matters_is_said_after_it() {
    let smtp = Smtp::protected(Protection::StartTls(Certificate::Valid));
    smtp.account("watch@example.com", "p@ss w\"or\\d é%=&");
    let server = configured(&smtp, SmtpSecurity::StartTls);
    let server = issuerwatch::mailer::Smtp {
        user: Some("watch@example.com".to_owned()),
        password: Some(Secret::new("p@ss w\"or\\d é%=&".to_owned())),
        ..server
    };
    assert_eq!(deliver_one(&server), "sent 250 2.0.0 queued");
    let commands = smtp.commands();
    let plain: Vec<&String> = commands
        .iter()
        .filter(|line| !line.starts_with("TLS "))
        .collect();
    assert_eq!(plain.len(), 2, "EHLO and STARTTLS: {commands:?}");
    assert!(smtp.messages()[0].contains("\r\n..a line") || smtp.messages()[0].contains(".a line"));
}

#[test]
fn a_server_that_does_not_offer_starttls_gets_nothing() {
    let smtp = Smtp::protected(Protection::None);
    let server = configured(&smtp, SmtpSecurity::StartTls);
    assert_eq!(
        deliver_one(&server),
        "deferred before DATA: the mail server does not offer STARTTLS"
    );
    assert_eq!(smtp.commands().len(), 1, "EHLO alone");
    let smtp = Smtp::protected(Protection::StartTls(Certificate::Valid));
    smtp.at(Step::StartTls, Act::Say("454 4.7.0 not now"));
    let said = deliver_one(&configured(&smtp, SmtpSecurity::StartTls));
    assert!(
        said.starts_with("deferred before DATA: ") && said.contains("not now"),
        "{said}"
    );
    assert!(smtp.messages().is_empty());
}

#[test]
fn implicit_tls_trusts_the_private_ca_and_nobody_else() {
    let said = |certificate, trusts: bool| {
        let smtp = Smtp::protected(Protection::Implicit(certificate));
        let mut server = configured(&smtp, SmtpSecurity::Implicit);
        if !trusts {
            server.ca_file = None;
        }
        let said = deliver_one(&server);
        assert!(smtp.commands().iter().all(|line| line.starts_with("TLS ")));
        said
    };
    assert_eq!(said(Certificate::Valid, true), "sent 250 2.0.0 queued");
    for (certificate, trusts) in [
        (Certificate::Valid, false),
        (Certificate::Expired, true),
        (Certificate::WrongName, true),
    ] {
        let said = said(certificate, trusts);
        assert!(
            said.starts_with("deferred before DATA: ") && said.contains("certificate"),
            "{certificate:?}: {said}"
        );
    }
}

#[test]
fn a_wrong_password_defers_the_mail_and_is_not_shown() {
    let smtp = Smtp::protected(Protection::StartTls(Certificate::Valid));
    smtp.account("watch", "right");
    let server = issuerwatch::mailer::Smtp {
        user: Some("watch".to_owned()),
        password: Some(Secret::new("wrong-one".to_owned())),
        ..configured(&smtp, SmtpSecurity::StartTls)
    };
    let said = deliver_one(&server);
    assert!(
        said.starts_with("deferred before DATA: ") && said.contains("5.7.8"),
        "{said}"
    );
    assert!(!format!("{server:?}{said}").contains("wrong-one"));
    let without = configured(&smtp, SmtpSecurity::StartTls);
    let said = deliver_one(&without);
    assert!(
        said.starts_with("deferred before DATA: ") && said.contains("authenticate first"),
        "an account that is missing is ours to mend: {said}"
    );
}

#[test]
fn starttls_is_used_on_this_machine_where_it_is_offered() {
    let smtp = Smtp::protected(Protection::StartTls(Certificate::Valid));
    assert_eq!(
        deliver_one(&configured(&smtp, SmtpSecurity::Plain)),
        "sent 250 2.0.0 queued"
    );
    let commands = smtp.commands();
    let mail = commands.iter().find(|line| line.contains("MAIL")).unwrap();
    assert!(mail.starts_with("TLS "), "{commands:?}");
    // Nobody asked for it, and nothing secret is said: a made-up certificate costs no mail.
    let smtp = Smtp::protected(Protection::StartTls(Certificate::Valid));
    let untrusted = issuerwatch::mailer::Smtp {
        ca_file: None,
        ..configured(&smtp, SmtpSecurity::Plain)
    };
    assert_eq!(deliver_one(&untrusted), "sent 250 2.0.0 queued");
    // A password is said to nobody who cannot prove who it is.
    let with_password = issuerwatch::mailer::Smtp {
        user: Some("watch".to_owned()),
        password: Some(Secret::new("right".to_owned())),
        ..untrusted
    };
    let said = deliver_one(&with_password);
    assert!(said.contains("not signed by a trusted CA"), "{said}");
}

#[test]
fn what_was_sent_before_the_handshake_is_never_an_answer_after_it() {
    for injected in [
        "220 go\r\n250 evil",
        "220 go\r\n250-evil\r\n250 evil\r\n250 ok\r\n250 ok\r\n354 go\r\n250 kept",
    ] {
        for security in [SmtpSecurity::StartTls, SmtpSecurity::Plain] {
            let smtp = Smtp::protected(Protection::StartTls(Certificate::Valid));
            smtp.at(Step::StartTls, Act::Say(injected));
            let said = deliver_one(&configured(&smtp, security));
            assert!(
                said.starts_with("deferred before DATA: ") && said.contains("handshake"),
                "{said}"
            );
            assert!(smtp.messages().is_empty());
        }
    }
}

#[test]
fn ehlo_says_the_configured_name_or_one_that_servers_take() {
    let smtp = Smtp::protected(Protection::None);
    let named = issuerwatch::mailer::Smtp {
        helo: Some("mon1.example.com".to_owned()),
        ..configured(&smtp, SmtpSecurity::Plain)
    };
    deliver_one(&named);
    assert_eq!(smtp.commands()[0], "EHLO mon1.example.com");
    let smtp = Smtp::protected(Protection::None);
    deliver_one(&configured(&smtp, SmtpSecurity::Plain));
    let said = smtp.commands()[0].replace("EHLO ", "");
    assert!(said.contains('.'), "a full name or an address: {said}");
}
