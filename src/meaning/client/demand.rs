//! What a client is made of.

use serde::Serialize;

use crate::document::kind::Kind;

/// A named set of demands that some software makes of a document. Serialized, it names what is judged
/// by: another demand is another judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Client {
    /// What it is called in the configuration.
    pub name: String,
    /// What it is, in words.
    pub about: String,
    /// The documents that it reads.
    pub reads: ReadDocuments,
    /// What it demands; it refuses a document that does not meet one of them.
    pub demands: Vec<SourcedDemand>,
}

/// The documents that a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ReadDocuments {
    /// All metadata: the operator who writes a client also says which providers it is used with.
    Metadata,
    /// These alone.
    Only(&'static [Kind]),
}

/// A demand, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourcedDemand {
    /// What is demanded.
    pub demand: Demand,
    /// The specification with its revision and section, or the source of the client; with a date.
    pub source: String,
}

/// What a client can demand of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Demand {
    /// The member is written down.
    Requires(String),
    /// The same, where the grants that are offered need it (RFC 8414 section 2).
    RequiresWhereNeeded(String),
    /// The member lists these values, or is the only one; if it is left out, its default does so.
    Contains(String, Vec<String>),
    /// The member has this value; if it is left out, its default has it.
    Is(String, bool),
    /// Every endpoint is https. Loopback addresses are exempt, as everywhere.
    Https,
    /// The issuer is an https URL without query and fragment.
    PlainIssuer,
    /// The document is about exactly what it was asked for.
    IssuerMatches,
    /// Every endpoint is of the origin of the issuer.
    SameOrigin,
}
