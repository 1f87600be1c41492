//! `[[mail.route]]`: who is told besides those who are told everything.

use super::keys;
use super::mailbox::mail_addresses;
use super::problem::{nearest, shown};
use super::reader::Section;
use crate::document::severity::Severity;
use crate::meaning::pattern::matches;

/// Recipients of the events that are grave enough and come from providers with matching names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Names of providers, where `*` stands for any characters; empty: all.
    pub providers: Vec<String>,
    /// The least severity. An event without one (a failure, a recovery) counts as `info`.
    pub severity: Severity,
    /// Who is told.
    pub to: Vec<String>,
}

impl Route {
    /// Whether an event of this provider and severity goes this way.
    pub fn takes(&self, provider: &str, severity: Option<Severity>) -> bool {
        let is_named = is_named(&self.providers, provider);
        is_named && severity.unwrap_or(Severity::Info) >= self.severity
    }
}

/// Reads all routes. `names` are those of the providers there are, where they are all known.
pub(super) fn read(mail: &Section<'_>, names: Option<&[&str]>) -> Vec<Route> {
    let routes = mail.children("route", "mail.route");
    routes
        .iter()
        .filter_map(|section| one(section, names))
        .collect()
}

fn one(section: &Section<'_>, names: Option<&[&str]>) -> Option<Route> {
    section.check_keys("route", &keys::ROUTE);
    let to = mail_addresses(section, "to");
    let nobody = "[[mail.route]] has no \"to\": it would lead to nobody".to_owned();
    if section.is_empty("to") {
        section.problem(section.span_of("to"), nobody);
    } else {
        section.lack("to", section.span(), nobody);
    }
    let (providers, severity) = scope(section, names);
    Some(Route {
        providers,
        severity: severity?,
        to,
    })
}

/// Whether one of the patterns matches a provider; an empty list means all providers.
pub(super) fn is_named(patterns: &[String], provider: &str) -> bool {
    let mut each = patterns.iter();
    patterns.is_empty() || each.any(|pattern| matches(pattern, provider))
}

/// `providers` and `severity`; no severity where it is wrong.
pub(super) fn scope(
    section: &Section<'_>,
    names: Option<&[&str]>,
) -> (Vec<String>, Option<Severity>) {
    let known = Severity::ALL.map(Severity::as_str);
    let severity = match section.text("severity") {
        Some(text) => section.choice(&text, "severity", &known, Severity::parse),
        None => Some(Severity::Info),
    };
    let patterns = section.texts("providers").unwrap_or_default();
    for pattern in &patterns {
        let value = *pattern.get_ref();
        // A pattern may be meant for providers to come, a plain name may not.
        let known = names.filter(|names| !value.contains('*') && !names.contains(&value));
        if let Some(names) = known {
            let hint = match nearest(value, names.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "write a name, or a pattern such as \"prod-*\"".to_owned(),
            };
            let what = format!("no provider is named \"{}\"; {hint}", shown(value));
            section.problem(pattern.span(), what);
        }
    }
    if section.is_empty("providers") {
        let what = "providers is empty: leave it out where all are meant".to_owned();
        section.problem(section.span_of("providers"), what);
    }
    let providers = patterns
        .iter()
        .map(|text| (*text.get_ref()).to_owned())
        .collect();
    (providers, severity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_takes_what_is_grave_enough_of_the_providers_it_names() {
        let route = |providers: &[&str], severity| Route {
            providers: providers.iter().map(|one| (*one).to_owned()).collect(),
            severity,
            to: Vec::new(),
        };
        let grave = route(&["bank-*"], Severity::Breaking);
        assert!(grave.takes("bank-a", Some(Severity::Security)));
        assert!(grave.takes("bank-a", Some(Severity::Breaking)));
        assert!(!grave.takes("bank-a", Some(Severity::Notice)));
        assert!(!grave.takes("bank-a", None));
        assert!(!grave.takes("archera", Some(Severity::Security)));
        assert!(route(&[], Severity::Info).takes("archera", None));
    }
}
