//! What to do about grave facts: an action for each of them, by the name of what is gone. "What is gone"
//! sends a reader to look it up, and an action for one of two facts leaves the other one to break.

use super::advice::advice;
use super::ended::holds_keys;
use super::fact::Fact;
use super::lead::uncapitalized;
use super::phrase::proofs::ProofDemand;
use super::phrase::{self, called, few_names, short_name};
use super::words::{at, count, cut, list, name};
use crate::document::kind::Shape;
use crate::document::member::names;
use crate::document::severity::Severity;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::key_set;
use crate::meaning::rule::Rule;
use crate::policy::announced;
use crate::policy::event::Event;

/// Most facts that have an action of their own: the rest is told by the items.
const STEPS: usize = 4;

/// What to do about a fact; `events` have the findings that came with it.
pub(super) fn of_fact(fact: &Fact<'_>, events: &[&Event]) -> String {
    let Some(change) = fact.gravest() else {
        return String::new();
    };
    let own = || uncapitalized(advice(change));
    if change.severity < Severity::Notice {
        return own();
    }
    if is_required(change, events) {
        return format!(
            "try one login with each client library that you use: those that validate the document may \
             refuse it without {}.",
            name(change.subject.as_str())
        );
    }
    if let Some(step) = of_announced(change, events) {
        return step;
    }
    if let Some(proofs) = ProofDemand::of(change) {
        return proofs.advice();
    }
    if let Some(step) = of_keys(change, events).or_else(|| of_used(change)) {
        return step;
    }
    if is_loss_of_all(change, events)
        && let Some(step) = of_none_left(change)
    {
        return step.to_owned();
    }
    by_name(fact, change).unwrap_or_else(own)
}

/// What to do about a server under another name, where it is known how the server writes its issuer.
fn of_announced(change: &Change, events: &[&Event]) -> Option<String> {
    if change.rule != Rule::AuthorizationServersReplaced {
        return None;
    }
    let mut findings = events.iter().flat_map(|event| event.body.findings());
    let moved = findings.find(|moved| moved.finding.rule == Rule::IssuerAnnouncedDifferently)?;
    let published = moved.finding.found.as_ref()?.as_str()?;
    Some(match moved.state {
        FindingState::New => format!(
            "tell the owner of the resource that the server writes its issuer as {}: clients that compare \
             both refuse it now.",
            cut(published, 80)
        ),
        FindingState::Cured => return None,
    })
}

/// Whether a change only takes up how the server writes its issuer.
pub(super) fn is_corrected(change: &Change, events: &[&Event]) -> bool {
    let mut each = events.iter();
    each.any(|event| announced::is_corrected(change, event.body.findings()))
}

/// What to do about signing keys that went, where it is known why they should: nobody is to load keys from
/// a host that may be that of an attacker, and nobody wants a published private key to stay for a while.
fn of_keys(change: &Change, events: &[&Event]) -> Option<String> {
    if change.rule != Rule::JwksDisjoint {
        return None;
    }
    let mut changes = events.iter().flat_map(|event| event.body.changes());
    let is_strange = |it: &Change| {
        it.rule == Rule::EndpointHostChanged && it.severity == Severity::Security && holds_keys(it)
    };
    if changes.any(is_strange) {
        return Some(
            "load none of the new keys before that is explained: whoever runs the new host can sign tokens \
             with them."
                .to_owned(),
        );
    }
    let mut findings = events.iter().flat_map(|event| event.body.findings());
    let withdrawn = findings.any(|moved| {
        moved.state == FindingState::Cured && moved.finding.rule == Rule::KeySecretPublished
    });
    let at = events.iter().map(|event| event.body.at).max().map(at)?;
    let rest = if key_set::leaves_none(change) {
        "No other signing key is there: ask the provider for one."
    } else {
        "Let clients load the new keys at once: those that fetch the set again on an unknown kid need \
         nothing, others a restart."
    };
    withdrawn.then(|| {
        format!(
            "the published private key is withdrawn: do not trust tokens that were signed with it until \
             {at}. {rest}"
        )
    })
}

/// What to do about the loss of what is declared to be used: nobody has to find out whether it is.
fn of_used(change: &Change) -> Option<String> {
    let is_gone = !change.removed.is_empty() || change.after.is_none();
    if !change.used || !is_gone {
        return None;
    }
    let used = if change.used_values.is_empty() {
        change.removed.as_slice()
    } else {
        change.used_values.as_slice()
    };
    let what = match used {
        [] => format!("the {}", called(change.subject.as_str())),
        _ => short_name(used)
            .or_else(|| few_names(used))
            .unwrap_or_else(|| "what is gone".to_owned()),
    };
    Some(format!(
        "try now whether your clients that use {what} still work, and ask the provider what takes its place."
    ))
}

/// Whether nothing is left of a set.
fn is_loss_of_all(change: &Change, events: &[&Event]) -> bool {
    let mut others = events.iter().flat_map(|event| event.body.changes());
    !change.removed.is_empty()
        && change.size_before == Some(change.removed.len())
        && !others.any(|it| it.subject == change.subject && !it.added.is_empty())
}

/// What to do about the loss of all values, where the table speaks of those that are left.
fn of_none_left(change: &Change) -> Option<&'static str> {
    Some(match change.rule.known()? {
        Rule::AuthorizationServerRemoved => {
            "ask the owner of the resource where clients get their tokens now: the document names no server \
             any more. Until then go on as registered, and try one login."
        }
        Rule::AuthMethodRemoved => {
            "ask the provider how clients authenticate now: the list is empty. Try one token request as before."
        }
        _ if change.subject == names::RESPONSE_TYPES_SUPPORTED => {
            "try one login, and ask the provider: the list of response types is empty, and clients that look \
             there refuse to begin."
        }
        _ => return None,
    })
}

/// The actions that those of these facts have that break clients or may be an attack.
pub(super) fn of_grave(facts: &[&Fact<'_>], events: &[&Event]) -> Vec<String> {
    let is_grave = |fact: &&&Fact<'_>| {
        let severity = fact.gravest().map(|change| change.severity);
        severity >= Some(Severity::Breaking)
    };
    let grave = facts.iter().filter(is_grave);
    grave.map(|fact| of_fact(fact, events)).collect()
}

/// All actions, each once, and numbered where they are several.
pub(super) fn joined(first: &str, others: &[String]) -> String {
    let mut steps = vec![first];
    for step in others {
        if !step.is_empty() && !steps.contains(&step.as_str()) {
            steps.push(step);
        }
    }
    if let [one] = steps.as_slice() {
        return (*one).to_owned();
    }
    let numbered = (1..).zip(steps.iter().take(STEPS));
    let words: Vec<String> = numbered
        .map(|(number, step)| format!("({number}) {step}"))
        .collect();
    words.join(" ")
}

/// Most members that are named beside each other.
const MEMBERS: usize = 4;

/// What to do about plain values that only those know who read them; `None` of anything else.
pub(super) fn of_plain(events: &[&Event], changes: &[&Change]) -> Option<String> {
    let mut kinds = events.iter().map(|event| event.document.kind().row().shape);
    let is_plain = |change: &&Change| {
        change.severity == Severity::Notice && change.reference.is_none() && change.added.is_empty()
    };
    if !kinds.all(|shape| shape == Shape::Object) || !changes.iter().all(is_plain) {
        return None;
    }
    let named = changes.iter().take(MEMBERS);
    let members: Vec<String> = named.map(|it| name(it.subject.as_str())).collect();
    Some(format!(
        "find out which of your programs read {}, and try them with the new values before your users do.",
        list(&members)
    ))
}

/// Whether a member went that the specification requires, which is a finding as well.
fn is_required(change: &Change, events: &[&Event]) -> bool {
    let mut found = events.iter().flat_map(|event| event.body.findings());
    change.rule == Rule::MemberRemoved
        && found.any(|moved| {
            moved.state == FindingState::New
                && moved.finding.rule == Rule::RequiredMemberMissing
                && moved.finding.subject == change.subject
        })
}

/// The action by the names of what is gone; `None` where the table has a better one, or they cannot be
/// named.
fn by_name(fact: &Fact<'_>, change: &Change) -> Option<String> {
    let rule = change.rule.known()?;
    if change.subject == names::RESPONSE_TYPES_SUPPORTED && rule == Rule::MemberChanged {
        return of_response_types(change);
    }
    let is_of_rule = change.advice.as_deref() == rule.row().advice;
    if !is_of_rule {
        return None;
    }
    let gone = || named(change);
    Some(match rule {
        Rule::EndpointRemoved => {
            let all: Vec<String> = fact
                .changes()
                .iter()
                .map(|change| called(change.subject.as_str()))
                .collect();
            let (what, may) = match all.as_slice() {
                [one] => (format!("the {one}"), "it may not answer any more"),
                [_, _] | [_, _, _] => (list(&all), "they may not answer any more"),
                many => (
                    format!("one of the {} endpoints below", count(many.len())),
                    "they may not answer any more",
                ),
            };
            format!("find out which of your clients call {what}: {may}; if none does, nothing.")
        }
        Rule::EndpointHostChanged if change.severity == Severity::Security => {
            let host = phrase::host(change.after.as_ref()?)?;
            let what = match fact.changes().len() {
                1 => format!(
                    "{} in them to the old address",
                    called(change.subject.as_str())
                ),
                _ => "the old addresses in them by hand".to_owned(),
            };
            format!(
                "ask the provider whether {host} is theirs. Clients that read the document at run time have \
                 followed already: until the answer, set {what}."
            )
        }
        Rule::EndpointPathChanged if fact.changes().len() == 1 => format!(
            "let your clients read the document again, or change the {} that they hold.",
            called(change.subject.as_str())
        ),
        Rule::GrantRemoved => format!(
            "find out whether a client of yours uses {}: its token requests may be refused; if none \
             does, nothing.",
            gone()?.of("grant")
        ),
        Rule::ScopeRemoved => {
            let gone = gone()?;
            format!(
                "find out which of your clients ask for {}: `invalid_scope`, or a token without {}, \
                 may follow.",
                gone.of("scope"),
                gone.pronoun()
            )
        }
        Rule::AuthMethodRemoved => format!(
            "find the clients that authenticate with {}, and move them to {}.",
            gone()?.words,
            match (few_names(&change.left), short_name(&change.left)) {
                (Some(names), _) => format!("one of {names}"),
                (None, Some(name)) => name,
                (None, None) => "a method that is left".to_owned(),
            }
        ),
        Rule::MemberRemoved | Rule::MemberChanged if is_of_rule && is_loss(change) => {
            let gone = gone().filter(|gone| gone.is_named);
            let what = gone.map_or_else(|| called(change.subject.as_str()), |gone| gone.words);
            format!("find out which of your clients rely on {what}, before they fail.")
        }
        Rule::AlgRemoved => format!(
            "check whether a client of yours is registered with {}.",
            gone()?.words
        ),
        _ => return None,
    })
}

/// Whether something went that breaks clients, and nothing came for it.
fn is_loss(change: &Change) -> bool {
    let is_gone = change.after.is_none() && change.added.is_empty();
    change.severity >= Severity::Breaking && is_gone
}

/// Values that went, by name where they are few.
struct Gone {
    words: String,
    number: usize,
    is_named: bool,
}

impl Gone {
    /// `the grant password`, `the grants a and b`, `one of the 62 scopes below`.
    fn of(&self, noun: &str) -> String {
        match (self.is_named, self.number) {
            (true, 1) => format!("the {noun} {}", self.words),
            (true, _) => format!("the {noun}s {}", self.words),
            (false, number) => format!("one of the {} {noun}s below", count(number)),
        }
    }

    fn pronoun(&self) -> &'static str {
        if self.number == 1 { "it" } else { "them" }
    }
}

fn named(change: &Change) -> Option<Gone> {
    let number = change.removed.len();
    let few = short_name(&change.removed).or_else(|| few_names(&change.removed));
    let is_named = few.is_some();
    if number < 2 && !is_named {
        return None;
    }
    Some(Gone {
        words: few.unwrap_or_else(|| format!("one of the {} below", count(number))),
        number,
        is_named,
    })
}

/// Where to clients move that ask for a response type that is gone.
fn of_response_types(change: &Change) -> Option<String> {
    let is_code = |value: &serde_json::Value| value == "code";
    if change.removed.is_empty() || change.removed.iter().any(is_code) {
        return None;
    }
    if let [left] = change.left.as_slice()
        && is_code(left)
    {
        return Some(
            "move clients that ask for anything but response_type=code to it, with PKCE."
                .to_owned(),
        );
    }
    let gone = match few_types(&change.removed) {
        Some(words) => format!("response_type={words}"),
        None => format!(
            "one of the {} response types below",
            count(change.removed.len())
        ),
    };
    Some(format!(
        "move clients that ask for {gone} to one that is left, at best `code` with PKCE."
    ))
}

/// `token, or id_token token`: words of response types, which may have blanks between them.
fn few_types(values: &[serde_json::Value]) -> Option<String> {
    let is_plain = |text: &&str| {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte == b' ';
        text.len() <= 40 && text.bytes().all(is_word)
    };
    let words: Vec<&str> = values
        .iter()
        .filter_map(|value| value.as_str().filter(is_plain))
        .collect();
    (words.len() == values.len() && words.len() <= 3).then(|| words.join(", or "))
}
