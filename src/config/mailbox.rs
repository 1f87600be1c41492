//! Mail addresses: those that can be mailed, in the form in which servers take them.

use std::borrow::Cow;
use std::fmt;

use toml::Spanned;
use url::Host;

use super::problem::shown;
use super::reader::Section;
use crate::mailer::{self, is_address};
use crate::policy::recipient;

/// An address that can be mailed: `addr@host` or `Name <addr@host>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(String);

impl Mailbox {
    /// As it stands in a header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host part.
    pub fn domain(&self) -> &str {
        mailer::domain(&self.0)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As the text that it is: what is hashed of the settings of mail has it in this form.
impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<Mailbox> for String {
    fn from(mailbox: Mailbox) -> Self {
        mailbox.0
    }
}

/// Reads `addr@host` or `Name <addr@host>`. A domain beyond ASCII becomes the one that mail servers
/// know (`xn--`); the error says why the address cannot be mailed and what to write.
pub fn parse(text: &str) -> Result<Mailbox, String> {
    if text.chars().any(char::is_control) {
        return Err("it has a line break or another control character".to_owned());
    }
    let (before, bare, after) = match text.rsplit_once('<') {
        Some((name, rest)) => match rest.strip_suffix('>') {
            Some(bare) => (format!("{name}<"), bare, ">"),
            None => return Err(EXPECTED.to_owned()),
        },
        None => (String::new(), text, ""),
    };
    let Some((local, host)) = bare.rsplit_once('@') else {
        return Err(EXPECTED.to_owned());
    };
    let host = domain(host)?;
    if !local.is_ascii() {
        // That takes servers that all speak SMTPUTF8, which is not relied upon.
        return Err("what stands before the @ cannot be mailed beyond ASCII".to_owned());
    }
    if local.starts_with('"') {
        return Err("a local part in quotes cannot be mailed: write one without".to_owned());
    }
    let address = format!("{before}{local}@{host}{after}");
    if address.len() > 254 {
        return Err("it is longer than 254 bytes".to_owned());
    }
    let is_plain = |text: &str| {
        let is_fit = |c: char| c.is_ascii_graphic() && !"<>,;()".contains(c);
        !text.is_empty() && text.chars().all(is_fit)
    };
    if is_plain(local) && is_plain(&host) && is_address(&address) {
        Ok(Mailbox(address))
    } else if text.contains(',') && !before.is_empty() {
        Err("a name with a comma stands in quotes".to_owned())
    } else {
        Err(EXPECTED.to_owned())
    }
}

/// The addresses of a key, each once.
pub(super) fn mail_addresses(section: &Section<'_>, key: &str) -> Vec<String> {
    let mut addresses = Vec::new();
    for text in section.texts(key).unwrap_or_default() {
        let address = mail_address(section, &text);
        recipient::extend(&mut addresses, address.map(String::from));
    }
    addresses
}

/// `addr@host` or `Name <addr@host>`.
pub(super) fn mail_address(section: &Section<'_>, text: &Spanned<&str>) -> Option<Mailbox> {
    let value = *text.get_ref();
    parse(value)
        .map_err(|reason| {
            let what = format!("mail address \"{}\": {reason}", shown(value));
            section.problem(text.span(), what);
        })
        .ok()
}

const EXPECTED: &str = "expected addr@host or Name <addr@host>";

/// The domain in ASCII.
fn domain(host: &str) -> Result<Cow<'_, str>, String> {
    if host.starts_with('[') {
        return Err(
            "an address in brackets is not spoken: write the name of the host, such as localhost"
                .to_owned(),
        );
    }
    if host.is_ascii() {
        return Ok(Cow::Borrowed(host));
    }
    match Host::parse(host) {
        Ok(Host::Domain(ascii)) => Ok(Cow::Owned(ascii)),
        Ok(_) | Err(_) => {
            Err("its domain cannot be written in ASCII: write it as xn--...".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mailbox, parse};

    #[test]
    fn a_domain_beyond_ascii_becomes_the_one_that_servers_know() {
        for (text, address) in [
            ("iam@bücher.example", "iam@xn--bcher-kva.example"),
            (
                "Jäné <iam@BÜCHER.example>",
                "Jäné <iam@xn--bcher-kva.example>",
            ),
            ("iam@例え.テスト", "iam@xn--r8jz45g.xn--zckzah"),
            ("\"Doe, J\" <j@example.com>", "\"Doe, J\" <j@example.com>"),
            ("iam@localhost", "iam@localhost"),
        ] {
            let read = parse(text);
            assert_eq!(read.as_ref().map(Mailbox::as_str), Ok(address));
        }
    }

    #[test]
    fn an_address_that_cannot_be_mailed_is_refused_with_what_would_do() {
        for (text, reason) in [
            ("jäné@example.com", "before the @ cannot be mailed"),
            ("jäné@bücher.example", "before the @ cannot be mailed"),
            ("root@[127.0.0.1]", "write the name of the host"),
            ("root@[IPv6:::1]", "write the name of the host"),
            ("\"john doe\"@example.com", "in quotes cannot be mailed"),
            ("iam@exa\u{ff0f}mple.com", "write it as xn--"),
            ("Jane <j@example.com", "expected addr@host"),
            ("Doe, Jane <j@example.com>", "with a comma"),
            ("a@b, c@d", "expected addr@host"),
            ("@bücher.example", "expected addr@host"),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.contains(reason), "{text}: {said}");
        }
    }
}
