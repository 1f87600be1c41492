//! What an answer says beside its body: how long it may be cached, and whether the document will be
//! withdrawn.
//!
//! What a server sends is kept short and visible. A date is kept in one form, so that the same date
//! written in another way is not a change.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::text::{bounded, visible};

/// Most characters that are kept of a header that is not a date.
const MAX: usize = 100;
/// Most certificates of a chain that are read from a recording.
const CHAIN: usize = 8;

/// What the headers of an answer say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeaderFacts {
    /// `max-age` of `Cache-Control`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
    /// `Sunset` (RFC 8594): when it is expected to stop answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunset: Option<String>,
    /// `Deprecation` (RFC 9745): since when it should not be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecation: Option<String>,
}

impl HeaderFacts {
    /// Reads the facts from the values of these headers, as received.
    pub fn of(cache: Option<&str>, sunset: Option<&str>, deprecation: Option<&str>) -> Self {
        Self {
            max_age: cache.and_then(max_age),
            sunset: sunset.map(date),
            deprecation: deprecation.map(date),
        }
    }

    /// Whether the headers said nothing of all this.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether both say the same of the document. Some servers count `max-age` down, so it is compared
    /// only whether it is there, not how large it is.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.max_age.is_some(), &self.sunset, &self.deprecation)
            == (other.max_age.is_some(), &other.sunset, &other.deprecation)
    }
}

/// All that is known beside a body: what a recording holds of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseFacts {
    /// The chain that was verified, leaf first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Certificate>,
    /// What the headers say.
    #[serde(flatten)]
    pub facts: HeaderFacts,
}

impl ResponseFacts {
    /// The same made harmless, so that it may be kept: a recording comes from outside.
    #[must_use]
    pub fn harmless(mut self) -> Self {
        self.chain.truncate(CHAIN);
        for one in &mut self.chain {
            one.sha256 = bounded(&visible(&one.sha256), 64);
            one.sha1 = bounded(&visible(&one.sha1), 40);
            for name in [&mut one.issuer, &mut one.subject] {
                *name = name.as_deref().map(|name| bounded(&visible(name), 120));
            }
        }
        for text in [&mut self.facts.sunset, &mut self.facts.deprecation] {
            *text = text.as_deref().map(|text| bounded(&visible(text), MAX));
        }
        self
    }
}

/// `max-age=3600` among other directives.
fn max_age(cache: &str) -> Option<u64> {
    let mut parts = cache.split(',').filter_map(|part| part.split_once('='));
    let (_, value) = parts.find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))?;
    value.trim().trim_matches('"').parse().ok()
}

/// A date as it is shown; a text that is not a date stays as it came, made harmless. `@1688169599` is
/// a date of structured fields (RFC 9651).
fn date(text: &str) -> String {
    let text = text.trim();
    let seconds = text.strip_prefix('@').and_then(|it| it.parse().ok());
    let structured = seconds.and_then(|it| Timestamp::from_second(it).ok());
    let at = structured.or_else(|| Some(rfc2822::parse(text).ok()?.timestamp()));
    match at {
        Some(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        None => bounded(&visible(text), MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_form_and_what_is_none_is_short_and_harmless() {
        let day = "2026-12-31 23:59:59 UTC";
        assert_eq!(date("Thu, 31 Dec 2026 23:59:59 GMT"), day);
        assert_eq!(date(" @1798761599 "), day);
        assert_eq!(date("true"), "true");
        assert_eq!(date("a\u{202E}b"), "a<U+202E>b");
        assert!(date(&"x".repeat(5_000)).chars().count() <= MAX);
        for far in [
            "@99999999999999999999",
            "Thu, 31 Dec 99999 23:59:59 GMT",
            "@-1e9",
            "",
        ] {
            assert_eq!(date(far), far);
        }
    }

    #[test]
    fn an_age_is_read_among_other_directives_and_its_countdown_is_no_news() {
        let age = |text: &str| HeaderFacts::of(Some(text), None, None).max_age;
        assert_eq!(age("public, Max-Age=3600, must-revalidate"), Some(3_600));
        assert_eq!(age("max-age=\"60\""), Some(60));
        for none in [
            "no-store",
            "max-age",
            "max-age=-1",
            "max-age=1e9",
            "s-maxage=7",
        ] {
            assert_eq!(age(none), None, "{none}");
        }
        let facts = |age: &str| HeaderFacts::of(Some(age), None, None);
        assert!(facts("max-age=9").is_like(&facts("max-age=8")));
        assert!(!facts("max-age=9").is_like(&HeaderFacts::default()));
    }
}
