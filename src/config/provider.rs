//! `[[provider]]`.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::Spanned;

use super::location::Place;
use super::name::Names;
use super::place::{self, address};
use super::problem::shown;
use super::reader::Section;
use super::shared::Shared;
use super::{keys, uses};
use crate::document::address::is_protected;
use crate::document::kind::Kind;
use crate::document::well_known;
use crate::meaning::provider::{Identity, Provider};
use crate::meaning::provider_policy::Policy;

pub(super) fn read(
    section: &Section<'_>,
    defaults: &Shared,
    place: &Place,
    names: &mut Names,
) -> Option<Provider> {
    let known = [&keys::PROVIDER[..], &keys::SHARED].concat();
    let later = [keys::later::PROVIDER, keys::later::SHARED].concat();
    section.know("provider", &known, &later);
    let name = names.read(section);
    let formerly = names.read_former(section);
    let identity = identity(section);
    let documents = documents(section);
    let urls = place::read(section, documents.as_deref());
    if let (Some(identity), Some(documents)) = (&identity, &documents) {
        fit(section, identity, documents);
        place::check(section, identity, documents, &urls);
    }
    let shared = Shared::read(section, place).or(defaults);
    let uses = uses::read(section);
    let policy = Arc::new(shared.policy(uses, defaults.zone()));
    Some(Provider {
        name: name?,
        formerly,
        identity: identity?,
        documents: documents?,
        urls,
        schedule: shared.schedule.unwrap_or_else(|| "*/15 * * * *".to_owned()),
        timezone: shared.timezone.unwrap_or_else(|| "UTC".to_owned()),
        headers: shared.headers.unwrap_or_default(),
        allow_hosts: shared.allow_hosts.unwrap_or_default(),
        policy,
    })
}

/// Most policies that are looked through for one that is the same.
const POLICIES: usize = 16;

/// Lets providers that say the same share one policy: there may be thousands.
pub(super) fn share_policy(provider: &mut Provider, policies: &mut Vec<Arc<Policy>>) {
    let known = policies.iter().find(|known| **known == provider.policy);
    match known {
        Some(known) => provider.policy = Arc::clone(known),
        None if policies.len() < POLICIES => policies.push(Arc::clone(&provider.policy)),
        None => {}
    }
}

/// What the documents are about: an issuer or a resource, and not both.
fn identity(section: &Section<'_>) -> Option<Identity> {
    match (section.text("issuer"), section.text("resource")) {
        (Some(text), None) => derived(section, &text, "issuer").map(Identity::Issuer),
        (None, Some(text)) => derived(section, &text, "resource").map(Identity::Resource),
        (Some(_), Some(text)) => {
            let what = "a provider has an issuer or a resource, not both: write two".to_owned();
            section.problem(text.span(), what);
            None
        }
        (None, None) => {
            // What is there and no string was reported already.
            if section.get("resource").is_none() {
                let what = "[[provider]] has no \"issuer\"".to_owned();
                section.lack("issuer", section.span(), what);
            }
            None
        }
    }
}

/// A URL from which addresses of documents are derived. One slip is one problem: the first is told.
fn derived(section: &Section<'_>, text: &Spanned<&str>, key: &str) -> Option<String> {
    let value = *text.get_ref();
    let what = if value.contains("/.well-known/") {
        pasted(section, value, key)
    } else if key == "issuer" && value.contains(['?', '#']) {
        "issuer must have no query and no fragment (RFC 8414 section 2)".to_owned()
    } else if value.contains('#') {
        format!("{key} must have no fragment (RFC 9728 section 1.2)")
    } else {
        return address(section, text, key);
    };
    section.problem(text.span(), what);
    None
}

/// What to write instead of the address of a document.
fn pasted(section: &Section<'_>, value: &str, key: &str) -> String {
    // What stands before an @ may be a password.
    let of = well_known::identity_of(value).filter(|_| !value.contains('@'));
    let Some((identity, kind)) = of else {
        return format!("{key} is the address of a document: write the {key} itself");
    };
    let identity = if is_protected(&identity) {
        shown(&identity)
    } else {
        shown(&identity.replacen("http://", "https://", 1))
    };
    let is_followed = |kind: &Kind| section.holds("documents", kind.as_str());
    let also = match kind.filter(|kind| !is_followed(kind)) {
        Some(kind) => format!(", and documents = [\"{kind}\"]"),
        None => String::new(),
    };
    format!("{key} is the address of a document: write {key} = \"{identity}\"{also}")
}

/// Whether these documents can be about this, and can be found.
pub(super) fn fit(section: &Section<'_>, identity: &Identity, documents: &[Kind]) {
    let problem = |what: String| section.problem(section.span_of("documents"), what);
    for kind in documents {
        match (identity, kind) {
            (Identity::Issuer(_), Kind::OauthProtectedResource) => {
                problem(format!("document \"{kind}\" is about a \"resource\""));
            }
            (Identity::Resource(_), Kind::OauthAuthorizationServer | Kind::OpenidConfiguration) => {
                problem(format!("document \"{kind}\" is about an \"issuer\""));
            }
            _ => {}
        }
    }
}

fn documents(section: &Section<'_>) -> Option<Vec<Kind>> {
    if section.get("documents").is_none() {
        return Some(match section.get("resource") {
            None => vec![Kind::OauthAuthorizationServer, Kind::Jwks],
            Some(_) => vec![Kind::OauthProtectedResource],
        });
    }
    let texts = section.texts("documents")?;
    let known = Kind::ALL.map(Kind::as_str);
    let (mut documents, mut seen) = (Vec::new(), BTreeSet::new());
    let mut is_whole = !section.is_empty("documents");
    for text in &texts {
        let Some(kind) = section.word(text, "document", &known, Kind::parse) else {
            is_whole = false;
            continue;
        };
        if keys::later::DOCUMENTS.contains(&kind) {
            let what = format!("document \"{kind}\" is not yet supported");
            section.problem(text.span(), what);
            is_whole = false;
        } else if seen.insert(kind) {
            documents.push(kind);
        } else {
            section.problem(text.span(), format!("document \"{kind}\" stands twice"));
        }
    }
    if section.is_empty("documents") {
        let what = "documents is empty: nothing would be watched".to_owned();
        section.problem(section.span_of("documents"), what);
    }
    // Of documents that are not all known, nothing else can be said.
    (is_whole && !documents.is_empty()).then_some(documents)
}
