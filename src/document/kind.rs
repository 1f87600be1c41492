//! The kinds of documents that are followed: a table that is data (`kind/kinds.toml`).
//!
//! A kind is a handle to its row. Code never asks which kind it has, only what the row of it says.
//! An enumeration was rejected: each further kind would be an arm in every place that tells kinds apart.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What all documents of a kind have in common.
#[derive(Debug)]
pub struct Row {
    order: u8,
    name: &'static str,
    /// What a document of the kind is called where something else came instead.
    pub title: &'static str,
    /// What it is made of.
    pub shape: Shape,
    /// Where it stands.
    pub place: Place,
    /// Where it stood in earlier versions of its specification.
    pub earlier: &'static [Place],
    /// Kinds of one family describe the same thing.
    pub family: &'static str,
    /// What it describes, as the configuration says it.
    pub about: About,
    /// The member that names what it describes.
    pub identity: Option<&'static str>,
    /// What holds of that member.
    pub rule: Naming,
    /// What repeats the identity, so that it is compared with the document; `None` where nothing does.
    pub repeated_in: Option<RepeatedIn>,
    /// Whether an object that names an endpoint, but not what it describes, is such a document.
    pub endpoints: bool,
    /// Members any of which, if it is not empty, makes an object such a document.
    pub marks: &'static [&'static str],
    /// The requirements it is judged by.
    pub checks: Checks,
    /// The media types it is sent as; one that begins with `+` is an ending.
    pub media_types: &'static [&'static str],
    /// Members that name other documents, with the kinds of those.
    pub leads: &'static [(&'static str, Kind)],
    /// Its specification.
    pub reference: &'static str,
}

/// What a document is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Members that describe something.
    Metadata,
    /// Keys.
    KeySet,
    /// Any JSON object.
    Object,
}

/// Where documents of a kind stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between host and path, whose terminating slash is removed.
    Inserted,
    /// Before path and query; only the slash directly after the host is removed.
    InsertedWhole,
    /// After the path.
    Appended,
    /// Where another document says.
    Named,
    /// Where the configuration says.
    Given,
}

/// What documents of a kind describe, as the configuration says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An `issuer`.
    Issuer,
    /// A `resource`.
    Resource,
    /// Whatever the provider is.
    Anything,
}

/// What holds of the member that names what a document describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// No member names it.
    Unnamed,
    /// It equals what is configured, character by character.
    Exact,
    /// It says whose document it is, but is not the address of the document.
    Stated,
    /// The configuration points to it.
    Pointed,
}

/// What repeats, in `iss`, the identity that a document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepeatedIn {
    /// The tokens that the server issues.
    Tokens,
    /// The security events that the transmitter sends.
    Events,
}

/// The requirements by which documents of a kind are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checks {
    /// The requirements of RFC 8414.
    AuthorizationServer,
    /// The requirements of RFC 8414 and of OpenID Connect Discovery.
    OpenidProvider,
    /// The requirements of RFC 9728.
    Resource,
    /// The requirements of RFC 7517.
    KeySet,
    /// Only what the table of its members says.
    Members,
}

/// The kind of a document. Its text form is the one used in configuration, SQL, mails and JSON.
#[derive(Clone, Copy)]
pub struct Kind(&'static Row);

// The rows, a constant for each, and `Kind::ALL`.
#[cfg(not(test))]
include!(concat!(env!("OUT_DIR"), "/kinds.rs"));
// The rows with one more, which shows that a row is enough (`tests/fixtures/kind`).
#[cfg(test)]
include!(concat!(env!("OUT_DIR"), "/kinds_of_tests.rs"));

impl Kind {
    /// The text form, which is also the last segment of a well-known path.
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// What its row says.
    pub fn row(self) -> &'static Row {
        self.0
    }

    /// Its index among all kinds.
    pub(super) fn order(self) -> usize {
        usize::from(self.0.order)
    }

    /// Whether its documents say where documents of the other kind are.
    pub fn leads_to(self, kind: Self) -> bool {
        self.0.leads.iter().any(|(_, to)| *to == kind)
    }

    /// Whether its documents are key sets.
    pub fn is_key_set(self) -> bool {
        self.0.shape == Shape::KeySet
    }

    /// Whether another document says where it stands.
    pub fn is_named_by_another(self) -> bool {
        self.0.place == Place::Named
    }

    /// Whether its address follows from the issuer or resource it describes.
    pub fn is_well_known(self) -> bool {
        !matches!(self.0.place, Place::Named | Place::Given)
    }

    /// Whether its documents must say that they describe what is configured.
    pub fn must_name_itself(self) -> bool {
        matches!(self.0.rule, Naming::Exact | Naming::Pointed)
    }

    /// Whether its documents describe authorization servers.
    pub fn is_of_server(self) -> bool {
        matches!(
            self.0.checks,
            Checks::AuthorizationServer | Checks::OpenidProvider
        )
    }

    /// Whether its documents describe protected resources.
    pub fn is_of_resource(self) -> bool {
        self.0.about == About::Resource
    }

    /// Whether a media type is one that its documents are sent as.
    pub fn is_sent_as(self, media_type: &str) -> bool {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let mut known = self.0.media_types.iter();
        known.any(|known| {
            let from = match known.strip_prefix('+') {
                Some(_) => essence.len().checked_sub(known.len()),
                None => Some(0),
            };
            let end = from.and_then(|from| essence.get(from..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(known))
        })
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.0.order == other.0.order
    }
}

impl Eq for Kind {}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.order.cmp(&other.0.order)
    }
}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.order.hash(state);
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("no kind of document: {text}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_and_read_by_its_name() {
        for kind in Kind::ALL {
            let text = serde_json::to_string(kind).unwrap();
            assert_eq!(text, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<Kind>(&text).unwrap(), *kind);
        }
        assert!(serde_json::from_str::<Kind>("\"x\"").is_err());
        assert!(Kind::ALL.is_sorted());
    }

    #[test]
    fn the_kinds_that_were_there_first_come_first() {
        let first: Vec<&str> = Kind::ALL.iter().take(4).map(|kind| kind.as_str()).collect();
        let expected = [
            "oauth-authorization-server",
            "openid-configuration",
            "oauth-protected-resource",
            "jwks",
        ];
        assert_eq!(first, expected);
    }

    #[test]
    fn a_media_type_is_compared_without_its_parameters_and_by_its_ending() {
        let directory = Kind::parse("http-message-signatures-directory").unwrap();
        let own = "application/http-message-signatures-directory+json";
        for (kind, media_type, expected) in [
            (Kind::JWKS, "application/jwk-set+json; charset=utf-8", true),
            (Kind::JWKS, "Application/JSON", true),
            (Kind::JWKS, "text/plain", false),
            (directory, own, true),
            (directory, "application/json", false),
        ] {
            assert_eq!(kind.is_sent_as(media_type), expected, "{kind} {media_type}");
        }
    }
}
