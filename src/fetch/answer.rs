//! What an answer is: a body, "not modified", or a refusal with what it says of itself.

use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::{self, HeaderName};

use super::coding::Body;
use super::http1::HttpResponse;
use super::memory_permit::SMALL;
use super::request::Request;
use super::trace::Exchange;
use crate::document::challenge::resource_metadata;
use crate::document::failure::{Cause, Failure, Hint};
use crate::document::observation::{Outcome, Validators};
use crate::document::parse::title;
use crate::document::response_facts::HeaderFacts;
use crate::document::retry_after::until;
use crate::document::text::{bounded, visible};

/// What is read of a page that says why there is no document, in bytes.
const PAGE: u64 = 16 << 10;
/// How long reading that page may take.
const PAGE_TIME: Duration = Duration::from_secs(1);

/// What came back, before it is an observation.
pub(super) struct FetchedAnswer {
    pub(super) outcome: Outcome,
    pub(super) validators: Validators,
    /// What the headers say of the document, where they do.
    pub(super) facts: Option<HeaderFacts>,
}

impl Exchange<'_> {
    /// Reads the answer of the last hop, which is not a redirect.
    pub(super) async fn read(
        &mut self,
        response: &mut HttpResponse,
    ) -> Result<FetchedAnswer, Failure> {
        let headers = response.headers();
        let validators = Validators {
            etag: text(headers, header::ETAG),
            last_modified: text(headers, header::LAST_MODIFIED),
        };
        let content_type = text(headers, header::CONTENT_TYPE);
        let named = |name: &'static str| text(headers, HeaderName::from_static(name));
        let facts = HeaderFacts::of(
            text(headers, header::CACHE_CONTROL).as_deref(),
            named("sunset").as_deref(),
            named("deprecation").as_deref(),
        );
        let nothing = Validators::default();
        let conditions = self
            .request
            .validators
            .filter(|conditions| **conditions != nothing);
        match (response.status(), conditions) {
            (200, _) => Ok(FetchedAnswer {
                outcome: Outcome::Body {
                    content_type,
                    bytes: self.body(response).await?,
                },
                validators,
                facts: Some(facts),
            }),
            // A 304 need not repeat the validators, so those that were sent stay valid.
            (304, Some(conditions)) => Ok(FetchedAnswer {
                outcome: Outcome::Unmodified,
                validators: if validators == nothing {
                    conditions.clone()
                } else {
                    validators
                },
                // Nor need it repeat what the headers say of the document.
                facts: Some(facts).filter(|it| it.sunset.is_some() || it.deprecation.is_some()),
            }),
            (304, None) => {
                let detail = "304 to a request that was not conditional";
                Err(Failure::new(Cause::UnexpectedNotModified, detail))
            }
            (status, _) => Err(self.refusal(status, response).await),
        }
    }

    /// The body, counted after decompression.
    async fn body(&mut self, response: &mut HttpResponse) -> Result<Vec<u8>, Failure> {
        let mut body = Body::of(response.headers(), self.settings.max_body)?;
        // Takes memory before the first bytes are read, where the server says how large the body is.
        let announced = response.announced().unwrap_or_default();
        if announced > SMALL as u64 {
            self.slot.take_memory().await;
        }
        loop {
            let Some(chunk) = response.chunk().await? else {
                return body.finish();
            };
            body.push(&chunk)?;
            self.trace.bytes = body.bytes().len();
            if self.trace.bytes > SMALL {
                self.slot.take_memory().await;
            }
        }
    }

    /// The failure for any other status, with what the page says and how long it asks to wait.
    async fn refusal(&self, status: u16, response: &mut HttpResponse) -> Failure {
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
        if status == 401 {
            let challenges = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
            let mut texts = challenges.filter_map(|value| value.to_str().ok());
            failure.hint = texts
                .find_map(resource_metadata)
                .map(|url| Box::new(Hint(url)));
        }
        let page = tokio::time::timeout(PAGE_TIME, page(response)).await;
        if let Some(page) = page.ok().flatten().filter(|page| !self.request.is_in(page)) {
            failure.detail.push_str(&format!(", \"{page}\""));
        }
        failure
    }
}

impl Request<'_> {
    /// Whether a text contains a secret that we sent.
    fn is_in(&self, text: &str) -> bool {
        let mut secrets = self.headers.iter().map(|(_, value)| value.reveal());
        secrets.any(|secret| !secret.is_empty() && text.contains(secret))
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= 1_024).then(|| value.to_owned())
}

/// What people recognize a page by: its title, else its first words. Only of pages and of plain
/// text: whatever else comes with a status may repeat what we sent.
async fn page(response: &mut HttpResponse) -> Option<String> {
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
