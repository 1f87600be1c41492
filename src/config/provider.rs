//! `[[provider]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jsonptr::PointerBuf;
use toml::Spanned;

use super::document_url::{self, address};
use super::location::Location;
use super::name::ProviderNames;
use super::overrides::Overrides;
use super::problem::shown;
use super::reader::Section;
use super::{keys, uses};
use crate::document::address::is_protected;
use crate::document::kind::{About, Kind, Naming, Place as Standing};
use crate::document::well_known;
use crate::meaning::provider::{Identity, Secret};
use crate::meaning::provider_policy::Policy;
use crate::policy::schedule::Schedule;

/// One `[[provider]]` of the configuration, valid and with its defaults filled in.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, so that it is safe in a subject, a path, a log.
    pub name: String,
    /// Names it had before: what is stored under them is its history. No provider has one of them now.
    pub formerly: Vec<String>,
    /// What its documents must say they are about.
    pub identity: Identity,
    /// The documents to follow, in configured order, without duplicates.
    pub documents: Vec<Kind>,
    /// Whether the key sets of the authorization servers that a resource names are followed too.
    pub follows_keys: bool,
    /// Addresses that the operator named, by document. All others are derived from the identity, or
    /// named by the metadata.
    pub urls: BTreeMap<Kind, String>,
    /// When its documents are polled; shared, as there may be thousands of providers.
    pub schedule: Arc<Schedule>,
    /// Headers sent to the configured host only, never across a redirect to another one.
    pub headers: Vec<(String, Secret)>,
    /// Hosts, besides the configured one, that may resolve to addresses that are not public.
    pub allow_hosts: Vec<String>,
    /// What decides about its changes.
    pub policy: Arc<Policy>,
}

impl Provider {
    /// The URL that the operator named for a document: its own, or the one it is derived from. A key
    /// set that the metadata names is trusted as far as the first metadata document is.
    pub fn named_for(&self, kind: Kind) -> &str {
        let own = |kind| self.urls.get(&kind).map(String::as_str);
        let leads = self.documents.iter().find(|one| one.leads_to(kind));
        own(kind)
            .or_else(|| own(*leads.filter(|_| kind.is_named_by_another())?))
            .unwrap_or(self.identity.as_str())
    }
}

pub(super) fn read(
    section: &Section<'_>,
    defaults: &Overrides,
    location: &Location,
    names: &mut ProviderNames,
) -> Option<Provider> {
    let known = [&keys::PROVIDER[..], &keys::SHARED].concat();
    section.check_keys("provider", &known);
    let name = names.read(section);
    let formerly = names.read_former(section);
    let documents = documents(section);
    let urls = document_url::read(section, documents.as_deref());
    let identity = identity(section, documents.as_deref(), &urls);
    let pointer = pointer(section, documents.as_deref());
    if let (Some(identity), Some(documents)) = (&identity, &documents) {
        fit(section, identity, documents);
        document_url::check(section, identity, documents, &urls);
    }
    let is_resource = matches!(identity, Some(Identity::Resource(_)));
    let shared = Overrides::read(section, location).or(defaults);
    let uses = uses::read(section, names.clients());
    let policy = shared.policy(uses, defaults.zone().time_zone().clone());
    let policy = Arc::new(Policy {
        identity: pointer,
        ..policy
    });
    Some(Provider {
        name: name?,
        formerly,
        identity: identity?,
        follows_keys: is_resource && follows_keys(section, documents.as_deref()),
        documents: configured(documents?, is_resource, &urls),
        urls,
        schedule: shared.schedule()?,
        headers: shared.headers.unwrap_or_default(),
        allow_hosts: shared.allow_hosts.unwrap_or_default(),
        policy,
    })
}

/// How many values are searched at most for an equal one.
const LOOKED_THROUGH: usize = 16;

/// Values that providers with equal settings share, because there may be thousands of providers.
#[derive(Default)]
pub(super) struct SharedValues {
    policies: Vec<Arc<Policy>>,
    schedules: Vec<Arc<Schedule>>,
}

impl SharedValues {
    /// Lets a provider share what another one has already.
    pub(super) fn share(&mut self, provider: Provider) -> Provider {
        Provider {
            policy: common(&mut self.policies, provider.policy),
            schedule: common(&mut self.schedules, provider.schedule),
            ..provider
        }
    }
}

fn common<T: PartialEq>(known: &mut Vec<Arc<T>>, value: Arc<T>) -> Arc<T> {
    if let Some(same) = known.iter().find(|same| **same == value) {
        return Arc::clone(same);
    }
    if known.len() < LOOKED_THROUGH {
        known.push(Arc::clone(&value));
    }
    value
}

/// Whether the key sets that other documents name are followed: `documents` lists one, or is left out.
fn follows_keys(section: &Section<'_>, documents: Option<&[Kind]>) -> bool {
    let mut all = documents.unwrap_or_default().iter();
    section.get("documents").is_none() || all.any(|kind| kind.is_named_by_another())
}

/// The documents that stand for themselves. What a resource names comes and goes with its document.
fn configured(documents: Vec<Kind>, is_resource: bool, urls: &BTreeMap<Kind, String>) -> Vec<Kind> {
    let is_led =
        |kind: &Kind| is_resource && kind.is_named_by_another() && !urls.contains_key(kind);
    let own = documents.into_iter().filter(|kind| !is_led(kind));
    // Without the room that it grew by, three times what one document takes.
    own.collect::<Box<[Kind]>>().into_vec()
}

/// Where an object of any sort says what it describes.
fn pointer(section: &Section<'_>, documents: Option<&[Kind]>) -> Option<PointerBuf> {
    let text = section.text("identity")?;
    let is_pointed = |kind: &Kind| kind.row().rule == Naming::Pointed;
    if documents.is_some_and(|all| !all.iter().any(is_pointed)) {
        let pointed = Kind::ALL.iter().filter(|kind| is_pointed(kind));
        let names: Vec<String> = pointed.map(|kind| format!("\"{kind}\"")).collect();
        let what = format!("identity is for documents of kind {}", names.join(", "));
        section.problem(text.span(), what);
        return None;
    }
    let pointer = *text.get_ref();
    let read = PointerBuf::parse(pointer).ok().filter(|it| !it.is_root());
    if read.is_none() {
        let what = format!(
            "identity takes a JSON Pointer such as \"/id\", not \"{}\"",
            shown(pointer)
        );
        section.problem(text.span(), what);
    }
    read
}

/// What the documents are about: an issuer or a resource, but not both. If all documents are at
/// configured addresses and none is derived from an identity, the first of those addresses is used.
fn identity(
    section: &Section<'_>,
    documents: Option<&[Kind]>,
    urls: &BTreeMap<Kind, String>,
) -> Option<Identity> {
    let is_given = |kind: &Kind| kind.row().place == Standing::Given;
    let all = documents.unwrap_or_default();
    let needs_none = !all.is_empty() && all.iter().all(is_given);
    match (section.text("issuer"), section.text("resource")) {
        (Some(text), None) => {
            derived(section, &text, "issuer").map(|url| Identity::Issuer(url.into()))
        }
        (None, Some(text)) => {
            derived(section, &text, "resource").map(|url| Identity::Resource(url.into()))
        }
        (Some(_), Some(text)) => {
            let what = "a provider has an issuer or a resource, not both: write two".to_owned();
            section.problem(text.span(), what);
            None
        }
        (None, None) if needs_none => {
            let url = all.iter().find_map(|kind| urls.get(kind));
            Some(Identity::Address(url.map_or("", String::as_str).into()))
        }
        (None, None) => {
            // A value that is there but not a string was reported already.
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
        match (identity, kind.row().about) {
            (Identity::Issuer(_), About::Resource) => {
                problem(format!("document \"{kind}\" is about a \"resource\""));
            }
            (Identity::Resource(_), About::Issuer) => {
                problem(format!("document \"{kind}\" is about an \"issuer\""));
            }
            _ => {}
        }
    }
}

fn documents(section: &Section<'_>) -> Option<Vec<Kind>> {
    if section.get("documents").is_none() {
        return Some(match section.get("resource") {
            None => vec![Kind::OAUTH_AUTHORIZATION_SERVER, Kind::JWKS],
            Some(_) => vec![Kind::OAUTH_PROTECTED_RESOURCE],
        });
    }
    let texts = section.texts("documents")?;
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let (mut documents, mut seen) = (Vec::new(), BTreeSet::new());
    let mut is_whole = !section.is_empty("documents");
    for text in &texts {
        let Some(kind) = section.choice(text, "document", &known, Kind::parse) else {
            is_whole = false;
            continue;
        };
        if seen.insert(kind) {
            documents.push(kind);
        } else {
            section.problem(text.span(), format!("document \"{kind}\" stands twice"));
        }
    }
    if section.is_empty("documents") {
        let what = "documents is empty: nothing would be watched".to_owned();
        section.problem(section.span_of("documents"), what);
    }
    // If some documents are not known, no further problem can be found.
    (is_whole && !documents.is_empty()).then_some(documents)
}
