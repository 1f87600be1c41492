//! The words of a source file: no comments, no texts, no test code.

/// Splits a source into names, `::` and single signs. What stands in comments and in quotes is left
/// out, and so is every item that is compiled for tests only.
pub(super) fn tokens(source: &str) -> Vec<String> {
    without_tests(&all(source))
}

fn all(source: &str) -> Vec<String> {
    let text: Vec<char> = source.chars().collect();
    let at = |index: usize| text.get(index).copied().unwrap_or('\0');
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < text.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < text.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('/', '*') => {
                while i < text.len() && (at(i), at(i + 1)) != ('*', '/') {
                    i += 1;
                }
                i += 2;
            }
            ('r', '"' | '#') if is_raw(&text, i) => i = after_raw(&text, i + 1),
            ('b', 'r') if is_raw(&text, i + 1) => i = after_raw(&text, i + 2),
            ('"', _) => i = after_quoted(&text, i + 1, '"'),
            ('b', '"') => i = after_quoted(&text, i + 2, '"'),
            // A character, and not a lifetime.
            ('\'', next) if next == '\\' || at(i + 2) == '\'' => {
                i = after_quoted(&text, i + 1, '\'');
            }
            (':', ':') => {
                tokens.push("::".to_owned());
                i += 2;
            }
            (first, _) if is_name(first) => {
                let start = i;
                while is_name(at(i)) {
                    i += 1;
                }
                tokens.push(text[start..i].iter().collect());
            }
            (sign, _) => {
                if !sign.is_whitespace() {
                    tokens.push(sign.to_string());
                }
                i += 1;
            }
        }
    }
    tokens
}

/// Whether `r` at this place begins a raw string, and not a raw name.
fn is_raw(text: &[char], at: usize) -> bool {
    let mut rest = text[at..].iter().skip(1).skip_while(|c| **c == '#');
    text[at] == 'r' && rest.next() == Some(&'"')
}

fn after_raw(text: &[char], hashes_at: usize) -> usize {
    let hashes = text[hashes_at..].iter().take_while(|c| **c == '#').count();
    let mut i = hashes_at + hashes + 1;
    while i < text.len() {
        let closing = &text[i + 1..text.len().min(i + 1 + hashes)];
        if text[i] == '"' && closing.len() == hashes && closing.iter().all(|c| *c == '#') {
            return i + 1 + hashes;
        }
        i += 1;
    }
    i
}

fn after_quoted(text: &[char], mut i: usize, quote: char) -> usize {
    while i < text.len() && text[i] != quote {
        i += if text[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// Leaves out each item behind `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const FOR_TESTS: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if tokens[i..].len() >= 7 && tokens[i..i + 7] == FOR_TESTS {
            i = after_item(tokens, i + 7);
        } else {
            kept.push(tokens[i].clone());
            i += 1;
        }
    }
    kept
}

/// Behind the `;` or the braces that end an item.
fn after_item(tokens: &[String], mut i: usize) -> usize {
    let mut depth = 0;
    while i < tokens.len() {
        match tokens[i].as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        let ends = depth == 0 && matches!(tokens[i].as_str(), ";" | "}");
        i += 1;
        if ends {
            break;
        }
    }
    i
}
