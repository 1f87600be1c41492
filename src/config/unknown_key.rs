//! What to write instead of a key that a table does not know.

use super::problem::{nearest, shown};
use super::reader::{Section, SpannedValue, keys_of};
use super::{equivalent, keys};

/// A table with so few keys is answered with all of them.
const FEW: usize = 6;

impl Section<'_> {
    /// Reports every key that is not known.
    pub(super) fn check_keys(&self, table: &str, known: &[&str]) {
        for (key, value) in self.entries() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let hint = hint(self, table, name, value, known);
                self.problem(key.span(), format!("unknown key \"{}\"{hint}", shown(name)));
            }
        }
    }
}

/// The hint behind "unknown key". The key that was meant is noted, so that it is not reported missing.
fn hint(
    section: &Section<'_>,
    table: &str,
    name: &str,
    value: SpannedValue<'_>,
    known: &[&str],
) -> String {
    if let Some(meant) = equivalent::of_key(table, name) {
        if let Some(key) = meant.key {
            section.mean(key);
        }
        return match (meant.key, meant.words) {
            (_, Some(words)) => format!("; {words}"),
            (Some(key), None) if table == "root" => format!("; here it is called [{key}]"),
            (Some(key), None) => format!("; here it is called \"{key}\""),
            (None, None) => String::new(),
        };
    }
    if name == "include" {
        return "; it belongs to the top of the file, before the first [table]".to_owned();
    }
    if let Some(home) = keys::home(name) {
        section.mean_anywhere(name);
        if keys::PROVIDER.contains(&name) {
            section.mean_anywhere("provider");
        }
        return format!("; it belongs to {home}");
    }
    if let Some(near) = nearest(name, known.iter().copied()) {
        section.mean(near);
        return match near {
            "provider" if table == "root" => "; write [[provider]]".to_owned(),
            near => format!("; did you mean \"{near}\"?"),
        };
    }
    match keys_of(value).as_deref().and_then(keys::table_with) {
        Some("provider") if table == "root" => {
            section.mean("provider");
            "; write [[provider]], and what it is called as its name".to_owned()
        }
        Some(meant) if table == "root" => {
            section.mean(meant);
            format!("; its keys belong to [{meant}]")
        }
        _ if known.len() <= FEW => format!("; known are {}", known.join(", ")),
        _ => String::new(),
    }
}
