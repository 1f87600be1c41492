//! DER (X.690), as far as names, dates and keys of certificates need it: one value after another.
//!
//! This is a parser of our own because all that is needed of a certificate stands before its
//! extensions. `x509-parser` reads the whole and brings some fifteen crates with it.

/// One value in DER: its tag, what it holds, what comes after it.
pub fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
        // A length of more octets would be longer than any certificate that is read here.
        let is_sane = (1..=4).contains(&octets.len());
        let length = octets
            .iter()
            .fold(0, |length, octet| (length << 8) | usize::from(*octet));
        (is_sane.then_some(length)?, rest)
    };
    let (inside, after) = rest.split_at_checked(length)?;
    Some((tag, inside, after))
}
