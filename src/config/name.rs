//! Names of providers: those they have now, and those they had before; and the clients they may name.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::problem::shown;
use super::reader::Section;
use crate::meaning::client::demand::Client;

/// The names that stand in one configuration, with their places.
#[derive(Default)]
pub(super) struct ProviderNames {
    now: BTreeMap<String, usize>,
    formerly: BTreeMap<String, Range<usize>>,
    /// Whether a provider has a name that cannot be read.
    is_partial: bool,
    /// Clients that a provider may be said to be used by, besides those that are built in.
    clients: Vec<Client>,
}

impl ProviderNames {
    /// No names yet, for a file that describes these clients.
    pub(super) fn of(clients: Vec<Client>) -> Self {
        Self {
            clients,
            ..Self::default()
        }
    }

    /// The clients that the file describes.
    pub(super) fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// The names that providers have now; `None` if some could not be read or there is no provider.
    pub(super) fn all(&self) -> Option<Vec<&str>> {
        let is_whole = !self.is_partial && !self.now.is_empty();
        is_whole.then(|| self.now.keys().map(String::as_str).collect())
    }

    /// Reads the name of a provider and refuses one that another provider has.
    pub(super) fn read(&mut self, section: &Section<'_>) -> Option<String> {
        let what = "[[provider]] has no \"name\"".to_owned();
        section.lack("name", section.span(), what);
        let text = section.text("name");
        let name = text.as_ref().and_then(|text| plain(section, text));
        self.is_partial |= name.is_none();
        let (name, text) = name.zip(text)?;
        if let Some(place) = self.now.get(&name) {
            let position = section.place(*place);
            let what = format!("two providers are named \"{name}\" (the other on {position})");
            section.problem(text.span(), what);
        }
        self.now.entry(name.clone()).or_insert(text.span().start);
        Some(name)
    }

    /// Reads the names a provider had before, whose history is its own; two may not claim the same one.
    pub(super) fn read_former(&mut self, section: &Section<'_>) -> Vec<String> {
        let mut names = Vec::new();
        for text in section.texts("formerly").unwrap_or_default() {
            let Some(name) = plain(section, &text) else {
                continue;
            };
            if let Some(other) = self.formerly.get(&name) {
                let position = section.place(other.start);
                let what = format!("\"{name}\" stands in \"formerly\" twice (first on {position})");
                section.problem(text.span(), what);
                continue;
            }
            self.formerly.insert(name.clone(), text.span());
            names.push(name);
        }
        names
    }

    /// Refuses a former name that some provider has now. Called when all were read, as it may come later.
    pub(super) fn check(&self, root: &Section<'_>) {
        for (name, span) in &self.formerly {
            if let Some(place) = self.now.get(name) {
                let line = root.place(*place);
                let what = format!(
                    "formerly \"{name}\": a provider has that name now ({line}), and its history"
                );
                root.problem(span.clone(), what);
            }
        }
    }
}

/// Whether a name is safe in a subject, a path and a log.
pub(super) fn is_plain(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let starts = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    starts && name.len() <= 64 && name.chars().all(is_plain)
}

/// Reads a name that is safe in a subject, a path and a log; any other is a problem.
fn plain(section: &Section<'_>, text: &Spanned<&str>) -> Option<String> {
    let name = *text.get_ref();
    if !is_plain(name) {
        let what = format!(
            "provider name \"{}\": expected letters, digits, \".\", \"_\" and \"-\", at most 64",
            shown(name)
        );
        section.problem(text.span(), what);
        return None;
    }
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::overrides::Overrides;
    use crate::config::provider;
    use crate::config::tests::reading;

    #[test]
    fn a_provider_keeps_the_names_it_had_and_no_other_one_has_one_of_them() {
        let read = |text: &str| {
            reading(text, |root, place| {
                let mut names = ProviderNames::default();
                let read = |section: &Section<'_>| {
                    provider::read(section, &Overrides::default(), place, &mut names)
                };
                let providers: Vec<_> = root
                    .children("provider", "provider")
                    .iter()
                    .map(read)
                    .collect();
                names.check(root);
                let names = providers.into_iter().flatten();
                names.map(|one| one.formerly).collect::<Vec<_>>()
            })
        };
        let provider = |name: &str, formerly: &str| {
            format!(
                "[[provider]]\nname = \"{name}\"\nformerly = {formerly}\nissuer = \"https://{name}.example\"\n\
                 documents = [\"openid-configuration\"]\n"
            )
        };
        let (formerly, problems) =
            read(&(provider("a", "[\"beta\", \"alpha\"]") + &provider("b", "[]")));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            formerly,
            [vec!["beta".to_owned(), "alpha".to_owned()], vec![]]
        );
        let (_, problems) = read(&(provider("a", "[\"b\"]") + &provider("b", "[]")));
        assert_eq!(
            problems,
            ["formerly \"b\": a provider has that name now (line 7), and its history"],
            "also where it stands below"
        );
        let (_, problems) = read(&(provider("a", "[\"c\"]") + &provider("b", "[\"c\"]")));
        assert_eq!(
            problems,
            ["\"c\" stands in \"formerly\" twice (first on line 3)"]
        );
    }
}
