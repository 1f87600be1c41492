//! What a server that asks for authorization says about it (RFC 9110 section 11.6.1).

/// Longest address that is read.
const LONGEST: usize = 2_048;

/// Where the metadata of a protected resource is, by a value of `WWW-Authenticate` (RFC 9728 section 5.1).
pub fn resource_metadata(challenge: &str) -> Option<String> {
    const NAME: &str = "resource_metadata";
    let lower = challenge.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower.get(from..)?.find(NAME) {
        let at = from + found;
        from = at + NAME.len();
        let before = lower.get(..at)?.chars().next_back();
        let is_name = before.is_none_or(|c| c == ',' || c.is_ascii_whitespace());
        let rest = challenge.get(from..)?.trim_start();
        if let Some(value) = rest.strip_prefix('=').filter(|_| is_name) {
            return Some(read(value.trim_start())).filter(|value| !value.is_empty());
        }
    }
    None
}

/// A quoted string without its quotes, or a token.
fn read(text: &str) -> String {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = |c: char| c == ',' || c.is_ascii_whitespace();
        return text
            .split(end)
            .next()
            .unwrap_or_default()
            .chars()
            .take(LONGEST)
            .collect();
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next().filter(|_| value.len() < LONGEST) {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_metadata_is_stands_in_the_challenge() {
        let url = "https://r.example/.well-known/oauth-protected-resource";
        for challenge in [
            format!("Bearer resource_metadata=\"{url}\""),
            format!("Bearer error=\"invalid_token\", Resource_Metadata = \"{url}\", scope=\"a\""),
            format!("Basic realm=\"x\", Bearer resource_metadata={url}, scope=a"),
        ] {
            assert_eq!(
                resource_metadata(&challenge).as_deref(),
                Some(url),
                "{challenge}"
            );
        }
        for challenge in [
            "Bearer",
            "",
            "Bearer x_resource_metadata=\"a\"",
            "resource_metadata",
            "Bearer resource_metadata=\"\"",
        ] {
            assert_eq!(resource_metadata(challenge), None, "{challenge}");
        }
        let long = format!("Bearer resource_metadata=\"{}", "x".repeat(100_000));
        assert_eq!(resource_metadata(&long).unwrap().len(), LONGEST);
    }
}
