//! The outage of one provider, told with what is known beside its failed polls: whether its keys answer, how often
//! it was down before, and whether it may refuse this machine alone.

use super::cause::briefly;
use super::documents::{self, KeysNow};
use super::down::{EndpointsOnHost, reminded};
use super::input::{DocumentState, MailInput};
use super::outage::{causes, is_of_cdn, what_failed, when};
use super::outage_advice::{self, is_shut_out};
use super::page::Lead;
use super::subject_words::{SubjectStart, SubjectWords};
use super::words::{date, numbered};
use crate::policy::event::Event;
use crate::wording::text::duration_words;

/// Tells what else is known in the first lines, and gives the words of the subject.
pub(super) fn tell(
    input: &MailInput<'_>,
    who: &str,
    what: SubjectWords,
    lead: &mut Lead,
) -> SubjectWords {
    let events = input.events;
    let documents = input.background.map_or(&[][..], |it| &it.documents);
    let hosts = EndpointsOnHost::of(events, input.addresses);
    if !input.addresses.is_empty() || !documents.is_empty() {
        lead.advice = Some(outage_advice::advice(events, input.addresses, documents));
    }
    let first = input.background.and_then(|it| it.first_document_at);
    lead.when = when(events, first).unwrap_or_else(|| std::mem::take(&mut lead.when));
    let is_of_document = matches!(what.start(), SubjectStart::Down | SubjectStart::DownFor);
    let lasted = reminded(events);
    let nth = how_many(input).filter(|_| is_of_document);
    let since = first.map_or_else(String::new, |first| format!(" since {}", date(first)));
    let refuses = is_of_document && is_shut_out(events, documents);
    let is_alone = refuses && !is_of_cdn(events);
    let sign_in = if hosts.is_host_up(KeysNow::Answering) {
        "probably goes on"
    } else {
        "may go on"
    };
    if is_alone {
        let often = nth
            .as_ref()
            .map_or_else(String::new, |nth| format!(" for the {nth} time{since}"));
        let breaking = match lasted {
            Some(_) => "",
            None => " If clients are refused too, those that start anew fail.",
        };
        lead.sentence = format!(
            "{} refuses issuerwatch the document{often}: {}. Perhaps only issuerwatch meets this: its keys still \
             answer, so sign-in {sign_in}.{breaking}",
            documents::whose(events, who, "The"),
            causes(events, false).join("; ")
        );
    } else if let (Some(nth), None) = (&nth, lasted) {
        lead.sentence
            .push_str(&format!(" It is the {nth} outage{since}."));
    }
    if refuses && !is_alone {
        lead.sentence.push_str(&format!(
            " Its keys still answer, so sign-in {sign_in}; clients that start anew may fail."
        ));
    }
    let mut forms = vec![what_failed(events)];
    if is_alone {
        forms.insert(0, format!("refuses issuerwatch ({})", briefly(events)));
    }
    let behind = |before: &str| {
        let each = forms.iter().map(|form| format!("{before}: {form}"));
        SubjectWords::of_forms(each.collect()).after(SubjectStart::DownFor)
    };
    let told = match (lasted, nth) {
        (Some(lasted), _) if is_alone => behind(&format!("for {}", duration_words(lasted))),
        (None, Some(nth)) => behind(&format!("for the {nth} time")).or(&behind("again")),
        (None, None) if is_alone => SubjectWords::of_forms(forms)
            .after(SubjectStart::Down)
            .or(&what),
        _ => what,
    };
    told.and(keys(events, documents))
}

/// `5th`, where it was down before.
fn how_many(input: &MailInput<'_>) -> Option<String> {
    let ended = input.background?.ended_outages.total();
    (ended > 0).then(|| numbered(ended.saturating_add(1)))
}

/// What decides between moved and shut down, in a subject.
fn keys(events: &[Event], documents: &[DocumentState]) -> Option<&'static str> {
    if KeysNow::of(events, documents) == KeysNow::Answering {
        return Some("keys still answer");
    }
    documents::silent_keys(events, documents).map(|_| "keys fail too")
}
