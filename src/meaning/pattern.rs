//! Patterns of names, in routes and on the command line.

/// Whether a name has the form of a pattern in which `*` stands for any characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let parts = middle.split('*').filter(|part| !part.is_empty());
    for part in parts {
        let Some((_, after)) = name.split_once(part) else {
            return false;
        };
        name = after;
    }
    name.ends_with(end)
}

/// Whether a name is a pattern, which may match more than one thing.
pub fn is_pattern(name: &str) -> bool {
    name.contains('*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, fits) in [
            ("archera", "archera", true),
            ("archera", "archera2", false),
            ("*", "archera", true),
            ("prod-*", "prod-okta", true),
            ("prod-*", "test-prod-okta", false),
            ("*-okta", "prod-okta", true),
            ("*-okta", "prod-okta-eu", false),
            ("p*-o*a", "prod-okta", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "ac", false),
            ("ab*ba", "aba", false),
            ("a**a", "aa", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
