//! Leads of mails about documents that cannot be had.

use jiff::Timestamp;

use super::cause::{
    briefly, by_count, causes_of_documents, causes_of_each, distinct, graver_first, is_here,
    is_refused, last_failure, reasons,
};
use super::documents;
use super::down::{reminded, since};
use super::lead::{LONG, NewsText, lead};
use super::outage_advice;
use super::page::{Entry, Lead, MailTone};
use super::several;
use super::subject_words::{Remark, SubjectStart, SubjectWords};
use super::words::at;
use super::words::cut;
use super::words::{count, counted, date, name, utc_beside};
use crate::document::failure::{Cause, Failure, FailureKind, Reason, TlsTrouble};
use crate::document::kind::Kind;
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::wording::text::duration_words;

/// The document cannot be had.
pub(super) fn failing(events: &[Event], who: &str) -> Option<NewsText> {
    let is_of_many = several::providers(events).len() > 1;
    let why = why(events, is_of_many);
    let severity = events.iter().filter_map(|event| event.body.severity).max();
    let polls = events
        .iter()
        .filter_map(|event| event.body.failed())
        .map(|failed| failed.count);
    let polls = match polls.min().unwrap_or_default() {
        1 => "poll".to_owned(),
        polls => counted(polls, "poll"),
    };
    let last: Vec<&Failure> = events.iter().filter_map(last_failure).collect();
    let is_hidden = is_hidden(&last);
    let each = if is_of_many { "each of " } else { "" };
    let hidden = if is_hidden {
        " What changed in it could not be read."
    } else {
        ""
    };
    let is_here = is_here(events);
    let (word, look) = if is_here {
        ("TROUBLE HERE".to_owned(), "Look at this machine first. ")
    } else if is_hidden {
        ("UNREADABLE".to_owned(), "")
    } else {
        (down_for(events), "")
    };
    // Breaking stands for what clients may meet, not for what was seen of them.
    let doubt = if severity == Some(Severity::Breaking)
        && !is_of_many
        && reminded(events).is_none()
        && is_refused(events)
        && !is_of_cdn(events)
    {
        " Perhaps issuerwatch alone is refused; if clients are too, those that start anew fail."
    } else {
        ""
    };
    let sentence = format!(
        "{look}The last {polls} of {each}{} got no usable document{why}.{hidden}{doubt}",
        documents::whose(events, who, "the")
    );
    let when = when(events, None)?;
    let what = if is_here {
        of_machine(events)
    } else if is_hidden {
        SubjectWords::plain(format!(
            "document cannot be read whole, {}",
            briefly(events)
        ))
    } else {
        down(events)
    };
    Some(NewsText {
        what,
        remark: Some(Remark::Severity(severity.unwrap_or(Severity::Notice))),
        lead: lead(
            &word,
            MailTone::Trouble,
            sentence,
            when,
            Some(outage_advice::advice(events, &[], &[])),
        ),
    })
}

/// `DOWN for 2 days`: the last good answer may be much longer ago than the mail. Of several only where all
/// lasted as long.
fn down_for(events: &[Event]) -> String {
    let lasted = || {
        let each = events.iter();
        each.map(|event| event.body.at.duration_since(since(event)))
    };
    match (lasted().min(), lasted().max()) {
        (Some(least), Some(most)) if least.is_positive() => {
            let (least, most) = (duration_words(least), duration_words(most));
            if least == most {
                format!("DOWN for {least}")
            } else {
                "DOWN".to_owned()
            }
        }
        _ => "DOWN".to_owned(),
    }
}

/// Since when, and what was read last; `first` is when the first document of the target was seen.
pub(super) fn when(events: &[Event], first: Option<Timestamp>) -> Option<String> {
    let since = events.iter().map(since).min()?;
    let is_of_many = several::providers(events).len() > 1;
    let ended = match ended(events) {
        Some(ended) if ended < since => format!(" the certificate ended {};", at(ended)),
        Some(_) | None => String::new(),
    };
    Some(format!(
        "Since {};{ended} {}.",
        at(since),
        good(events, is_of_many, first)
    ))
}

/// When the certificate ended that all last polls met: clients met it from then on, whenever it was polled.
fn ended(events: &[Event]) -> Option<Timestamp> {
    let each = events.iter().map(|event| match last_failure(event)?.cause {
        Cause::Tls(TlsTrouble::Expired { since }) => since,
        _ => None,
    });
    each.collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// Trouble of this machine, in the words of a subject.
pub(super) fn of_machine(events: &[Event]) -> SubjectWords {
    let providers = several::providers(events).len();
    let providers = counted(u64::try_from(providers).unwrap_or(u64::MAX), "provider");
    let briefly = briefly(events);
    let words = match by_count(events).len() {
        0 | 1 => format!("{briefly}, {providers} could not be read"),
        _ => format!("{providers} could not be read: {briefly}"),
    };
    SubjectWords::behind(SubjectStart::Here, words)
}

/// An outage in the words of a subject: what failed and why, and since when if that is worth saying.
fn down(events: &[Event]) -> SubjectWords {
    let lasted = reminded(events).map(duration_words);
    // Beside several names there is no room to say which documents failed, nor when each was read last.
    if let Some(lasted) = &lasted
        && let Some(each) = causes_of_each(events, ",")
    {
        return SubjectWords::behind(SubjectStart::DownEach, format!("for {lasted}: {each}"));
    }
    if let Some(each) = causes_of_each(events, ":") {
        return SubjectWords::behind(SubjectStart::DownEach, each);
    }
    let brief = what_failed(events);
    if let Some(lasted) = lasted {
        return SubjectWords::behind(SubjectStart::DownFor, format!("for {lasted}: {brief}"));
    }
    let goods = events.iter().map(|event| event.body.last_good_at());
    let now = events.iter().map(|event| event.body.at).max();
    let good = match goods.min().flatten().zip(now) {
        // If the last good answer was on another day, only its date is given.
        Some((good, now)) if date(good) != date(now) => format!("last good {}", date(good)),
        Some((good, now)) => format!("last good {}", utc_beside(good, now)),
        None => "never answered".to_owned(),
    };
    SubjectWords::behind(SubjectStart::Down, brief).and(Some(&good))
}

/// `discovery and keys HTTP 503`, `keys, its name has no address`: which documents, where that is not clear,
/// and why.
pub(super) fn what_failed(events: &[Event]) -> String {
    let is_of = |kind: fn(Kind) -> bool| events.iter().any(|event| kind(event.document.kind()));
    let of = match (is_of(Kind::is_key_set), is_of(|kind| !kind.is_key_set())) {
        (true, true) => "discovery and keys".to_owned(),
        (true, false) => "keys".to_owned(),
        (false, _) => String::new(),
    };
    let of = match documents::server(events) {
        Some(server) if of.is_empty() => server,
        Some(server) => format!("{of} of {server}"),
        None => of,
    };
    let mut last = events.iter().filter_map(last_failure);
    let brief = briefly(events);
    // A status stands beside its noun; other causes are clauses.
    match (
        of.as_str(),
        last.all(|it| it.cause.kind() == FailureKind::Status),
    ) {
        ("", _) => brief,
        (_, true) => format!("{of} {brief}"),
        (_, false) => format!("{of}, {brief}"),
    }
}

/// Whether some polls were answered by a network in front of the server: that refuses nobody.
pub(super) fn is_of_cdn(events: &[Event]) -> bool {
    events.iter().flat_map(reasons).any(|it| it.is_of_cdn())
}

/// Whether all failed polls got a document that clients can still read but that is not compared here.
fn is_hidden(last: &[&Failure]) -> bool {
    !last.is_empty() && last.iter().all(|it| it.cause.hides_document())
}

/// Where most of what is watched fails alike, at servers that have nothing to do with each other,
/// what they have in common is the likelier cause.
pub(super) fn look_here(lead: &mut Lead) {
    "TROUBLE HERE".clone_into(&mut lead.word);
    lead.sentence = format!(
        "Look at this machine first: most of what it watches fails alike since the same minute. {}",
        lead.sentence
    );
    lead.advice = Some(
        "look at this machine first: its network, its resolver, its proxy, its clock and its \
         certificates. Nothing else is likely to have happened to all of them."
            .to_owned(),
    );
}

/// When there was a good answer, and what document it was.
fn good(events: &[Event], is_of_many: bool, watched: Option<Timestamp>) -> String {
    let goods = events.iter().map(|event| event.body.last_good_at());
    let Some(Some(last)) = goods.clone().max() else {
        return "it never answered".to_owned();
    };
    if is_of_many {
        let first = goods.flatten().min().unwrap_or(last);
        return if first == last {
            format!("last good answer {}", at(last))
        } else {
            format!("last good answers from {} to {}", at(first), at(last))
        };
    }
    let began = events.iter().map(since).min();
    let gap = match began {
        Some(began) if began.duration_since(last) > LONG => " (nothing was polled in between)",
        Some(_) | None => "",
    };
    let of_last = events
        .iter()
        .find(|event| event.body.last_good_at() == Some(last));
    let first = of_last.and_then(|event| event.body.old_since());
    let document = first.map_or_else(String::new, |first| {
        if watched == Some(first) && first < last {
            return format!(
                ", the document unchanged since watching began on {}",
                date(first)
            );
        }
        let unchanged = last.duration_since(first);
        let words = match unchanged.as_secs() {
            0 => String::new(),
            _ => format!(" (unchanged for {})", duration_words(unchanged)),
        };
        format!(", the document of {}{words}", date(first))
    });
    format!("last good answer {}{gap}{document}", at(last))
}

/// `: HTTP 503 (3 times)`, `, each for its own reason: one: its name has no address; two: no answer in time`.
fn why(events: &[Event], is_of_many: bool) -> String {
    if let Some(each) = causes_of_each(events, ":").or_else(|| causes_of_documents(events)) {
        return format!(", each for its own reason: {each}");
    }
    let reasons = causes(events, is_of_many);
    let number = match reasons.len() {
        0 | 1 => return format!(": {}", reasons.concat()),
        2 => "two".to_owned(),
        many => count(many),
    };
    format!(", for {number} reasons: {}", reasons.join("; "))
}

/// `HTTP 503 (3 times)`; of several providers only what the causes are.
pub(super) fn causes(events: &[Event], is_of_many: bool) -> Vec<String> {
    let of = |event: &Event| reasons(event).collect::<Vec<Reason>>();
    let first = events.first().map(of);
    // Counts are left out if they differ between documents.
    if is_of_many || events.iter().any(|event| Some(of(event)) != first) {
        let all = distinct(events.iter().flat_map(reasons));
        return all.iter().map(Reason::to_string).collect();
    }
    let Some(event) = events.first() else {
        return Vec::new();
    };
    let mut causes: Vec<(Reason, usize)> = Vec::new();
    for cause in reasons(event) {
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, times)) => *times += 1,
            None => causes.push((cause, 1)),
        }
    }
    let is_alone = causes.len() == 1;
    causes
        .into_iter()
        .map(|(cause, times)| {
            // A status that no standard knows says nothing by itself.
            let means = cause
                .is_of_cdn()
                .then(|| "an error behind its CDN".to_owned());
            // Where it is the only cause, the sentence has said how many polls these were.
            let often = (times > 1 && !is_alone).then(|| format!("{} times", count(times)));
            let said: Vec<String> = often.into_iter().chain(means).collect();
            match said.as_slice() {
                [] => cause.to_string(),
                said => format!("{cause} ({})", said.join(", ")),
            }
        })
        .collect()
}

/// What each of several providers failed with: its name, why, since when.
pub(super) fn entries_of_many(events: &[Event]) -> Vec<Entry> {
    let entry = |event: &Event| {
        let met = distinct(reasons(event));
        let causes: Vec<String> = met.iter().map(Reason::to_string).collect();
        let document = format!("{}/{}", name(&event.provider), event.document);
        Entry {
            label: "down".to_owned(),
            severity: None,
            words: format!("{document}: {}", causes.join("; ")),
            under: vec![format!("{}since {}", place(event), at(since(event)))],
        }
    };
    let each = graver_first(events);
    each.iter()
        .flat_map(|(_, own)| own.iter().map(entry))
        .collect()
}

/// The address that was asked.
fn place(event: &Event) -> String {
    let url = event.body.source().and_then(|source| source.url.as_deref());
    url.map_or_else(String::new, |url| format!("{} ", cut(&visible(url), 160)))
}
