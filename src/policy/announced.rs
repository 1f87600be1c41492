//! How a resource writes the issuers of its servers, told where its list of them changes.
//!
//! A document of a server is judged at its own polls (`issuer-announced-differently`). But a name that the
//! list loses is polled no more, so that the document of the resource tells the end of what was found under
//! that name; and a name that it gains, which leads to the document of a server that is known under another
//! one, is told at once: the first document under a new name is told to nobody.

use jiff::Timestamp;
use serde_json::Value;

use super::event::FindingChange;
use super::followed::named;
use super::reading::Reading;
use super::sighting::Sighting;
use super::tracking::Tracking;
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::document::well_known;
use crate::meaning::change::{Change, Finding, FindingState};
use crate::meaning::finding;
use crate::meaning::provider::Target;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;

/// The document of a server as it is known when the list changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownServer {
    kind: Kind,
    /// The issuer as the resource wrote it.
    announced: String,
    /// What was found about that, if anything.
    finding: Option<Finding>,
}

impl KnownServer {
    /// The server whose document this is, if it was known before the resource was asked. What a poll of the
    /// same time saw comes later in a recording.
    pub fn of(name: &DocumentName, tracking: &Tracking, asked_at: Timestamp) -> Option<Self> {
        let announced = name.issuer().filter(|_| name.is_of_server())?;
        let baseline = tracking.baseline.as_ref()?;
        let mut findings = baseline.judgement.findings.iter();
        (baseline.first_seen_at < asked_at).then(|| Self {
            kind: name.kind(),
            announced: announced.to_owned(),
            finding: findings
                .find(|it| it.rule == Rule::IssuerAnnouncedDifferently)
                .cloned(),
        })
    }

    /// The issuer that its document names.
    fn published(&self) -> Option<&str> {
        match &self.finding {
            None => Some(&self.announced),
            Some(finding) => finding.found.as_ref().and_then(Value::as_str),
        }
    }

    /// Whether an issuer of this name has its document at the same address.
    fn is_found_by(&self, issuer: &str) -> bool {
        let place = |issuer| well_known::metadata_url(self.kind, issuer);
        place(&self.announced).is_some_and(|own| place(issuer) == Some(own))
    }
}

/// Whether a document names servers.
pub fn tells(name: &DocumentName) -> bool {
    name.issuer().is_none() && name.is_of_resource()
}

/// What came and went with the names of the servers, by what was seen of a resource and what is known of its
/// servers.
pub fn of_sighting(
    target: &Target,
    sighting: &Sighting,
    known: &[KnownServer],
) -> Vec<FindingChange> {
    match (&sighting.baseline, &sighting.reading) {
        (Some(before), Reading::Document(parsed)) if tells(&target.kind) => {
            moved(before, &parsed.document, known, &target.policy)
        }
        _ => Vec::new(),
    }
}

/// Rates again what only corrects the name of the only server of a resource: clients that refused the server
/// because of it work again, and nobody who compared the names was sent elsewhere. What the operator decided of
/// the rule stays.
pub fn rate_corrected(changes: &mut [Change], moved: &[FindingChange], policy: &Policy) {
    for change in changes.iter_mut().filter(|it| is_corrected(it, moved)) {
        let rule = Rule::AuthorizationServersReplaced;
        if change.severity == Severity::Breaking && !policy.severity.contains_key(&rule) {
            change.severity = Severity::Notice;
        }
        CORRECTED.clone_into(&mut change.why);
        change.advice = Some(TRY_AGAIN.to_owned());
    }
}

const CORRECTED: &str = "The resource names its server as that writes itself again: clients that refused the server because one slash differed work again.";
const TRY_AGAIN: &str = "Nothing, unless a client of yours was registered under the other name meanwhile: register that one anew.";

/// Whether a change only takes up how the server writes its issuer, which was found to differ before.
pub fn is_corrected(change: &Change, moved: &[FindingChange]) -> bool {
    let ([old], [new]) = (change.removed.as_slice(), change.added.as_slice()) else {
        return false;
    };
    let is_slash = |one: &Value, other: &Value| {
        let texts = one.as_str().zip(other.as_str());
        texts.is_some_and(|(one, other)| one.trim_end_matches('/') == other.trim_end_matches('/'))
    };
    let is_cured = |moved: &FindingChange| {
        moved.state == FindingState::Cured
            && moved.finding.rule == Rule::IssuerAnnouncedDifferently
            && moved.finding.found.as_ref() == Some(new)
    };
    change.rule == Rule::AuthorizationServersReplaced
        && is_slash(old, new)
        && moved.iter().any(is_cured)
}

/// What came and went about the issuers that a resource writes, between two of its documents.
fn moved(
    before: &Document,
    after: &Document,
    known: &[KnownServer],
    policy: &Policy,
) -> Vec<FindingChange> {
    let servers = |document: &Document| named(document.kind(), document.canonical()).servers;
    let (before, after) = (servers(before), servers(after));
    let mut named_before: Vec<&KnownServer> = known
        .iter()
        .filter(|it| before.contains(&it.announced))
        .collect();
    // A store and a recording know them in orders of their own.
    named_before
        .sort_by(|one, other| (&one.announced, one.kind).cmp(&(&other.announced, other.kind)));
    let mut moved = Vec::new();
    let mut tell = |finding: Finding, state| moved.push(FindingChange { finding, state });
    for server in named_before {
        if let Some(finding) = &server.finding
            && !after.contains(&server.announced)
        {
            tell(finding.clone(), FindingState::Cured);
        }
        let new = after.iter().filter(|issuer| !before.contains(issuer));
        for issuer in new.filter(|issuer| server.is_found_by(issuer)) {
            let published = server.published();
            let found = published.and_then(|it| finding::announced_differently(issuer, it, policy));
            if let Some(finding) = found {
                tell(finding, FindingState::New);
            }
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "https://as.example";
    const SLASHED: &str = "https://as.example/";

    fn resource(servers: &[&str]) -> Document {
        let text =
            serde_json::json!({"resource": "https://r.example", "authorization_servers": servers});
        let text = text.to_string();
        Document::parse(Kind::OAUTH_PROTECTED_RESOURCE, text.as_bytes(), None).unwrap()
    }

    fn server(announced: &str, published: &str) -> KnownServer {
        KnownServer {
            kind: Kind::OAUTH_AUTHORIZATION_SERVER,
            announced: announced.to_owned(),
            finding: finding::announced_differently(announced, published, &Policy::default()),
        }
    }

    fn states(before: &[&str], after: &[&str], known: &[KnownServer]) -> Vec<FindingState> {
        let moved = moved(
            &resource(before),
            &resource(after),
            known,
            &Policy::default(),
        );
        moved.iter().map(|moved| moved.state).collect()
    }

    #[test]
    fn a_slash_that_the_resource_corrects_is_a_cure_and_one_that_it_adds_is_a_finding() {
        let wrong = [server(SLASHED, PLAIN)];
        assert_eq!(states(&[SLASHED], &[PLAIN], &wrong), [FindingState::Cured]);
        let right = [server(PLAIN, PLAIN)];
        assert_eq!(states(&[PLAIN], &[SLASHED], &right), [FindingState::New]);
        let new = moved(
            &resource(&[PLAIN]),
            &resource(&[SLASHED]),
            &right,
            &Policy::default(),
        );
        assert_eq!(new[0].finding.expected, Some(Value::from(SLASHED)));
        assert_eq!(new[0].finding.found, Some(Value::from(PLAIN)));
    }

    #[test]
    fn a_server_that_goes_takes_its_finding_along_and_another_one_brings_none() {
        let other = "https://other.example/";
        let wrong = [server(SLASHED, PLAIN)];
        assert_eq!(states(&[SLASHED], &[other], &wrong), [FindingState::Cured]);
        let right = [server(PLAIN, PLAIN)];
        assert_eq!(states(&[PLAIN], &[PLAIN, other], &right), []);
        assert_eq!(states(&[PLAIN], &[other], &right), []);
        let twice = states(&[PLAIN], &[PLAIN, SLASHED], &right);
        assert_eq!(twice, [FindingState::New]);
        // It was named before and is so still, or it is known from long ago.
        assert_eq!(states(&[SLASHED], &[SLASHED, other], &wrong), []);
        assert_eq!(states(&[other], &[PLAIN], &wrong), []);
    }

    #[test]
    fn several_are_told_in_one_order_however_they_are_known() {
        let other = "https://bs.example";
        let slashed = format!("{other}/");
        let known = [server(PLAIN, PLAIN), server(other, other)];
        let told = |known: &[KnownServer]| {
            let (old, new) = (resource(&[PLAIN, other]), resource(&[SLASHED, &slashed]));
            moved(&old, &new, known, &Policy::default())
        };
        let reversed: Vec<KnownServer> = known.iter().rev().cloned().collect();
        assert_eq!(told(&known).len(), 2);
        assert_eq!(told(&known), told(&reversed));
    }

    #[test]
    fn a_corrected_name_is_a_notice_and_what_the_operator_decided_stays() {
        let (old, new) = (resource(&[SLASHED]), resource(&[PLAIN]));
        let policy = Policy::default();
        let rated = |known: &[KnownServer], policy: &Policy| {
            let mut changes = crate::meaning::diff::changes(&old, &new, None, policy);
            let moved = moved(&old, &new, known, policy);
            rate_corrected(&mut changes, &moved, policy);
            changes[0].clone()
        };
        let cured = rated(&[server(SLASHED, PLAIN)], &policy);
        assert_eq!(cured.severity, Severity::Notice);
        assert!(cured.why.ends_with("work again."));
        // Away from how the server writes itself, or where that is not known, it breaks clients.
        for known in [vec![server(SLASHED, SLASHED)], Vec::new()] {
            assert_eq!(rated(&known, &policy).severity, Severity::Breaking);
        }
        let mut own = Policy::default();
        own.severity.insert(
            Rule::AuthorizationServersReplaced,
            crate::meaning::provider_policy::RuleOverride::Severity(Severity::Breaking),
        );
        let cured = rated(&[server(SLASHED, PLAIN)], &own);
        assert_eq!(cured.severity, Severity::Breaking);
    }

    #[test]
    fn who_decided_to_ignore_it_is_told_of_neither() {
        let mut policy = Policy::default();
        policy.severity.insert(
            Rule::IssuerAnnouncedDifferently,
            crate::meaning::provider_policy::RuleOverride::Ignore,
        );
        let right = [server(PLAIN, PLAIN)];
        let moved = moved(&resource(&[PLAIN]), &resource(&[SLASHED]), &right, &policy);
        assert!(moved.is_empty());
    }
}
