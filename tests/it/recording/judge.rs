//! The judge: what a history and its mails fall short of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::expected::Expected;

const SEVERITIES: [&str; 4] = ["info", "notice", "breaking", "security"];

/// What the program remembered and mailed.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// Lines of `history --format jsonl`.
    pub(super) events: Vec<Value>,
    /// Lines of `mails.jsonl`.
    pub(super) mails: Vec<Value>,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn day(value: &Value) -> &str {
    &text(value, "at")[..10]
}

fn is_about(mail: &Value, provider: &str) -> bool {
    let providers = mail["providers"].as_array().into_iter().flatten();
    providers.into_iter().any(|it| it == provider)
}

fn is_outage(mail: &Value) -> bool {
    matches!(text(mail, "kind"), "failing" | "recovered")
}

impl Outcome {
    fn changes(&self) -> impl Iterator<Item = &Value> {
        self.events
            .iter()
            .filter(|event| event["kind"] == "changed")
    }

    fn rules(event: &Value) -> impl Iterator<Item = &str> {
        let changes = event["changes"].as_array().into_iter().flatten();
        changes.map(|change| text(change, "rule"))
    }

    /// Every change in endpoints, scopes and methods that does not stand in the history on its day.
    fn forgotten(&self, expected: &Expected) -> Vec<String> {
        let mut remembered: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for event in self.changes() {
            let place = (text(event, "provider"), day(event));
            let changes = event["changes"].as_array().into_iter().flatten();
            let members = changes.map(|change| text(change, "member"));
            remembered.entry(place).or_default().extend(members);
        }
        let mut short = Vec::new();
        for ((provider, day), members) in &expected.changes {
            let known = remembered.get(&(provider.as_str(), day.as_str()));
            let is_lost = |member: &&String| known.is_none_or(|it| !it.contains(member.as_str()));
            let lost = members.iter().filter(is_lost);
            short.extend(
                lost.map(|member| format!("not in the history: {provider} {day} {member}")),
            );
        }
        short
    }

    /// Every change on a day on which nothing differed.
    fn phantoms(&self, expected: &Expected) -> Vec<String> {
        let is_phantom = |event: &&Value| {
            let place = ["provider", "document"].map(|name| text(event, name).to_owned());
            let [provider, document] = place;
            let place = (provider, document, day(event).to_owned());
            let mut rules = Self::rules(event);
            let is_move =
                expected.moved.contains(&place) && rules.all(|it| it == "redirect-changed");
            !expected.differing.contains(&place) && !is_move
        };
        let phantoms = self.changes().filter(is_phantom);
        let said = |event: &Value| {
            format!(
                "phantom: {} {} {}",
                text(event, "provider"),
                day(event),
                text(event, "summary")
            )
        };
        phantoms.map(said).collect()
    }

    /// Every change of what had rested for 60 days that was not mailed on its day.
    fn untold(&self, expected: &Expected) -> Vec<String> {
        let is_told = |provider: &str, on: &str| {
            let mut mails = self.mails.iter().filter(|mail| !is_outage(mail));
            mails.any(|mail| is_about(mail, provider) && day(mail) == on)
        };
        let fresh = expected.fresh.iter();
        let untold = fresh.filter(|((provider, day), _)| !is_told(provider, day));
        untold
            .map(|((provider, day), members)| format!("not mailed: {provider} {day} {members:?}"))
            .collect()
    }

    /// Whether a case holds; its words stand at the head of the file.
    fn holds(&self, case: [&str; 6]) -> bool {
        let [provider, document, on, what, argument, _] = case;
        let is_then = |value: &&Value| on.is_empty() || day(value) == on;
        let all: Vec<&Value> = self
            .mails
            .iter()
            .filter(|mail| is_about(mail, provider))
            .filter(is_then)
            .collect();
        let news: Vec<&&Value> = all.iter().filter(|mail| !is_outage(mail)).collect();
        let events: Vec<&Value> = self
            .changes()
            .filter(is_then)
            .filter(|it| it["provider"] == provider && it["document"] == document)
            .collect();
        let rank = |severity: &str| SEVERITIES.iter().position(|it| *it == severity);
        let most = || argument.parse::<usize>().unwrap();
        let has_rule = || {
            events
                .iter()
                .any(|it| Self::rules(it).any(|rule| rule == argument))
        };
        let has_kind = || all.iter().any(|mail| mail["kind"] == argument);
        match what {
            "mail" => {
                assert!(rank(argument).is_some(), "{argument} is no severity");
                news.iter()
                    .any(|mail| rank(text(mail, "severity")) >= rank(argument))
            }
            "no-mail" => news.is_empty(),
            "mails<=" => news.len() <= most(),
            "mails>=" => news.len() >= most(),
            "rule" => has_rule(),
            "no-rule" => !has_rule(),
            "no-event" => events.is_empty(),
            "kind" => has_kind(),
            "no-kind" => !has_kind(),
            "summary" => {
                let said = |event: &&Value| text(event, "summary").to_lowercase();
                events
                    .iter()
                    .any(|event| said(event).contains(&argument.to_lowercase()))
            }
            other => panic!("no case knows {other}"),
        }
    }

    fn failed_cases(&self, cases: &str) -> Vec<String> {
        let lines = cases.lines().filter(|line| !line.starts_with('#'));
        let failed = lines.filter(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            !self.holds(columns.try_into().unwrap())
        });
        failed
            .map(|line| format!("case: {}", line.replace('\t', " ")))
            .collect()
    }

    /// All shortfalls, none for a program that does what it should.
    pub(super) fn shortfalls(&self, expected: &Expected, cases: &str, most: usize) -> Vec<String> {
        let mut short = self.forgotten(expected);
        short.extend(self.phantoms(expected));
        short.extend(self.untold(expected));
        short.extend(self.failed_cases(cases));
        if self.mails.len() > most {
            short.push(format!("mails: {}, at most {most}", self.mails.len()));
        }
        short
    }
}
