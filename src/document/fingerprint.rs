//! Hashes as text: how bodies, documents, events and certificates are named.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of parts one after the other, as `sha256_hex`.
pub fn sha256_hex_of<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let hash = parts.fold(Sha256::new(), Digest::chain_update);
    hex(&hash.finalize())
}

/// SHA-256 of the bytes, base64: how a page names its own style sheet (CSP Level 3).
pub fn sha256_base64(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// The first half of the SHA-256 of a text: a name for it that takes little room.
pub fn sha256_short(text: &str) -> u128 {
    let digest = Sha256::digest(text);
    let half = digest.first_chunk().copied().unwrap_or_default();
    u128::from_be_bytes(half)
}

/// As `sha256_short`, 32 hexadecimal digits.
pub fn sha256_half(text: &str) -> String {
    hex(&sha256_short(text).to_be_bytes())
}

/// SHA-1 of the bytes: it only names a certificate (RFC 7517 section 4.8), nothing relies on it.
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    Sha1::digest(bytes).into()
}

/// Octets, hexadecimal.
pub fn hex(octets: &[u8]) -> String {
    let digit = |nibble: u8| {
        char::from(if nibble < 10 {
            b'0' + nibble
        } else {
            b'a' - 10 + nibble
        })
    };
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        text.push(digit(octet >> 4));
        text.push(digit(octet & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_hash_is_the_beginning_of_the_whole() {
        for text in ["", "a", "0", "scopes_supported"] {
            assert!(sha256_hex(text.as_bytes()).starts_with(&sha256_half(text)));
        }
    }

    #[test]
    fn the_empty_input_has_the_hash_of_the_standard() {
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
