//! How much of a document is read. The largest real ones have some 100 members, 94 keys and 500
//! values; a document beyond the bounds is most likely an attempt to keep this program busy.
//!
//! What is beyond a bound is still counted, so that the failure can say how much there is, and is
//! not kept: counting costs no memory.

use crate::document::failure::{DocumentLimit, Excess};

/// Most members of a document.
const MEMBERS: usize = 2_000;
/// Most keys of all its key sets.
const KEYS: usize = 1_000;
/// Most values in all, however deep.
const VALUES: usize = 20_000;

/// What a value counts as, besides being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountedSort {
    /// A member of the document itself.
    Member,
    /// A key of a set.
    Key,
    /// Any other value.
    Value,
}

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    members: usize,
    keys: usize,
    values: usize,
}

impl Counts {
    /// One more value. Of a name that stands twice both values count.
    pub(super) fn add(&mut self, sort: CountedSort) {
        self.values += 1;
        match sort {
            CountedSort::Member => self.members += 1,
            CountedSort::Key => self.keys += 1,
            CountedSort::Value => {}
        }
    }

    /// Whether there is more than is read.
    pub(super) fn is_over(&self) -> bool {
        self.members > MEMBERS || self.keys > KEYS || self.values > VALUES
    }

    /// What there is too much of.
    pub(super) fn excess(&self) -> Excess {
        let (what, count, most) = if self.members > MEMBERS {
            (DocumentLimit::Members, self.members, MEMBERS)
        } else if self.keys > KEYS {
            (DocumentLimit::Keys, self.keys, KEYS)
        } else {
            (DocumentLimit::Values, self.values, VALUES)
        };
        let (count, most) = (count as u64, most as u64);
        Excess { what, count, most }
    }
}

/// More levels of nesting than are read.
pub(super) fn levels(most: usize) -> Excess {
    let most = most as u64;
    Excess {
        what: DocumentLimit::Levels,
        count: most + 1,
        most,
    }
}

#[cfg(test)]
mod tests {
    use crate::document::kind::Kind;
    use crate::document::observation::FailureKind;
    use crate::document::parse::parse;

    /// What is said of a body; empty if it is read.
    fn said(kind: Kind, body: &str) -> String {
        match parse(kind, body.as_bytes(), None) {
            Ok(_) => String::new(),
            Err(failure) => {
                assert_eq!(failure.kind, FailureKind::TooLarge, "{}", failure.detail);
                failure.detail
            }
        }
    }

    fn metadata(members: impl Iterator<Item = String>) -> String {
        let members: Vec<String> = members.collect();
        format!(r#"{{"issuer":"https://a.example",{}}}"#, members.join(","))
    }

    #[test]
    fn a_document_has_at_most_2000_members() {
        let of = |count: usize| metadata((1..count).map(|n| format!(r#""m{n}":{n}"#)));
        let kind = Kind::OPENID_CONFIGURATION;
        assert_eq!(said(kind, &of(2_000)), "");
        assert_eq!(
            said(kind, &of(2_001)),
            "2,001 members where at most 2,000 are read"
        );
        assert_eq!(
            said(kind, &of(38_000)),
            "38,000 members where at most 2,000 are read"
        );
    }

    #[test]
    fn members_of_one_name_count_each() {
        let body = metadata((0..5_000).map(|_| r#""m":1"#.to_owned()));
        let said = said(Kind::OAUTH_AUTHORIZATION_SERVER, &body);
        assert_eq!(said, "5,001 members where at most 2,000 are read");
    }

    #[test]
    fn a_key_set_has_at_most_1000_keys_wherever_it_stands() {
        let keys = |count: usize| {
            let keys: Vec<String> = (0..count).map(|n| format!(r#"{{"kid":"{n}"}}"#)).collect();
            format!(r#"{{"keys":[{}]}}"#, keys.join(","))
        };
        assert_eq!(said(Kind::JWKS, &keys(1_000)), "");
        let more = "1,001 keys where at most 1,000 are read";
        assert_eq!(said(Kind::JWKS, &keys(1_001)), more);
        let inline = metadata(std::iter::once(format!(r#""jwks":{}"#, keys(1_001))));
        assert_eq!(said(Kind::OPENID_CONFIGURATION, &inline), more);
    }

    #[test]
    fn a_document_has_at_most_20000_values_however_they_are_nested() {
        let kind = Kind::OPENID_CONFIGURATION;
        let flat = |count: usize| metadata(std::iter::once(list("scopes_supported", count)));
        // The issuer and the list itself are two of them.
        assert_eq!(said(kind, &flat(19_998)), "");
        assert_eq!(
            said(kind, &flat(19_999)),
            "20,001 values where at most 20,000 are read"
        );
        let deep = (0..1_000).map(|n| format!(r#""m{n}":{{{}}}"#, list("a", 20)));
        assert_eq!(
            said(kind, &metadata(deep)),
            "22,001 values where at most 20,000 are read"
        );
        let pairs = vec!["[]"; 30_000].join(",");
        let pairs = metadata(std::iter::once(format!(r#""a":[{pairs}]"#)));
        assert_eq!(
            said(kind, &pairs),
            "30,002 values where at most 20,000 are read"
        );
    }

    fn list(name: &str, count: usize) -> String {
        // Beyond a double, so that the digits are kept: a number is one value all the same.
        format!(
            r#""{name}":[{}]"#,
            vec!["1.00000000000000000001"; count].join(",")
        )
    }

    #[test]
    fn too_much_that_is_no_json_either_is_no_json() {
        let body = metadata((0..3_000).map(|n| format!(r#""m{n}":{n}"#)));
        let cut = body.strip_suffix('}').unwrap();
        let failure = parse(Kind::OPENID_CONFIGURATION, cut.as_bytes(), None).unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotJson);
    }
}
