//! Nothing is said to a server that cannot prove who it is.

use issuerwatch::mailer::SmtpSecurity;
use issuerwatch::model::provider::Secret;

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
