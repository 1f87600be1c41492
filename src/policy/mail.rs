//! One composed mail to one recipient, and what became of an attempt to deliver it.
//!
//! A mail to two people is two deliveries, each with a Message-ID and a text of its own: one of
//! them may be late, and says so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::severity::Severity;

/// What a mail is about; its text form stands in headers and in `mails.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailKind {
    /// Documents changed.
    Changed,
    /// Two fetches of a document disagree.
    Inconsistent,
    /// Documents cannot be had or used.
    Failing,
    /// They are back.
    Recovered,
    /// Findings alone.
    Finding,
    /// Members are damped from now on.
    Damped,
    /// Damped members changed to values never seen.
    Summary,
    /// Damped members have come to rest.
    Settled,
    /// Many mails in one, or the weekly proof of life.
    Digest,
    /// The sample of `alert test`.
    Test,
}

impl MailKind {
    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Inconsistent => "inconsistent",
            Self::Failing => "failing",
            Self::Recovered => "recovered",
            Self::Finding => "finding",
            Self::Damped => "damped",
            Self::Summary => "summary",
            Self::Settled => "settled",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }
}

/// What people read, before it is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Without control characters; starts with `[issuerwatch] ` or `Re: [issuerwatch] `.
    pub subject: String,
    /// The plain text part, lines of at most 80 columns where values allow it.
    pub text: String,
    /// The HTML part, saying the same.
    pub html: String,
    /// The RFC 6902 patch as JSON text, to be attached.
    pub patch: Option<String>,
    /// What the subject says; `None` for a mail that nothing answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
}

/// What a subject says, as values: the mails that answer it go by these and read no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The subject without `Re:`, which answers repeat.
    pub subject: String,
    /// How grave it says that is; `None` where it does not say.
    pub severity: Option<Severity>,
    /// Whether the mail told that an earlier state is there again.
    pub is_return: bool,
}

/// A mail that another one answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredMail {
    /// What its subject says.
    pub topic: Topic,
    /// The providers it is about, sorted.
    pub providers: Vec<String>,
    /// When it was composed.
    pub at: Timestamp,
}

/// How much of a mail a server takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// All of it.
    #[default]
    Whole,
    /// Without the attached patch, and it says so.
    NoPatch,
    /// What happened as a short list, and it says so.
    Short,
}

impl Form {
    /// What is left to try once a server did not take this for its size.
    pub fn smaller(self) -> Option<Self> {
        match self {
            Self::Whole => Some(Self::NoPatch),
            Self::NoPatch => Some(Self::Short),
            Self::Short => None,
        }
    }
}

/// One mail to one recipient, ready to be sent. It is stored before it is sent, date and all: what is
/// sent again is the same mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `<...@...>`, fixed when the mail was composed; the same on every attempt.
    pub message_id: String,
    /// When this content was composed.
    pub date: Timestamp,
    /// `From` as configured.
    pub from: String,
    /// `Reply-To` as configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The one recipient, as configured; in a replay all who get it, separated by commas.
    pub to: String,
    /// What it says.
    pub content: Content,
    /// Message-ID of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread, the first mail first.
    pub references: Vec<String>,
    /// What it is about.
    pub kind: MailKind,
    /// The gravest severity in it; `None` for mails that have none (failing, recovered).
    pub severity: Option<Severity>,
    /// Providers it is about.
    pub providers: Vec<String>,
    /// Events it carries.
    pub events: Vec<i64>,
}

/// What is to be made of an attempt that did not succeed and may yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferral {
    /// It passes by itself: the server is away or busy, or asks to come back.
    Passing,
    /// Somebody must act: a password, a certificate, a full disk, a refusal that is not about the
    /// address.
    Standing,
    /// A mail of this size is not taken: a smaller one may be.
    TooBig,
    /// Nothing was said about this recipient until the time was up: his other mails wait with it.
    Silent,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The transport took it; `reply` is what the server said, escaped, at most 300 characters.
    Sent {
        /// The server's last reply.
        reply: String,
    },
    /// Not now: try again.
    Deferred {
        /// Why, escaped, at most 300 characters.
        reason: String,
        /// Whether it is known to have ended before DATA, so that no copy can have arrived.
        before_data: bool,
        /// What is to be made of it.
        why: Deferral,
    },
    /// Never: there is no such recipient.
    Refused {
        /// Why, escaped, at most 300 characters.
        reason: String,
    },
}
