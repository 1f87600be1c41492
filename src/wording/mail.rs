//! What a mail says: from events to subject, text and HTML. Pure.
//!
//! One `page::Page` is built (`lead`, `item`) and rendered twice (`text`, `html`), so that both
//! parts say the same. Never here: whom to tell and when (`policy`), headers and
//! transport (`mailer`).

mod advice;
mod among;
mod background;
pub mod brief;
mod cause;
mod certificate;
mod collected;
mod comeback;
mod compose;
mod damped;
mod damped_notes;
mod digest;
mod documents;
mod down;
mod ended;
mod fact;
mod failed_polls;
mod findings;
mod footer;
mod gap;
mod gone_servers;
mod habit;
mod half;
mod headline;
mod highlight;
mod hosts;
mod html;
mod inconsistent;
mod input;
mod item;
mod keys;
mod lead;
mod limits;
mod mismatch;
mod mistyped;
mod moved;
mod newest;
mod news;
mod next_mail;
mod nodes;
mod notes;
mod one_outage;
mod opening;
mod outage;
mod outage_advice;
mod page;
mod phrase;
mod piece;
mod publication;
mod recovery;
mod refusal;
mod reported;
mod returned;
mod revert;
mod same_host;
pub mod sample;
mod secret;
mod section;
mod settled;
mod several;
mod shortened;
mod source;
mod steps;
mod subject;
mod subject_words;
mod summary;
mod tally;
mod test_scope;
#[cfg(test)]
mod tests;
mod text;
mod unmoved;
mod upgrade;
mod value_group;
mod values;
mod wave;
pub mod weekly;
mod weekly_sections;
mod words;

pub use self::background::main_event;
pub use self::compose::{compose, compose_as};
pub use self::input::{
    Background, Counted, DocumentState, EarlierMail, FollowedMail, InReplyTo, KeySet, KnownValues,
    LastChange, LateMail, MailInput, NamedAddress, Polling, ProviderContext, ReturnedValue,
    SeenBetween,
};
pub use self::piece::Digest;
