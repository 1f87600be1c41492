//! Values of the command line, each read into what it means.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use issuerwatch::clock;
use issuerwatch::clock::moment::{self, TimeArgument};
use issuerwatch::config::mailbox::{self, Mailbox};
use issuerwatch::document::severity::{Group, Severity};
use issuerwatch::document::text::{bounded, visible};
use issuerwatch::init::StartAddress;
use issuerwatch::policy::event::EventKind;

/// One of a few words, and what it stands for: what is offered is what is understood.
fn one_of<T: Clone + Send + Sync + 'static>(
    known: impl IntoIterator<Item = T>,
    word: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let known: Vec<(&'static str, T)> =
        known.into_iter().map(|it| (word(it.clone()), it)).collect();
    let words: Vec<&'static str> = known.iter().map(|(word, _)| *word).collect();
    PossibleValuesParser::new(words).try_map(move |text| {
        let found = known.iter().find(|(word, _)| *word == text);
        found.map(|(_, it)| it.clone()).ok_or("it is not known")
    })
}

pub(super) fn severities() -> impl TypedValueParser<Value = Severity> {
    one_of(Severity::ALL.into_iter().rev(), Severity::as_str)
}

pub(super) fn groups() -> impl TypedValueParser<Value = Group> {
    one_of(Group::ALL, Group::as_str)
}

pub(super) fn event_kinds() -> impl TypedValueParser<Value = EventKind> {
    one_of(EventKind::ALL, EventKind::as_str)
}

/// Whatever may lead to an issuer or a resource.
pub(super) fn start_address(text: &str) -> Result<StartAddress, String> {
    StartAddress::parse(text)
}

/// A number that something has, from 1; `#3` is what people write elsewhere.
fn number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|_| is_number);
    number.filter(|number| *number > 0)
}

/// A file that is written whole: `-` would be a stream.
pub(super) fn page(text: &str) -> Result<PathBuf, String> {
    if text == "-" {
        return Err(
            "a page is written whole or not at all: name a file, or /dev/stdout".to_owned(),
        );
    }
    if text.is_empty() || text.ends_with('/') {
        return Err("it is no file: name a file that the page is written to".to_owned());
    }
    Ok(PathBuf::from(text))
}

pub(super) fn event(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "\"{}\" is no event number; see: issuerwatch history",
            shown(text)
        )
    };
    number(text).ok_or_else(wrong)
}

pub(super) fn mail(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "\"{}\" is no number of a mail or post; see: issuerwatch outbox",
            shown(text)
        )
    };
    number(text).ok_or_else(wrong)
}

pub(super) fn limit(text: &str) -> Result<u64, String> {
    let number = number(text).and_then(|number| u64::try_from(number).ok());
    let wrong = || format!("\"{}\" is no number of events; 0 is all", shown(text));
    number
        .or_else(|| (text == "0").then_some(0))
        .ok_or_else(wrong)
}

fn shown(text: &str) -> String {
    bounded(&visible(text), 60)
}

/// A time as people type it.
pub(super) fn time(text: &str) -> Result<TimeArgument, String> {
    moment::parse(text, clock::now())
}

/// An address that mail can be sent to.
pub(super) fn address(text: &str) -> Result<Mailbox, String> {
    let wrong = |reason| format!("\"{}\" is no mail address: {reason}", visible(text));
    mailbox::parse(text).map_err(wrong)
}
