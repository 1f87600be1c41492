//! Subjects.
//!
//! The provider, then the gravest change, then how grave. A subject is a header: it is built from
//! configured names, our own words, names of members and, where they are short and harmless,
//! values of sets; [`clean`] has the last word on every character of it.

use super::input::Answered;
use super::what::{Remark, Start, What, Width};
use super::words::{counted, shorten};
use crate::policy::mail::{AnsweredMail, Topic};

/// Most characters of a subject.
const MAX: usize = 140;
/// What a wide list of mails shows of it: a second fact has to fit.
const SHOWN: usize = 100;

/// Who: the provider, or how many.
pub(super) fn who(providers: &[&str]) -> String {
    match providers {
        [] => "no provider".to_owned(),
        [one] => (*one).to_owned(),
        many => counted(u64::try_from(many.len()).unwrap_or(u64::MAX), "provider"),
    }
}

/// `[issuerwatch] WHO: WHAT (REMARK)`, clean and short enough; outages and their ends begin otherwise.
pub(super) fn subject(who: &str, what: &What, remark: Option<&Remark>) -> String {
    let who = shorten(&clean(who), 64);
    let start = match what.start() {
        Start::Who => format!("[issuerwatch] {who}: "),
        Start::Down => format!("[issuerwatch] DOWN {who}: "),
        Start::Back => format!("[issuerwatch] BACK {who} "),
        Start::Reverted => format!("[issuerwatch] REVERTED {who}: "),
        Start::Here => "[issuerwatch] TROUBLE HERE: ".to_owned(),
    };
    let end = remark.map_or_else(String::new, |remark| {
        format!(" ({})", clean(remark.as_str()))
    });
    let others = start.chars().count() + end.chars().count();
    let mut words = clean(&what.behind_start(Width::Whole));
    if words.chars().count() + others > SHOWN {
        words = clean(&what.behind_start(Width::Terse));
    }
    format!(
        "{start}{}{end}",
        shorten(&words, MAX.saturating_sub(others))
    )
}

/// The mail that is answered, if it is about the same and says nothing less grave than this one:
/// its subject would say the wrong thing of anything else.
pub(super) fn answerable<'a>(
    answered: &'a Answered,
    providers: &[&str],
    remark: Option<&Remark>,
) -> Option<&'a Topic> {
    let topic = &about(answered, providers)?.topic;
    let grave = remark.map(Remark::severity);
    let is_less = topic
        .severity
        .zip(grave)
        .is_some_and(|(said, it)| said < it);
    Some(topic).filter(|_| !is_less)
}

/// The mail that is answered, if it is about the same providers.
pub(super) fn about<'a>(answered: &'a Answered, providers: &[&str]) -> Option<&'a AnsweredMail> {
    let mail = answered.mail.as_ref();
    mail.filter(|mail| mail.providers == providers)
}

/// The subject of a mail that answers another one.
pub(super) fn answer(topic: &Topic) -> String {
    reply(&topic.subject)
}

/// A subject of its own that stands in the thread of another mail.
pub(super) fn reply(subject: &str) -> String {
    format!("Re: {}", shorten(&clean(subject), MAX - 4))
}

/// Printable ASCII only, words separated by one space: nothing can end a header or look like
/// another character. Values with anything else never come here; names do not need it.
fn clean(text: &str) -> String {
    let ascii: String = text
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { ' ' })
        .collect();
    ascii.split_whitespace().collect::<Vec<_>>().join(" ")
}
