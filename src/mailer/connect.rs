//! How a session with a mail server begins: the connection, TLS, the password, and who we say we are.
//!
//! To a loopback address a certificate that cannot be verified costs no mail, unless there is a
//! password or a `ca_file`: distributions make certificates up, and nobody stands between on one
//! machine.

use std::net::IpAddr;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::{TcpStream, UdpSocket};

use super::reply::SessionStep;
use super::server::{DeliveryTrouble, MailServer, Session, later};
use super::settings::SmtpSecurity;
use super::stream::LineStream;
use crate::document::text::{bounded, visible};
use crate::policy::mail::Deferral;

impl MailServer {
    /// Begins a session, and moves `step` along.
    pub(super) async fn connect(&self, step: &mut SessionStep) -> Result<Session, DeliveryTrouble> {
        let (mut connection, hello) = match self.smtp.security {
            SmtpSecurity::Implicit => self.implicit(step).await?,
            SmtpSecurity::StartTls => self.in_lines(step, Upgrade::Required).await?,
            SmtpSecurity::Plain => match self.in_lines(step, self.upgrade()).await {
                // On this machine nobody can listen in, and no secret is sent: so mail goes without TLS to
                // a server whose certificate was made up at its installation.
                Err(trouble) if trouble.is_certificate && self.upgrade() == Upgrade::IfItWorks => {
                    self.in_lines(step, Upgrade::Never).await?
                }
                begun => begun?,
            },
        };
        if let (Some(user), Some(password)) = (&self.smtp.user, &self.smtp.password) {
            *step = SessionStep::Login;
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let info = connection.server_info();
            if !mechanisms
                .iter()
                .any(|one| info.supports_auth_mechanism(*one))
            {
                let without = if connection.is_encrypted() {
                    ""
                } else {
                    " without TLS: write smtps://, or let it offer STARTTLS"
                };
                let text = format!("the mail server offers neither AUTH PLAIN nor LOGIN{without}");
                return Err(later(&text, Deferral::Standing));
            }
            self.step(*step, connection.auth(&mechanisms, &credentials))
                .await?;
        }
        // EHLO is sent once more, because lettre does not keep the size limit that the server announced.
        *step = SessionStep::Hello;
        let reply = self
            .step(*step, connection.command(Ehlo::new(hello)))
            .await?;
        let size = reply.message().find_map(size);
        Ok(Session { connection, size })
    }

    async fn implicit(
        &self,
        step: &mut SessionStep,
    ) -> Result<(AsyncSmtpConnection, ClientId), DeliveryTrouble> {
        *step = SessionStep::Connect;
        let hello = match &self.smtp.helo {
            Some(name) => ClientId::Domain(name.clone()),
            None => self.host_or_address().await,
        };
        let address = (self.smtp.host.as_str(), self.smtp.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, None, &hello, self.tls.clone(), None);
        Ok((self.step(*step, connecting).await?, hello))
    }

    /// A session that begins in plain text.
    async fn in_lines(
        &self,
        step: &mut SessionStep,
        upgrade: Upgrade,
    ) -> Result<(AsyncSmtpConnection, ClientId), DeliveryTrouble> {
        *step = SessionStep::Connect;
        let (host, port) = (self.smtp.host.as_str(), self.smtp.port);
        let stream = self
            .timely(*step, TcpStream::connect((host, port)))
            .await?
            .map_err(|error| {
                let text = format!("{error}, connecting to {host}:{port}");
                later(&bounded(&visible(&text), 300), Deferral::Passing)
            })?;
        let hello = match (&self.smtp.helo, full_host_name(), stream.local_addr()) {
            (Some(name), _, _) => ClientId::Domain(name.clone()),
            (None, Some(name), _) => ClientId::Domain(name),
            (None, None, Ok(local)) => literal(local.ip()),
            (None, None, Err(_unknown)) => ClientId::Ipv4([127, 0, 0, 1].into()),
        };
        let stream = Box::new(LineStream::new(stream));
        let beginning = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let mut connection = self.step(*step, beginning).await?;
        let Some(tls) = self.tls.clone().filter(|_| upgrade != Upgrade::Never) else {
            return Ok((connection, hello));
        };
        if connection.can_starttls() {
            *step = SessionStep::StartTls;
            self.step(*step, connection.starttls(tls, &hello)).await?;
        } else if upgrade == Upgrade::Required {
            let text = "the mail server does not offer STARTTLS";
            return Err(later(text, Deferral::Standing));
        }
        Ok((connection, hello))
    }

    /// Whether a session on this machine must be secret once the server offers it.
    fn upgrade(&self) -> Upgrade {
        if self.smtp.user.is_none() && self.smtp.ca_file.is_none() {
            Upgrade::IfItWorks
        } else {
            Upgrade::IfOffered
        }
    }

    /// Our name where the connection is made by lettre: the address we would be seen with.
    async fn host_or_address(&self) -> ClientId {
        if let Some(name) = full_host_name() {
            return ClientId::Domain(name);
        }
        let address = (self.smtp.host.as_str(), self.smtp.port);
        for any in ["0.0.0.0:0", "[::]:0"] {
            // Nothing is sent: it only asks which way a packet would take.
            if let Ok(socket) = UdpSocket::bind(any).await
                && socket.connect(address).await.is_ok()
                && let Ok(local) = socket.local_addr()
            {
                return literal(local.ip());
            }
        }
        ClientId::Ipv4([127, 0, 0, 1].into())
    }
}

/// What to do if the server offers STARTTLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Upgrade {
    Required,
    IfOffered,
    IfItWorks,
    Never,
}

/// The name of this host, if it is one that others can look up.
fn full_host_name() -> Option<String> {
    let ClientId::Domain(name) = ClientId::default() else {
        return None;
    };
    is_full_name(&name).then_some(name)
}

/// Whether a text is a full host name, as EHLO must say it (RFC 5321 section 4.1.1.1).
pub(super) fn is_full_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    // A last label that is a number cannot be a top-level domain; any other may be one.
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(is_label)
        && !last.chars().all(|c| c.is_ascii_digit())
        && !name.to_ascii_lowercase().starts_with("localhost.")
}

fn literal(address: IpAddr) -> ClientId {
    match address.to_canonical() {
        IpAddr::V4(address) => ClientId::Ipv4(address),
        IpAddr::V6(address) => ClientId::Ipv6(address),
    }
}

/// What a line of the answer to EHLO says about sizes.
fn size(line: &str) -> Option<usize> {
    let mut words = line.split_whitespace();
    let is_size = words.next()?.eq_ignore_ascii_case("SIZE");
    is_size.then(|| words.next().and_then(|size| size.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_has_a_dot_and_is_no_address() {
        for (name, is_full) in [
            ("mon1.example.com", true),
            ("vm", false),
            ("localhost", false),
            ("localhost.localdomain", false),
            ("192.0.2.1", false),
            ("a..example", false),
            ("a_b.example", false),
            ("vm.", false),
            ("-a.example", false),
        ] {
            assert_eq!(is_full_name(name), is_full, "{name}");
        }
    }

    #[test]
    fn ehlo_may_be_told_to_say_a_full_name_or_an_address_literal() {
        use crate::mailer::is_helo;
        for text in ["mon1.example.com", "[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            assert!(is_helo(text), "{text}");
        }
        for text in [
            "vm",
            "192.0.2.1",
            "[2001:db8::1]",
            "[vm]",
            "a.example\r\nRSET",
            "",
        ] {
            assert!(!is_helo(text), "{text}");
        }
    }

    #[test]
    fn a_size_is_read_from_the_answer_to_ehlo() {
        assert_eq!(size("SIZE 65536"), Some(65_536));
        assert_eq!(size("size"), Some(0));
        assert_eq!(size("SIZE lots"), Some(0));
        assert_eq!(size("8BITMIME"), None);
    }
}
