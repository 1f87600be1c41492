//! What is said of a client that refuses a document, and of one that takes it again.

use serde_json::Value;

use super::headline::headline_of;
use super::highlight::{plain, shown};
use super::lead::{NewsText, lead, when};
use super::page::{Line, MailTone, Sign};
use super::subject_words::{Remark, SubjectWords};
use super::words::{first as first_of, name, own};
use crate::document::severity::Severity;
use crate::document::text::bounded;
use crate::meaning::change::{Finding, FindingState};
use crate::policy::event::{Event, FindingChange};
use crate::policy::mail::MailKind;

/// Most characters of the first reason in a subject.
const IN_SUBJECT: usize = 90;
/// Most characters of all reasons in a sentence.
const IN_SENTENCE: usize = 300;

/// What there is to tell of a client that refuses what it accepted, or the other way round; `None` of any
/// other finding.
pub(super) fn news(events: &[Event], moved: &FindingChange, who: &str) -> Option<NewsText> {
    let finding = &moved.finding;
    let client = finding.client.as_deref()?;
    let event = events
        .iter()
        .find(|event| event.body.findings().contains(moved))?;
    let (document, when) = (&event.document, when(event));
    if moved.state == FindingState::Cured {
        let mut back: Vec<String> = finding.reasons.iter().map(|it| name(&it.member)).collect();
        back.dedup();
        let met = (!back.is_empty()).then(|| format!("{} meets its demands", first_of(&back)));
        let because = met
            .as_ref()
            .map_or_else(String::new, |met| format!(": {met} again"));
        let sentence = format!(
            "{client}, which you declared to use, accepts the {document} of {who} now{because}."
        );
        let advice = format!(
            "nothing, unless you worked around it in {client} because of the earlier mail: that can go."
        );
        return Some(NewsText {
            what: SubjectWords::plain(over(finding)?).and(met.as_deref()),
            remark: Some(Remark::Severity(Severity::Info)),
            lead: lead("CURED", MailTone::Good, sentence, when, Some(advice)),
        });
    }
    let why: Vec<String> = finding.reasons.iter().map(|it| own(&it.instead)).collect();
    let first = why.first().map_or("", String::as_str);
    let all: Vec<&Event> = events.iter().collect();
    let changes = headline_of(MailKind::Changed, &all)
        .filter(|headline| headline.severity >= Severity::Notice)
        .map(|headline| format!("{} too", headline.brief));
    let words = format!("{} refuses it: {}", client, bounded(first, IN_SUBJECT));
    let sentence = format!(
        "{client}, which you declared to use, refuses the {document} of {who} from now on: {}.",
        bounded(&why.join("; "), IN_SENTENCE)
    );
    let advice = finding.rule.row().and_then(|row| row.advice);
    let severity = finding.severity;
    Some(NewsText {
        what: SubjectWords::plain(words).and(changes.as_deref()),
        remark: Some(Remark::Severity(severity)),
        lead: lead(
            &severity.as_str().to_uppercase(),
            MailTone::Of(severity),
            sentence,
            when,
            advice.map(str::to_owned),
        ),
    })
}

/// The clients that newly refuse what these events tell of, where the change is the news: `mcp refuses
/// it`.
pub(super) fn refusing_clients(events: &[Event]) -> Option<String> {
    match clients(events, FindingState::New).as_slice() {
        [] => None,
        [one] => Some(format!("{one} refuses it")),
        [one, two] => Some(format!("{one} and {two} refuse it")),
        [one, rest @ ..] => Some(format!("{one} and {} other clients refuse it", rest.len())),
    }
}

/// The clients of which these events tell this.
fn clients(events: &[Event], state: FindingState) -> Vec<&str> {
    let all = events.iter().flat_map(|event| event.body.findings());
    let told = all.filter(|moved| moved.state == state);
    let mut names: Vec<&str> = told.filter_map(|it| it.finding.client.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// ` Accepted again by mcp.`, of the clients that refused what these events give back.
pub(super) fn accepting_clients(events: &[Event]) -> Option<String> {
    let names = clients(events, FindingState::Cured).join(", ");
    (!names.is_empty()).then(|| format!(" Accepted again by {names}."))
}

/// What an item about it is called: `mcp refuses the document`.
pub(super) fn title(finding: &Finding) -> Option<String> {
    let client = finding.client.as_deref()?;
    Some(format!("{client} refuses the document"))
}

/// The title once the refusal is over: `mcp accepts it now`. It may never have accepted it before.
pub(super) fn over(finding: &Finding) -> Option<String> {
    let client = finding.client.as_deref()?;
    Some(format!("{client} accepts it now"))
}

/// Each reason, with the place where the demand is written.
pub(super) fn lines(finding: &Finding) -> Vec<Line> {
    let reasons = finding.reasons.iter();
    let words = reasons.map(|it| own(&format!("{} ({})", it.instead, it.source)));
    // What the member that is missing held, where no change in the mail shows it.
    let went = finding.expected.as_ref().and_then(Value::as_array);
    let gone = went.zip(finding.reasons.first()).map(|(values, reason)| {
        let values: Vec<String> = values.iter().map(|it| shown(it, 80)).collect();
        plain(
            Sign::Old,
            own(&format!("{}: {}", reason.member, values.join(", "))),
        )
    });
    gone.into_iter()
        .chain(words.map(|words| plain(Sign::New, words)))
        .collect()
}
