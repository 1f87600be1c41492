//! Text from outside made harmless.

use std::fmt::Write as _;

/// Makes a text from outside visible on one line: control, bidirectional and invisible characters
/// become `<U+202E>`, so that neither a terminal nor a reader is fooled.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Writing to a `String` cannot fail.
        if is_hidden(c) && write!(out, "<U+{:04X}>", u32::from(c)).is_ok() {
            continue;
        }
        out.push(c);
    }
    out
}

/// Words about spaces that a reader would not see: at the start, at the end, several in a row; `None`
/// if the text has no such spaces. A value that has them should be quoted.
pub fn odd_spaces(text: &str) -> Option<&'static str> {
    if text.ends_with(' ') {
        Some("a space at the end")
    } else if text.starts_with(' ') {
        Some("a space at the start")
    } else if text.contains("  ") {
        Some("several spaces in a row")
    } else {
        None
    }
}

/// The first `max` characters, with `...` where something was cut off.
pub fn bounded(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(3)).collect();
    cut.push_str("...");
    cut
}

/// JSON text in which every character is escaped that a terminal could take for a command, or that a
/// reader would not see. To a parser it means the same.
pub fn escaped_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Characters below it are visible, escaped already, or white space between the values.
        if c < '\u{7F}' || !is_hidden(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    // Noncharacters are the last two of each plane, and a row of Arabic forms.
    let is_noncharacter = u32::from(c) & 0xFFFE == 0xFFFE;
    c.is_control()
        || is_noncharacter
        || matches!(c,
            '\u{00A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{205F}' | '\u{3000}'
            | '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}'
            | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202F}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{2800}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{13430}'..='\u{1345F}' | '\u{16FE4}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFC}'
            | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// A number with commas between thousands, such as `1,214`.
pub fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_commands_is_made_visible() {
        assert_eq!(
            visible("a\u{1b}[31mb\r\n\u{202e}c"),
            "a<U+001B>[31mb<U+000D><U+000A><U+202E>c"
        );
        assert_eq!(visible("Zürich"), "Zürich");
    }

    #[test]
    fn json_is_escaped_where_a_terminal_or_a_reader_would_be_fooled_and_means_the_same() {
        let text = "\u{9b}31m\u{7f}\u{202e}\u{2800}\u{e000}\u{10ffff}\u{1d173} é 漢 \n";
        let json = serde_json::to_string(text).unwrap();
        let escaped = escaped_json(&json);
        let expected = r#""\u009b31m\u007f\u202e\u2800\ue000\udbff\udfff\ud834\udd73 é 漢 \n""#;
        assert_eq!(escaped, expected);
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
