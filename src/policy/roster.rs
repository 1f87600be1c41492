//! Compares two sets of targets: those that are known, and those that a configuration asks for.

use std::collections::BTreeSet;

use crate::document::name::DocumentName;

/// The facts of a target that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: DocumentName,
    /// The issuer or resource of the target, or its address if it has neither.
    pub about: Option<String>,
    /// Earlier names of the provider.
    pub formerly: Vec<String>,
}

impl RosterEntry {
    fn name(&self) -> String {
        format!("{}/{}", self.provider, self.kind)
    }

    fn is_of(&self, provider: &str, kind: &DocumentName) -> bool {
        self.provider == provider && self.kind == *kind
    }
}

/// The differences, as names in the order of the sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterDiff {
    /// Targets that are new.
    pub comes: Vec<String>,
    /// Targets that are not asked for any more; what is known of them stays.
    pub goes: Vec<String>,
    /// Targets that continue under another name: the earlier and the new name.
    pub renamed: Vec<(String, String)>,
    /// New providers about the same issuer as one that goes, with the name of that one: most likely
    /// renamed without `formerly`, so that the history would begin anew.
    pub alike: Vec<(String, String)>,
}

/// Compares the known targets with those that are asked for.
pub fn diff(known: &[RosterEntry], asked: &[RosterEntry]) -> RosterDiff {
    let mut moved = RosterDiff::default();
    let mut kept = BTreeSet::new();
    let mut new = Vec::new();
    for one in asked {
        let at = known
            .iter()
            .position(|it| it.is_of(&one.provider, &one.kind));
        let before = || {
            let mut names = one.formerly.iter();
            names.find_map(|name| known.iter().position(|it| it.is_of(name, &one.kind)))
        };
        match (at, at.is_none().then(before).flatten()) {
            (Some(at), _) => {
                kept.insert(at);
            }
            (None, Some(before)) => {
                kept.insert(before);
                let name = known.get(before).map(RosterEntry::name).unwrap_or_default();
                moved.renamed.push((name, one.name()));
            }
            (None, None) => {
                moved.comes.push(one.name());
                new.push(one);
            }
        }
    }
    let gone = known
        .iter()
        .enumerate()
        .filter(|(at, _)| !kept.contains(at));
    for (_, gone) in gone {
        moved.goes.push(gone.name());
        let is_there = asked.iter().any(|it| it.provider == gone.provider);
        let alike = new.iter().find(|it| {
            let is_same = it.kind == gone.kind && it.about.is_some() && it.about == gone.about;
            is_same && !known.iter().any(|one| one.provider == it.provider)
        });
        if let Some(new) = alike.filter(|_| !is_there) {
            let pair = (gone.provider.clone(), new.provider.clone());
            if !moved.alike.contains(&pair) {
                moved.alike.push(pair);
            }
        }
    }
    moved
}

/// The most names that are listed in one line.
const LISTED: usize = 10;

/// Names in one line, bounded in number.
pub fn listed(names: &[String]) -> String {
    let mut text = names
        .iter()
        .take(LISTED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(more) = names.len().checked_sub(LISTED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

impl RosterDiff {
    /// The differences in one line for a log; empty if there are none.
    pub fn words(&self) -> String {
        let renamed: Vec<String> = self
            .renamed
            .iter()
            .map(|(before, now)| format!("{now} (was {before})"))
            .collect();
        let parts = [
            ("new", &self.comes, ""),
            ("gone", &self.goes, ", whose history stays"),
            ("renamed", &renamed, ""),
        ]
        .into_iter()
        .filter(|(_, names, _)| !names.is_empty())
        .map(|(what, names, note)| format!("; {what}: {}{note}", listed(names)));
        parts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;

    fn entry(provider: &str, about: &str, formerly: &[&str]) -> RosterEntry {
        RosterEntry {
            provider: provider.to_owned(),
            kind: Kind::OPENID_CONFIGURATION.into(),
            about: Some(about.to_owned()),
            formerly: formerly.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    #[test]
    fn what_comes_goes_and_is_renamed_is_named() {
        let known = [
            entry("a", "A", &[]),
            entry("b", "B", &[]),
            entry("c", "C", &[]),
        ];
        let asked = [
            entry("a", "A", &[]),
            entry("bravo", "B", &["b"]),
            entry("d", "D", &[]),
        ];
        let moved = diff(&known, &asked);
        assert_eq!(moved.comes, ["d/openid-configuration"]);
        assert_eq!(moved.goes, ["c/openid-configuration"]);
        let before = "b/openid-configuration".to_owned();
        assert_eq!(
            moved.renamed,
            [(before, "bravo/openid-configuration".to_owned())]
        );
        assert_eq!(moved.alike, []);
        assert_eq!(
            moved.words(),
            "; new: d/openid-configuration; gone: c/openid-configuration, whose history stays; \
             renamed: bravo/openid-configuration (was b/openid-configuration)"
        );
        assert_eq!(diff(&known, &known).words(), "");
    }

    #[test]
    fn a_rename_without_formerly_is_seen_by_what_it_is_about() {
        let moved = diff(&[entry("b", "B", &[])], &[entry("bravo", "B", &[])]);
        assert_eq!(moved.alike, [("b".to_owned(), "bravo".to_owned())]);
        let both = [entry("b", "B", &[]), entry("bravo", "B", &[])];
        assert_eq!(diff(&[entry("b", "B", &[])], &both).alike, []);
    }

    #[test]
    fn a_list_of_names_is_bounded() {
        let many: Vec<String> = (0..13).map(|n| format!("p{n}")).collect();
        assert!(listed(&many).ends_with("p9 and 3 more"));
    }
}
