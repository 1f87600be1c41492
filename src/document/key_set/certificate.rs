//! The certificates a key carries (`x5c`, RFC 7517 section 4.7), as bytes.
//!
//! No chain is verified. Whether a certificate has expired is not asked either: a document does not
//! change when time passes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The chain in DER; `None` if the value is not a chain. White space is accepted, as clients do.
pub(crate) fn chain(certificates: Option<&Value>) -> Option<Vec<Vec<u8>>> {
    let texts = certificates?.as_array()?;
    let certificates: Option<Vec<Vec<u8>>> = texts
        .iter()
        .map(|text| {
            let text: String = text.as_str()?.split_ascii_whitespace().collect();
            // A certificate is a SEQUENCE.
            let der = STANDARD.decode(text).ok()?;
            der.starts_with(&[0x30]).then_some(der)
        })
        .collect();
    certificates.filter(|chain| !chain.is_empty())
}
