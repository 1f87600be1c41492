//! The limit of open files, raised to what `concurrency` needs: a shell allows 1,024, and a poll has one open.
//!
//! Only up to what the machine allows the process anyway (the hard limit). Where that is not enough, polls fail
//! for want of files, and their mail names this limit.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files open at a time for one poll: its connection, and a second while an address does not answer.
const OF_POLL: u64 = 2;
/// Files for all else: the store, mails and posts under way, `[metrics]`, the runtime.
const OTHER: u64 = 384;

/// Raises the limit for so many polls at a time; a machine that does not let it is left as it is.
pub(super) fn allow(concurrency: usize) {
    let polls = u64::try_from(concurrency).unwrap_or(u64::MAX);
    let needed = polls.saturating_mul(OF_POLL).saturating_add(OTHER);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` is no limit.
    let wanted = needed.min(maximum.unwrap_or(u64::MAX));
    if current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!("the limit of open files stays: {error}");
        }
    }
}
