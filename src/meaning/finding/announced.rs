//! How a resource writes the issuer of a server that leads to it, and how the server does.

use serde_json::Value;

use super::{decided, value};
use crate::document::member::names;
use crate::meaning::change::Finding;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::meaning::rule_finding::finding_of;

/// The finding that a resource writes an issuer otherwise than its server does, if it does.
pub fn announced_differently(announced: &str, published: &str, policy: &Policy) -> Option<Finding> {
    if announced == published {
        return None;
    }
    let finding = Finding {
        expected: Some(value::kept(&Value::from(announced))),
        found: Some(value::kept(&Value::from(published))),
        ..finding_of(Rule::IssuerAnnouncedDifferently, names::ISSUER)
    };
    decided(vec![finding], policy).pop()
}
