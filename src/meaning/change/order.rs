//! The one order in which changes are told: in an event, in its summary, in what is printed of it and
//! in the subject and the items of its mails.
//!
//! A private key that is published comes first, then the issuer, because everything else is read in
//! its light. Then count, in this order: how grave it is, whether clients are declared to use it, what
//! it is about (`Place`), what the rule says, and what the member is for.
//!
//! What gives a mail or an event its name ([`Rank::lead`]) differs from that in one respect: of what
//! breaks no client, an address that came is told before a list, and what is only a detail after both.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Change, Finding};
use crate::document::key_set::hash_of;
use crate::document::member::{self, names};
use crate::document::scope::can_be_asked_for;
use crate::document::severity::{Group, Severity};
use crate::meaning::rule::{Rule, Weight};

/// Where a change or a finding stands among others; the least comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    leading: LeadingRank,
    /// Whether it is over: for a cured finding nothing has to be done.
    is_over: bool,
    severity: Reverse<Severity>,
    /// What is found comes after what changed: the change is the news.
    is_found: bool,
    is_used: Reverse<bool>,
    place: Place,
    weight: Reverse<u8>,
    group: Group,
}

/// Where a change or a finding stands among those of which one gives a mail its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadRank {
    leading: LeadingRank,
    is_over: bool,
    gravity: Reverse<Severity>,
    is_found: bool,
    is_used: Reverse<bool>,
    place: Place,
    rest: Rank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
/// What stands before everything else, however grave that is.
enum LeadingRank {
    /// A private key that was published: everybody who read it can sign as the provider.
    PrivateKey,
    IssuerChanged,
    IssuerMismatch,
    Other,
}

/// What a change or a finding is about, by the rule and the table of members: the sooner a reader has to
/// act on it, the earlier it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Keys: which signatures are believed.
    Keys,
    /// Where every client goes: the issuer, to log in, for tokens and for keys.
    Address,
    /// Another address that clients call.
    Endpoint,
    /// What a client chooses from when it asks for tokens.
    Choice,
    /// What is left of what a client can use.
    Feature,
    /// What says something of another member and nothing by itself.
    Detail,
    /// What nobody registered, or what is for people.
    Stray,
    /// Scopes that no request can name.
    Unusable,
}

impl Place {
    fn of(change: &Change) -> Self {
        let is_list = matches!(change.rule.known(), Some(Rule::KeyAdded | Rule::KeyRemoved));
        match change.subject.member() {
            _ if change.group == Group::Keys && !is_list => Self::Keys,
            _ if change.group == Group::Keys => Self::Feature,
            None => Self::Feature,
            Some(names::SCOPES_SUPPORTED) if !is_usable(change) => Self::Unusable,
            Some(name) => Self::of_member(name, change.group),
        }
    }

    fn of_member(name: &str, group: Group) -> Self {
        let is_login = name == names::ISSUER
            || name == names::AUTHORIZATION_ENDPOINT
            || name == names::TOKEN_ENDPOINT
            || name.ends_with(names::JWKS_URI);
        let is_choice = [
            names::SCOPES_SUPPORTED,
            names::GRANT_TYPES_SUPPORTED,
            names::RESPONSE_TYPES_SUPPORTED,
            names::RESPONSE_MODES_SUPPORTED,
            names::CODE_CHALLENGE_METHODS_SUPPORTED,
            names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED,
            names::AUTHORIZATION_SERVERS,
        ];
        match group {
            _ if is_login => Self::Address,
            _ if is_choice.contains(&name) => Self::Choice,
            _ if member::is_detail(name) => Self::Detail,
            Group::Endpoints => Self::Endpoint,
            _ if !member::is_registered(name) && member::is_named_endpoint(name) => Self::Endpoint,
            Group::Other => Self::Stray,
            _ if !member::is_registered(name) => Self::Stray,
            Group::Scopes | Group::Methods | Group::Keys => Self::Feature,
        }
    }
}

/// Whether a request can name one of the scopes that a change is about.
fn is_usable(change: &Change) -> bool {
    let mut scopes = change.added.iter().chain(&change.removed).peekable();
    scopes.peek().is_none() || scopes.any(can_be_asked_for)
}

impl Rank {
    /// The rank of a change.
    pub fn of(change: &Change) -> Self {
        Self {
            leading: match change.rule.known() {
                Some(Rule::KeySecretPublished) => LeadingRank::PrivateKey,
                Some(Rule::IssuerChanged) => LeadingRank::IssuerChanged,
                Some(rule) if rule.is_mismatch() => LeadingRank::IssuerMismatch,
                _ => LeadingRank::Other,
            },
            is_over: false,
            severity: Reverse(change.severity),
            is_found: false,
            is_used: Reverse(change.used),
            place: Place::of(change),
            weight: Reverse(weight(change)),
            group: change.group,
        }
    }

    /// The rank of a requirement that is not met.
    pub fn of_finding(finding: &Finding) -> Self {
        let is_of_keys = finding.rule.row().is_some_and(|row| row.is_about_keys);
        Self {
            leading: match finding.rule.known() {
                Some(Rule::KeySecretPublished) => LeadingRank::PrivateKey,
                _ => LeadingRank::Other,
            },
            is_over: false,
            severity: Reverse(finding.severity),
            is_found: true,
            is_used: Reverse(false),
            place: match finding.subject.member() {
                _ if is_of_keys => Place::Keys,
                None => Place::Feature,
                Some(name) if member::is_named_endpoint(name) => {
                    Place::of_member(name, Group::Endpoints)
                }
                Some(name) => Place::of_member(name, Group::Methods),
            },
            weight: Reverse(0),
            group: Group::Other,
        }
    }

    /// The rank of a requirement that is met again.
    pub fn of_cured(finding: &Finding) -> Self {
        Self {
            leading: LeadingRank::Other,
            is_over: true,
            ..Self::of_finding(finding)
        }
    }

    /// Whether it is the rank of the issuer, which stands first whatever else happened.
    pub fn is_of_issuer(self) -> bool {
        self.leading == LeadingRank::IssuerChanged
    }

    /// Whether it is the rank of a requirement that is met again.
    pub fn is_over(self) -> bool {
        self.is_over
    }

    /// Whether it is about what clients call, or choose from when they ask for tokens: worth being the
    /// second fact of a subject also where it is good news.
    pub fn is_telling(self) -> bool {
        self.place <= Place::Choice
    }

    /// The rank among what may give a mail its name. An address that came leads what is at most a notice;
    /// a detail and a member that nobody registered do not lead a notice because they are odd.
    pub fn lead(self) -> LeadRank {
        let Reverse(severity) = self.severity;
        let gravity = match self.place {
            _ if severity > Severity::Notice => severity,
            Place::Keys | Place::Address | Place::Endpoint => Severity::Notice,
            Place::Choice | Place::Feature => severity,
            Place::Detail | Place::Stray | Place::Unusable => Severity::Info,
        };
        LeadRank {
            leading: self.leading,
            is_over: self.is_over,
            gravity: Reverse(gravity),
            is_found: self.is_found,
            is_used: self.is_used,
            place: self.place,
            rest: self,
        }
    }
}

/// How much the rule of a change tells. A rule that says only that something differs tells least, even
/// less for a member that is not registered. A rule of another version counts as a usual one.
fn weight(change: &Change) -> u8 {
    match change.rule.row().map_or(Weight::Usual, |row| row.weight) {
        Weight::Plain => u8::from(change.group != Group::Other),
        Weight::Usual => 2,
        Weight::Meaning => 3,
    }
}

/// Puts changes in order; those of equal rank by their names.
pub fn sort(changes: &mut [Change]) {
    changes.sort_by_cached_key(|one| (Rank::of(one), one.subject.clone(), one.rule.clone()));
}

/// Changes in order. In an event that an earlier version recorded they may stand in another order.
pub fn in_order<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<&'a Change> {
    let mut changes: Vec<&Change> = changes.into_iter().collect();
    changes.sort_by_cached_key(|change| Rank::of(change));
    changes
}

/// The changes of an event that are told, in order: without what is held back, and without what
/// another of them says already.
pub fn reported(changes: &[Change]) -> Vec<&Change> {
    let has_changed = changes
        .iter()
        .any(|change| change.rule == Rule::IssuerChanged);
    // A key of a type that was never seen stands among the added keys too.
    let new_types: BTreeSet<&str> = changes
        .iter()
        .filter(|change| change.rule == Rule::KeyTypeNew && !change.is_held_back())
        .flat_map(|change| change.added.iter().filter_map(hash_of))
        .collect();
    let is_of_new_type = |change: &Change| {
        let mut keys = change.added.iter().map(hash_of);
        keys.all(|key| key.is_some_and(|key| new_types.contains(key)))
    };
    let is_said = |change: &Change| match change.rule.known() {
        // If the issuer changed, it is clear that it is not the configured one.
        Some(rule) if rule.is_mismatch() => has_changed,
        Some(Rule::KeyAdded) => is_of_new_type(change),
        _ => false,
    };
    let left = changes.iter();
    in_order(left.filter(|change| !change.is_held_back() && !is_said(change)))
}
