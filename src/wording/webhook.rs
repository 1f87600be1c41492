//! What is posted to a webhook about one event: a CloudEvent, or alerts for Alertmanager.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::event_json::EventJson;
use crate::document::severity::Severity;
use crate::document::text::{bounded, escaped_json, visible};
use crate::meaning::change::{Change, FindingState};
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventBody, EventKind};

/// Most members, and most sentences, that an alert names.
const MOST: usize = 20;

/// The format that a receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFormat {
    /// CloudEvents 1.0, structured, as JSON.
    CloudEvents,
    /// What the v2 API of Alertmanager takes.
    Alertmanager,
}

impl WebhookFormat {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::CloudEvents, Self::Alertmanager];

    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudEvents => "cloudevents",
            Self::Alertmanager => "alertmanager",
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// The format of a body: only alerts for Alertmanager are an array.
    pub fn of(body: &str) -> Self {
        if body.starts_with('[') {
            Self::Alertmanager
        } else {
            Self::CloudEvents
        }
    }

    /// `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::CloudEvents => "application/cloudevents+json",
            Self::Alertmanager => "application/json",
        }
    }
}

/// What is told, and which machine tells it.
#[derive(Debug, Clone, Copy)]
pub struct Notification<'a> {
    /// The event.
    pub event: &'a Event,
    /// The event it answers: the outage it ends, or reminds of.
    pub answered: Option<&'a Event>,
    /// The id it is posted under.
    pub id: &'a str,
    /// The name of this machine.
    pub machine: &'a str,
    /// Whether it is the sample of `alert test`.
    pub is_test: bool,
}

/// The body of a post.
pub fn body(format: WebhookFormat, notification: &Notification<'_>) -> serde_json::Result<String> {
    match format {
        WebhookFormat::CloudEvents => cloud_event(notification),
        WebhookFormat::Alertmanager => {
            let alerts = alerts(notification);
            Ok(escaped_json(&serde_json::to_string(&alerts)?))
        }
    }
}

/// Attributes in the order of their specification.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: Timestamp,
    datacontenttype: &'static str,
    data: Box<RawValue>,
}

fn cloud_event(notification: &Notification<'_>) -> serde_json::Result<String> {
    let event = notification.event;
    let kind = if notification.is_test {
        "test"
    } else {
        event.body.kind().as_str()
    };
    // A reference to this installation: what cannot stand in the name of a host is left out.
    let is_of_host = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let host: String = notification.machine.chars().filter(is_of_host).collect();
    serde_json::to_string(&CloudEvent {
        specversion: "1.0",
        id: notification.id,
        source: format!("//{host}/issuerwatch"),
        kind: format!("issuerwatch.{kind}"),
        subject: format!("{}/{}", event.provider, event.document),
        time: event.body.at,
        datacontenttype: "application/json",
        data: RawValue::from_string(EventJson::of(event).line()?)?,
    })
}

/// An alert as the v2 API of Alertmanager takes it. Alerts with the same labels are one to it.
#[derive(Serialize)]
struct AlertmanagerAlert {
    labels: BTreeMap<&'static str, String>,
    annotations: BTreeMap<&'static str, String>,
    #[serde(rename = "startsAt")]
    starts_at: Timestamp,
    #[serde(rename = "endsAt", skip_serializing_if = "Option::is_none")]
    ends_at: Option<Timestamp>,
}

/// The changes and findings of one rule.
struct RuleGroup {
    rule: String,
    severity: Option<Severity>,
    members: Vec<String>,
    description: Vec<String>,
    is_over: bool,
}

/// One for each rule that the event tells of.
fn alerts(notification: &Notification<'_>) -> Vec<AlertmanagerAlert> {
    let event = notification.event;
    let since = match &event.body.body {
        EventBody::Failing(it) => Some(it.failed.since),
        EventBody::Recovered(it) => Some(it.failed.since),
        EventBody::Settled(it) => it.members.iter().map(|one| one.since).min(),
        _ => None,
    };
    // An alert must not begin after its event, whatever clock the times came from.
    let starts_at = since.unwrap_or(event.body.at).min(event.body.at);
    let alert = |group: RuleGroup| {
        let labels = [
            ("alertname", "issuerwatch".to_owned()),
            ("provider", event.provider.clone()),
            ("document", event.document.to_string()),
            (
                "severity",
                group.severity.unwrap_or(Severity::Info).to_string(),
            ),
            ("rule", group.rule),
        ];
        let mut annotations = BTreeMap::from([("summary", visible(&event.body.summary))]);
        let mut note = |name, text: String| {
            if !text.is_empty() {
                annotations.insert(name, text);
            }
        };
        note("description", bounded(&group.description.join(" "), 1_000));
        note("members", bounded(&group.members.join(", "), 300));
        if notification.is_test {
            note(
                "test",
                "nothing has changed: sent by `issuerwatch alert test`".to_owned(),
            );
        } else {
            note("event", event.id.to_string());
            note("history", format!("issuerwatch history show {}", event.id));
        }
        AlertmanagerAlert {
            labels: labels.into(),
            annotations,
            starts_at,
            ends_at: group.is_over.then_some(event.body.at),
        }
    };
    groups(notification).into_iter().map(alert).collect()
}

fn groups(notification: &Notification<'_>) -> Vec<RuleGroup> {
    let event = notification.event;
    let plain = |rule: &str, severity, is_over| RuleGroup {
        rule: rule.to_owned(),
        severity,
        members: Vec::new(),
        description: Vec::new(),
        is_over,
    };
    // An event that ends or repeats an alert gets the labels of that alert, by which they are matched.
    let first = notification.answered.unwrap_or(event);
    match event.body.kind() {
        EventKind::Failing | EventKind::Recovered => {
            let mut group = plain(
                &outage_rule(first),
                first.body.severity,
                event.body.kind() == EventKind::Recovered,
            );
            let last = event.body.failed().and_then(|failed| failed.latest.last());
            group
                .description
                .extend(last.map(|poll| visible(&poll.failure.detail)));
            vec![group]
        }
        EventKind::Damped => vec![plain("damped", event.body.severity, false)],
        EventKind::Settled => vec![plain("damped", first.body.severity, true)],
        EventKind::Inconsistent => vec![plain("inconsistent", event.body.severity, false)],
        EventKind::Changed => of_changes(event),
        EventKind::Finding => of_findings(event),
        EventKind::FirstSeen | EventKind::Accepted => {
            vec![plain(
                event.body.kind().as_str(),
                event.body.severity,
                false,
            )]
        }
    }
}

fn outage_rule(event: &Event) -> String {
    let last = event.body.failed().and_then(|failed| failed.latest.last());
    last.map_or_else(
        || event.body.kind().as_str().to_owned(),
        |poll| Rule::of_failure(poll.failure.cause.side()).to_string(),
    )
}

/// Leaves out changes that are held back, unless all are: then they are what a summary would tell.
fn of_changes(event: &Event) -> Vec<RuleGroup> {
    let changes = event.body.changes();
    let is_all_held_back = changes.iter().all(Change::is_held_back);
    let reported = changes
        .iter()
        .filter(|change| is_all_held_back || !change.is_held_back());
    let mut groups: Vec<RuleGroup> = Vec::new();
    for change in reported {
        let (rule, severity) = (change.rule.to_string(), Some(change.severity));
        let texts: Vec<&String> = std::iter::once(&change.why).chain(&change.advice).collect();
        add(
            &mut groups,
            &rule,
            severity,
            false,
            change.subject.as_str(),
            &texts,
        );
    }
    groups
}

fn of_findings(event: &Event) -> Vec<RuleGroup> {
    let mut groups: Vec<RuleGroup> = Vec::new();
    for moved in event.body.findings() {
        let (rule, severity) = (moved.finding.rule.to_string(), Some(moved.finding.severity));
        let is_over = moved.state == FindingState::Cured;
        let member = moved.finding.subject.as_str();
        add(
            &mut groups,
            &rule,
            severity,
            is_over,
            member,
            &[&moved.finding.why],
        );
    }
    groups
}

/// One group for a rule; of the same rule the gravest counts.
fn add(
    groups: &mut Vec<RuleGroup>,
    rule: &str,
    severity: Option<Severity>,
    is_over: bool,
    member: &str,
    texts: &[&String],
) {
    let known = groups
        .iter()
        .position(|group| group.rule == rule && group.is_over == is_over);
    let position = known.unwrap_or_else(|| {
        groups.push(RuleGroup {
            rule: rule.to_owned(),
            severity,
            members: Vec::new(),
            description: Vec::new(),
            is_over,
        });
        groups.len() - 1
    });
    let Some(group) = groups.get_mut(position) else {
        return;
    };
    group.severity = group.severity.max(severity);
    let mut note = |text: &str, of: fn(&mut RuleGroup) -> &mut Vec<String>| {
        let all = of(group);
        let text = visible(text);
        if !text.is_empty() && all.len() < MOST && !all.contains(&text) {
            all.push(text);
        }
    };
    note(member, |group| &mut group.members);
    for text in texts {
        note(text, |group| &mut group.description);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::subject::Subject;
    use crate::wording::mail::sample;

    fn told(event: &Event) -> Vec<serde_json::Value> {
        let notification = Notification {
            event,
            answered: None,
            id: "msg_1",
            machine: "mon1.example.com",
            is_test: false,
        };
        let body = body(WebhookFormat::Alertmanager, &notification).unwrap();
        serde_json::from_str(&body).unwrap()
    }

    fn rules(event: &Event) -> Vec<String> {
        let alerts = told(event);
        let rules = alerts.iter().map(|alert| &alert["labels"]["rule"]);
        rules
            .map(|rule| rule.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn what_is_held_back_is_no_alert_unless_all_of_it_is() {
        let mut event = sample::event(Timestamp::UNIX_EPOCH).unwrap();
        let both = ["endpoint-host-changed", "scope-removed"];
        assert_eq!(rules(&event), both);
        event.body.changes_mut().unwrap()[0].damped = true;
        assert_eq!(rules(&event), both[1..]);
        event.body.changes_mut().unwrap()[1].accepted = true;
        assert_eq!(rules(&event), both);
    }

    #[test]
    fn thousands_of_changes_of_a_rule_are_one_short_alert() {
        let mut event = sample::event(Timestamp::UNIX_EPOCH).unwrap();
        let one = event.body.changes()[1].clone();
        *event.body.changes_mut().unwrap() = (0..5_000)
            .map(|number| Change {
                subject: Subject::of(&format!("member_{number}\u{1b}")),
                why: format!("Because of {number}."),
                ..one.clone()
            })
            .collect();
        let alerts = told(&event);
        assert_eq!(alerts.len(), 1);
        let text = alerts[0].to_string();
        assert!(text.len() < 3_000 && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn the_name_of_a_machine_cannot_break_the_reference_to_it() {
        let event = sample::event(Timestamp::UNIX_EPOCH).unwrap();
        let notification = Notification {
            event: &event,
            answered: None,
            id: "msg_1",
            machine: "mon 1/..\"?#",
            is_test: true,
        };
        let body = body(WebhookFormat::CloudEvents, &notification).unwrap();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["source"], "//mon1../issuerwatch");
        assert_eq!(body["type"], "issuerwatch.test");
    }
}
