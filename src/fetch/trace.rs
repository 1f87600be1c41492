//! One poll under way, and how far it has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::header::HeaderValue;
use jiff::Timestamp;

use super::memory_permit::Slot;
use super::request::Request;
use super::settings::Settings;
use super::tls::{Recorder, Trust};
use super::wire::Meter;
use crate::document::failure::{Cause, Failure};
use crate::document::observation::Certificate;

/// How far a poll has come: what is known of it however it ends.
#[derive(Default)]
pub(super) struct Trace {
    /// The address asked last, if it is not the first.
    pub(super) final_url: Option<String>,
    /// What that address answered.
    pub(super) status: Option<u16>,
    /// Bytes of its body that were read.
    pub(super) bytes: usize,
    pub(super) recorder: Option<Arc<Recorder>>,
    /// The proxy that the last hop went through.
    pub(super) through: Option<String>,
    /// Whether the resolver was asked and has not answered.
    pub(super) is_asking: AtomicBool,
}

impl Trace {
    /// The chain the last hop was shown and verified.
    pub(super) fn chain(&self) -> Vec<Certificate> {
        let recorder = self.recorder.as_ref();
        recorder.map_or_else(Vec::new, |recorder| recorder.chain())
    }

    /// The failure of a poll whose deadline passed.
    pub(super) fn late(&self, limit: Duration) -> Failure {
        let within = format!("within {} s", limit.as_secs_f32());
        if self.is_asking.load(Ordering::Relaxed) {
            let detail = format!("the resolver of this machine did not answer {within}");
            return Failure::new(Cause::ResolverDown, &detail);
        }
        let came = match (self.status, self.bytes) {
            (None, _) => "no answer".to_owned(),
            (Some(_), 0) => "no body".to_owned(),
            (Some(_), bytes) => format!("only {bytes} bytes of the body"),
        };
        let through = self
            .through
            .as_ref()
            .map_or_else(String::new, |it| format!(", through the proxy {it}"));
        let mut failure = Failure::new(Cause::Timeout, &format!("{came} {within}{through}"));
        failure.status = self.status;
        failure
    }
}

/// One poll under way.
pub(super) struct Exchange<'a> {
    pub(super) settings: &'a Settings,
    pub(super) trust: &'a Trust,
    pub(super) request: &'a Request<'a>,
    pub(super) trace: &'a mut Trace,
    /// The time, which a server that asks to wait counts from.
    pub(super) clock: &'a (dyn Fn() -> Timestamp + Sync),
    /// `User-Agent`.
    pub(super) user_agent: &'a HeaderValue,
    /// What comes over the wire, over all hops.
    pub(super) meter: Arc<Meter>,
    /// Its place among other fetches.
    pub(super) slot: Slot<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_passes_while_a_name_is_looked_up_is_the_resolvers() {
        let limit = Duration::from_secs(10);
        let trace = Trace::default();
        assert_eq!(trace.late(limit).detail, "no answer within 10 s");
        trace.is_asking.store(true, Ordering::Relaxed);
        let failure = trace.late(limit);
        assert_eq!(failure.cause, Cause::ResolverDown);
        assert_eq!(
            failure.detail,
            "the resolver of this machine did not answer within 10 s"
        );
    }
}
