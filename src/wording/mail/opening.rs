//! Subject and first lines of a mail.
//!
//! A subject says what its own mail tells. It begins with `Re:` only where it ends what another mail told of
//! the same providers; headers thread every answer in any case, but for digests, which answer nothing.

use super::among::Among;
use super::cause::causes_of_each;
use super::comeback::{self, Comeback};
use super::input::{LateMail, MailInput};
use super::news::{self, finding};
use super::page::Lead;
use super::subject_words::{Remark, SubjectWords};
use super::wave::{self, Wave};
use super::{
    background, digest, documents, one_outage, outage, recovery, several, subject, summary, tally,
    test_scope, unmoved,
};
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::policy::mail::{MailKind, Topic};
use crate::wording::text::duration_words;

/// The beginning of a mail: its subject and first lines.
#[derive(Debug)]
pub(super) struct Opening {
    /// The subject.
    pub(super) subject: String,
    /// What the subject says, as kept for later answers.
    pub(super) topic: Topic,
    /// The first lines.
    pub(super) lead: Lead,
}

/// Subject and first lines.
pub(super) fn of(input: &MailInput<'_>) -> Opening {
    let providers = several::providers(input.events);
    let who = match input.kind {
        MailKind::Digest => subject::how_many(&providers),
        // The subject names the providers beside their causes, so they are not repeated in front.
        MailKind::Failing if causes_of_each(input.events, ":").is_some() => {
            subject::how_many(&providers)
        }
        _ => subject::who(&providers),
    };
    let wave = Wave::of(input);
    let who = wave::who(wave.as_ref(), who, &providers);
    let text = match input.kind {
        MailKind::Digest => digest::digest(input).unwrap_or_else(|| finding(input.events, &who)),
        kind => news::text(kind, input.events, &who, input.answers, wave.as_ref()),
    };
    let (remark, mut lead) = (text.remark.as_ref(), text.lead);
    let what = if input.is_widespread && input.kind == MailKind::Failing {
        outage::look_here(&mut lead);
        outage::of_machine(input.events)
    } else {
        text.what
    };
    let is_outage = input.kind == MailKind::Failing && !input.is_widespread;
    let what = if is_outage && providers.len() == 1 {
        one_outage::tell(input, &who, what, &mut lead)
    } else {
        what
    };
    let what = match &wave {
        Some(wave) => wave.what(what, &providers),
        None => what,
    };
    let what = match comeback::of(input) {
        Some(back) => told_before(back, what, &mut lead),
        None => what,
    };
    let what = background::tell_replacement(input, what, &mut lead);
    say(&mut lead.sentence, background::quiet(input));
    let what = test_scope::tell(input, what, &mut lead);
    say(&mut lead.sentence, unmoved::said(input));
    let among = Among::of(input).filter(|_| is_outage);
    say(&mut lead.sentence, among.map(Among::said));
    let counted = what.and(among.map(Among::brief).as_deref());
    if let (Some(among), Some(advice)) = (among, &mut lead.advice) {
        *advice = among.advice(advice);
    }
    lead.tally = tally_of(input, &providers);
    lead.about = about(input.events, &who);
    say(&mut lead.when, background::said(input));
    let others = documents::said(input);
    let still = summary::still_there(input).filter(|_| input.kind == MailKind::Summary);
    // Where another document still fails, nobody is told that all is well.
    if input.kind == MailKind::Recovered && others.is_none() {
        say(
            &mut lead.sentence,
            recovery::to_do(input.events).map(str::to_owned),
        );
    }
    say(&mut lead.when, others);
    let what = match still {
        Some(still) => {
            say(&mut lead.sentence, Some(still.sentence));
            counted.and(still.is_gone.then_some("gone again"))
        }
        None => counted,
    };
    lead.late = input.late.map(late);
    let is_return = news::return_of(input.kind, input.events, input.answers).is_some();
    let told = subject::subject(&of_server(input, who), &what, remark);
    Opening {
        subject: if is_end(input, &providers) {
            subject::reply(&told)
        } else {
            told.clone()
        },
        topic: Topic {
            subject: told,
            severity: remark.map(Remark::severity),
            is_return,
        },
        lead,
    }
}

/// The line that counts. A change that many providers made in the same way counts once.
fn tally_of(input: &MailInput<'_>, providers: &[&str]) -> Option<String> {
    let declares_use = input.providers.iter().any(|it| it.declares_use);
    let endpoints = input.providers.iter().flat_map(|it| &it.used_endpoints);
    let used: Vec<&str> = endpoints.map(String::as_str).collect();
    match input.kind {
        MailKind::Changed | MailKind::Finding if providers.len() == 1 => {
            tally::tally(input.kind, input.events, declares_use, &used)
        }
        MailKind::Changed | MailKind::Finding if providers.len() > 1 && declares_use => {
            tally::of_many(input.kind, input.events, &used)
        }
        _ => None,
    }
}

/// Who a subject names: `notes (auth.example.com)` where the news is of one server of a resource.
fn of_server(input: &MailInput<'_>, who: String) -> String {
    match (input.kind, documents::short_server(input.events)) {
        (MailKind::Changed | MailKind::Finding, Some(server)) => format!("{who} ({server})"),
        _ => who,
    }
}

/// Puts words behind others.
fn say(to: &mut String, words: Option<String>) {
    if let Some(words) = words {
        to.push(' ');
        to.push_str(&words);
    }
}

/// Says what is there again behind what is told.
fn told_before(back: Comeback, what: SubjectWords, lead: &mut Lead) -> SubjectWords {
    let what = back.what.unwrap_or(what);
    if let Some(words) = back.back {
        lead.sentence.push(' ');
        lead.sentence.push_str(&words);
    }
    let is_quiet = |advice: &String| advice == "nothing.";
    let is_quiet = lead.advice.as_ref().is_some_and(is_quiet);
    let Some(closed) = back.closes else {
        if is_quiet && back.advice.is_some() {
            lead.advice = back.advice;
        }
        return what;
    };
    lead.sentence
        .push_str(&format!(" This {}, which told of the loss.", closed.words));
    if let Some(elsewhere) = &closed.elsewhere {
        lead.sentence.push(' ');
        lead.sentence.push_str(elsewhere);
    }
    if is_quiet {
        lead.advice = Some(closed.advice.to_owned());
    }
    what.and(Some(&closed.words))
}

/// Whether a mail says that what another one told of the same providers is over: its subject begins with
/// `Re:`. Whatever else follows a mail stands in its thread by its headers, under a subject of its own.
fn is_end(input: &MailInput<'_>, providers: &[&str]) -> bool {
    let is_over = matches!(input.kind, MailKind::Recovered | MailKind::Settled);
    is_over
        && input
            .answers
            .is_some_and(|it| subject::told_of(it, providers))
}

fn about(events: &[Event], who: &str) -> String {
    let mut documents: Vec<String> = events
        .iter()
        .map(|event| event.document.to_string())
        .collect();
    documents.sort_unstable();
    documents.dedup();
    format!("{who} / {}", documents.join(", "))
}

fn late(late: &LateMail) -> String {
    let lateness = duration_words(late.now.duration_since(late.due_at));
    format!("This mail is {lateness} late: {}.", visible(&late.cause))
}
