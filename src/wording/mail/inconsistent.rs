//! The first lines of a mail about answers that disagree.

use super::headline::headline_of_all;
use super::lead::{NewsText, lead};
use super::page::MailTone;
use super::subject_words::{Remark, SubjectWords};
use super::words::at;
use super::words::counted;
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventBody};

/// Two fetches saw different documents; what one of them saw stands below as changes.
pub(super) fn disagreement(events: &[Event], who: &str) -> Option<NewsText> {
    let event = events.first()?;
    let polls = match &event.body.body {
        EventBody::Inconsistent(inconsistent) => inconsistent.polls,
        _ => 1,
    };
    let severity = event.body.severity.unwrap_or(Severity::Notice);
    let (what, seen) = match headline_of_all(event) {
        Some(headline) => (
            headline.what.within("answers disagree; in one, ", ""),
            format!(
                "One answer says that {who} {}; another, seconds apart, does not.",
                headline.predicate
            ),
        ),
        None => (
            SubjectWords::plain("answers disagree"),
            format!("Two answers of {who}, seconds apart, are different documents."),
        ),
    };
    let sentence = format!("{seen} It is not believed: the old state stays the baseline.");
    let polls = counted(polls, "poll");
    let when = format!(
        "Seen {}; {polls} within a day got answers that disagree.",
        at(event.body.at)
    );
    let (word, tone, advice) = if severity == Severity::Security {
        (
            "SECURITY",
            MailTone::Of(severity),
            "ask the provider at once which answer is right: some clients may get the other one. Let \
             none follow an address that you do not know.",
        )
    } else {
        (
            "INCONSISTENT",
            MailTone::Trouble,
            "ask the provider whether its servers disagree; clients may see one or the other.",
        )
    };
    Some(NewsText {
        what,
        remark: Some(Remark::Severity(severity)),
        lead: lead(word, tone, sentence, when, Some(advice.to_owned())),
    })
}
