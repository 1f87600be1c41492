//! What a text encodes: escapes, percent-encoding, base64 and hexadecimal, decoded as forgivingly as a
//! thief of keys would do it.

/// Shortest text in which a key can be written: `{"k":1}`, in bytes.
pub(super) const SHORTEST: usize = 7;
const SHORTEST_BASE64: usize = 10;
/// Shortest hexadecimal form of such a text, in digits.
const SHORTEST_HEX: usize = 14;
/// How much is looked at to tell a text from octets.
const SAMPLE: usize = 2048;

/// The text without backslashes, which stand before quotes as often as it was quoted, and without the
/// zero octets of UTF-16.
pub(super) fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            0 => {}
            b'\\' => {
                let count = rest.iter().take_while(|byte| **byte == b'\\').count();
                rest = rest.get(count..).unwrap_or_default();
                let (octet, length) = escape(rest);
                plain.extend(octet);
                rest = rest.get(length..).unwrap_or_default();
            }
            other => plain.push(*other),
        }
    }
    plain
}

/// What stands for an escape, and how long it is behind the backslash.
fn escape(rest: &[u8]) -> (Option<u8>, usize) {
    match rest {
        [b'n' | b'r' | b't', ..] => (Some(b'\n'), 1),
        [b'u', b'0', b'0', high, low, ..] => match (nibble(*high), nibble(*low)) {
            (Some(high), Some(low)) => (Some(high << 4 | low), 5),
            _ => (None, 0),
        },
        [b'x', high, low, ..] => match (nibble(*high), nibble(*low)) {
            (Some(high), Some(low)) => (Some(high << 4 | low), 3),
            _ => (None, 0),
        },
        _ => (None, 0),
    }
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The text without percent-encoding, however often it was encoded; `None` if nothing is encoded.
pub(super) fn percent(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.contains(&b'%') {
        return None;
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut is_changed = false;
    while let Some((first, mut behind)) = rest.split_first() {
        if *first == b'%' {
            // `%2525` is a percent sign that was encoded twice.
            while let Some(inner) = behind.strip_prefix(b"25") {
                behind = inner;
                is_changed = true;
            }
            if let [high, low, after @ ..] = behind
                && let (Some(high), Some(low)) = (nibble(*high), nibble(*low))
            {
                plain.push(high << 4 | low);
                rest = after;
                is_changed = true;
                continue;
            }
        }
        plain.push(*first);
        rest = behind;
    }
    is_changed.then_some(plain)
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// What the base64 and the hexadecimal in a text decode to. The size of it all is in proportion to
/// that of the text.
pub(super) fn runs(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    // Without a capital no base64 is read, and most texts are addresses or words without one.
    if bytes
        .iter()
        .fold(false, |found, byte| found | byte.is_ascii_uppercase())
    {
        let is_part = |byte: u8| is_base64(byte) || byte.is_ascii_whitespace();
        for_runs(bytes, SHORTEST_BASE64, is_part, |run| {
            base64_in(run, &mut found);
        });
    }
    let is_hex = |byte: u8| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || byte == b':';
    for_runs(bytes, SHORTEST_HEX, is_hex, |run| {
        found.extend(hexadecimal(run));
    });
    found
}

/// Hands on each run of such bytes that is long enough, whole. The end of where one could stand is looked
/// at first, so that most bytes are not looked at.
fn for_runs<'b>(
    bytes: &'b [u8],
    least: usize,
    is_part: impl Fn(u8) -> bool,
    mut found: impl FnMut(&'b [u8]),
) {
    let mut rest = bytes;
    while let Some(start) = rest.get(..least) {
        let length = match start.iter().rposition(|byte| !is_part(*byte)) {
            Some(other) => other,
            None => {
                let end = rest.iter().position(|byte| !is_part(*byte));
                let (run, _) = rest.split_at(end.unwrap_or(rest.len()));
                found(run);
                run.len()
            }
        };
        rest = rest.get(length + 1..).unwrap_or_default();
    }
}

/// What a run of base64 and white space decodes to.
fn base64_in(run: &[u8], found: &mut Vec<Vec<u8>>) {
    let mut words = run
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let first = words.next();
    if words.next().is_some() {
        // These may be the lines of one text, possibly with words before it.
        found.extend(base64(run));
        let mut before = 0;
        for word in run.split(u8::is_ascii_whitespace) {
            if before > 0 && word.len() >= LINE {
                found.extend(base64(run.get(before..).unwrap_or_default()));
                break;
            }
            before += word.len() + 1;
        }
        for word in run.split(u8::is_ascii_whitespace) {
            found.extend(base64(word));
        }
    } else {
        found.extend(first.and_then(base64));
    }
}

/// Shortest line of a text in lines.
const LINE: usize = 20;

/// What a byte is in base64 of either alphabet: a digit, or one of these.
const DIGITS: [u8; 256] = digits();
/// Padding.
const PAD: u8 = 64;
/// Not of base64.
const NONE: u8 = 65;

#[expect(clippy::indexing_slicing, reason = "every byte is an index into 256")]
const fn digits() -> [u8; 256] {
    let mut digits = [NONE; 256];
    let mut byte = 0_u8;
    loop {
        digits[byte as usize] = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => PAD,
            _ => NONE,
        };
        if byte == u8::MAX {
            return digits;
        }
        byte += 1;
    }
}

fn digit(byte: u8) -> u8 {
    DIGITS.get(usize::from(byte)).copied().unwrap_or(NONE)
}

/// Base64 of either alphabet, cut off or padded as it may be. A text of some length has a capital in
/// it: so words are not decoded.
fn base64(run: &[u8]) -> Option<Vec<u8>> {
    if run.len() < SHORTEST_BASE64 || !run.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let spaces: usize = run
        .iter()
        .map(|it| usize::from(it.is_ascii_whitespace()))
        .sum();
    let digits = run.len() - spaces;
    if digits < SHORTEST_BASE64 {
        return None;
    }
    let mut plain = Vec::with_capacity(digits / 4 * 3 + 3);
    let mut rest = run;
    // Most of it is digits and nothing else, of which four are three octets.
    while let Some((four, behind)) = rest.split_first_chunk::<4>() {
        let [one, two, three, four] = four.map(digit);
        if one | two | three | four >= PAD {
            break;
        }
        let held =
            u32::from(one) << 18 | u32::from(two) << 12 | u32::from(three) << 6 | u32::from(four);
        let [_, octets @ ..] = held.to_be_bytes();
        plain.extend_from_slice(&octets);
        rest = behind;
    }
    let (mut held, mut bits) = (0_u32, 0);
    for byte in rest {
        match digit(*byte) {
            // What follows is a text of its own.
            PAD => bits = 0,
            NONE => {}
            digit => {
                held = held << 6 | u32::from(digit);
                bits += 6;
                if bits >= 8 {
                    bits -= 8;
                    plain.push((held >> bits).to_le_bytes()[0]);
                }
            }
        }
    }
    Some(plain)
}

fn hexadecimal(run: &[u8]) -> Option<Vec<u8>> {
    if run.len() < SHORTEST_HEX {
        return None;
    }
    let mut digits = run.iter().filter_map(|byte| nibble(*byte));
    let mut plain = Vec::with_capacity(run.len() / 2);
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        plain.push(high << 4 | low);
    }
    (plain.len() * 2 >= SHORTEST_HEX).then_some(plain)
}

/// Whether octets are a text, as far as can be told: most of them are of ASCII, or the zeros of UTF-16.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let sample = bytes.iter().take(SAMPLE);
    let is_plain = |byte: &&u8| matches!(byte, 0 | b'\t' | b'\n' | b'\r' | 0x20..=0x7E);
    let length = sample.len();
    length >= SHORTEST && sample.filter(is_plain).count() * 10 >= length * 7
}

/// Whether octets begin as a private key in DER does: PKCS #8 (RFC 5958), also encrypted, PKCS #1
/// (RFC 8017), SEC 1 (RFC 5915), PKCS #12 (RFC 7292); or as OpenSSH writes it.
pub(super) fn is_private_der(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"openssh-key-v1") {
        return true;
    }
    let Some(inner) = sequence(bytes) else {
        return false;
    };
    match inner {
        // A version, and the algorithm, the modulus or the key; the key set of PKCS #12.
        [2, 1, 0 | 1, 0x30, length, ..] => *length >= 5,
        [2, 1, 0 | 1, 2, ..] => bytes.len() >= 32,
        [2, 1, 1, 4, length, ..] => (16..=0x82).contains(length),
        [2, 1, 3, 0x30, ..] => bytes.len() >= 32,
        _ => {
            const PASSWORD_BASED: [&[u8]; 2] = [
                b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x05",
                b"\x06\x0A\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01",
            ];
            let algorithm = sequence(inner).unwrap_or_default();
            PASSWORD_BASED.iter().any(|oid| algorithm.starts_with(oid))
        }
    }
}

/// What is in a sequence, without its header. It may be cut off.
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.strip_prefix(&[0x30])?.split_first()?;
    match length {
        0x05..=0x80 => Some(rest),
        0x81..=0x83 => rest.get(usize::from(length - 0x80)..),
        _ => None,
    }
}
