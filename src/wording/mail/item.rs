//! Numbered items: one change, one move of several members, one finding.

use std::collections::BTreeSet;

use super::highlight::shown;
use super::limits::Limits;
use super::page::Item;
use super::publication;
use super::reported::reported_changes;
use super::words::{count, cut, list, name, own, tag};
use super::{ended, findings, habit, keys, mismatch, phrase, values};
use crate::document::address;
use crate::document::member::{default, names};
use crate::document::severity::Severity;
use crate::meaning::change::moves::{ChangeOrMove, HostMove, arrange};
use crate::meaning::change::order::Rank;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::diff::{Publication, Publications};
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, FindingChange};
use crate::policy::mail::MailKind;

/// The items of an event that are shown, and how many are not.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// The gravest.
    pub(super) shown: Vec<Item>,
    /// How many more there are.
    pub(super) left_out: usize,
}

/// What an item is made of, once it is known that it is shown.
enum ItemSource<'a> {
    Change(&'a ChangeOrMove<'a>),
    Finding(&'a FindingChange),
}

impl ItemSource<'_> {
    /// The rank of its item; `None` only for a move without members, which does not occur.
    fn rank(&self) -> Option<Rank> {
        match self {
            Self::Change(told) => told.gravest().map(Rank::of),
            Self::Finding(moved) => Some(match moved.state {
                FindingState::New => Rank::of_finding(&moved.finding),
                FindingState::Cured => Rank::of_cured(&moved.finding),
            }),
        }
    }
}

/// The items of an event: the issuer, then what weighs most, changes and findings alike; what is
/// cured comes last. What is beyond the limit is counted and never made.
/// `withdrawn` are the members that the mail tells to be gone from the same document.
pub(super) fn items(
    kind: MailKind,
    event: &Event,
    withdrawn: &BTreeSet<&str>,
    limits: &Limits,
) -> Items {
    let changes = reported_changes(kind, event);
    let is_part = |change: &&Change| {
        keys::is_part_of_another(change, &changes) || mismatch::is_part_of_another(change, &changes)
    };
    let told = arrange(changes.iter().copied().filter(|it| !is_part(it)));
    let mut sources: Vec<ItemSource<'_>> = told.iter().map(ItemSource::Change).collect();
    sources.extend(findings::told(event).into_iter().map(ItemSource::Finding));
    sources.sort_by_cached_key(ItemSource::rank);
    let left_out = sources.len().saturating_sub(limits.items);
    sources.truncate(limits.items);
    let patch = event.body.patch();
    let publications = patch.map(Publications::of).unwrap_or_default();
    let shown = sources.iter().map(|source| match source {
        ItemSource::Change(ChangeOrMove::One(change)) => {
            let publication = publications.of_member(change.subject.as_str());
            one(event, change, publication, &changes, limits)
        }
        ItemSource::Change(ChangeOrMove::Move(moved)) => moved_item(event, moved, limits),
        ItemSource::Finding(moved) => match moved.state {
            FindingState::New => findings::new(&moved.finding, limits),
            FindingState::Cured => findings::cured(&moved.finding, withdrawn, limits),
        },
    });
    Items {
        shown: shown.collect(),
        left_out,
    }
}

fn severity_of(moved: &HostMove<'_>) -> Severity {
    let gravest = moved.gravest();
    gravest.map_or(Severity::Info, |change| change.severity)
}

fn one(
    event: &Event,
    change: &Change,
    publication: Publication,
    others: &[&Change],
    limits: &Limits,
) -> Item {
    let remark = remark(change).map(|remark| format!(" ({remark})"));
    let mut more = Vec::new();
    if let Some(other) = renamed(change, others) {
        more.push(format!(
            "The same value lives on under another name: {other}."
        ));
    }
    if change.rule == Rule::IssuerChanged {
        let named_otherwise = mismatch::words(&[event]);
        more.extend(named_otherwise.map(|words| format!("With that {words}")));
    }
    let mut announced = others.iter();
    if change.rule == Rule::IssuerChanged
        && announced.any(|it| mismatch::is_part_of_another(it, &[change]))
    {
        more.push(ANNOUNCED.to_owned());
    }
    more.extend(publication::remark(event, publication, change));
    more.extend(never_seen(&[change]));
    let shown = values::of(event.document.kind(), publication, change, others, limits);
    more.extend(shown.more);
    Item {
        number: 0,
        severity: change.severity,
        rank: Some(Rank::of(change)),
        title: title(event, publication, change, others) + &remark.unwrap_or_default(),
        used: change.used,
        lines: shown.lines,
        rows: Vec::new(),
        more,
        clause_in_change: None,
        member: change.subject.as_str().to_owned(),
        why: own(why(event, change)),
        tag: tag(change.rule.as_str(), change.reference.as_deref()),
    }
}

/// What is said of a server whose issuer is no longer as the resource writes it.
const ANNOUNCED: &str = "The resource still writes the old one: clients that compare both, character by character, refuse the \
                         server (RFC 9728 section 7.6).";

/// Why a change matters.
fn why<'a>(event: &Event, change: &'a Change) -> &'a str {
    // Clients that check it refuse the document, as is said beside it: the rest is about the others.
    let is_refused = change.rule == Rule::IssuerChanged && mismatch::words(&[event]).is_some();
    match habit::why(change) {
        Some(habit) => habit,
        None if is_refused && change.subject == names::ISSUER => {
            "Clients that do not check that take over the new issuer, and then reject tokens that carry the old one."
        }
        // That the document is refused by all who check it stands beside it.
        None if is_refused => "",
        None if ended::is_back_from_host(event, change) => ended::BACK_FROM_HOST,
        None => &change.why,
    }
}

/// The title above the values. A list that lost all its values because it is no longer published is
/// called removed.
fn title(event: &Event, publication: Publication, change: &Change, others: &[&Change]) -> String {
    if let Some(first) = publication::FirstListed::of(event, change) {
        return first.when(&format!("{} published", name(change.subject.as_str())));
    }
    // Keys for encryption that went with them are in the list of these keys.
    if let Some(all) = keys::Turnover::of(others.iter().copied())
        && keys::is_replacement(change)
    {
        return format!("{} replaced", all.subject());
    }
    let title = phrase::of(change).title;
    // The default that applied, or applies now, is told below.
    if default(event.document.kind(), change.subject.as_str()).is_some() {
        return title;
    }
    let is_whole = change.size_before == Some(change.removed.len());
    // A value with a rule of its own is a separate change, so all changes of the member are counted.
    let others = event
        .body
        .changes()
        .iter()
        .filter(|other| other.subject == change.subject);
    let all: usize = others.map(|other| other.added.len()).sum();
    match publication {
        Publication::Went if is_whole => phrase::removed(change).title,
        Publication::Came if all > change.added.len() => {
            let (number, member) = (count(change.added.len()), name(change.subject.as_str()));
            format!("{member} added, {number} of {} values", count(all))
        }
        Publication::Came if !change.added.is_empty() => phrase::added(change).title,
        Publication::Came | Publication::Went | Publication::Kept => title,
    }
}

/// Which values of a change that was held back had never been seen.
fn never_seen(changes: &[&Change]) -> Option<String> {
    let new = changes.iter().flat_map(|change| &change.unseen);
    let number = new.clone().count();
    let size = |change: &&Change| change.added.len() + usize::from(change.after.is_some());
    let all: usize = changes.iter().map(size).sum();
    match number {
        0 => None,
        _ if number == all => Some("Never seen here before.".to_owned()),
        1..=3 => {
            let words: Vec<String> = new.map(|value| shown(value, 80)).collect();
            Some(format!("Never seen here before: {}.", list(&words)))
        }
        _ => Some(format!(
            "{} of them were never seen here before.",
            count(number)
        )),
    }
}

/// A difference between two addresses that is easily overlooked, such as a slash at the end.
fn remark(change: &Change) -> Option<String> {
    let (before, after) = (
        change.before.as_ref()?.as_str()?,
        change.after.as_ref()?.as_str()?,
    );
    if let Some(slash) = phrase::slash(change) {
        return Some(slash.to_owned());
    }
    if before.eq_ignore_ascii_case(after) {
        return Some("upper and lower case only".to_owned());
    }
    // Clients read such addresses differently, so nothing can be said about which parts are the same.
    if !address::is_plain(before) || !address::is_plain(after) {
        return None;
    }
    let (old, new) = (url::Url::parse(before).ok()?, url::Url::parse(after).ok()?);
    let (from, to) = (old.host_str()?, new.host_str()?);
    if from == to {
        let is_scheme = old.scheme() != new.scheme();
        return Some(match (is_scheme, old.path() == new.path()) {
            (true, _) => format!("{}, was {}", new.scheme(), old.scheme()),
            (false, false) => "the host is the same".to_owned(),
            (false, true) => return None,
        });
    }
    // A literal IP address has no registrable domain.
    let domain = |url: &url::Url| address::registrable_domain(url.domain()?);
    let (from_domain, to_domain) = (domain(&old)?, domain(&new)?);
    Some(if from_domain != to_domain {
        format!("to {}, from {}", cut(&to_domain, 80), cut(&from_domain, 80))
    } else if old.path() == new.path() {
        format!(
            "host only; the registrable domain {} is the same",
            cut(&to_domain, 80)
        )
    } else {
        format!("the registrable domain {} is the same", cut(&to_domain, 80))
    })
}

/// The member under which a removed value lives on.
fn renamed(change: &Change, others: &[&Change]) -> Option<String> {
    let before = change.before.as_ref()?;
    let is_telling = before.as_str().is_some_and(|text| text.contains("://")) || before.is_object();
    if change.after.is_some() || !is_telling {
        return None;
    }
    others
        .iter()
        .find(|other| other.before.is_none() && other.after.as_ref() == Some(before))
        .map(|other| name(other.subject.as_str()))
}

fn moved_item(event: &Event, moved: &HostMove<'_>, limits: &Limits) -> Item {
    let gravest = moved.gravest();
    let rows = moved
        .members
        .iter()
        .take(limits.values)
        .map(|member| {
            let path = if member.old_path == member.new_path {
                cut(&member.new_path, limits.value)
            } else {
                let (old, new) = (&member.old_path, &member.new_path);
                format!("{} -> {}", cut(old, limits.value), cut(new, limits.value))
            };
            let mut row = vec![name(member.change.subject.as_str()), path];
            if member.change.used {
                row.push("you use this".to_owned());
            }
            row
        })
        .collect();
    let mut more = Vec::new();
    if let left_out @ 1.. = moved.members.len().saturating_sub(limits.values) {
        more.push(limits.left_out(left_out));
    }
    let changes: Vec<&Change> = moved.members.iter().map(|member| member.change).collect();
    more.extend(never_seen(&changes));
    Item {
        number: 0,
        severity: severity_of(moved),
        rank: gravest.map(Rank::of),
        title: format!(
            "{} {}s moved from {} to {}{}",
            count(moved.members.len()),
            moved.noun(),
            cut(&moved.from, 120),
            cut(&moved.to, 120),
            if moved.keeps_paths() {
                ", paths unchanged"
            } else {
                ""
            }
        ),
        used: moved.members.iter().any(|member| member.change.used),
        lines: Vec::new(),
        rows,
        more,
        clause_in_change: None,
        member: String::new(),
        why: gravest
            .map(|change| own(why(event, change)))
            .unwrap_or_default(),
        tag: gravest
            .map(|change| tag(change.rule.as_str(), change.reference.as_deref()))
            .unwrap_or_default(),
    }
}
