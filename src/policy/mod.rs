//! What is decided: whether a change is believed, damped, expected; who hears of it, and when.
//!
//! Here: `decide`, which turns one poll into one transition, with what it knows (`tracking`,
//! `baseline`) and what it makes (`event`); grouping, recipients, retries and schedules. Not here:
//! how anything is said (`wording`). Time enters as an argument.

pub mod accept;
pub mod announced;
pub mod baseline;
pub mod chain;
pub mod channel;
pub mod damping;
pub mod decide;
pub mod decision;
pub mod event;
pub mod followed;
pub mod grouping;
pub mod habit;
pub mod key_life;
pub mod load;
pub mod mail;
pub mod mailed;
pub mod next_poll;
mod parsed_document;
pub mod reading;
pub mod recipient;
pub mod remembered;
pub mod retry;
pub mod roster;
pub mod schedule;
pub mod seen_again;
pub mod sighting;
pub mod token;
pub mod tracking;
pub mod twins;
pub mod webhook;
