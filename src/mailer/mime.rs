//! A message as bytes: text and HTML as alternatives, the patch attached, headers for filters.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, To};
use lettre::message::{Attachment, Mailbox, Mailboxes, MultiPart, MultiPartKind, SinglePart};

use super::error::MailerError;
use crate::document::fingerprint::sha256_hex;
use crate::policy::mail::Message;

/// A header made of configured names and fixed words only.
macro_rules! plain_header {
    ($type:ident, $name:literal) => {
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                let clean: String = self
                    .0
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(900)
                    .collect();
                HeaderValue::new(Self::name(), clean)
            }
        }
    };
}

plain_header!(AutoSubmitted, "Auto-Submitted");
plain_header!(Precedence, "Precedence");
plain_header!(ListId, "List-Id");
plain_header!(XProvider, "X-Issuerwatch-Provider");
plain_header!(XSeverity, "X-Issuerwatch-Severity");
plain_header!(XKind, "X-Issuerwatch-Kind");
plain_header!(XEvents, "X-Issuerwatch-Events");

/// Whether a text is an address to which a mail can be written: `addr@host`, `Name <addr@host>`.
pub fn is_address(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// The bytes of a mail, ready for any transport.
pub fn mime(message: &Message) -> Result<Vec<u8>, MailerError> {
    let mailbox = |text: &str| {
        text.parse::<Mailbox>()
            .map_err(|error| MailerError::Address(error.to_string()))
    };
    // There may be several recipients: a replay writes one mail for all who get it.
    let to: Mailboxes = message
        .to
        .parse()
        .map_err(|error: lettre::address::AddressError| MailerError::Address(error.to_string()))?;
    let seconds = u64::try_from(message.date.as_second()).unwrap_or_default();
    let domain = domain(&message.from);
    let list = format!("issuerwatch <issuerwatch.{domain}>");
    let events: Vec<String> = message.events.iter().take(50).map(i64::to_string).collect();
    let providers: Vec<&str> = message
        .providers
        .iter()
        .take(20)
        .map(String::as_str)
        .collect();
    let severity = message
        .severity
        .map_or("none", |severity| severity.as_str());
    let mut builder = lettre::Message::builder()
        .message_id(Some(message.message_id.clone()))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .from(mailbox(&message.from)?)
        .mailbox(To::from(to))
        .subject(
            message
                .content
                .subject
                .chars()
                .filter(|c| !c.is_control())
                .collect::<String>(),
        )
        .header(AutoSubmitted("auto-generated".to_owned()))
        .header(Precedence("bulk".to_owned()))
        .header(ListId(list))
        .header(XSeverity(severity.to_owned()))
        .header(XKind(message.kind.as_str().to_owned()));
    // The header is left out where it would be empty, because some gateways refuse empty headers.
    if !providers.is_empty() {
        builder = builder.header(XProvider(providers.join(", ")));
    }
    if !events.is_empty() {
        builder = builder.header(XEvents(events.join(", ")));
    }
    if let Some(reply_to) = &message.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    if let Some(answered) = &message.in_reply_to {
        builder = builder.in_reply_to(answered.clone());
        builder = builder.references(message.references.join(" "));
    }
    // Not random: a mail that is sent again is the same mail, and who wrote the document that is
    // quoted in it cannot know its Message-ID.
    let mark: String = sha256_hex(message.message_id.as_bytes())
        .chars()
        .take(32)
        .collect();
    let both = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("both-{mark}"))
        .singlepart(SinglePart::plain(message.content.text.clone()))
        .singlepart(SinglePart::html(message.content.html.clone()));
    let mut files = files(message).peekable();
    let whole = if files.peek().is_some() {
        let media_type = ContentType::parse("application/json-patch+json")
            .map_err(|error| MailerError::Address(error.to_string()))?;
        let whole = MultiPart::builder()
            .kind(MultiPartKind::Mixed)
            .boundary(format!("whole-{mark}"));
        builder.multipart(files.fold(whole.multipart(both), |whole, (name, patch)| {
            whole.singlepart(Attachment::new(name).body(patch.clone(), media_type.clone()))
        }))
    } else {
        builder.multipart(both)
    };
    whole
        .map(|whole| whole.formatted())
        .map_err(|error| MailerError::Address(error.to_string()))
}

/// The patches that are attached, each with the name of its file.
fn files(message: &Message) -> impl Iterator<Item = (String, &String)> {
    let name = || match message.events.first() {
        Some(event) => format!("event-{event}.json-patch"),
        None => "event.json-patch".to_owned(),
    };
    let one = message
        .content
        .patch
        .iter()
        .map(move |patch| (name(), patch));
    let each = message.content.patches.iter();
    one.chain(each.map(|it| (it.file.clone(), &it.patch)))
}

/// The host of an address.
pub(super) fn domain(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or("localhost", |(_, host)| host.trim_end_matches('>'))
}
