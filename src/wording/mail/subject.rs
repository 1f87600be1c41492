//! Subjects.
//!
//! The provider, then the gravest change, then how grave. A subject is a header: it is built from
//! configured names, our own words, names of members and, where they are short and harmless,
//! values of sets; [`clean`] has the last word on every character of it.

use super::input::InReplyTo;
use super::subject_words::{Remark, SubjectStart, SubjectWords};
use super::words::{counted, list, shorten};
use crate::policy::mail::AnsweredMail;

/// Most characters of a subject.
const MAX: usize = 150;
/// The characters that a wide list of mails shows: names and a second fact must fit into them.
const SHOWN: usize = 110;

/// Most providers that are named, and most characters that their names take.
const NAMED: usize = 3;
const NAMES: usize = 60;

/// The providers by name if they are few and short enough, otherwise their number.
pub(super) fn who(providers: &[&str]) -> String {
    let names: Vec<String> = providers.iter().map(|it| (*it).to_owned()).collect();
    match providers {
        [] => "no provider".to_owned(),
        [one] => (*one).to_owned(),
        few if few.len() <= NAMED && list(&names).len() <= NAMES => list(&names),
        many => how_many(many),
    }
}

/// Whether providers are too many to be named.
pub(super) fn is_counted(providers: &[&str]) -> bool {
    providers.len() > 1 && who(providers) == how_many(providers)
}

/// How many providers.
pub(super) fn how_many(providers: &[&str]) -> String {
    let number = u64::try_from(providers.len()).unwrap_or(u64::MAX);
    counted(number, "provider")
}

/// `[issuerwatch] WHO: WHAT (REMARK)`, clean and short enough; outages and their ends begin otherwise.
pub(super) fn subject(who: &str, what: &SubjectWords, remark: Option<&Remark>) -> String {
    let who = shorten(&clean(who), 64);
    let start = match what.start() {
        SubjectStart::Who => format!("[issuerwatch] {who}: "),
        SubjectStart::Down => format!("[issuerwatch] DOWN {who}: "),
        SubjectStart::DownEach => "[issuerwatch] DOWN ".to_owned(),
        SubjectStart::DownFor => format!("[issuerwatch] DOWN {who} "),
        SubjectStart::Back => format!("[issuerwatch] BACK {who} "),
        SubjectStart::Reverted => format!("[issuerwatch] REVERTED {who}: "),
        SubjectStart::Settled => format!("[issuerwatch] SETTLED {who}: "),
        SubjectStart::Here => "[issuerwatch] TROUBLE HERE: ".to_owned(),
    };
    let end = remark.map_or_else(String::new, |remark| {
        format!(" ({})", clean(remark.as_str()))
    });
    let others = start.chars().count() + end.chars().count();
    let words = clean(&what.fitting(SHOWN.saturating_sub(others)));
    format!(
        "{start}{}{end}",
        shorten(&words, MAX.saturating_sub(others))
    )
}

/// The mail that is answered, if it is about the same providers.
pub(super) fn about<'a>(answered: &'a InReplyTo, providers: &[&str]) -> Option<&'a AnsweredMail> {
    let mail = answered.mail.as_ref();
    mail.filter(|mail| mail.providers == providers)
}

/// Whether the mail that is answered told of these providers, and perhaps of others.
pub(super) fn told_of(answered: &InReplyTo, providers: &[&str]) -> bool {
    let mail = answered.mail.as_ref();
    mail.is_some_and(|mail| {
        let told = |provider: &&str| mail.providers.iter().any(|it| it == provider);
        providers.iter().all(told)
    })
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
