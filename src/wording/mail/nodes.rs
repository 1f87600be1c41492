//! Hosts that are nodes of one service: `identity-2.us-south.iam.example` and
//! `identity-3.us-east.iam.example` differ by a number or a region below a parent of their own.

use super::words::cut;
use crate::meaning::change::Change;
use crate::meaning::change::moves::{self, HostMove};

/// Fewer labels in common than this are no service, but a whole domain.
const LABELS: usize = 3;

/// A move from one node of a service to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeMove {
    from: String,
    to: String,
    parent: String,
}

impl NodeMove {
    /// The move between two hosts, if they are nodes of one service.
    pub(super) fn between(from: &str, to: &str) -> Option<Self> {
        let is_plain = |host: &str| !host.contains(':') && from != to;
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
        if common < LABELS || common >= old.len() || old.len() != new.len() {
            return None;
        }
        let parent = old.get(old.len() - common..)?.join(".");
        Some(Self {
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

    /// ` (identity-3.us-south.iam.example instead of identity-2.us-south.iam.example)`.
    pub(super) fn hosts(&self) -> String {
        format!("{} instead of {}", cut(&self.to, 80), cut(&self.from, 80))
    }

    /// What helps against nodes that alternate.
    pub(super) fn advice(&self) -> String {
        format!(
            "where a firewall or an allow list names one node, allow *.{} as a whole. Clients that take \
             the addresses from the document need nothing.",
            cut(&self.parent, 80)
        )
    }
}

fn labels(host: &str) -> Vec<&str> {
    host.split('.').collect()
}

fn has_number(label: &str) -> bool {
    label.bytes().any(|byte| byte.is_ascii_digit())
}

fn unnumbered(label: &str) -> String {
    label.chars().filter(|it| !it.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_differ_by_a_number_or_a_region_are_nodes_of_one_service() {
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
            assert!(nodes.advice().contains(&format!("*.{parent} ")));
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
        ] {
            assert_eq!(NodeMove::between(one, two), None, "{one} {two}");
        }
    }
}
