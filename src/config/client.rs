//! `[client.NAME]`: what some software demands of a document before it uses it.

use toml::Spanned;
use toml::de::DeValue;

use super::keys;
use super::name::is_plain;
use super::problem::{nearest, shown};
use super::reader::Section;
use crate::document::kind::Kind;
use crate::document::member::{self, Member, Shape};
use crate::meaning::client::demand::{Client, Demand, ReadDocuments, SourcedDemand};
use crate::meaning::client::table;

/// Reads all clients that the file describes, in its order.
pub(super) fn read(root: &Section<'_>) -> Vec<Client> {
    let Some(all) = root.child("client") else {
        return Vec::new();
    };
    let mut clients = Vec::new();
    for (key, value) in all.entries() {
        let name = key.get_ref().as_ref();
        let problem = |what: String| all.problem(key.span(), what);
        if !matches!(value.get_ref(), DeValue::Table(_)) {
            problem(format!(
                "client \"{}\" must be a table: write [client.NAME], and below it what NAME demands",
                shown(name)
            ));
            continue;
        }
        if !is_plain(name) {
            problem(format!(
                "client name \"{}\": expected letters, digits, \".\", \"_\" and \"-\", at most 64",
                shown(name)
            ));
        } else if table::find(name).is_some() {
            problem(format!(
                "client \"{name}\" is built in: give yours another name"
            ));
        }
        clients.extend(all.child(name).map(|section| one(&section, name)));
    }
    clients
}

fn one(section: &Section<'_>, name: &str) -> Client {
    section.check_keys("client", &keys::CLIENT);
    let mut demands = Vec::new();
    for text in section.texts("requires").unwrap_or_default() {
        if let Some(member) = member_name(section, "requires", &text) {
            demands.push((Demand::Requires(member), "requires"));
        }
    }
    demands.extend(contains(section).into_iter().map(|it| (it, "contains")));
    for (key, demand) in [
        ("https", Demand::Https),
        ("issuer_matches", Demand::IssuerMatches),
        ("same_origin", Demand::SameOrigin),
    ] {
        if section.flag(key) == Some(true) {
            demands.push((demand, key));
        }
    }
    let is_nothing_meant = [
        "requires",
        "contains",
        "https",
        "issuer_matches",
        "same_origin",
    ]
    .iter()
    .all(|key| section.is_absent(key) || is_nothing(section, key));
    if is_nothing_meant {
        let what = format!(
            "client \"{}\" demands nothing: write requires, contains, https, issuer_matches or same_origin",
            shown(name)
        );
        section.problem(section.span(), what);
    }
    let about = section.text("about").map(Spanned::into_inner);
    Client {
        name: name.to_owned(),
        about: about.unwrap_or("of the configuration").to_owned(),
        reads: ReadDocuments::Metadata,
        demands: demands
            .into_iter()
            .map(|(demand, key)| SourcedDemand {
                demand,
                source: format!("{key} of [client.{name}] in the configuration"),
            })
            .collect(),
    }
}

/// Whether a key has a value that demands nothing: `false`, or an empty list.
fn is_nothing(section: &Section<'_>, key: &str) -> bool {
    let value = section.get(key).map(Spanned::get_ref);
    matches!(value, Some(DeValue::Boolean(false)))
        || matches!(value, Some(DeValue::Table(table)) if table.is_empty())
        || section.is_empty(key)
}

/// `contains = { MEMBER = ["VALUE"] }`; one value may stand alone, and a boolean does.
fn contains(section: &Section<'_>) -> Vec<Demand> {
    let Some(table) = section.child("contains") else {
        return Vec::new();
    };
    let mut demands = Vec::new();
    for (key, value) in table.entries() {
        let text = Spanned::new(key.span(), key.get_ref().as_ref());
        let Some(member) = member_name(&table, "contains", &text) else {
            continue;
        };
        let shape = registered(&member).map(|row| row.shape);
        let is_flag = matches!(value.get_ref(), DeValue::Boolean(_));
        if shape.is_some_and(|shape| is_flag != (shape == Shape::Flag)) {
            let example = if is_flag { "[\"...\"]" } else { "true" };
            let what = format!("{member} is no such value: write {member} = {example}");
            table.problem(value.span(), what);
            continue;
        }
        match value.get_ref() {
            DeValue::Boolean(wanted) => demands.push(Demand::Is(member, *wanted)),
            DeValue::String(one) => demands.push(Demand::Contains(member, vec![one.to_string()])),
            _ => {
                let texts = table.texts(&member).unwrap_or_default();
                let values: Vec<String> = texts
                    .iter()
                    .map(|text| (*text.get_ref()).to_owned())
                    .collect();
                if table.is_empty(&member) {
                    let what = format!("{member} is empty: name the values, or write requires");
                    table.problem(value.span(), what);
                }
                demands.push(Demand::Contains(member, values));
            }
        }
    }
    demands
}

/// The row of a member in whichever kind of document it is registered for.
fn registered(name: &str) -> Option<&'static Member> {
    let mut kinds = Kind::ALL.iter();
    kinds.find_map(|kind| member::member(*kind, name))
}

/// Reads the name of a member. Any may be demanded, but one that is nearly a registered name is a slip.
fn member_name(section: &Section<'_>, key: &str, text: &Spanned<&str>) -> Option<String> {
    let name = *text.get_ref();
    let wrong = if name.is_empty() || name.chars().any(char::is_whitespace) {
        Some("expected the name of a member such as \"jwks_uri\"".to_owned())
    } else if registered(name).is_some() {
        None
    } else {
        let names = || member::members().map(|row| row.name);
        let near = names().find(|one| strsim::damerau_levenshtein(name, one) <= 2);
        near.map(|near| format!("did you mean \"{near}\"?"))
    };
    match wrong {
        None => Some(name.to_owned()),
        Some(hint) => {
            section.problem(text.span(), format!("{key} \"{}\": {hint}", shown(name)));
            None
        }
    }
}

/// Reads `uses.clients`: names of clients that are built in or described in this file.
pub(super) fn used(table: &Section<'_>, own: &[Client]) -> Vec<Client> {
    let mut used: Vec<Client> = Vec::new();
    for text in table.texts("clients").unwrap_or_default() {
        let name = *text.get_ref();
        let known = || own.iter().chain(table::CLIENTS.iter());
        let Some(client) = known().find(|client| client.name == name) else {
            let names = known().map(|client| client.name.as_str());
            let hint = match nearest(name, names) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "write [client.NAME], or one that `issuerwatch clients` lists".to_owned(),
            };
            let what = format!("no client is named \"{}\"; {hint}", shown(name));
            table.problem(text.span(), what);
            continue;
        };
        if !used.contains(client) {
            used.push(client.clone());
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::reading;

    fn clients(text: &str) -> (Vec<Client>, Vec<String>) {
        reading(text, |root, _| read(root))
    }

    #[test]
    fn a_client_is_what_it_demands() {
        let (clients, problems) = clients(
            "[client.mine]\nabout = \"our portal\"\nrequires = [\"jwks_uri\", \"of_ours\"]\n\
             contains = { grant_types_supported = [\"a\", \"b\"], require_request_uri_registration = true, issuer = \"x\" }\n\
             https = true\nissuer_matches = true\nsame_origin = false\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        let [client] = clients.as_slice() else {
            panic!("{clients:?}")
        };
        assert_eq!(
            (client.name.as_str(), client.about.as_str()),
            ("mine", "our portal")
        );
        let demands: Vec<&Demand> = client.demands.iter().map(|it| &it.demand).collect();
        let text = |text: &str| text.to_owned();
        let values = |values: &[&str]| values.iter().map(|&it| it.to_owned()).collect();
        assert_eq!(
            demands,
            [
                &Demand::Requires(text("jwks_uri")),
                &Demand::Requires(text("of_ours")),
                &Demand::Contains(text("grant_types_supported"), values(&["a", "b"])),
                &Demand::Contains(text("issuer"), values(&["x"])),
                &Demand::Is(text("require_request_uri_registration"), true),
                &Demand::Https,
                &Demand::IssuerMatches,
            ]
        );
        let source = "https of [client.mine] in the configuration";
        assert!(client.demands.iter().any(|it| it.source == source));
    }

    #[test]
    fn what_is_wrong_with_a_client_is_said_with_what_to_write() {
        for (text, said) in [
            (
                "[client.mine]\nrequires = [\"jwks_url\"]\n",
                "requires \"jwks_url\": did you mean \"jwks_uri\"?",
            ),
            (
                "[client.mine]\nabout = \"x\"\n",
                "client \"mine\" demands nothing: write requires, contains, https, issuer_matches or same_origin",
            ),
            (
                "[client.mine]\nhttps = false\n",
                "client \"mine\" demands nothing: write requires, contains, https, issuer_matches or same_origin",
            ),
            (
                "[client.mcp]\nhttps = true\n",
                "client \"mcp\" is built in: give yours another name",
            ),
            (
                "[client]\nhttps = true\n",
                "client \"https\" must be a table: write [client.NAME], and below it what NAME demands",
            ),
            (
                "[client.mine]\nhttp = true\n",
                "unknown key \"http\"; did you mean \"https\"?",
            ),
            (
                "[client.mine]\ncontains = { scopes_supported = true }\n",
                "scopes_supported is no such value: write scopes_supported = [\"...\"]",
            ),
            (
                "[client.mine]\ncontains = { scopes_supported = [] }\n",
                "scopes_supported is empty: name the values, or write requires",
            ),
            (
                "[client.\"a b\"]\nhttps = true\n",
                "client name \"a b\": expected letters, digits, \".\", \"_\" and \"-\", at most 64",
            ),
        ] {
            let (_, problems) = clients(text);
            assert_eq!(problems, [said], "{text}");
        }
    }

    #[test]
    fn a_client_that_is_used_is_built_in_or_described() {
        let mine = clients("[client.mine]\nhttps = true\n").0;
        let (used, problems) = reading("clients = [\"mine\", \"mcp\", \"mine\"]\n", |table, _| {
            used(table, &mine)
        });
        let names: Vec<&str> = used.iter().map(|it| it.name.as_str()).collect();
        assert_eq!((names, problems), (vec!["mine", "mcp"], Vec::new()));
        let (_, problems) = reading("clients = [\"mpc\", \"zzzz\"]\n", |table, _| {
            super::used(table, &[])
        });
        assert_eq!(
            problems,
            [
                "no client is named \"mpc\"; did you mean \"mcp\"?",
                "no client is named \"zzzz\"; write [client.NAME], or one that `issuerwatch clients` lists"
            ]
        );
    }
}
