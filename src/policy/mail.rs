//! One composed mail to one recipient, and what became of an attempt to deliver it.
//!
//! A mail to two people is two deliveries, each with its own Message-ID and text: if one of them is late,
//! its text says so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::severity::Severity;

/// The kind of a mail; its text form is used in headers and in `mails.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailKind {
    /// Documents changed.
    Changed,
    /// Two fetches of a document disagree.
    Inconsistent,
    /// Documents cannot be had or used.
    Failing,
    /// Documents are back after an outage.
    Recovered,
    /// Findings without other news.
    Finding,
    /// Members are damped from now on.
    Damped,
    /// Damped members changed to values never seen before.
    Summary,
    /// Damped members have come to rest.
    Settled,
    /// Many mails joined into one, or the weekly mail.
    Digest,
    /// The test mail of `alert test`.
    Test,
}

impl MailKind {
    /// The text form, as in headers.
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

/// The content of a mail before it is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailContent {
    /// The subject, without control characters; starts with `[issuerwatch] ` or `Re: [issuerwatch] `.
    pub subject: String,
    /// The plain text part, in lines of at most 80 columns if values allow it.
    pub text: String,
    /// The HTML part, which says the same.
    pub html: String,
    /// The RFC 6902 patch as JSON text, to be attached.
    pub patch: Option<String>,
    /// The patches of several documents, instead of one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<NamedPatch>,
    /// The topic of the subject; `None` for a mail that is never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
}

/// An RFC 6902 patch beside others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPatch {
    /// The file that it is attached as: letters, digits, `-` and `.` only.
    pub file: String,
    /// The patch as JSON text.
    pub patch: String,
}

/// The facts that a subject states: mails that answer it use these instead of reading its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The subject without `Re:`, which answers repeat.
    pub subject: String,
    /// The severity that the subject states; `None` if it states none.
    pub severity: Option<Severity>,
    /// Whether the mail told that an earlier state is there again.
    pub is_return: bool,
}

/// A mail that a later mail answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredMail {
    /// The topic of its subject.
    pub topic: Topic,
    /// The providers it is about, sorted.
    pub providers: Vec<String>,
    /// When it was composed.
    pub at: Timestamp,
}

/// How much of a mail is sent, as servers may limit the size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// The whole mail.
    #[default]
    Whole,
    /// The mail without the attached patch; the text says so.
    NoPatch,
    /// Only a short list of what happened; the text says so.
    Short,
}

impl Form {
    /// The next smaller form, to be tried after a server refused this one for its size; `None` if there
    /// is no smaller one.
    pub fn smaller(self) -> Option<Self> {
        match self {
            Self::Whole => Some(Self::NoPatch),
            Self::NoPatch => Some(Self::Short),
            Self::Short => None,
        }
    }
}

/// One mail to one recipient, ready to be sent. It is stored with its date before it is sent, so that a
/// repeated attempt sends the same mail.
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
    /// The text of the mail.
    pub content: MailContent,
    /// Message-ID of the mail that this one answers.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread, the first mail first.
    pub references: Vec<String>,
    /// The kind of the mail.
    pub kind: MailKind,
    /// The gravest severity in it; `None` for mails that have none (failing, recovered).
    pub severity: Option<Severity>,
    /// The providers that the mail is about.
    pub providers: Vec<String>,
    /// Numbers of the events in the mail.
    pub events: Vec<i64>,
}

/// Why an attempt did not succeed, for a mail that may still succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferral {
    /// The reason passes on its own: the server is away or busy, or asks to be tried later.
    Passing,
    /// Somebody must act: on a password, a certificate, a full disk, or a refusal that is not about the
    /// address.
    Standing,
    /// The server does not take a mail of this size; a smaller form may be taken.
    TooBig,
    /// The server did not answer about this recipient in time: other mails to this recipient wait too.
    Silent,
}

/// The result of one attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The transport took it; `reply` is what the server said, escaped, at most 300 characters.
    Sent {
        /// The server's last reply.
        reply: String,
    },
    /// The mail was not taken and is tried again.
    Deferred {
        /// The reason, escaped, at most 300 characters.
        reason: String,
        /// Whether the attempt is known to have ended before DATA, so that no copy can have arrived.
        before_data: bool,
        /// What kind of reason it is.
        why: Deferral,
    },
    /// The mail is never tried again: there is no such recipient.
    Refused {
        /// The reason, escaped, at most 300 characters.
        reason: String,
    },
}
