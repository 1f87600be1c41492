//! One line that says what changed: our words, member names, short set values, all made visible.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::change::Change;
use super::rule;
use super::severity::Group;
use super::text::{bounded, visible, visible_value};

/// Members that moved together from one host to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostMove {
    /// Host before.
    pub from: String,
    /// Host after.
    pub to: String,
    /// Names of the members, sorted.
    pub members: Vec<String>,
}

/// The largest move of at least two members between the same two hosts; the issuer is never in it.
pub fn host_move(changes: &[Change]) -> Option<HostMove> {
    let mut moves: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for change in changes
        .iter()
        .filter(|change| change.rule == "endpoint-host-changed")
    {
        if let (Some(from), Some(to)) = (host(change.before.as_ref()), host(change.after.as_ref()))
        {
            moves
                .entry((from, to))
                .or_default()
                .push(change.member.clone());
        }
    }
    let ((from, to), members) = moves.into_iter().max_by_key(|(_, members)| members.len())?;
    (members.len() >= 2).then_some(HostMove { from, to, members })
}

fn host(value: Option<&Value>) -> Option<String> {
    let url = Url::parse(value?.as_str()?).ok()?;
    Some(match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    })
}

/// One line for an event: the first change in words, then how many more.
pub fn summary(changes: &[Change]) -> String {
    let moved = host_move(changes);
    let is_moved = |change: &Change| {
        change.rule == "endpoint-host-changed"
            && moved
                .as_ref()
                .is_some_and(|moved| moved.members.contains(&change.member))
    };
    let mut parts: Vec<String> = Vec::new();
    let mut rest = 0;
    for change in changes.iter().filter(|change| !is_moved(change)) {
        if parts.is_empty() {
            parts.push(words(change));
        } else if !(change.rule == "issuer-mismatch" && change.member == "issuer") {
            rest += 1;
        }
    }
    if let Some(moved) = &moved {
        parts.push(format!(
            "{} members moved from {} to {}",
            moved.members.len(),
            visible(&moved.from),
            visible(&moved.to)
        ));
    }
    if rest > 0 {
        parts.push(format!("+{rest}"));
    }
    bounded(&parts.join("; "), 200)
}

/// One change in words: `scope removed: billing:write`, `token_endpoint moved to another host`.
pub fn words(change: &Change) -> String {
    let name = visible(&change.member);
    let (values, sign) = if change.added.is_empty() {
        (&change.removed, "removed")
    } else {
        (&change.added, "added")
    };
    if change.rule == "redirect-changed" {
        return "the document is answered from another URL".to_owned();
    }
    if values.is_empty() {
        let title = rule::find(&change.rule).map_or("changed", |rule| rule.title);
        return format!("{} {title}", bounded(&name, 80));
    }
    let noun = match change.member.as_str() {
        "scopes_supported" => "scope",
        "grant_types_supported" => "grant type",
        "response_types_supported" => "response type",
        "code_challenge_methods_supported" => "PKCE method",
        _ if change.group == Group::Keys => "key",
        _ => return format!("{}: {} {sign}", bounded(&name, 80), shown(values)),
    };
    let plural = if values.len() == 1 { "" } else { "s" };
    format!("{noun}{plural} {sign}: {}", shown(values))
}

fn shown(values: &[Value]) -> String {
    let shown: Vec<String> = values
        .iter()
        .take(3)
        .map(|value| visible_value(value, 60))
        .collect();
    let text = shown.join(", ");
    match values.len().saturating_sub(3) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
