//! A certificate that ends, where that is all that a mail tells: whose it is, and how long is left.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

use super::source::url_of;
use super::words::cut;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::wording::text::duration_words;

/// A certificate that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    host: Option<String>,
    ends: Timestamp,
    seen: Timestamp,
    severity: Severity,
}

/// Where more is left, only a certificate with a short life is near its end at all.
const LONG_LIFE: SignedDuration = SignedDuration::from_hours(3 * 24);

impl Ending {
    /// The certificate that all these events tell of; `None` where they tell anything else, or of several.
    pub(super) fn of(events: &[Event]) -> Option<Self> {
        let mut all = events.iter().map(Self::of_one);
        let first = all.next()??;
        all.all(|other| other.is_some_and(|it| it.ends == first.ends && it.host == first.host))
            .then_some(first)
    }

    fn of_one(event: &Event) -> Option<Self> {
        let told: Vec<&Change> = event.body.changes().iter().collect();
        let [change] = told.as_slice() else {
            return None;
        };
        if change.rule != Rule::CertificateExpiring || !event.body.findings().is_empty() {
            return None;
        }
        let ends = change.after.as_ref().and_then(Value::as_str)?;
        let url = url_of(event).and_then(|url| Url::parse(url).ok());
        Some(Self {
            host: url.and_then(|url| Some(cut(url.host_str()?, 80))),
            ends: ends.parse().ok()?,
            seen: event.body.at,
            severity: change.severity,
        })
    }

    fn left(&self) -> SignedDuration {
        self.ends.duration_since(self.seen)
    }

    /// `in 3 days`, `in 12 h`; `None` where it ended.
    fn within(&self) -> Option<String> {
        let left = self.left();
        left.is_positive()
            .then(|| format!("in {}", duration_words(left)))
    }

    /// Whether it lives so short that it is told later than others, as far as the time that is left shows it.
    fn is_short(&self) -> bool {
        self.severity < Severity::Breaking && self.left() < LONG_LIFE
    }

    /// The words of the subject, the fullest first.
    pub(super) fn subject(&self) -> Vec<String> {
        let day = self.ends.strftime("%Y-%m-%d");
        let ends = match self.within() {
            Some(within) => format!("ends {within}, on {day}"),
            None => format!("ended on {day}"),
        };
        let short = format!("certificate {ends}");
        match &self.host {
            Some(host) => vec![format!("certificate of {host} {ends}"), short],
            None => vec![short],
        }
    }

    /// The words after the provider in a sentence.
    pub(super) fn predicate(&self) -> String {
        let of = self
            .host
            .as_ref()
            .map_or_else(String::new, |host| format!(" for {host}"));
        let short = if self.is_short() {
            ": one of so short a life should have been renewed by now"
        } else {
            ""
        };
        match self.within() {
            Some(within) => format!("has a certificate{of} that ends {within}{short}"),
            None => format!("has a certificate{of} that ended: clients refuse it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(severity: Severity, ends: &str) -> Ending {
        Ending {
            host: Some("a.example".to_owned()),
            ends: ends.parse().unwrap(),
            seen: "2026-11-06T09:15:00Z".parse().unwrap(),
            severity,
        }
    }

    #[test]
    fn a_certificate_is_told_with_its_host_and_what_is_left() {
        let long = ending(Severity::Breaking, "2026-11-09T09:15:00Z");
        assert_eq!(
            long.subject()[0],
            "certificate of a.example ends in 3 days, on 2026-11-09"
        );
        assert_eq!(
            long.predicate(),
            "has a certificate for a.example that ends in 3 days"
        );
        let hours = ending(Severity::Breaking, "2026-11-06T21:15:00Z");
        assert!(hours.subject()[0].ends_with("ends in 12 h, on 2026-11-06"));
        let ended = ending(Severity::Breaking, "2026-11-06T08:15:00Z");
        assert!(ended.subject()[0].ends_with("ended on 2026-11-06"));
    }

    #[test]
    fn what_is_near_its_end_and_no_more_than_a_notice_has_a_short_life() {
        let short = ending(Severity::Notice, "2026-11-08T09:15:00Z");
        assert!(
            short
                .predicate()
                .ends_with("should have been renewed by now")
        );
        let long = ending(Severity::Notice, "2026-11-20T09:15:00Z");
        assert!(long.predicate().ends_with("in 14 days"));
    }
}
