//! The clients that are built in. Each demand is cited; what could not be cited is not here, such as
//! clients whose owner publishes no list of what they check.
//!
//! `mcp` is the newest revision that was read. The texts were read on 2026-11-27, that of AWS on
//! 2026-11-28.

use std::sync::LazyLock;

use super::demand::{Client, Demand, ReadDocuments, SourcedDemand};
use crate::document::kind::Kind;
use crate::document::member::names;

const SERVER: ReadDocuments =
    ReadDocuments::Only(&[Kind::OAUTH_AUTHORIZATION_SERVER, Kind::OPENID_CONFIGURATION]);
const OPENID: ReadDocuments = ReadDocuments::Only(&[Kind::OPENID_CONFIGURATION]);

/// A demand that is written in this source.
fn stated(demand: Demand, source: &str) -> SourcedDemand {
    SourcedDemand {
        demand,
        source: source.to_owned(),
    }
}

fn requires(member: &str, source: &str) -> SourcedDemand {
    stated(Demand::Requires(member.to_owned()), source)
}

fn where_needed(member: &str, source: &str) -> SourcedDemand {
    stated(Demand::RequiresWhereNeeded(member.to_owned()), source)
}

fn lists(member: &str, value: &str, source: &str) -> SourcedDemand {
    let demand = Demand::Contains(member.to_owned(), vec![value.to_owned()]);
    stated(demand, source)
}

fn client(name: &str, about: &str, reads: ReadDocuments, demands: Vec<SourcedDemand>) -> Client {
    Client {
        name: name.to_owned(),
        about: about.to_owned(),
        reads,
        demands,
    }
}

const RFC8414: &str = "RFC 8414 (2018-06) section 2";
const DISCOVERY: &str = "OpenID Connect Discovery 1.0 (2014-11, errata 2 2023-12) section 3";
/// The manual asks for `claims_supported` too. That is left out: documents without it were accepted once
/// `response_types_supported` was there (hashicorp/vault 7533, 2019-09-30), and a client must not be said to
/// refuse what it takes.
const AWS_IAM: &str = "AWS IAM User Guide, Create an OpenID Connect (OIDC) identity provider in IAM, \
     Prerequisites (as of 2026-11-28)";

/// All that are built in, in the order in which they are shown.
pub static CLIENTS: LazyLock<Vec<Client>> = LazyLock::new(|| {
    vec![
        client(
            "mcp",
            "a client of the Model Context Protocol, revision 2026-07-28",
            SERVER,
            vec![
                lists(
                    names::CODE_CHALLENGE_METHODS_SUPPORTED,
                    "S256",
                    "MCP authorization 2025-11-25 and 2026-07-28, Authorization Code Protection",
                ),
                stated(
                    Demand::Https,
                    "MCP authorization 2026-07-28, Communication Security",
                ),
                stated(
                    Demand::IssuerMatches,
                    "MCP authorization 2026-07-28, Authorization Server Metadata Discovery; RFC 8414 section 3.3",
                ),
            ],
        ),
        client(
            "mcp-2025-11-25",
            "a client of the Model Context Protocol, revision 2025-11-25",
            SERVER,
            vec![
                lists(
                    names::CODE_CHALLENGE_METHODS_SUPPORTED,
                    "S256",
                    "MCP authorization 2025-11-25, Authorization Code Protection",
                ),
                stated(
                    Demand::Https,
                    "MCP authorization 2025-11-25, Communication Security",
                ),
            ],
        ),
        client(
            "mcp-2025-06-18",
            "a client of the Model Context Protocol, revision 2025-06-18",
            ReadDocuments::Only(&[Kind::OAUTH_AUTHORIZATION_SERVER]),
            vec![stated(
                Demand::Https,
                "MCP authorization 2025-06-18, Communication Security",
            )],
        ),
        client(
            "mcp-2025-03-26",
            "a client of the Model Context Protocol, revision 2025-03-26",
            ReadDocuments::Only(&[Kind::OAUTH_AUTHORIZATION_SERVER]),
            vec![stated(
                Demand::Https,
                "MCP authorization 2025-03-26, Security Considerations",
            )],
        ),
        client(
            "strict-rfc8414",
            "a client that takes RFC 8414 by the letter",
            SERVER,
            vec![
                requires(names::ISSUER, RFC8414),
                stated(Demand::PlainIssuer, RFC8414),
                stated(Demand::IssuerMatches, "RFC 8414 (2018-06) section 3.3"),
                where_needed(names::AUTHORIZATION_ENDPOINT, RFC8414),
                where_needed(names::TOKEN_ENDPOINT, RFC8414),
                requires(names::RESPONSE_TYPES_SUPPORTED, RFC8414),
            ],
        ),
        client(
            "strict-openid",
            "a client that takes OpenID Connect Discovery by the letter",
            OPENID,
            vec![
                requires(names::ISSUER, DISCOVERY),
                stated(Demand::PlainIssuer, DISCOVERY),
                stated(
                    Demand::IssuerMatches,
                    "OpenID Connect Discovery 1.0 (2014-11, errata 2 2023-12) section 4.3",
                ),
                requires(names::AUTHORIZATION_ENDPOINT, DISCOVERY),
                where_needed(names::TOKEN_ENDPOINT, DISCOVERY),
                requires(names::JWKS_URI, DISCOVERY),
                requires(names::RESPONSE_TYPES_SUPPORTED, DISCOVERY),
                requires(names::SUBJECT_TYPES_SUPPORTED, DISCOVERY),
                lists(
                    names::ID_TOKEN_SIGNING_ALG_VALUES_SUPPORTED,
                    "RS256",
                    DISCOVERY,
                ),
            ],
        ),
        client(
            "kubernetes",
            "the API server of Kubernetes, with an issuer for its users",
            OPENID,
            vec![
                stated(
                    Demand::IssuerMatches,
                    "coreos/go-oidc oidc/oidc.go NewProvider (051db334), called by kubernetes/kubernetes \
                 apiserver/plugin/pkg/authenticator/token/oidc/oidc.go (02058680)",
                ),
                requires(
                    names::JWKS_URI,
                    "coreos/go-oidc oidc/oidc.go (051db334): keys are read from jwks_uri and nowhere else",
                ),
            ],
        ),
        client(
            "aws-iam",
            "AWS IAM, with an OpenID Connect identity provider",
            OPENID,
            [
                names::ISSUER,
                names::JWKS_URI,
                names::RESPONSE_TYPES_SUPPORTED,
                names::SUBJECT_TYPES_SUPPORTED,
                names::ID_TOKEN_SIGNING_ALG_VALUES_SUPPORTED,
            ]
            .map(|member| requires(member, AWS_IAM))
            .to_vec(),
        ),
    ]
});

/// The built-in client of this name.
pub fn find(name: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_has_a_name_of_its_own_and_every_demand_a_dated_source() {
        for client in CLIENTS.iter() {
            assert_eq!(find(&client.name), Some(client), "{}", client.name);
            assert!(!client.demands.is_empty() && !client.about.is_empty());
            for stated in &client.demands {
                let has_date = stated.source.contains("20") || stated.source.contains('(');
                assert!(has_date, "{}: {}", client.name, stated.source);
            }
        }
    }
}
