//! What an answer is: a body, "not modified", or a refusal with what it says of itself.

use std::time::Duration;

use hyper::HeaderMap;
use hyper::header;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::coding::Body;
use super::http1::Response;
use super::request::Request;
use super::room::SMALL;
use super::trace::Exchange;
use crate::document::failure::{Cause, Failure};
use crate::document::observation::{Outcome, Validators};
use crate::document::parse::title;
use crate::document::text::{bounded, visible};

/// Longest wait that a server can ask for.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// What is read of a page that says why there is no document, in bytes.
const PAGE: u64 = 16 << 10;
/// How long that may take.
const PAGE_TIME: Duration = Duration::from_secs(1);

/// What came back, before it is an observation.
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) validators: Validators,
}

impl Exchange<'_> {
    /// Reads an answer that is no redirect.
    pub(super) async fn read(&mut self, response: &mut Response) -> Result<Answer, Failure> {
        let headers = response.headers();
        let validators = Validators {
            etag: text(headers, header::ETAG),
            last_modified: text(headers, header::LAST_MODIFIED),
        };
        let content_type = text(headers, header::CONTENT_TYPE);
        let nothing = Validators::default();
        let asked = self.request.validators.filter(|asked| **asked != nothing);
        match (response.status(), asked) {
            (200, _) => Ok(Answer {
                outcome: Outcome::Body {
                    content_type,
                    bytes: self.body(response).await?,
                },
                validators,
            }),
            // A 304 need not repeat them.
            (304, Some(asked)) => Ok(Answer {
                outcome: Outcome::Unmodified,
                validators: if validators == nothing {
                    asked.clone()
                } else {
                    validators
                },
            }),
            (304, None) => {
                let detail = "304 to a request that was not conditional";
                Err(Failure::new(Cause::UnexpectedNotModified, detail))
            }
            (status, _) => Err(self.refusal(status, response).await),
        }
    }

    /// The body, counted after decompression.
    async fn body(&mut self, response: &mut Response) -> Result<Vec<u8>, Failure> {
        let mut body = Body::of(response.headers(), self.settings.max_body)?;
        // Before the first of it is in hand, where the server says how much it is.
        let announced = response.announced().unwrap_or_default();
        if announced > SMALL as u64 {
            self.turn.take_room().await;
        }
        loop {
            let Some(chunk) = response.chunk().await? else {
                return body.finish();
            };
            body.push(&chunk)?;
            self.trace.bytes = body.bytes().len();
            if self.trace.bytes > SMALL {
                self.turn.take_room().await;
            }
        }
    }

    /// A status that is no answer: with what the page says, and how long it asks to wait.
    async fn refusal(&self, status: u16, response: &mut Response) -> Failure {
        let mut failure = Failure::of_status(status);
        if matches!(status, 429 | 503) {
            let after = text(response.headers(), header::RETRY_AFTER);
            let until = after.and_then(|after| until(&after, (self.clock)()));
            if let Some(until) = until {
                failure.retry_after = Some(until);
                failure.detail.push_str(&format!(
                    ", asked to wait until {} (Retry-After)",
                    until.strftime("%H:%M UTC")
                ));
            }
        }
        let page = tokio::time::timeout(PAGE_TIME, page(response)).await;
        if let Some(page) = page.ok().flatten().filter(|page| !self.request.is_in(page)) {
            failure.detail.push_str(&format!(", \"{page}\""));
        }
        failure
    }
}

impl Request<'_> {
    /// Whether something that we sent and that is secret stands in a text.
    fn is_in(&self, text: &str) -> bool {
        let mut secrets = self.headers.iter().map(|(_, value)| value.reveal());
        secrets.any(|secret| !secret.is_empty() && text.contains(secret))
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= 1_024).then(|| value.to_owned())
}

/// What people recognize a page by: its title, else its first words. Only of pages and of plain
/// text: whatever else comes with a status may repeat what we sent.
async fn page(response: &mut Response) -> Option<String> {
    let media_type = text(response.headers(), header::CONTENT_TYPE)?.to_ascii_lowercase();
    if !media_type.starts_with("text/") {
        return None;
    }
    let mut body = Body::of(response.headers(), PAGE).ok()?;
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.push(&chunk).is_err() {
            break;
        }
    }
    let read = String::from_utf8_lossy(body.bytes()).into_owned();
    if let Some(title) = title(&read) {
        return Some(title);
    }
    let is_page = read.trim_start().starts_with('<');
    let words: Vec<&str> = read.split_whitespace().take(20).collect();
    let words = bounded(&visible(&words.join(" ")), 80);
    (!is_page && !words.is_empty()).then_some(words)
}

/// Until when a `Retry-After` asks to wait (RFC 9110 section 10.2.3): seconds or a date.
fn until(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    let longest = now.saturating_add(LONGEST_WAIT).ok()?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are more than a day.
        let seconds = value.parse::<u32>().unwrap_or(u32::MAX);
        let wait = SignedDuration::from_secs(i64::from(seconds));
        let until = now.saturating_add(wait).unwrap_or(longest);
        return Some(until.min(longest)).filter(|until| *until > now);
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    Some(until.min(longest)).filter(|until| *until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_asks_to_wait_for_seconds_or_until_a_date_and_at_most_a_day() {
        let now: Timestamp = "2026-11-27T13:05:00Z".parse().unwrap();
        let read = |value: &str| until(value, now).map(|until| until.to_string());
        assert_eq!(read("3600").as_deref(), Some("2026-11-27T14:05:00Z"));
        assert_eq!(
            read("Fri, 27 Nov 2026 14:05:00 GMT").as_deref(),
            Some("2026-11-27T14:05:00Z")
        );
        let a_day = Some("2026-11-28T13:05:00Z");
        for long in [
            "604800",
            "99999999999999999999",
            "Fri, 27 Nov 2099 14:05:00 GMT",
        ] {
            assert_eq!(read(long).as_deref(), a_day, "{long}");
        }
        for none in [
            "",
            "0",
            "-1",
            "soon",
            "1.5",
            "Fri, 27 Nov 2020 14:05:00 GMT",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
