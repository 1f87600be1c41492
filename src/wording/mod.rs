//! What is said: summaries, sentences, mails, reports, what is posted to webhooks.
//!
//! A sink: nothing here is read back as data. Whoever needs a fact again takes it from the value that
//! the words were made of.

pub mod event_json;
pub mod failure;
pub mod mail;
mod noun;
pub mod report;
pub mod summary;
pub mod text;
pub mod tree;
pub mod webhook;
