//! One line that says what changed: our words, member names, short set values, all made visible.

use serde_json::{Map, Value};

use super::noun::noun;
use super::text::{counted, duration_words};
use crate::document::severity::Group;
use crate::document::text::{bounded, visible};
use crate::document::value::{visible_name, visible_value};
use crate::meaning::change::moves::{ChangeOrMove, by_lead};
use crate::meaning::change::order::{in_order, reported};
use crate::meaning::change::{Change, FindingState};
use crate::meaning::key_set::about;
use crate::meaning::rule::Rule;
use crate::policy::event::{DocumentSize, EventBody, FindingChange, NewEvent, UnstableMember};

/// One line for an event, at most 200 characters; what came from outside is made visible.
pub fn of(event: &NewEvent) -> String {
    match &event.body {
        EventBody::FirstSeen(first) => {
            let size = match first.size {
                Some(DocumentSize::Keys(keys)) => counted(keys, "key"),
                Some(DocumentSize::Members(members)) => counted(members, "member"),
                None => return "first seen".to_owned(),
            };
            format!("first seen: {size}")
        }
        EventBody::Changed(changed) => {
            let what = of_changes(&changed.changes);
            let Some(ended_at) = changed.returned_to else {
                return what;
            };
            let away = duration_words(event.at.duration_since(ended_at));
            let day = ended_at.strftime("%Y-%m-%d");
            format!("reverted after {away} to the state of {day}: {what}")
        }
        EventBody::Inconsistent(inconsistent) => {
            let polls = counted(inconsistent.polls, "poll");
            format!("inconsistent: {polls} within a day saw different documents")
        }
        EventBody::Failing(failing) => {
            let last = failing.failed.latest.last();
            let detail = last.map_or("", |poll| &poll.failure.detail);
            match failing.reminder {
                Some(_) => {
                    let lasts = duration_words(event.at.duration_since(failing.failed.since));
                    bounded(&format!("still failing after {lasts}: {detail}"), 200)
                }
                None => format!("failing: {detail}"),
            }
        }
        EventBody::Recovered(recovered) => {
            let lasted = duration_words(event.at.duration_since(recovered.failed.since));
            let but = if recovered.is_changed {
                "; the document changed"
            } else {
                ""
            };
            format!("recovered after {lasted}{but}")
        }
        EventBody::Finding(found) => of_findings(&found.findings),
        EventBody::Damped(damped) => format!("damped: {}", names(&damped.members)),
        EventBody::Settled(settled) => {
            let last_change_at = settled.members.iter().map(|it| it.last_change_at).max();
            let rest = event.at.duration_since(last_change_at.unwrap_or(event.at));
            let (names, rest) = (names(&settled.members), duration_words(rest));
            format!("settled: {names} unchanged for {rest}")
        }
        EventBody::Accepted(accepted) => {
            let reason = visible(&accepted.reason);
            let summary = format!("accepted event {}: {reason}", accepted.event);
            summary.chars().take(200).collect()
        }
    }
}

fn names(unstable: &[UnstableMember]) -> String {
    let first = unstable
        .first()
        .map(|it| visible(it.member.as_str()))
        .unwrap_or_default();
    match unstable.len() {
        0 | 1 => first,
        many => format!("{first}; +{}", many - 1),
    }
}

/// `mcp refuses it: token_endpoint is missing`.
fn refusal(client: &str, change: &FindingChange) -> String {
    match (change.state, change.finding.reasons.first()) {
        (FindingState::Cured, _) => format!("{client} accepts it now"),
        (FindingState::New, None) => format!("{client} refuses it"),
        (FindingState::New, Some(first)) => {
            let instead = bounded(&visible(&first.instead), 160);
            format!("{client} refuses it: {instead}")
        }
    }
}

/// The gravest finding, what is new before what is cured, then how many more.
fn of_findings(moved: &[FindingChange]) -> String {
    let describe = |change: &FindingChange| {
        if let Some(client) = &change.finding.client {
            return refusal(client, change);
        }
        let (state, keys) = match change.state {
            FindingState::New => ("new finding", about::words(&change.finding)),
            FindingState::Cured if change.is_news() => (
                "private part no longer published, the same key is still used",
                None,
            ),
            FindingState::Cured => ("cured", None),
        };
        let member = visible(change.finding.subject.as_str());
        let mut words = format!("{state}: {}", change.finding.rule);
        if !member.is_empty() {
            words.push_str(&format!(" ({member})"));
        }
        if let Some(keys) = keys {
            words.push_str(&format!(": {keys}"));
        }
        words
    };
    let gravest = moved
        .iter()
        .max_by_key(|change| (change.finding.severity, change.is_news()));
    let mut text = gravest.map(describe).unwrap_or_default();
    if moved.len() > 1 {
        text.push_str(&format!("; +{}", moved.len() - 1));
    }
    text.chars().take(200).collect()
}

/// One line for an event: the change that leads its mail in words, with it a move of several members
/// from one host to another, or the change beside such a move, then how many more.
pub fn of_changes(changes: &[Change]) -> String {
    let mut first = reported(changes);
    if first.is_empty() {
        // If all changes are held back, all of them count.
        first = in_order(changes);
    }
    let all = by_lead(first);
    let is_move = |told: &&ChangeOrMove<'_>| matches!(told, ChangeOrMove::Move(_));
    let lead = all.first();
    let beside = all
        .iter()
        .find(|told| lead.is_some_and(|lead| is_move(told) != is_move(&lead)));
    let named = || lead.into_iter().chain(beside);
    let mut parts: Vec<String> = named().map(in_words).collect();
    // A changed issuer implies that it is not the configured one, so that change is not counted.
    let has_changed = changes
        .iter()
        .any(|change| change.rule == Rule::IssuerChanged);
    let counted = changes
        .iter()
        .filter(|it| !(has_changed && it.rule.known().is_some_and(Rule::is_mismatch)));
    let named: usize = named().map(ChangeOrMove::count).sum();
    if let rest @ 1.. = counted.count().saturating_sub(named) {
        parts.push(format!("+{rest}"));
    }
    bounded(&parts.join("; "), 200)
}

fn in_words(told: &ChangeOrMove<'_>) -> String {
    match told {
        ChangeOrMove::One(change) => words(change),
        ChangeOrMove::Move(moved) => format!(
            "{} members moved from {} to {}",
            moved.members.len(),
            bounded(&visible(&moved.from), 60),
            bounded(&visible(&moved.to), 60)
        ),
    }
}

/// One change in words: `scope removed: billing:write`, `token_endpoint moved to another host`.
pub fn words(change: &Change) -> String {
    let name = visible_name(change.subject.as_str());
    let row = change.rule.row();
    let title = row.map_or("changed", |row| row.title);
    let (values, sign) = match (change.added.is_empty(), change.removed.is_empty()) {
        (true, _) => (&change.removed, "removed"),
        (false, true) => (&change.added, "added"),
        (false, false) => (&change.added, "replaced by"),
    };
    let rule = change.rule.known();
    match rule {
        Some(Rule::RedirectChanged | Rule::DocumentSunset) => {
            return format!("the document {title}");
        }
        Some(Rule::CertificateExpiring) => {
            let ends = change.after.as_ref().and_then(Value::as_str);
            let day = ends.and_then(|ends| ends.get(..10)).unwrap_or("soon");
            return format!("the server {title}: {day}");
        }
        Some(Rule::IssuingCaChanged) => return format!("the server {title}"),
        Some(_) | None => {}
    }
    if let (Some(Value::Object(before)), Some(Value::Object(after))) =
        (&change.before, &change.after)
    {
        // A map of which some entries ask for more or less of who uses them.
        let entries = || {
            let names: Vec<Value> = after
                .keys()
                .map(|name| Value::from(name.as_str()))
                .collect();
            shown(&names)
        };
        match rule {
            Some(Rule::RequirementRaised) => {
                return format!("{name}: more is demanded for {}", entries());
            }
            Some(Rule::RequirementDropped) => {
                return format!("{name}: less is demanded for {}", entries());
            }
            Some(_) | None => {}
        }
        if let Some(inner) = inner_names(rule, before, after) {
            return format!("{name}: {inner} {title}");
        }
    }
    if change.group == Group::Keys && !values.is_empty() {
        let title = match row.and_then(|row| row.listed) {
            Some(words) => words.replace("{}", plural(values)),
            None => format!("{name} {title}"),
        };
        return format!("{title}: {}", shown(values));
    }
    if values.is_empty() || matches!(rule, Some(Rule::MemberAdded | Rule::MemberRemoved)) {
        return format!("{name} {title}");
    }
    let Some(noun) = noun(change.subject.as_str()) else {
        return format!("{name}: {} {sign}", shown(values));
    };
    format!("{noun}{} {sign}: {}", plural(values), shown(values))
}

/// Which of the members within a member a change speaks of: the rule is that of the gravest.
fn inner_names(
    rule: Option<Rule>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Option<String> {
    let went = before.keys().filter(|name| !after.contains_key(*name));
    let came = after.keys().filter(|name| !before.contains_key(*name));
    let differ = before
        .iter()
        .filter(|(name, value)| after.get(*name).is_some_and(|other| other != *value))
        .map(|(name, _)| name);
    let names: Vec<Value> = match rule? {
        Rule::EndpointRemoved => went.map(|name| Value::from(name.as_str())).collect(),
        Rule::EndpointAdded => came.map(|name| Value::from(name.as_str())).collect(),
        Rule::EndpointHostChanged
        | Rule::EndpointNotHttps
        | Rule::EndpointPathChanged
        | Rule::UrlFormChanged
        | Rule::UrlFragment
        | Rule::UrlMalformed
        | Rule::UrlNotPublic
        | Rule::UrlUserName => differ.map(|name| Value::from(name.as_str())).collect(),
        _ => return None,
    };
    (!names.is_empty()).then(|| shown(&names))
}

fn plural(values: &[Value]) -> &'static str {
    if values.len() == 1 { "" } else { "s" }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::canonical::Document;
    use crate::document::kind::Kind;
    use crate::meaning::diff::changes;
    use crate::meaning::provider_policy::Policy;

    fn check(kind: Kind, old: &str, new: &str, expected: &str) {
        let document = |text: &str| Document::from_canonical(kind, text).unwrap();
        let found = changes(&document(old), &document(new), None, &Policy::default());
        assert_eq!(of_changes(&found), expected);
    }

    #[test]
    fn the_gravest_change_leads_and_the_rest_is_counted() {
        check(
            Kind::OAUTH_AUTHORIZATION_SERVER,
            r#"{"scopes_supported":["a","b"],"x":1}"#,
            r#"{"scopes_supported":["a"],"x":2}"#,
            "scope removed: b; +1",
        );
        check(
            Kind::OAUTH_AUTHORIZATION_SERVER,
            "{}",
            r#"{"dpop_signing_alg_values_supported":["ES256"]}"#,
            "dpop_signing_alg_values_supported added",
        );
    }

    #[test]
    fn many_values_are_cut_and_hostile_ones_made_visible() {
        check(
            Kind::OAUTH_AUTHORIZATION_SERVER,
            r#"{"scopes_supported":["0"]}"#,
            "{\"scopes_supported\":[\"0\",\"a\\u202eb\",\"c\",\"d\",\"e\",\"f\"]}",
            "scopes added: a<U+202E>b, c, d and 2 more",
        );
        check(
            Kind::OAUTH_AUTHORIZATION_SERVER,
            "{}",
            "{\"a\\nSubject: x\":1}",
            "a<U+000A>Subject: x added",
        );
        check(
            Kind::OAUTH_AUTHORIZATION_SERVER,
            "{}",
            r#"{"":1}"#,
            "\"\" (empty) added",
        );
        check(
            Kind::OAUTH_AUTHORIZATION_SERVER,
            r#"{"scopes_supported":["","Profile","a"]}"#,
            r#"{"scopes_supported":["a"]}"#,
            "scopes removed: \"\" (empty), Profile",
        );
    }

    #[test]
    fn of_an_alias_that_went_is_said_which() {
        let aliases = |names: &[&str]| {
            let aliases: Vec<String> = names
                .iter()
                .map(|name| format!(r#""{name}":"https://m.example/{name}""#))
                .collect();
            format!(r#"{{"mtls_endpoint_aliases":{{{}}}}}"#, aliases.join(","))
        };
        let (token, revocation) = ("token_endpoint", "revocation_endpoint");
        let (one, both) = (aliases(&[token]), aliases(&[token, revocation]));
        let kind = Kind::OAUTH_AUTHORIZATION_SERVER;
        let gone = "mtls_endpoint_aliases: revocation_endpoint removed";
        check(kind, &both, &one, gone);
        check(kind, &both, "{}", "mtls_endpoint_aliases removed");
        let came = "mtls_endpoint_aliases: revocation_endpoint added";
        check(kind, &one, &both, came);
    }

    #[test]
    fn a_move_stands_where_its_severity_puts_it() {
        check(
            Kind::OPENID_CONFIGURATION,
            r#"{"jwks_uri":"https://a.example/k","token_endpoint":"https://a.example/t","scopes_supported":["a"]}"#,
            r#"{"jwks_uri":"https://b.example/k","token_endpoint":"https://b.example/t","scopes_supported":["a","b"]}"#,
            "2 members moved from a.example to b.example; scope added: b",
        );
    }

    #[test]
    fn keys_are_named_by_kid_and_algorithm() {
        check(
            Kind::JWKS,
            r#"{"keys":[{"kty":"RSA","kid":"a","n":"qqqq","e":"AQAB","alg":"RS256"}]}"#,
            r#"{"keys":[{"kty":"RSA","kid":"a","n":"u7u7","e":"AQAB","alg":"RS256"}]}"#,
            "key replaced under the same kid: a (RS256); +1",
        );
    }
}
