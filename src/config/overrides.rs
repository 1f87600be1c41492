//! What may stand in `[defaults]` and in a `[[provider]]`, where it wins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use jsonptr::PointerBuf;
use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::location::Location;
use super::problem::{nearest, shown};
use super::reader::Section;
use super::{headers, zone};
use crate::document::severity::{Group, Severity};
use crate::meaning::provider::Secret;
use crate::meaning::provider_policy::{Policy, RuleOverride, Uses};
use crate::meaning::rule::Rule;
use crate::policy::schedule::{Schedule, Zone};

/// When documents are polled unless the configuration says otherwise.
const DEFAULT_SCHEDULE: &str = "*/15 * * * *";
/// Longest wait for the fetch that confirms a change: a poll is held that long.
const LONGEST_CONFIRMATION: SignedDuration = SignedDuration::from_hours(1);

/// The settings of one table; `None` for each key that it leaves out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Overrides {
    /// The schedule, read in UTC because its time zone may be set in the other table.
    pub(super) schedule: Option<Arc<Schedule>>,
    pub(super) timezone: Option<Zone>,
    pub(super) alert_on: Option<BTreeSet<Group>>,
    pub(super) failures_before_alert: Option<u32>,
    pub(super) confirm_after: Option<SignedDuration>,
    pub(super) damping: Option<bool>,
    pub(super) damping_half_life: Option<SignedDuration>,
    pub(super) ignore: Option<Vec<PointerBuf>>,
    pub(super) allow_hosts: Option<Vec<String>>,
    pub(super) headers: Option<Vec<(String, Secret)>>,
    pub(super) severity: BTreeMap<Rule, RuleOverride>,
}

impl Overrides {
    pub(super) fn read(section: &Section<'_>, location: &Location) -> Self {
        Self {
            schedule: schedule(section).map(Arc::new),
            timezone: zone::read(section),
            alert_on: alert_on(section),
            failures_before_alert: section.count("failures_before_alert", 1, 10_000),
            confirm_after: section.duration_at_most("confirm_after", LONGEST_CONFIRMATION, "1h"),
            damping: section.flag("damping"),
            damping_half_life: section.positive("damping_half_life"),
            ignore: ignore(section),
            allow_hosts: allow_hosts(section),
            headers: headers::read(section, location),
            severity: severity(section),
        }
    }

    /// These settings, completed by those of `defaults`. Overrides of severities are merged rule by rule;
    /// `headers` are not, so that no secret goes where it was not meant to go.
    pub(super) fn or(self, defaults: &Self) -> Self {
        let mut severity = defaults.severity.clone();
        severity.extend(self.severity);
        let defaults = defaults.clone();
        Self {
            schedule: self.schedule.or(defaults.schedule),
            timezone: self.timezone.or(defaults.timezone),
            alert_on: self.alert_on.or(defaults.alert_on),
            failures_before_alert: self
                .failures_before_alert
                .or(defaults.failures_before_alert),
            confirm_after: self.confirm_after.or(defaults.confirm_after),
            damping: self.damping.or(defaults.damping),
            damping_half_life: self.damping_half_life.or(defaults.damping_half_life),
            ignore: self.ignore.or(defaults.ignore),
            allow_hosts: self.allow_hosts.or(defaults.allow_hosts),
            headers: self.headers.or(defaults.headers),
            severity,
        }
    }

    /// The configured time zone, or UTC.
    pub(super) fn zone(&self) -> Zone {
        self.timezone.clone().unwrap_or_else(Zone::utc)
    }

    /// The schedule in its zone. There always is one, as a test shows of the default.
    pub(super) fn schedule(&self) -> Option<Arc<Schedule>> {
        let schedule = match &self.schedule {
            Some(schedule) => Arc::clone(schedule),
            None => Arc::new(Schedule::parse(DEFAULT_SCHEDULE, Zone::utc().name()).ok()?),
        };
        let zone = self.zone();
        if *schedule.zone() == zone {
            return Some(schedule);
        }
        Some(Arc::new(Schedule::clone(&schedule).in_zone(zone)))
    }

    /// What decides about the changes of a provider that says this, where it is Monday in `zone`.
    pub(super) fn policy(&self, uses: Option<Uses>, zone: TimeZone) -> Policy {
        let default = Policy::default();
        Policy {
            alert_on: self.alert_on.clone().unwrap_or(default.alert_on),
            failures_before_alert: self
                .failures_before_alert
                .unwrap_or(default.failures_before_alert),
            remind_after: default.remind_after,
            confirm_after: self.confirm_after.unwrap_or(default.confirm_after),
            damping: self.damping.unwrap_or(default.damping),
            damping_half_life: self.damping_half_life.unwrap_or(default.damping_half_life),
            zone,
            ignore: self.ignore.clone().unwrap_or(default.ignore),
            identity: None,
            severity: self.severity.clone(),
            uses,
        }
    }
}

fn schedule(section: &Section<'_>) -> Option<Schedule> {
    let text = section.text_that_is("schedule", "a cron expression such as \"*/15 * * * *\"")?;
    cron(section, "schedule", &text)
}

/// A cron expression, in UTC. That it fires does not depend on the zone.
pub(super) fn cron(section: &Section<'_>, key: &str, text: &Spanned<&str>) -> Option<Schedule> {
    let expression = *text.get_ref();
    let schedule = Schedule::parse(expression, Zone::utc().name());
    schedule
        .map_err(|reason| {
            let what = format!("{key} \"{}\": {reason}", shown(expression));
            section.problem(text.span(), what);
        })
        .ok()
}

fn alert_on(section: &Section<'_>) -> Option<BTreeSet<Group>> {
    let groups = section.texts("alert_on")?;
    let known = Group::ALL.map(Group::as_str);
    let read = |text| section.choice(text, "group", &known, Group::parse);
    Some(groups.iter().filter_map(read).collect())
}

fn ignore(section: &Section<'_>) -> Option<Vec<PointerBuf>> {
    let mut pointers = Vec::new();
    for text in section.texts("ignore")? {
        let pointer = *text.get_ref();
        // An empty pointer means the whole document: then no change of it would be reported.
        if let Some(read) = PointerBuf::parse(pointer).ok().filter(|it| !it.is_root()) {
            pointers.push(read);
            continue;
        }
        let what = format!(
            "ignore takes JSON Pointers such as \"/requestid\", not \"{}\"",
            shown(pointer)
        );
        section.problem(text.span(), what);
    }
    Some(pointers)
}

/// Host names and addresses, in the form in which URLs have them.
fn allow_hosts(section: &Section<'_>) -> Option<Vec<String>> {
    let mut hosts = Vec::new();
    for text in section.texts("allow_hosts")? {
        let value = *text.get_ref();
        let is_bare_v6 = value.parse::<std::net::Ipv6Addr>().is_ok();
        let written = if is_bare_v6 {
            format!("[{value}]")
        } else {
            value.to_owned()
        };
        let has_port = !is_bare_v6 && !value.starts_with('[') && value.contains(':');
        let is_host = !has_port && !value.contains(['/', '@', '?', '#', '\\', '*', ' ']);
        let url = Url::parse(&format!("https://{written}/")).ok();
        match url.as_ref().and_then(Url::host_str) {
            Some(host) if is_host => hosts.push(host.to_owned()),
            _ => {
                let what = "allow_hosts takes host names or addresses, without scheme and port";
                section.secret_problem(text.span(), what);
            }
        }
    }
    Some(hosts)
}

/// `severity = { scope-added = "notice", member-changed = "ignore" }`.
fn severity(section: &Section<'_>) -> BTreeMap<Rule, RuleOverride> {
    let mut overrides = BTreeMap::new();
    let Some(table) = section.child("severity") else {
        return overrides;
    };
    for (key, value) in table.entries() {
        let id = key.get_ref().as_ref();
        let rule = Rule::find(id);
        if rule.is_none() {
            let hint = match nearest(id, Rule::all().into_iter().map(Rule::id)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "`issuerwatch rules` lists them".to_owned(),
            };
            section.problem(
                key.span(),
                format!("unknown rule \"{}\"; {hint}", shown(id)),
            );
        }
        let DeValue::String(text) = value.get_ref() else {
            let what = format!("the severity of {} must be a string", shown(id));
            section.problem(value.span(), what);
            continue;
        };
        let known = ["security", "breaking", "notice", "info", "ignore"];
        let text = Spanned::new(value.span(), text.as_ref());
        let parse = |word: &str| match word {
            "ignore" => Some(RuleOverride::Ignore),
            _ => Severity::parse(word).map(RuleOverride::Severity),
        };
        let decided = section.choice(&text, "severity", &known, parse);
        if let (Some(rule), Some(decided)) = (rule, decided) {
            overrides.insert(rule, decided);
        }
    }
    overrides
}
