//! Servers that a resource no longer names. What they do beside that stands last: nobody follows them any
//! more.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::member::names;
use crate::policy::event::Event;

/// The issuers of servers that a resource no longer names, by what these events say of its list; none where
/// what such a server did is graver than all else.
pub(super) fn gone_servers<'e>(
    events: impl Iterator<Item = &'e Event> + Clone,
) -> BTreeSet<&'e str> {
    let changes = events.clone().flat_map(|event| event.body.changes());
    let gone: BTreeSet<&str> = changes
        .filter(|change| change.subject == names::AUTHORIZATION_SERVERS)
        .flat_map(|change| change.removed.iter().filter_map(Value::as_str))
        .collect();
    let (of_gone, others): (Vec<&Event>, Vec<&Event>) =
        events.partition(|event| is_of_one(event, &gone));
    let gravest = |events: Vec<&Event>| {
        let each = events.into_iter();
        each.filter_map(|event| event.body.told_severity()).max()
    };
    if gravest(of_gone) > gravest(others) {
        return BTreeSet::new();
    }
    gone
}

/// Whether an event is about a document of one of these servers.
pub(super) fn is_of_one(event: &Event, servers: &BTreeSet<&str>) -> bool {
    let issuer = event.document.issuer();
    issuer.is_some_and(|issuer| servers.contains(issuer))
}
