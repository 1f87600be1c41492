//! What a mail is composed from.

use jiff::Timestamp;
use serde_json::Value;

use super::piece::Digest;
use crate::document::name::DocumentName;
use crate::policy::event::{Event, FailedPolls};
use crate::policy::mail::{AnsweredMail, MailKind};

/// What a mail is composed from.
#[derive(Debug, Clone, Copy)]
pub struct MailInput<'a> {
    /// What it is about.
    pub kind: MailKind,
    /// What it carries, oldest first; not empty.
    pub events: &'a [Event],
    /// For a digest, what it says of each event, if the events were too large to be read at once.
    pub digest: Option<&'a Digest>,
    /// How many further events there are, which were left out because they were too large.
    pub left_out: usize,
    /// What is known of the providers.
    pub providers: &'a [ProviderContext],
    /// Their key sets, where they are followed.
    pub key_sets: &'a [KeySet],
    /// For an outage of one provider: the addresses that its documents named last.
    pub addresses: &'a [NamedAddress],
    /// What happened before to the target that the mail is mainly about.
    pub background: Option<&'a Background>,
    /// Name of this machine.
    pub machine: &'a str,
    /// The mail it answers.
    pub answers: Option<&'a InReplyTo>,
    /// For several providers: the mails that their news follows, each provider once.
    pub follows: &'a [FollowedMail],
    /// For a wave: how many other providers made the same change already, and since when.
    pub wave: Option<(u32, Timestamp)>,
    /// For an outage: whether most watched documents have failed alike since the same minute.
    pub is_widespread: bool,
    /// Whether there is a weekly mail, which tells what is not mailed any more.
    pub has_weekly: bool,
    /// How late it is, if it is.
    pub late: Option<&'a LateMail>,
}

/// What is known of a provider, for the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderContext {
    /// Its name.
    pub name: String,
    /// How it is watched; `None` in a replay.
    pub watched: Option<Polling>,
    /// Whether it is declared what the clients use of it.
    pub declares_use: bool,
    /// Which endpoints that is: one that moved was not taken away, and is among the changes all the same.
    pub used_endpoints: Vec<String>,
}

/// How a provider is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polling {
    /// `every 15 min`.
    pub schedule_words: String,
    /// When it was first configured.
    pub since: Timestamp,
}

/// What happened to a target before, as far as a mail tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Background {
    /// For an outage and a replacement of keys: when the first document of the target was seen.
    pub first_document_at: Option<Timestamp>,
    /// For an outage and its end: when earlier outages ended.
    pub ended_outages: Counted<Timestamp>,
    /// For an outage and its end: the documents of the provider, each as it was at its last poll.
    pub documents: Vec<DocumentState>,
    /// When no signing key was left before.
    pub replaced_keys: Counted<SeenBetween>,
    /// For what is held back: when its members were damped.
    pub damped_at: Option<Timestamp>,
    /// For a summary: the values it tells of that are there now, by event.
    pub present: Vec<(i64, Vec<Value>)>,
    /// For many mails in one: how many providers are watched in all.
    pub watched: u64,
    /// For many mails in one: how many other mails of breaking news there were since the first of its events.
    pub graver_mails: u64,
    /// For a summary: values that went since then, each with when that was.
    pub went: Vec<(Value, Timestamp)>,
    /// Members that changed, each with its previous change.
    pub touched: Vec<LastChange>,
    /// Sets that lost values all of which they had lost before, each with the last time.
    pub gone_before: Vec<(String, Timestamp)>,
    /// Sets that gained values, each with those of these values that it had before.
    pub known_values: Vec<KnownValues>,
}

/// The latest times that something happened, and how often it happened in all. Only so many are read, and
/// the number that is said must not be that of those that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<T> {
    latest: Vec<T>,
    total: u64,
}

impl<T> Counted<T> {
    /// Makes it of those that were read, the latest first, and of how many there are.
    pub fn new(latest: Vec<T>, total: u64) -> Self {
        let read = u64::try_from(latest.len()).unwrap_or(u64::MAX);
        Self {
            latest,
            total: total.max(read),
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Those that were read, the latest first. Not a slice: its length would be taken for the total.
    pub fn latest(&self) -> impl Iterator<Item = &T> {
        self.latest.iter()
    }

    /// Whether there are no others than those that were read.
    pub fn is_whole(&self) -> bool {
        u64::try_from(self.latest.len()) == Ok(self.total)
    }
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self::new(Vec::new(), 0)
    }
}

/// Of the values that a set gained, those that it had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownValues {
    member: String,
    values: Vec<ReturnedValue>,
    is_whole: bool,
}

impl KnownValues {
    /// Makes it of a member and the values; `is_whole` is whether all earlier changes of the member were
    /// read.
    pub fn new(member: String, values: Vec<ReturnedValue>, is_whole: bool) -> Self {
        Self {
            member,
            values,
            is_whole,
        }
    }

    /// The name of the member.
    pub fn member(&self) -> &str {
        &self.member
    }

    /// The values, each with the last time that it went.
    pub fn values(&self) -> &[ReturnedValue] {
        &self.values
    }

    /// Whether a value that is not among these was never there before: what was not read may know it.
    pub fn are_others_new(&self) -> bool {
        self.is_whole
    }
}

/// An earlier mail to the same recipient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EarlierMail {
    /// When it was composed.
    pub at: Timestamp,
    /// The other providers that it told the same loss of, and where the member has not changed since.
    pub still_without: Vec<String>,
}

/// When something happened: between two polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenBetween {
    /// The poll that saw it first.
    pub at: Timestamp,
    /// The good poll before, if it was so long before that it says when it happened no better.
    pub after: Option<Timestamp>,
}

/// The previous change of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    /// Name of the member.
    pub member: String,
    /// When it was seen.
    pub at: Timestamp,
    /// The value that went with it, where the member had one value and was gone then.
    pub gone: Option<Value>,
    /// The mail that told of it as breaking.
    pub told_in: Option<EarlierMail>,
}

/// A value that was taken away before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedValue {
    /// The value.
    pub value: Value,
    /// When it went last.
    pub gone_at: Timestamp,
    /// The mail that told of that as breaking.
    pub told_in: Option<EarlierMail>,
}

/// What the last poll of a document brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentState {
    /// Name of the document.
    pub document: DocumentName,
    /// When it was last polled.
    pub polled_at: Option<Timestamp>,
    /// When it was last read.
    pub read_at: Option<Timestamp>,
    /// The polls that failed since then, if any did.
    pub failed: Option<FailedPolls>,
}

impl DocumentState {
    /// Whether it was polled from this time on.
    pub(super) fn is_polled_since(&self, since: Timestamp) -> bool {
        self.polled_at.is_some_and(|polled| polled >= since)
    }
}

/// A key set of a provider as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    /// Name of the provider.
    pub provider: String,
    /// What it is called.
    pub document: DocumentName,
    /// Where it is polled.
    pub url: String,
    /// How many keys it has.
    pub keys: usize,
    /// Since when it has been as it is.
    pub since: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
}

/// An address that a document of a provider names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAddress {
    /// The member that names it.
    pub member: String,
    /// The address, as it was named.
    pub url: String,
}

/// The mail that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InReplyTo {
    /// The event it told of.
    pub event: i64,
    /// What its subject says, and of whom; `None` if that is not known.
    pub mail: Option<AnsweredMail>,
}

/// The mail that the news of one of several providers follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedMail {
    /// The provider.
    pub provider: String,
    /// When the mail was composed.
    pub at: Timestamp,
}

/// A mail that leaves later than it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateMail {
    /// When it should have left.
    pub due_at: Timestamp,
    /// When it leaves.
    pub now: Timestamp,
    /// What kept it, escaped.
    pub cause: String,
}
