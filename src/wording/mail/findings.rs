//! Items about requirements that are newly not met, or met again.

use std::collections::BTreeSet;

use serde_json::Value;

use super::highlight::{marked, plain};
use super::lead::uncapitalized;
use super::limits::Limits;
use super::page::{FindingClause, Item, Line, Sign, Span};
use super::refusal;
use super::words::{capitalized, cut, name, own, tag};
use crate::document::key_set;
use crate::document::member::names;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::document::text::{bounded, visible};
use crate::meaning::change::order::Rank;
use crate::meaning::change::{Change, Finding, FindingState, KeyAbout};
use crate::meaning::finding;
use crate::meaning::key_set::about;
use crate::meaning::rule::{Rule, RuleRow};
use crate::policy::event::{Event, FindingChange};

/// The findings of an event that a mail tells of: that what was implied is written down now says nothing
/// new of the implicit grant, and a list of plain alone is no cure of a list without S256.
pub(super) fn told(event: &Event) -> Vec<&FindingChange> {
    let all = event.body.findings();
    let has = |rule: Rule, state| {
        let mut same = all.iter().filter(|moved| moved.state == state);
        same.any(|moved| moved.finding.rule == rule)
    };
    let is_written_down = has(Rule::ImplicitByOmission, FindingState::Cured)
        && has(Rule::ImplicitOffered, FindingState::New);
    let is_told = |moved: &&FindingChange| {
        let rule = moved.finding.rule.known();
        let is_of_it = matches!(rule, Some(Rule::ImplicitByOmission | Rule::ImplicitOffered));
        let is_worse = rule == Some(Rule::PkceS256Missing)
            && moved.state == FindingState::Cured
            && has(Rule::PkcePlainOnly, FindingState::New);
        // A password in an address is one fact, told with the graver of the two.
        let is_login = rule == Some(Rule::UrlUserName)
            && all.iter().any(|it| {
                let is_same =
                    it.state == moved.state && it.finding.subject == moved.finding.subject;
                is_same && it.finding.rule == Rule::SecretPublished
            });
        !(is_written_down && is_of_it || is_worse || is_login)
    };
    all.iter().filter(is_told).collect()
}

/// What a secret stands in, where that is an address with a password: `is an address with a user name and a
/// password, ftp://(user)@files.example/oauth`.
pub(super) fn login_in_url(events: &[Event], finding: &Finding) -> Option<String> {
    if finding.rule != Rule::SecretPublished {
        return None;
    }
    let mut all = events.iter().flat_map(|event| event.body.findings());
    let login = all.find(|it| {
        let is_new = it.state == FindingState::New && it.finding.subject == finding.subject;
        is_new && it.finding.rule == Rule::UrlUserName
    })?;
    let shown = login.finding.found.as_ref()?.as_str()?;
    Some(format!(
        "is an address with a user name and a password, {}",
        cut(&visible(shown), 120)
    ))
}

/// A requirement that is newly not met.
pub(super) fn new(finding: &Finding, limits: &Limits) -> Item {
    let row = finding.rule.row();
    // The reason names the keys as well, where nothing else does.
    let (title, why) = match (of_keys(finding), row) {
        (Some((noun, keys)), Some(row)) if finding.about_keys.len() == 1 => (
            format!("{noun} {}: {keys}", verb(finding, row)),
            why_of_keys(finding, row),
        ),
        // The keys are listed below, so the title does not name them.
        (Some((noun, _)), Some(row)) => (
            format!("{noun} {}", verb(finding, row)),
            why_of_keys(finding, row),
        ),
        _ => {
            let title = row.map_or("", |row| row.title);
            let title = || format!("{} {title}", subject_of(finding));
            // The reasons of a client are listed below.
            let of_rule = row.filter(|_| finding.client.is_some());
            let why = of_rule.map_or(finding.why.as_str(), |row| row.why.unwrap_or_default());
            (refusal::title(finding).unwrap_or_else(title), why)
        }
    };
    Item {
        number: 0,
        severity: finding.severity,
        rank: Some(Rank::of_finding(finding)),
        title: format!("new finding: {title}"),
        clause_in_change: folded_into(finding).map(|_| FindingClause {
            clause: match finding.rule.known() {
                Some(Rule::IssuerAnnouncedDifferently) => announced(finding),
                // Which part is missing is known to the reason alone.
                Some(Rule::CibaIncomplete | Rule::DeviceFlowIncomplete) => {
                    format!("With that {title}: {}", uncapitalized(&own(why)))
                }
                _ => format!("With that {title}."),
            },
            is_new: true,
        }),
        member: folded_into(finding).unwrap_or_default().to_owned(),
        used: false,
        lines: lines(finding, limits),
        rows: Vec::new(),
        more: Vec::new(),
        why: own(why),
        // Each reason of a client names its source.
        tag: match finding.client {
            Some(_) => tag(finding.rule.as_str(), None),
            None => tag(finding.rule.as_str(), finding.reference.as_deref()),
        },
    }
}

/// Why a finding about keys matters: a symmetric key does harm only to clients that accept its algorithms.
fn why_of_keys(finding: &Finding, row: &RuleRow) -> &'static str {
    let mut keys = finding.about_keys.iter();
    let is_symmetric = finding.rule == Rule::KeySecretPublished
        && keys.all(|key| key.kty.as_deref() == Some("oct"));
    if is_symmetric {
        return "Whoever read the set can write tokens that a client accepts if it takes HS256, HS384 or HS512.";
    }
    row.why.unwrap_or_default()
}

/// Whether a finding is a clause of one of these changes, and no item of its own.
pub(super) fn is_said_beside(finding: &Finding, changes: &[&Change]) -> bool {
    let member = folded_into(finding);
    let is_of_it = |it: &&Change| {
        member.is_some_and(|member| it.subject == member) && it.severity >= finding.severity
    };
    changes.iter().any(is_of_it)
}

/// The member of the change that a finding says no more than, where it follows from one.
fn folded_into(finding: &Finding) -> Option<&str> {
    match finding.rule.known()? {
        Rule::PkceS256Missing
        | Rule::RequiredMemberMissing
        | Rule::CibaIncomplete
        | Rule::DeviceFlowIncomplete => Some(finding.subject.as_str()),
        Rule::IssuerAnnouncedDifferently => Some(names::AUTHORIZATION_SERVERS),
        _ => None,
    }
}

/// How a server writes its issuer that a resource writes otherwise.
fn announced(finding: &Finding) -> String {
    let published = finding.found.as_ref().and_then(Value::as_str);
    format!(
        "The server itself writes its issuer as {}.",
        cut(published.unwrap_or_default(), 200)
    )
}

/// What a finding about certain keys is about, `a key` or `keys`, and which these are.
pub(super) fn of_keys(finding: &Finding) -> Option<(String, String)> {
    let keys = own(&about::words(finding)?);
    let noun = match finding.about_keys.len() {
        1 => "a key".to_owned(),
        // At most 20 keys are described, so there may be more than these.
        20.. => "keys".to_owned(),
        many => format!("{many} keys"),
    };
    // In metadata the keys are inside a member, which is named.
    let place = match finding.subject.as_str() {
        "keys" => String::new(),
        member => format!(" in {}", name(member)),
    };
    Some((format!("{noun}{place}"), keys))
}

/// `new signing key is RSA 1024, too short`: of a weak key the size is what matters, and whether it came with
/// the news that `events` tell.
pub(super) fn weak_in_subject(finding: &Finding, events: &[Event]) -> Option<String> {
    if finding.rule != Rule::KeyWeak {
        return None;
    }
    let kind = about::kind_of_all(finding)?;
    let changes = events.iter().flat_map(|event| event.body.changes());
    let came: BTreeSet<&str> = changes
        .filter(|change| change.rule == Rule::KeyAdded)
        .flat_map(|change| &change.added)
        .filter_map(key_set::thumbprint_of)
        .collect();
    let is_new = |key: &KeyAbout| {
        key.thumbprint
            .as_deref()
            .is_some_and(|it| came.contains(it))
    };
    let new = if finding.about_keys.iter().all(is_new) {
        "new "
    } else {
        ""
    };
    let is_of = |encrypts: bool| {
        finding
            .about_keys
            .iter()
            .all(|key| key.encrypts == encrypts)
    };
    let noun = match (is_of(false), is_of(true)) {
        (true, _) => "signing key",
        (_, true) => "encryption key",
        _ => "key",
    };
    Some(match finding.about_keys.len() {
        1 => format!("{new}{noun} is {kind}, too short"),
        // At most 20 keys are described, so there may be more than these.
        20.. => format!("{new}{noun}s are {kind}, too short"),
        many => format!("{many} {new}{noun}s are {kind}, too short"),
    })
}

/// The title of a rule about keys, which is about several, for as many as there are.
pub(super) fn verb(finding: &Finding, row: &RuleRow) -> &'static str {
    match finding.about_keys.as_slice() {
        [_] => row.title_of_one,
        _ => row.title,
    }
}

/// The names of the members that these events withdraw as a whole from documents of this name.
pub(super) fn withdrawn<'a>(events: &'a [Event], document: &DocumentName) -> BTreeSet<&'a str> {
    let own = events.iter().filter(|event| event.document == *document);
    let changes = own.flat_map(|event| event.body.changes());
    let mut gone: BTreeSet<&str> = BTreeSet::new();
    let mut there: BTreeSet<&str> = BTreeSet::new();
    for change in changes {
        let member = change.subject.as_str();
        if change.after.is_some() || !change.added.is_empty() {
            there.insert(member);
        } else if change.before.is_some()
            || (!change.removed.is_empty() && change.size_before == Some(change.removed.len()))
        {
            gone.insert(member);
        }
    }
    gone.retain(|member| !there.contains(member));
    gone
}

/// What is said where the private part of a key is gone and the key is not.
pub(super) const STILL_USED: &str = "private part no longer published, the same key is still used";

/// Which keys these are.
pub(super) fn kept_words(gone: &Finding) -> String {
    let kept = Finding {
        about_keys: gone.kept_keys.clone(),
        ..gone.clone()
    };
    own(&about::words(&kept).unwrap_or_default())
}

/// A requirement that is met again. It is not grave any more, and why it mattered is left out. Where the
/// member that it was about is `withdrawn`, nothing was cured: there is nothing left to be wrong.
pub(super) fn cured(gone: &Finding, withdrawn: &BTreeSet<&str>, limits: &Limits) -> Item {
    let subject = subject_of(gone);
    if !gone.kept_keys.is_empty() {
        return Item {
            severity: gone.severity,
            title: format!("{}: {}", STILL_USED, kept_words(gone)),
            lines: Vec::new(),
            why:
                "Whoever read the private part can sign with the key as long as clients accept it."
                    .to_owned(),
            clause_in_change: None,
            ..new(gone, limits)
        };
    }
    let (title, clause) = match ended_with(&subject, gone, withdrawn) {
        Some(ended) => (ended.clone(), format!("{}.", capitalized(&ended))),
        None => {
            let over = over(&subject, gone);
            (over.clone(), format!("Closed finding: {over}."))
        }
    };
    Item {
        severity: Severity::Info,
        rank: Some(Rank::of_cured(gone)),
        title,
        lines: Vec::new(),
        why: String::new(),
        clause_in_change: Some(FindingClause {
            clause,
            is_new: false,
        }),
        member: folded_into(gone)
            .unwrap_or(gone.subject.as_str())
            .to_owned(),
        ..new(gone, limits)
    }
}

/// The values it is about, each behind what it is called; what differs is marked where both are
/// texts.
fn lines(finding: &Finding, limits: &Limits) -> Vec<Line> {
    if finding.client.is_some() {
        return refusal::lines(finding);
    }
    if finding.about_keys.len() > 1 {
        let keys = about::each(finding).into_iter();
        return keys.map(|key| plain(Sign::New, own(&key))).collect();
    }
    let values: Vec<_> = finding::values(finding)
        .into_iter()
        .take(limits.values)
        .map(|(label, text)| (label, bounded(&text, 2 * limits.value)))
        .collect();
    let width = values
        .iter()
        .map(|(label, _)| label.len())
        .max()
        .unwrap_or_default();
    let pair = match (&finding.expected, &finding.found) {
        (Some(Value::String(_)), Some(Value::String(_))) if values.len() == 2 => {
            let texts: Vec<&str> = values.iter().map(|(_, text)| text.as_str()).collect();
            texts
                .first()
                .zip(texts.last())
                .map(|(old, new)| marked(old, new))
        }
        _ => None,
    };
    let plain = || {
        let is_of_two = values.len() > 1;
        let lines = values.iter().enumerate().map(|(place, (_, text))| {
            let is_old = is_of_two && place == 0;
            plain(if is_old { Sign::Old } else { Sign::New }, text.clone())
        });
        lines.collect()
    };
    let mut lines: Vec<Line> = pair.unwrap_or_else(plain);
    for (line, (label, _)) in lines.iter_mut().zip(&values) {
        line.spans
            .insert(0, Span::plain(format!("{label:<width$}  ")));
    }
    lines
}

fn subject_of(finding: &Finding) -> String {
    match finding.subject.member() {
        None => "the document".to_owned(),
        Some(member) => name(member),
    }
}

/// `closed with it: the finding that x describes CIBA incompletely`, if the member that it is about is
/// withdrawn.
pub(super) fn ended_with(
    subject: &str,
    gone: &Finding,
    withdrawn: &BTreeSet<&str>,
) -> Option<String> {
    let row = gone.rule.row().filter(|_| gone.client.is_none())?;
    withdrawn
        .contains(gone.subject.as_str())
        .then(|| format!("closed with it: the finding that {subject} {}", row.title))
}

/// `keys are too short` that is over: `keys are no longer too short`.
pub(super) fn over(subject: &str, gone: &Finding) -> String {
    if let Some(words) = refusal::over(gone) {
        return words;
    }
    match gone.rule.row() {
        Some(row) => row.over(subject),
        None => format!("{subject} no longer does not meet a requirement"),
    }
}
