//! What a negative reply means for the mail, read from its codes and never from its words.

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SessionStep {
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

impl SessionStep {
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
pub(super) enum ReplyMeaning {
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
pub(super) fn meaning(step: SessionStep, code: u16, text: &str) -> ReplyMeaning {
    if !(500..600).contains(&code) {
        return ReplyMeaning::Passing;
    }
    let is_about_recipient = step >= SessionStep::Recipient;
    match enhanced(text) {
        // Bad mailbox, bad system, bad syntax, moved without a new address, null MX.
        Some([5, 1, 1 | 2 | 3 | 6 | 10]) if is_about_recipient => ReplyMeaning::NoSuchRecipient,
        Some([5, 3, 4] | [5, 2, 3]) => ReplyMeaning::TooBig,
        Some(_) => ReplyMeaning::Standing,
        None if step == SessionStep::Recipient && matches!(code, 550 | 551 | 553) => {
            ReplyMeaning::NoSuchRecipient
        }
        // In answer to RCPT the same code means a full mailbox.
        None if code == 552 && step != SessionStep::Recipient => ReplyMeaning::TooBig,
        None => ReplyMeaning::Standing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_with_the_address_refuses_a_mail_for_good() {
        use ReplyMeaning::{NoSuchRecipient, Passing, Standing, TooBig};
        for (step, code, text, expected) in [
            (
                SessionStep::Recipient,
                550,
                "5.1.1 no such user",
                NoSuchRecipient,
            ),
            (
                SessionStep::Recipient,
                550,
                "5.1.10 null MX",
                NoSuchRecipient,
            ),
            (
                SessionStep::Recipient,
                501,
                "5.1.3 bad syntax",
                NoSuchRecipient,
            ),
            (
                SessionStep::Mail,
                550,
                "5.1.1 no such user",
                NoSuchRecipient,
            ),
            (SessionStep::Recipient, 550, "no such user", NoSuchRecipient),
            (SessionStep::Recipient, 551, "", NoSuchRecipient),
            (SessionStep::Recipient, 553, "not allowed", NoSuchRecipient),
            (SessionStep::Recipient, 554, "no", Standing),
            (SessionStep::Recipient, 550, "5.7.1 listed", Standing),
            (SessionStep::Recipient, 552, "5.2.2 over quota", Standing),
            (SessionStep::Recipient, 552, "full", Standing),
            (SessionStep::Recipient, 550, "5.1.100 odd", Standing),
            (SessionStep::Sender, 550, "5.1.1 who?", Standing),
            (SessionStep::Sender, 553, "not yours", Standing),
            (SessionStep::Sender, 501, "5.1.7 bad sender", Standing),
            (SessionStep::Sender, 552, "5.3.4 too big", TooBig),
            (SessionStep::Mail, 552, "too big", TooBig),
            (SessionStep::Mail, 554, "5.3.4 too big", TooBig),
            (SessionStep::Mail, 554, "5.7.1 spam", Standing),
            (SessionStep::Login, 535, "5.7.8 no", Standing),
            (SessionStep::Recipient, 450, "4.1.1 later", Passing),
            (SessionStep::Recipient, 450, "5.1.1 a slip", Passing),
            (SessionStep::Recipient, 550, "4.1.1 a slip", Standing),
            (SessionStep::Mail, 421, "", Passing),
        ] {
            assert_eq!(
                meaning(step, code, text),
                expected,
                "{step:?} {code} {text}"
            );
        }
    }
}
