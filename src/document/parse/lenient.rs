//! What JSON allows and a parser's types do not hold (RFC 8259 sections 6 to 8): numbers beyond a
//! double, halves of surrogate pairs, and two names that the library keeps for itself.
//!
//! A number keeps the digits it was written with where a double would lose them. One that a double
//! holds is written as that double: so canonical forms of ordinary documents are the same as ever.

use std::borrow::Cow;

use serde_json::Number;

/// Below it no two whole numbers share a double (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The start of names by which the library marks a value of its own that is not an object.
const RESERVED: &str = "$serde_json::private::";

/// Under this name the library hands on the digits of a number.
pub(super) const NUMBER: &str = "$serde_json::private::Number";

/// A name as it is kept: one that the library would take for its own is put in brackets, because what
/// is stored could not be read again otherwise.
pub(super) fn kept_name(name: String) -> String {
    if name.starts_with(RESERVED) {
        return format!("({name})");
    }
    name
}

/// The text with `\ufffd` for each escaped half of a surrogate pair: valid by the grammar of JSON,
/// and no character.
pub(super) fn whole_characters(bytes: &[u8]) -> Cow<'_, [u8]> {
    const REPLACED: &[u8] = b"\\ufffd";
    let mut out: Vec<u8> = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b'\\'))
    {
        let start = at + found;
        at = match unit(bytes, start) {
            None => start + 2,
            Some(0xD800..=0xDBFF) if matches!(unit(bytes, start + 6), Some(0xDC00..=0xDFFF)) => {
                start + 12
            }
            Some(0xD800..=0xDFFF) => {
                out.extend_from_slice(bytes.get(copied..start).unwrap_or_default());
                out.extend_from_slice(REPLACED);
                copied = start + 6;
                copied
            }
            Some(_) => start + 6,
        };
    }
    if out.is_empty() {
        return Cow::Borrowed(bytes);
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// The code unit of the escape that begins here, if it is one of four digits.
fn unit(bytes: &[u8], start: usize) -> Option<u16> {
    let digits = bytes.get(start..start + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16)
        .ok()
        .filter(|_| is_hexadecimal)
}

/// The canonical form of a number; `None` if it has that form already. JSON has one type of number,
/// so `1.0` is `1`.
pub fn canonical_number(number: &Number) -> Option<Number> {
    let text = number.as_str();
    let is_negative_zero = text == "-0";
    if !is_negative_zero && (number.is_u64() || number.is_i64()) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    let canonical = if value.fract() == 0.0 && value.abs() < EXACT {
        match format!("{value:.0}") {
            zero if zero == "-0" => Number::from_f64(value),
            whole => whole.parse().ok(),
        }
    } else {
        let double = Number::from_f64(value);
        let is_held = |double: &Number| {
            value.abs() < EXACT || Digits::of(double.as_str()) == Digits::of(text)
        };
        match double.filter(is_held) {
            Some(double) => Some(double),
            None => Digits::of(text)?.to_string().parse().ok(),
        }
    };
    canonical.filter(|canonical| canonical != number)
}

/// A number as its significant digits times a power of ten.
#[derive(PartialEq)]
struct Digits {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Digits {
    /// `None` if the exponent is too large to be counted with.
    fn of(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text, 0_i64),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_end_matches('0');
        let shifted = i64::try_from(fraction.len()).ok()?;
        let zeros = i64::try_from(all.len() - significant.len()).ok()?;
        Some(Self {
            is_negative,
            digits: significant.trim_start_matches('0').to_owned(),
            exponent: exponent.checked_sub(shifted)?.checked_add(zeros)?,
        })
    }
}

impl std::fmt::Display for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        match self.exponent {
            0 => write!(f, "{sign}{}", self.digits),
            exponent => write!(f, "{sign}{}e{exponent:+}", self.digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::document::canonical::Document;
    use crate::document::kind::Kind;
    use crate::document::parse::{Parsed, object};

    fn parsed(text: &str) -> Parsed {
        object(Kind::OPENID_CONFIGURATION, text.as_bytes(), None).unwrap()
    }

    fn canonical(number: &str) -> String {
        let text = format!(r#"{{"issuer":"i","x":{number}}}"#);
        let kind = Kind::OPENID_CONFIGURATION;
        let document = Document::parse(kind, text.as_bytes(), None).unwrap();
        let again = Document::from_canonical(kind, document.canonical()).unwrap();
        assert_eq!(again.fingerprint(), document.fingerprint());
        document.members()["x"].to_string()
    }

    #[test]
    fn an_ordinary_number_is_written_as_it_always_was() {
        for (text, expected) in [
            ("1", "1"),
            ("1.0", "1"),
            ("1E2", "100"),
            ("0.10", "0.1"),
            ("1.50e-7", "1.5e-7"),
            ("-0", "-0.0"),
            ("-0.0", "-0.0"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("3.14159265358979323846", "3.141592653589793"),
            ("1e-400", "0"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
        assert_eq!(canonical("1E20"), canonical("100000000000000000000"));
        assert_eq!(canonical("1e300"), Value::from(1e300).to_string());
        assert_eq!(canonical("1e300"), "1e+300");
    }

    #[test]
    fn a_number_beyond_a_double_keeps_its_digits() {
        let long = "1234567890".repeat(20) + "7";
        assert_eq!(canonical(&long), long);
        assert_eq!(canonical("18446744073709551617"), "18446744073709551617");
        assert_eq!(canonical("-1.50E+400"), "-15e+399");
        assert_eq!(canonical("10e399"), canonical("1e400"));
        let beyond = "1e+99999999999999999999";
        assert_eq!(canonical(beyond), beyond);
    }

    #[test]
    fn half_of_a_surrogate_pair_is_read_as_no_character() {
        let parsed = parsed(
            r#"{"a":"\ud800","b":"x\uDC00\ud83d\ude00y","c\udfff":"\\ud800","d":"\ud800\ud800\udc00"}"#,
        );
        assert_eq!(
            Value::Object(parsed.members),
            json!({"a": "\u{FFFD}", "b": "x\u{FFFD}\u{1F600}y", "c\u{FFFD}": "\\ud800",
                "d": "\u{FFFD}\u{10000}"})
        );
    }

    #[test]
    fn a_secret_does_not_hide_behind_half_a_character_or_a_number() {
        for odd in [r#""\ud800""#, "1e999"] {
            let inner = format!(r#"{{"y":{odd},"kty":"oct","k":"HUSH"}}"#);
            let text = json!({ "x": inner }).to_string();
            assert_eq!(parsed(&text).secrets, ["x"], "{text}");
        }
    }

    #[test]
    fn names_that_the_library_keeps_for_itself_can_be_stored_and_read_again() {
        let kind = Kind::OPENID_CONFIGURATION;
        for (name, value) in [
            ("RawValue", "{"),
            ("RawValue", "1"),
            ("Number", "x"),
            ("Number", "1,2"),
        ] {
            let name = format!("$serde_json::private::{name}");
            let inner = json!({"issuer": "i", "x": {name.clone(): value}});
            let outer = json!({name.clone(): value, "issuer": "i"});
            for text in [inner.to_string(), outer.to_string()] {
                let document = Document::parse(kind, text.as_bytes(), None).unwrap();
                let again = Document::from_canonical(kind, document.canonical()).unwrap();
                assert_eq!(again.canonical(), document.canonical());
                assert!(again.canonical().contains(&format!("({name})")));
            }
        }
    }

    #[test]
    fn a_number_may_stand_as_deep_as_anything() {
        let (open, close) = ("[".repeat(31), "]".repeat(31));
        for number in ["1", "1.5", "1e400"] {
            parsed(&format!(r#"{{"a":{open}{number}{close}}}"#));
        }
    }
}
