//! Whether a client accepts a document, and if not, why.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::demand::{Client, Demand, ReadDocuments, SourcedDemand};
use crate::document::address;
use crate::document::canonical::{Document, sorted_words};
use crate::document::kind::Kind;
use crate::document::member::{self, names};
use crate::document::severity::Group;
use crate::document::text::visible;
use crate::document::value::{visible_name, visible_value};
use crate::meaning::required::is_required;

/// What a client says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The client uses the document.
    Accepts,
    /// The client does not use the document, for at least one reason.
    Refuses(Vec<UnmetReason>),
    /// The client reads only documents of other kinds.
    NotRead,
}

/// A demand that a document does not meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmetReason {
    /// What is demanded: `code_challenge_methods_supported lists S256`.
    pub demand: String,
    /// The member that does not meet it, made visible.
    pub member: String,
    /// Where the demand is written.
    pub source: String,
    /// What there is instead: `code_challenge_methods_supported does not list S256`.
    pub instead: String,
}

/// What the client says of a document that was asked for under this identity. If the identity is not
/// known, no demand about it can fail.
pub fn judge(client: &Client, document: &Document, identity: Option<&str>) -> Verdict {
    if !reads(client, document.kind()) {
        return Verdict::NotRead;
    }
    let demands = client.demands.iter();
    let reasons: Vec<UnmetReason> = demands
        .filter_map(|stated| reason(stated, document, identity))
        .collect();
    if reasons.is_empty() {
        Verdict::Accepts
    } else {
        Verdict::Refuses(reasons)
    }
}

/// Whether a client can read documents of this kind: a key set has no members to demand.
pub fn may_be_read(kind: Kind) -> bool {
    !kind.is_key_set()
}

fn reads(client: &Client, kind: Kind) -> bool {
    match client.reads {
        ReadDocuments::Metadata => may_be_read(kind),
        ReadDocuments::Only(kinds) => kinds.contains(&kind),
    }
}

fn reason(
    stated: &SourcedDemand,
    document: &Document,
    identity: Option<&str>,
) -> Option<UnmetReason> {
    let (demand, member, instead) = unmet(&stated.demand, document, identity)?;
    Some(UnmetReason {
        demand,
        member: visible_name(&member),
        source: stated.source.clone(),
        instead,
    })
}

/// What is demanded, the member that does not meet it, and what there is instead.
type UnmetDemand = (String, String, String);

fn unmet(demand: &Demand, document: &Document, identity: Option<&str>) -> Option<UnmetDemand> {
    match demand {
        Demand::Requires(name) => missing(document, name),
        Demand::RequiresWhereNeeded(name) => {
            let is_required = is_required(document, name).unwrap_or(true);
            missing(document, name).filter(|_| is_required)
        }
        Demand::Contains(name, values) => lacking(document, name, values),
        Demand::Is(name, wanted) => {
            let value = match document.effective(name) {
                Some(value) => value.as_bool(),
                None => member::absent_is_false(document.kind(), name).then_some(false),
            };
            let shown = visible_name(name);
            (value != Some(*wanted)).then(|| {
                (
                    format!("{shown} is {wanted}"),
                    name.to_owned(),
                    format!("{shown} is not {wanted}"),
                )
            })
        }
        Demand::Https => {
            let is_wrong = |_: &str, url: &str| !address::is_protected(url);
            every("https", "not https", document, is_wrong)
        }
        Demand::PlainIssuer => not_plain(document),
        Demand::IssuerMatches => {
            let name = identity_name(document);
            let asked = identity.filter(|asked| document.identity() != Some(asked))?;
            let asked = visible_value(&Value::from(asked), 200);
            let demand = format!("{name} is exactly {asked}");
            let instead = match document.members().get(name) {
                Some(value) => format!("{name} is {}, not {asked}", visible_value(value, 200)),
                None => format!("{name} is missing"),
            };
            Some((demand, name.to_owned(), instead))
        }
        Demand::SameOrigin => {
            let name = identity_name(document);
            let url = document.identity().and_then(|text| Url::parse(text).ok());
            let origin = url.map(|url| url.origin()).filter(url::Origin::is_tuple);
            let is_wrong = |_: &str, url: &str| {
                let other = Url::parse(url).ok().map(|url| url.origin());
                other.is_none() || other != origin
            };
            let (is, is_not) = (
                format!("of the origin of {name}"),
                format!("of another origin than {name}"),
            );
            every(&is, &is_not, document, is_wrong)
        }
    }
}

fn missing(document: &Document, name: &str) -> Option<UnmetDemand> {
    let value = document.members().get(name);
    let shown = visible_name(name);
    value.is_none_or(Value::is_null).then(|| {
        (
            format!("{shown} is present"),
            name.to_owned(),
            format!("{shown} is missing"),
        )
    })
}

fn lacking(document: &Document, name: &str, values: &[String]) -> Option<UnmetDemand> {
    let value = document.effective(name);
    let is_words = name == names::RESPONSE_TYPES_SUPPORTED;
    let is_same = |there: &str, wanted: &str| {
        there == wanted || (is_words && sorted_words(there) == sorted_words(wanted))
    };
    let has = |wanted: &String| match value {
        Some(Value::Array(there)) => {
            let mut texts = there.iter().filter_map(Value::as_str);
            texts.any(|there| is_same(there, wanted))
        }
        Some(Value::String(there)) => is_same(there, wanted),
        _ => false,
    };
    // They are shown wherever a client is told, and whoever wrote the configuration may have copied them.
    let lacks: Vec<String> = values
        .iter()
        .filter(|it| !has(it))
        .map(|it| visible(it))
        .collect();
    if lacks.is_empty() {
        return None;
    }
    let shown = visible_name(name);
    let (lists, lists_not) = match value {
        Some(Value::String(_)) => ("is", "is not"),
        _ => ("lists", "does not list"),
    };
    let all: Vec<String> = values.iter().map(|it| visible(it)).collect();
    Some((
        format!("{shown} {lists} {}", all.join(" and ")),
        name.to_owned(),
        format!("{shown} {lists_not} {}", lacks.join(" and ")),
    ))
}

/// RFC 8414 section 2: an https URL that has no query and no fragment.
fn not_plain(document: &Document) -> Option<UnmetDemand> {
    let name = identity_name(document);
    let text = document.identity()?;
    let is_plain = address::is_protected(text) && !text.contains(['?', '#']);
    (!is_plain).then(|| {
        (
            format!("{name} is an https URL without query and fragment"),
            name.to_owned(),
            format!("{name} is {}", visible_value(&Value::from(text), 200)),
        )
    })
}

/// The first endpoint that is wrong, and how many others are.
fn every(
    is: &str,
    is_not: &str,
    document: &Document,
    is_wrong: impl Fn(&str, &str) -> bool,
) -> Option<UnmetDemand> {
    let mut wrong = endpoints(document)
        .into_iter()
        .filter(|(name, url)| is_wrong(name, url))
        .map(|(name, _)| name);
    let first = wrong.next()?;
    let shown = visible_name(first);
    let instead = match wrong.count() {
        0 => format!("{shown} is {is_not}"),
        1 => format!("{shown} and 1 other endpoint are {is_not}"),
        more => format!("{shown} and {more} other endpoints are {is_not}"),
    };
    Some((format!("every endpoint is {is}"), first.to_owned(), instead))
}

/// The addresses that clients call, each with its member. Values that are not texts are left out.
fn endpoints(document: &Document) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (name, value) in document.members() {
        let is_identity = name == names::ISSUER || name == names::RESOURCE;
        if is_identity || member::group(document.kind(), name) != Group::Endpoints {
            continue;
        }
        let name = name.as_str();
        match value {
            Value::Null => {}
            Value::Object(aliases) => {
                let urls = aliases.values().filter(|url| !url.is_null());
                found.extend(urls.map(|url| (name, url.as_str().unwrap_or_default())));
            }
            Value::Array(urls) => {
                found.extend(
                    urls.iter()
                        .map(|url| (name, url.as_str().unwrap_or_default())),
                );
            }
            other => found.push((name, other.as_str().unwrap_or_default())),
        }
    }
    found
}

/// The member that says what the document is about.
fn identity_name(document: &Document) -> &'static str {
    document.kind().row().identity.unwrap_or(names::ISSUER)
}

#[cfg(test)]
mod tests;
