//! Documents that cannot be had: a failure is a rule like any other. Which of them a cause breaks is
//! said by `document::failure`.

/// The rows, sorted by id.
#[rustfmt::skip]
macro_rules! failure_rules {
    ([$($then:ident)*] $($rows:tt)*) => { hand_on! { [$($then)*] $($rows)* { "Documents that cannot be had",
        DocumentUnavailable "document-unavailable" = rule("cannot be had", Some(Breaking),
            "Clients that hold the document in their cache go on; new ones cannot start, and keys that are replaced meanwhile are not learned.",
            Some("Look whether your clients get it."), None),
        DocumentUnusable "document-unusable" = rule("is served, and is no such document", Some(Breaking),
            "Clients that read it now fail, or go on with what they hold in their cache.",
            Some("Look at the address with your clients, and tell the provider."), None),
        TroubleHere "trouble-here" = rule("could not be asked for from this machine", Some(Notice),
            "Its network, resolver or proxy is in the way: what the provider changes meanwhile is seen late.",
            Some("Look at this machine first."), None),
    } } };
}
