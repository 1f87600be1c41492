//! The headline of changes: what is said of them in a subject and in one sentence.

use std::collections::HashSet;

use super::advice::{and_about, both};
use super::fact::{Fact, facts};
use super::gone_servers::{gone_servers, is_of_one};
use super::habit;
use super::half::HalfFlow;
use super::keys::Turnover;
use super::mismatch;
use super::mistyped::Mistyped;
use super::nodes::NodeMove;
use super::phrase;
use super::publication::FirstListed;
use super::reported::reported_changes;
use super::steps;
use super::subject_words::SubjectWords;
use super::upgrade::Upgrade;
use super::words::count;
use crate::document::member::{described_by, is_detail, names};
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::change::moves::by_lead;
use crate::meaning::change::order::Rank;
use crate::meaning::key_set;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;
use crate::wording::noun::noun;

/// What changed, in the words of a subject and of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headline {
    /// `issuer and 5 endpoints moved from a to b`: at most two facts.
    pub(super) what: SubjectWords,
    /// The first fact alone.
    pub(super) alone: SubjectWords,
    /// `issuer changed`: the gravest in few words.
    pub(super) brief: String,
    /// `issuer and 5 endpoints as before`: the same where it is a way back.
    pub(super) back: SubjectWords,
    /// The second fact of `what`, if it has one.
    pub(super) second: Option<String>,
    /// Which kind of thing the gravest is.
    pub(super) thing: HeadlineSubject,
    /// `changed its issuer and moved 5 endpoints to another host`.
    pub(super) predicate: String,
    /// ` Also: scope b removed.`, behind the sentence; empty where there is no second fact worth it.
    pub(super) also: String,
    /// The gravest severity.
    pub(super) severity: Severity,
    /// Whether the gravest change takes away what is declared to be used.
    pub(super) used: bool,
    /// The nodes of one service between which it is a move.
    pub(super) nodes: Option<NodeMove>,
    /// What to do about what is told.
    pub(super) advice: String,
    /// What to do about each other fact that breaks clients: joined to `advice` last.
    then: Vec<String>,
}

impl Headline {
    /// The same with an action for each grave fact.
    fn with_steps(mut self) -> Self {
        self.advice = steps::joined(&self.advice, &std::mem::take(&mut self.then));
        self
    }
}

/// Which kind of thing a headline is about, as far as what to do depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadlineSubject {
    /// The headline is about the issuer.
    Issuer,
    /// The host of addresses.
    Host,
    /// The headline is about anything else.
    Other,
}

/// Finds the headline of the changes of these events; `None` if there are none.
fn headline(events: &[&Event], changes: &[&Change]) -> Option<Headline> {
    let all_keys = Turnover::of(changes.iter().copied());
    let items = by_lead(changes.iter().copied());
    let mut facts = facts(&items);
    let severity = changes.iter().map(|change| change.severity).max()?;
    let half = HalfFlow::of(events, changes);
    if let Some(half) = half.filter(|half| !facts.iter().all(|fact| half.is_all_of(fact))) {
        facts.retain(|fact| !half.is_all_of(fact));
    }
    let mistyped = Mistyped::of(events, severity);
    if let Some(mistyped) = &mistyped
        && !facts.iter().all(|fact| mistyped.is_all_of(fact))
    {
        facts.retain(|fact| !mistyped.is_all_of(fact));
    }
    let first = facts.first()?;
    let gravest = first.gravest()?;
    let is_half = half.filter(|half| half.is_all_of(first));
    let forms = is_half.map_or_else(|| first.subject(all_keys), |half| vec![half.subject()]);
    let used = match (gravest.used, gravest.used_values.len()) {
        (false, _) => String::new(),
        (true, 0) => ", which you use".to_owned(),
        (true, some) => format!(", of which you use {}", count(some)),
    };
    let alone = SubjectWords::of_forms(forms).within("", &used);
    let others = others(&facts, severity);
    let other = others.first().copied();
    let mut headline = Headline {
        what: together(
            first,
            other,
            &alone,
            gravest.used,
            used.is_empty() && is_half.is_none(),
        ),
        alone,
        brief: is_half.map_or_else(|| first.brief(), HalfFlow::subject),
        back: SubjectWords::of_forms(first.back()).within("", &used),
        second: other.map(|other| format!("{} too", other.brief())),
        thing: thing(gravest),
        predicate: is_half.map_or_else(|| first.predicate(all_keys), HalfFlow::predicate),
        also: String::new(),
        severity,
        used: gravest.used,
        nodes: first.nodes(),
        advice: match (is_half, first.nodes()) {
            (Some(half), _) => half.advice(),
            (None, Some(nodes)) => nodes.advice(),
            (None, None) => what_to_do(first, gravest, all_keys, events),
        },
        then: steps::of_grave(&others, events),
    };
    // Of what breaks clients, each fact has an action of its own, in `with_steps`.
    if severity < Severity::Breaking {
        headline.advice = both(gravest, headline.advice, other.and_then(Fact::gravest));
    }
    tell_first(&mut headline, events, gravest, other);
    let upgrade = Upgrade::of(changes).filter(Upgrade::is_news);
    if let Some(upgrade) = &upgrade {
        tell_upgrade(&mut headline, upgrade, changes);
    }
    // Such a product is told as a whole.
    let others = if upgrade.is_some() {
        &[]
    } else {
        others.as_slice()
    };
    add_also(
        &mut headline,
        others,
        half.filter(|_| is_half.is_none()),
        steps::is_corrected(gravest, events),
        mistyped.as_ref(),
    );
    Some(headline)
}

/// The words of a subject: the first fact, and the second one where there is room.
fn together(
    first: &Fact<'_>,
    other: Option<&Fact<'_>>,
    alone: &SubjectWords,
    is_used: bool,
    may_join: bool,
) -> SubjectWords {
    let Some(other) = other else {
        return alone.clone();
    };
    if let (Some(one), Some(two)) = (first.listed(), other.listed())
        && may_join
    {
        return SubjectWords::plain(format!("{one} and {two} now listed")).or(alone);
    }
    let (one, two) = (first.gained(), other.gained());
    // `scopes a and b, and grant c`: a list and what follows it are told apart.
    let of_first = first.changes();
    let values = of_first.iter().map(|change| change.added.len().max(1));
    let comma = if values.sum::<usize>() > 1 { "," } else { "" };
    let both = one.iter().flat_map(|one| {
        let each = two.iter();
        each.map(move |two| format!("{one}{comma} and {two} added"))
    });
    let joined: Vec<String> = both.filter(|_| may_join).collect();
    if joined.is_empty() {
        let second = format!("{} too", other.brief());
        // What one uses is named before anything else is told.
        return if is_used {
            alone.clone().and_after(&second)
        } else {
            alone.clone().and(Some(&second))
        };
    }
    SubjectWords::of_forms(joined).or(alone)
}

/// What else is worth saying: the next facts that are grave enough or that clients can make use of. What
/// only describes what is told already is not.
fn others<'f, 'b>(facts: &'f [Fact<'b>], severity: Severity) -> Vec<&'f Fact<'b>> {
    let Some((first, rest)) = facts.split_first() else {
        return Vec::new();
    };
    let told: Vec<&Change> = first.changes();
    let is_worth_it = |fact: &&Fact<'_>| {
        fact.gravest().is_some_and(|change| {
            let is_grave = change.severity >= Severity::Notice;
            let is_telling = severity < Severity::Breaking && Rank::of(change).is_telling();
            let describes = described_by(change.subject.as_str());
            let is_said = told.iter().any(|it| {
                describes.is_some_and(|of| it.subject == of) || it.subject == change.subject
            });
            (is_grave || is_telling) && !is_said && !is_detail(change.subject.as_str())
        })
    };
    rest.iter().filter(is_worth_it).collect()
}

/// Puts behind the sentence what else is told: two more facts, a flow that cannot be used, values of a wrong
/// type.
fn add_also(
    headline: &mut Headline,
    others: &[&Fact<'_>],
    half: Option<HalfFlow>,
    is_corrected: bool,
    mistyped: Option<&Mistyped<'_>>,
) {
    let is_as_grave = |fact: &Fact<'_>| {
        let severity = fact.gravest().map(|change| change.severity);
        headline.severity <= Severity::Notice || severity >= Some(Severity::Breaking)
    };
    let each = others.iter().take(2).enumerate();
    let told = each.filter(|(place, fact)| *place == 0 || is_as_grave(fact));
    let mut also: Vec<String> = told.map(|(_, fact)| fact.beside()).collect();
    also.extend(half.map(HalfFlow::beside));
    if let Some(mistyped) = mistyped {
        also.push(mistyped.beside());
        headline.advice = Mistyped::advice(&headline.advice);
    }
    if !also.is_empty() {
        headline
            .also
            .push_str(&format!(" Also: {}.", also.join("; ")));
    }
    if is_corrected {
        headline.also.insert_str(0, CORRECTED);
    }
}

/// What the first lines say of a server that is named again as it writes itself.
const CORRECTED: &str =
    " That is how the server writes itself: clients that refused it work again.";

/// Tells of a product that was replaced by a newer one by what it offers now.
fn tell_upgrade(headline: &mut Headline, upgrade: &Upgrade, changes: &[&Change]) {
    headline.alone = SubjectWords::of_forms(upgrade.subject());
    headline.what = headline.alone.clone();
    headline.predicate = format!("now offers {}", upgrade.words());
    let mut changes = changes.iter();
    let pushed = changes.find(|it| it.subject == "pushed_authorization_request_endpoint");
    if let Some(pushed) = pushed.filter(|_| upgrade.has_pushed_requests()) {
        headline.advice = and_about(&headline.advice, pushed);
    }
}

fn what_to_do(
    first: &Fact<'_>,
    gravest: &Change,
    all_keys: Option<Turnover>,
    events: &[&Event],
) -> String {
    let advice = match habit::advice(gravest).filter(|_| !key_set::leaves_none(gravest)) {
        Some(habit) => habit,
        None => steps::of_fact(first, events),
    };
    let of_keys = all_keys.filter(|_| gravest.rule == Rule::JwksDisjoint);
    match of_keys.and_then(Turnover::of_encryption) {
        Some(of_encryption) => format!("{advice} {of_encryption}"),
        None => advice,
    }
}

fn thing(gravest: &Change) -> HeadlineSubject {
    if gravest.subject == names::ISSUER {
        return HeadlineSubject::Issuer;
    }
    match gravest.rule.known() {
        Some(Rule::EndpointHostChanged) => HeadlineSubject::Host,
        _ => HeadlineSubject::Other,
    }
}

/// The headline of all changes of one event, whatever its kind.
pub(super) fn headline_of_all(event: &Event) -> Option<Headline> {
    let changes: Vec<&Change> = event.body.changes().iter().collect();
    headline(&[event], &changes).map(Headline::with_steps)
}

/// Tells of a list that is published for the first time as a whole: what it was taken for is in it too.
fn tell_first(
    headline: &mut Headline,
    events: &[&Event],
    gravest: &Change,
    other: Option<&Fact<'_>>,
) {
    let first = events.iter().find_map(|event| {
        let is_of_it = event.body.changes().contains(gravest);
        is_of_it.then(|| FirstListed::of(event, gravest)).flatten()
    });
    let Some(first) = first else {
        return;
    };
    let member = gravest.subject.as_str();
    let called = phrase::called(member);
    headline.alone = SubjectWords::of_forms(first.subject(&called));
    headline.what = headline.alone.clone().and(headline.second.as_deref());
    headline.brief = format!("{called} published");
    headline.predicate = first.predicate(&called);
    if headline.severity <= Severity::Notice {
        first.also().clone_into(&mut headline.also);
    }
    if headline.severity <= Severity::Notice {
        let has_password = gravest.added.iter().any(|grant| grant == "password");
        let one = noun(member).unwrap_or("value");
        let mut own = format!(
            "nothing, unless a client of yours picks its {one} from this list: then set it in the \
             client."
        );
        if has_password && member == names::GRANT_TYPES_SUPPORTED {
            own.push_str(" None should use the password grant.");
        }
        headline.advice = both(gravest, own, other.and_then(Fact::gravest));
    }
}

/// Events without those of servers that a resource no longer names, by what it says beside them: nobody
/// follows a server that is gone to its new addresses.
fn of_named_servers(events: Vec<&Event>) -> Vec<&Event> {
    let gone = gone_servers(events.iter().copied());
    let is_named = |event: &&Event| !is_of_one(event, &gone);
    events.into_iter().filter(is_named).collect()
}

/// The headline of several events: each change once, though several documents have it.
pub(super) fn headline_of(kind: MailKind, events: &[&Event]) -> Option<Headline> {
    let mut changes: Vec<&Change> = Vec::new();
    let mut known = HashSet::new();
    // What is damped or settled beside other news does not make the headline.
    let telling = events
        .iter()
        .filter(|it| it.body.kind() == EventKind::Changed);
    for event in of_named_servers(telling.copied().collect()) {
        for change in reported_changes(kind, event) {
            let values = (
                &change.added,
                &change.removed,
                &change.before,
                &change.after,
            );
            if known.insert((&change.rule, &change.subject, values)) {
                changes.push(change);
            }
        }
    }
    let mut headline = headline(events, &changes)?;
    match mismatch::words(events) {
        // The address is the same for everybody who reads it, and not for who compares it.
        Some(_) if mismatch::is_slash(events) => {
            mismatch::SLASH.clone_into(&mut headline.advice);
        }
        // The item of the issuer says what it means, unless only a finding beside it does.
        Some(_)
            if events
                .iter()
                .any(|event| mismatch::words(&[*event]).is_some()) =>
        {
            headline.advice = mismatch::advice(&changes);
        }
        Some(mismatch) => {
            headline.advice =
                format!("let no client follow until the provider has explained it: {mismatch}");
        }
        None => {
            let own = mismatch::advice_of_announced(&changes);
            if let Some(advice) = own.or_else(|| steps::of_plain(events, &changes)) {
                headline.advice = advice;
            }
        }
    }
    Some(headline.with_steps())
}
