//! Which document a part of a mail is about, and where it is.

use super::page::Head;
use super::words::cut;
use crate::policy::event::Event;

/// Most characters of an address.
pub(super) const ADDRESS: usize = 600;

/// Where the document of an event was read.
pub(super) fn url_of(event: &Event) -> Option<&str> {
    event.body.source()?.url.as_deref()
}

/// The line above what happened to a document.
pub(super) fn head(event: &Event, label: String) -> Head {
    let source = event.body.source();
    let redirect = source.and_then(|source| source.final_url.as_deref());
    Head {
        label,
        url: cut(url_of(event).unwrap_or_default(), ADDRESS),
        redirect: redirect
            .map(|url| format!("(answered after a redirect to {})", cut(url, ADDRESS))),
    }
}
