//! What is said: summaries, sentences, mails.
//!
//! A sink: nothing here is read back as data. Whoever needs a fact again takes it from the value that
//! the words were made of.

pub mod failure;
pub mod mail;
mod noun;
pub mod summary;
pub mod text;
