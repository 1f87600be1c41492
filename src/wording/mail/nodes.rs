//! Hosts that look like nodes of one service: `identity-2.us-south.iam.example` and
//! `identity-3.us-east.iam.example` differ by a number or a region below a parent of their own. Names alone
//! do not prove it: below a host of many tenants `acme-2` may be a stranger. So it is never called safe.

use super::words::cut;
use crate::document::address::registrable_domain;
use crate::meaning::change::Change;
use crate::meaning::change::moves::{self, HostMove};

/// Longer numbers are those of tenants, not of nodes.
const DIGITS: usize = 3;

/// A move between two hosts that look like nodes of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeMove {
    from: String,
    to: String,
    parent: String,
}

impl NodeMove {
    /// The move between two hosts, if they look like nodes of one service. Below a public suffix, also one that
    /// a hoster registered for its tenants, they are of two owners.
    pub(super) fn between(from: &str, to: &str) -> Option<Self> {
        let is_plain = |host: &str| !host.contains(':') && !is_literal(host) && from != to;
        if !is_plain(from) || !is_plain(to) {
            return None;
        }
        let (old, new): (Vec<&str>, Vec<&str>) = (labels(from), labels(to));
        let (first, other) = (old.first()?, new.first()?);
        let is_numbered = has_number(first) && has_number(other);
        if !is_numbered || unnumbered(first) != unnumbered(other) {
            return None;
        }
        let pairs = old.iter().rev().zip(new.iter().rev());
        let common = pairs.take_while(|(one, two)| one == two).count();
        if common >= old.len() || old.len() != new.len() {
            return None;
        }
        let parent = old.get(old.len() - common..)?.join(".");
        // What is in common is no domain of one owner's, or all that this owner has.
        let domain = registrable_domain(&parent)?;
        (domain != parent).then_some(Self {
            from: from.to_owned(),
            to: to.to_owned(),
            parent,
        })
    }

    /// The same of one change of an address.
    pub(super) fn of(change: &Change) -> Option<Self> {
        let (from, to) = moves::hosts(change)?;
        Self::between(&from, &to)
    }

    /// The same of several addresses that moved together.
    pub(super) fn of_move(moved: &HostMove<'_>) -> Option<Self> {
        Self::between(&moved.from, &moved.to)
    }

    /// `identity-3.us-south.iam.example instead of identity-2.us-south.iam.example`.
    pub(super) fn hosts(&self) -> String {
        format!("{} instead of {}", cut(&self.to, 80), cut(&self.from, 80))
    }

    /// `what` moved, in a subject, the fullest words first. That both hosts are of one domain is certain, and
    /// that they are nodes is not.
    pub(super) fn subject(&self, what: &str) -> Vec<String> {
        let (from, to) = (self.label(&self.from), self.label(&self.to));
        vec![
            format!("{what} moved from {from} to {to}, same domain"),
            format!("{what} moved to another host of the same domain"),
        ]
    }

    /// The host that is named now.
    pub(super) fn to(&self) -> String {
        cut(&self.to, 80)
    }

    /// What the host that is named now is called beside the other one: `identity-2`.
    pub(super) fn now(&self) -> String {
        self.label(&self.to)
    }

    /// What tells a host from the other one.
    fn label(&self, host: &str) -> String {
        let own = host.strip_suffix(&self.parent).unwrap_or(host);
        cut(own.trim_end_matches('.'), 40)
    }

    /// What helps against nodes that alternate.
    pub(super) fn advice(&self) -> String {
        self.advice_about(&self.to())
    }

    /// The same where more hosts than the last one are concerned: first what helps at once, then what helps
    /// for good.
    pub(super) fn advice_about(&self, hosts: &str) -> String {
        format!(
            "where a firewall or an allow list names hosts, allow {hosts} as well today, then try one login. \
             Later ask the provider which hosts below {} are its own, and allow those.",
            cut(&self.parent, 80)
        )
    }

    /// The same where it happened long before it is told: who was blocked has noticed.
    pub(super) fn advice_late(&self, hosts: &str) -> String {
        format!(
            "if logins work, nothing is blocked. If they fail where a firewall or an allow list names hosts, allow \
             {hosts} as well. Then ask the provider which hosts below {} are its own, and allow those.",
            cut(&self.parent, 80)
        )
    }
}

fn labels(host: &str) -> Vec<&str> {
    host.split('.').collect()
}

/// Whether a host is an address of version 4: no name ends in a number.
fn is_literal(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|octet| octet.is_ascii_digit())
}

fn has_number(label: &str) -> bool {
    let mut numbers = label.split(|it: char| !it.is_ascii_digit());
    let is_short = numbers.clone().all(|number| number.len() <= DIGITS);
    is_short && numbers.any(|number| !number.is_empty())
}

fn unnumbered(label: &str) -> String {
    label.chars().filter(|it| !it.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_differ_by_a_number_or_a_region_look_like_nodes_of_one_service() {
        for (one, two, parent) in [
            (
                "id-1.south.iam.example.com",
                "id-3.south.iam.example.com",
                "south.iam.example.com",
            ),
            (
                "id-1.south.iam.example.com",
                "id-1.east.iam.example.com",
                "iam.example.com",
            ),
        ] {
            let nodes = NodeMove::between(one, two).unwrap();
            assert_eq!(nodes.parent, parent);
            assert!(nodes.advice().contains(&format!("below {parent} ")));
        }
    }

    #[test]
    fn other_hosts_are_no_nodes() {
        for (one, two) in [
            ("sts.example.com", "ras.example.com"),
            ("id1.example.com", "id2.example.com"),
            ("id1.a.example.com", "id1.a.example.com"),
            ("id1.iam.example.com", "login2.iam.example.com"),
            ("id1.iam.example.com:8443", "id2.iam.example.com:8443"),
            ("id1.example.co.uk", "id2.example.co.uk"),
            ("10.1.2.3", "11.1.2.3"),
            ("dev-12345.us.auth0.com", "dev-99999.us.auth0.com"),
            // Tenants of a hoster, by the public suffix list.
            (
                "a1.auth.us-east-1.amazoncognito.com",
                "a2.auth.us-east-1.amazoncognito.com",
            ),
            ("id1.blob.core.windows.net", "id2.blob.core.windows.net"),
            (
                "id1.us-east-1.elasticbeanstalk.com",
                "id2.us-east-1.elasticbeanstalk.com",
            ),
        ] {
            assert_eq!(NodeMove::between(one, two), None, "{one} {two}");
        }
    }
}
