//! A provider as TOML. Text is written and not a tree: what is put behind the last line of a file cannot
//! touch what stands before it.

use jiff::Timestamp;
use url::{Host, Url};

use super::discovered::DiscoveredProvider;
use crate::config::existing::is_name;
use crate::document::address::registrable_domain;
use crate::document::kind::Kind;
use crate::document::text::{bounded, visible};

/// What a new file begins with.
pub(super) const NEW: &str = include_str!("new.toml");

/// A name for a provider that none of these is: that of a known provider, else the registrable domain
/// without its ending, with a word of the path where that is taken.
pub(super) fn name(provider: &DiscoveredProvider, taken: &[String]) -> String {
    let url = Url::parse(&provider.identity).ok();
    let host = url.as_ref().and_then(Url::host);
    let of_host = match host {
        Some(Host::Domain(domain)) => {
            let registered = registrable_domain(domain);
            let whole = registered.as_deref().unwrap_or(domain);
            whole.split('.').next().unwrap_or_default().to_owned()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(_)) | None => String::new(),
    };
    let base = plain(provider.name.as_deref().unwrap_or(&of_host));
    let path = url.as_ref().map(Url::path).unwrap_or_default();
    let word = path.rsplit('/').find(|word| !word.is_empty());
    let with_word = word.map(|word| plain(&format!("{base}-{word}")));
    let numbered = (2..).map(|number| format!("{}-{number}", bounded_name(&base, 56)));
    let is_free = |name: &String| is_name(name) && !taken.contains(name);
    let mut names = std::iter::once(base.clone())
        .chain(with_word)
        .chain(numbered);
    names.find(is_free).unwrap_or(base)
}

/// Letters, digits, `.`, `_` and `-` of a text, in small letters; something that is a name in any case.
fn plain(text: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    let kept: String = text.to_ascii_lowercase().chars().filter(is_plain).collect();
    let kept = bounded_name(kept.trim_start_matches(['.', '_', '-']), 60);
    if kept.is_empty() {
        "provider".to_owned()
    } else {
        kept
    }
}

fn bounded_name(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The block of one provider, with a line of why it is there.
pub(super) fn block(
    provider: &DiscoveredProvider,
    name: &str,
    given: &str,
    now: Timestamp,
) -> String {
    let mut lines = vec![
        format!(
            "# Found by `issuerwatch init {}` on {}.",
            bounded(&visible(given), 200),
            now.strftime("%Y-%m-%d")
        ),
        "[[provider]]".to_owned(),
        format!("name = {}", quoted(name)),
        "# Character by character as its document writes it.".to_owned(),
    ];
    let key = if provider.is_resource {
        "resource"
    } else {
        "issuer"
    };
    lines.push(format!("{key} = {}", quoted(&provider.identity)));
    if !provider.is_resource {
        let kinds = provider
            .documents
            .iter()
            .map(|discovered| discovered.kind().to_string());
        let keys = provider.has_keys().then(|| Kind::JWKS.to_string());
        let words: Vec<String> = kinds.chain(keys).map(|kind| quoted(&kind)).collect();
        lines.push(format!("documents = [{}]", words.join(", ")));
    }
    lines.extend(addresses(provider));
    lines.join("\n") + "\n"
}

/// The addresses that do not follow from the identity.
fn addresses(provider: &DiscoveredProvider) -> Vec<String> {
    let mut away = provider
        .documents
        .iter()
        .filter(|discovered| !discovered.is_at_home(&provider.identity));
    let (Some(first), rest) = (away.next(), away) else {
        return Vec::new();
    };
    let why =
        "# It does not stand where the line above says, so its address is written.".to_owned();
    let rest: Vec<_> = rest.collect();
    if rest.is_empty() && provider.documents.len() == 1 {
        return vec![why, format!("url = {}", quoted(&first.url))];
    }
    let documents = std::iter::once(first).chain(rest);
    let pairs: Vec<String> = documents
        .map(|discovered| format!("{} = {}", discovered.kind(), quoted(&discovered.url)))
        .collect();
    vec![why, format!("urls = {{ {} }}", pairs.join(", "))]
}

/// A basic TOML string in which all invisible characters are escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c if visible(c.encode_utf8(&mut [0; 4])) == c.to_string() => out.push(c),
            c if u32::from(c) > 0xFFFF => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discovered(identity: &str) -> DiscoveredProvider {
        DiscoveredProvider {
            identity: identity.to_owned(),
            is_resource: false,
            documents: Vec::new(),
            keys: None,
            name: None,
        }
    }

    #[test]
    fn a_name_is_made_of_the_host_and_is_unique() {
        let mut taken = Vec::new();
        for (identity, expected) in [
            ("https://auth.archera.ai/t/one", "archera"),
            ("https://auth.archera.ai/t/two/", "archera-two"),
            ("https://auth.archera.ai/t/two/", "archera-2"),
            ("https://127.0.0.1:8443", "127.0.0.1"),
            ("https://localhost:8443", "localhost"),
            ("https://[::1]:8443", "provider"),
            ("nonsense", "provider-2"),
        ] {
            let name = name(&discovered(identity), &taken);
            assert_eq!(name, expected, "{identity}");
            assert!(is_name(&name));
            taken.push(name);
        }
    }

    #[test]
    fn a_string_means_the_same_when_it_is_read_and_hides_nothing() {
        for text in [
            "https://a.example/\u{202e}x",
            "a\"b\\c",
            "\u{1b}\u{7f}\n",
            "\u{e0001}",
            "é",
        ] {
            let written = format!("x = {}", quoted(text));
            assert!(!written.contains(['\u{202e}', '\u{1b}', '\u{7f}', '\n', '\u{e0001}']));
            let read: toml::Table = written.parse().unwrap();
            assert_eq!(read["x"].as_str(), Some(text));
        }
    }
}
