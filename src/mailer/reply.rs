//! What a negative reply means for the mail, read from its codes and never from its words.

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The connection, with TLS where that comes first.
    Connect,
    /// STARTTLS and its handshake.
    StartTls,
    /// The password.
    Login,
    /// EHLO, once all is as it must be.
    Hello,
    /// MAIL.
    Sender,
    /// RCPT.
    Recipient,
    /// DATA.
    Data,
    /// The mail and its end.
    Mail,
}

impl Step {
    /// What the server was asked.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::StartTls => "STARTTLS",
            Self::Login => "AUTH",
            Self::Hello => "EHLO",
            Self::Sender => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Mail => "the end of the mail",
        }
    }
}

/// What a negative reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// There is no such recipient.
    NoSuchRecipient,
    /// The mail is too big.
    TooBig,
    /// The refusal is expected to pass by itself.
    Passing,
    /// The refusal is about us or the content of the mail: it may be taken once somebody has acted.
    Standing,
}

/// An enhanced status code (RFC 3463) at the beginning of the text of a reply.
fn enhanced(text: &str) -> Option<[u16; 3]> {
    let code = text.split_whitespace().next()?;
    let mut parts = code.split('.').map(|part| part.parse::<u16>().ok());
    let code = [parts.next()??, parts.next()??, parts.next()??];
    let is_one = parts.next().is_none() && matches!(code, [2 | 4 | 5, ..]);
    is_one.then_some(code)
}

/// What a reply means that refuses something at this step. Only what is wrong with the address
/// refuses the mail for good: everything else may be mended while it waits.
pub(super) fn meaning(step: Step, code: u16, text: &str) -> Meaning {
    if !(500..600).contains(&code) {
        return Meaning::Passing;
    }
    let is_about_recipient = step >= Step::Recipient;
    match enhanced(text) {
        // Bad mailbox, bad system, bad syntax, moved without a new address, null MX.
        Some([5, 1, 1 | 2 | 3 | 6 | 10]) if is_about_recipient => Meaning::NoSuchRecipient,
        Some([5, 3, 4] | [5, 2, 3]) => Meaning::TooBig,
        Some(_) => Meaning::Standing,
        None if step == Step::Recipient && matches!(code, 550 | 551 | 553) => {
            Meaning::NoSuchRecipient
        }
        // In answer to RCPT the same code means a full mailbox.
        None if code == 552 && step != Step::Recipient => Meaning::TooBig,
        None => Meaning::Standing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_with_the_address_refuses_a_mail_for_good() {
        use Meaning::{NoSuchRecipient, Passing, Standing, TooBig};
        for (step, code, text, expected) in [
            (Step::Recipient, 550, "5.1.1 no such user", NoSuchRecipient),
            (Step::Recipient, 550, "5.1.10 null MX", NoSuchRecipient),
            (Step::Recipient, 501, "5.1.3 bad syntax", NoSuchRecipient),
            (Step::Mail, 550, "5.1.1 no such user", NoSuchRecipient),
            (Step::Recipient, 550, "no such user", NoSuchRecipient),
            (Step::Recipient, 551, "", NoSuchRecipient),
            (Step::Recipient, 553, "not allowed", NoSuchRecipient),
            (Step::Recipient, 554, "no", Standing),
            (Step::Recipient, 550, "5.7.1 listed", Standing),
            (Step::Recipient, 552, "5.2.2 over quota", Standing),
            (Step::Recipient, 552, "full", Standing),
            (Step::Recipient, 550, "5.1.100 odd", Standing),
            (Step::Sender, 550, "5.1.1 who?", Standing),
            (Step::Sender, 553, "not yours", Standing),
            (Step::Sender, 501, "5.1.7 bad sender", Standing),
            (Step::Sender, 552, "5.3.4 too big", TooBig),
            (Step::Mail, 552, "too big", TooBig),
            (Step::Mail, 554, "5.3.4 too big", TooBig),
            (Step::Mail, 554, "5.7.1 spam", Standing),
            (Step::Login, 535, "5.7.8 no", Standing),
            (Step::Recipient, 450, "4.1.1 later", Passing),
            (Step::Recipient, 450, "5.1.1 a slip", Passing),
            (Step::Recipient, 550, "4.1.1 a slip", Standing),
            (Step::Mail, 421, "", Passing),
        ] {
            assert_eq!(
                meaning(step, code, text),
                expected,
                "{step:?} {code} {text}"
            );
        }
    }
}
