//! One bounded GET, against a real site on loopback.

mod answer;
mod certificate;
mod flood;
pub(crate) mod proxy;
mod reach;
mod redirect;
mod stall;

use std::time::Duration;

use issuerwatch::document::observation::{Failure, Observation, Outcome};
use issuerwatch::fetch::{Fetcher, Request, Settings};
use jiff::{SignedDuration, Timestamp};

use crate::support::site::Site;

/// The settings of these tests: the site's CA, and a deadline that is worth waiting for.
fn settings(site: &Site) -> Settings {
    Settings {
        concurrency: 8,
        per_host: 8,
        spread: Duration::ZERO,
        timeout: Duration::from_secs(20),
        max_body: 1 << 20,
        user_agent: "issuerwatch/test".to_owned(),
        ca_file: site.ca_file.clone(),
        proxy: None,
        revalidate_after: SignedDuration::from_hours(24),
    }
}

/// A request as a provider at this host makes it.
fn request<'a>(url: &'a str, host: &'a str) -> Request<'a> {
    Request {
        url,
        trusted_host: host,
        home: url,
        allow_hosts: &[],
        headers: &[],
        validators: None,
    }
}

fn observe_with(settings: &Settings, request: Request<'_>) -> Observation {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let fetcher = Fetcher::new(settings).unwrap();
    runtime.block_on(fetcher.observe(request, || Timestamp::UNIX_EPOCH))
}

fn observe(site: &Site, request: Request<'_>) -> Observation {
    observe_with(&settings(site), request)
}

/// What a provider at 127.0.0.1 sees at this path.
fn get(site: &Site, path: &str) -> Observation {
    observe(site, request(&site.url(path), "127.0.0.1"))
}

fn failure(observation: &Observation) -> &Failure {
    match &observation.outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

fn body(observation: &Observation) -> &[u8] {
    match &observation.outcome {
        Outcome::Body { bytes, .. } => bytes,
        other => panic!("no body: {other:?}"),
    }
}

/// Kind, status and words of a failure, on one line.
fn said(observation: &Observation) -> String {
    let failure = failure(observation);
    let status = failure
        .status
        .map_or("-".to_owned(), |status| status.to_string());
    format!("{} {status} {}", failure.kind, failure.detail)
}
