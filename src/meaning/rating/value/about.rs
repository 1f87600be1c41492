//! One member, as far as it decides what its change means.

use crate::document::kind::{Kind, Shape};
use crate::document::member::Member;
use crate::document::severity::Severity;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

/// One member, as far as it decides what its change means.
pub(in crate::meaning::rating) struct About<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) row: Option<&'static Member>,
    /// Whether clients call the URL that is its value.
    pub(super) is_endpoint: bool,
}

/// What no table of a kind tells: who says what the member means, and what to do when it changes.
pub(in crate::meaning::rating) struct Unlisted {
    /// Why it matters that it changed.
    pub(in crate::meaning::rating) changed: &'static str,
    advice: Option<&'static str>,
    reference: Option<&'static str>,
}

const BY_NOBODY: Unlisted = Unlisted {
    changed: "A member that nobody registered changed.",
    advice: None,
    reference: None,
};
/// Somebody chose to watch a document of which no table tells anything: what changes there matters to them.
const CHOSEN: Unlisted = Unlisted {
    changed: "Only who reads the document knows what this member means: no specification says it.",
    advice: Some(
        "Look whether what reads this document still does what it should with the new value.",
    ),
    reference: None,
};
const OF_CLIENT: Unlisted = Unlisted {
    changed: "The authorization server takes from this member what the client may do, and how it proves who it is.",
    advice: Some(
        "Ask the owner of the client whether it was meant; until then accept nothing of this client that only the new value allows.",
    ),
    reference: Some("RFC 7591 section 2"),
};

/// Members that are registered for the metadata of a client (RFC 7591 section 4.1), by which a server decides.
const CLIENT_METADATA: [&str; 22] = [
    "application_type",
    "authorization_details_types",
    "client_id",
    "client_name",
    "client_uri",
    "dpop_bound_access_tokens",
    "grant_types",
    "id_token_signed_response_alg",
    "jwks",
    "post_logout_redirect_uris",
    "redirect_uris",
    "request_object_signing_alg",
    "request_uris",
    "require_pushed_authorization_requests",
    "response_types",
    "scope",
    "sector_identifier_uri",
    "software_id",
    "subject_type",
    "tls_client_auth_subject_dn",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
];

impl Unlisted {
    /// What is known of a member of a document of this kind that no table has.
    pub(in crate::meaning::rating) fn of(kind: Kind, name: &str) -> &'static Self {
        match kind.row().shape {
            Shape::Object if CLIENT_METADATA.contains(&name) => &OF_CLIENT,
            Shape::Object => &CHOSEN,
            Shape::Metadata | Shape::KeySet => &BY_NOBODY,
        }
    }

    /// The same of a difference that `why` tells of where nobody registered the member.
    pub(in crate::meaning::rating) fn meaning(
        &self,
        rule: Rule,
        severity: Severity,
        why: &str,
    ) -> Meaning {
        let Some(advice) = self.advice.filter(|_| severity > Severity::Info) else {
            return Meaning::with(rule, severity, why, self.reference);
        };
        let meaning = Meaning::with(rule, severity, self.changed, self.reference);
        meaning.advised(self.changed, advice)
    }
}
