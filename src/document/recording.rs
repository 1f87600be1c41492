//! A recording: observations as JSON Lines, oldest first. `replay` reads it, `history export` writes
//! it.

mod wrong;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::{Cause, Failure, of_foreign_words};
use super::name::DocumentName;
use super::observation::{Observation, Outcome, Validators};
use super::response_facts::ResponseFacts;
use super::text::{bounded, visible};

/// One line. The field order is the order in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordingLine {
    /// When it was seen.
    pub at: Timestamp,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub document: DocumentName,
    /// The URL asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where the answer came from, if redirects led elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// The HTTP status of an answer with a body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The document was as before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmodified: bool,
    /// The document could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How long it took until that was known, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_ms: Option<u64>,
    /// When a second fetch saw the same, if one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// When one fetch of an earlier poll saw it first, if that is what it was confirmed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate_since: Option<Timestamp>,
    /// Failed polls right before it that have no line.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unrecorded: u64,
    /// What is known beside the document from then on, if that changed.
    #[serde(rename = "beside", default, skip_serializing_if = "Option::is_none")]
    pub response_facts: Option<ResponseFacts>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl RecordingLine {
    /// A line without an observation yet.
    pub fn new(at: Timestamp, provider: &str, document: DocumentName) -> Self {
        Self {
            at,
            provider: provider.to_owned(),
            document,
            url: None,
            final_url: None,
            status: None,
            content_type: None,
            body: None,
            unmodified: false,
            failure: None,
            elapsed_ms: None,
            confirmed_at: None,
            candidate_since: None,
            unrecorded: 0,
            response_facts: None,
        }
    }

    /// The provider and the observation that the line holds; as the error, what is wrong with the line.
    pub fn observation(self) -> Result<(String, Observation), &'static str> {
        if !is_name(&self.provider) {
            return Err("\"provider\" is no name: letters, digits, '.', '_' and '-', at most 64");
        }
        let times = [Some(self.at), self.confirmed_at, self.candidate_since];
        if times.into_iter().flatten().any(|at| !is_time(at)) {
            return Err(
                "a time is before the year 1 or after the year 9000: no clock can go on from it",
            );
        }
        let outcome = match (self.body, self.unmodified, self.failure) {
            (Some(_), false, None) if self.status.is_some_and(|it| !(200..300).contains(&it)) => {
                Outcome::Failed(Failure::of_status(self.status.unwrap_or_default()))
            }
            (Some(body), false, None) => Outcome::Body {
                content_type: self.content_type,
                bytes: body.into_bytes(),
            },
            (None, true, None) => Outcome::Unmodified,
            (None, false, Some(failure)) => Outcome::Failed(understood(failure)),
            (None, false, None) => {
                return Err("one of \"body\", \"unmodified\" and \"failure\" is needed");
            }
            _ => return Err("only one of \"body\", \"unmodified\" and \"failure\" may stand"),
        };
        let response_facts = self.response_facts.map(ResponseFacts::harmless);
        let observation = Observation {
            // The store has no smaller unit.
            at: Timestamp::from_millisecond(self.at.as_millisecond()).unwrap_or(self.at),
            url: self.url.filter(|url| !url.is_empty()),
            final_url: self.final_url,
            outcome,
            validators: Validators::default(),
            elapsed_ms: self.elapsed_ms.filter(|elapsed| *elapsed > 0),
            facts: response_facts.as_ref().map(|it| it.facts.clone()),
            chain: response_facts.map(|it| it.chain).unwrap_or_default(),
        };
        Ok((self.provider, observation.less_secrets()))
    }
}

/// A failure as it was recorded, made harmless. The words of another program are read here, once;
/// afterwards the failure is told in our words.
fn understood(mut failure: Failure) -> Failure {
    failure.detail = visible(&failure.detail).chars().take(300).collect();
    failure.elsewhere = failure
        .elsewhere
        .map(|url| bounded(&visible(&url), 300).into());
    if failure.cause == Cause::of_kind(failure.kind)
        && let Some(cause) = of_foreign_words(&failure.detail)
    {
        failure.cause = cause.harmless();
        failure.detail = failure.brief();
    }
    failure
}

/// Whether a time is far enough from the ends of the calendar for times that are computed from it,
/// such as when a mail is sent again or since when a state lasts.
fn is_time(at: Timestamp) -> bool {
    let second = at.as_second();
    // 0001-01-01 and 9001-01-01.
    (-62_135_596_800..221_876_928_000).contains(&second)
}

/// Whether a text can be the name of a provider: safe in a subject, a path and a log.
pub fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;

    fn read(text: &str) -> Result<Observation, String> {
        let line: RecordingLine = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let (_, observation) = line.observation().map_err(str::to_owned)?;
        Ok(observation)
    }

    #[test]
    fn a_line_is_a_body_or_unmodified_or_a_failure() {
        let start = r#"{"at":"2025-06-11T05:08:30Z","provider":"apple","document":"jwks","#;
        let read = |rest: &str| read(&format!("{start}{rest}}}"));
        let body = read(r#""status":200,"body":"{}""#).unwrap();
        assert!(matches!(body.outcome, Outcome::Body { .. }));
        let same = read(r#""unmodified":true"#).unwrap();
        assert_eq!(same.outcome, Outcome::Unmodified);
        let failed = read(r#""failure":{"kind":"status","status":503,"detail":"HTTP 503"}"#);
        assert!(matches!(failed.unwrap().outcome, Outcome::Failed(_)));
        assert!(read(r#""status":200"#).is_err());
        assert!(read(r#""unmodified":true,"body":"{}""#).is_err());
    }

    #[test]
    fn what_another_program_recorded_of_a_failure_is_told_in_our_words() {
        let start = r#"{"at":"2025-06-11T05:08:30Z","provider":"apple","document":"jwks","#;
        let read = |failure: &str| {
            let seen = read(&format!("{start}\"failure\":{failure}}}")).unwrap();
            match seen.outcome {
                Outcome::Failed(failure) => failure,
                other => panic!("no failure: {other:?}"),
            }
        };
        let x509 = r#"{"kind":"unreachable","detail":"Get \"https://a\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-05-27T06:33:53Z is after 2026-05-24T09:48:42Z"}"#;
        let failure = read(x509);
        assert_eq!(failure.detail, "certificate expired on 2026-05-24");
        assert_eq!(failure.kind.as_str(), "unreachable", "as it was recorded");
        // What is written of it is read back as the same.
        let written = serde_json::to_string(&failure).unwrap();
        assert_eq!(read(&written), failure);
        let ours = r#"{"kind":"unreachable","detail":"connection refused"}"#;
        assert_eq!(serde_json::to_string(&read(ours)).unwrap(), ours);
        let newer = r#"{"kind":"tls","cause":"of-tomorrow","detail":"x"}"#;
        assert_eq!(read(newer).cause, Cause::of_kind(read(newer).kind));
    }

    #[test]
    fn a_name_that_could_leave_a_path_or_a_header_is_refused() {
        for name in ["", "../x", "a b", "a\nb", ".hidden", "ä"] {
            assert!(!is_name(name), "{name:?}");
        }
        assert!(is_name("8x8-platform") && is_name("a.b_c"));
    }

    #[test]
    fn a_time_from_which_no_clock_can_go_on_is_refused() {
        for (at, is_good) in [
            ("9000-12-31T23:59:59Z", true),
            ("9999-12-30T21:59:58Z", false),
            ("-000001-01-01T00:00:00Z", false),
        ] {
            let mut line = RecordingLine::new(at.parse().unwrap(), "a", Kind::JWKS.into());
            line.unmodified = true;
            assert_eq!(line.observation().is_ok(), is_good, "{at}");
        }
    }
}
