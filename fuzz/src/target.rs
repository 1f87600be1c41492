//! What is fed, and what must hold.

mod certificate;
mod configuration;
mod document;
mod recording;
mod smtp;
mod token;

use issuerwatch::document::text::visible;

/// Judges an input beside the seed it was made of.
pub(crate) type Judge = Box<dyn FnMut(&[u8], &[u8]) -> Result<(), String>>;

/// One reader of what comes from outside.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) tokens: &'static [&'static str],
    pub(crate) prepare: fn() -> Judge,
}

pub(crate) const TARGETS: [Target; 7] = [
    document::DOCUMENT,
    document::KEY_SET,
    certificate::CERTIFICATE,
    smtp::SMTP,
    configuration::CONFIGURATION,
    recording::RECORDING,
    token::TOKEN,
];

/// `Err` with the words, unless it holds.
pub(crate) fn hold(holds: bool, words: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(words()) }
}

/// A text that people are shown is harmless and of a length that can be shown.
pub(crate) fn hold_harmless(text: &str, longest: usize) -> Result<(), String> {
    hold(visible(text) == text, || format!("not harmless: {text:?}"))?;
    let length = text.chars().count();
    hold(length <= longest, || {
        format!("{length} characters, at most {longest}: {text:?}")
    })
}
