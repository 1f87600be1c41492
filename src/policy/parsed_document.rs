//! A document as it is read of the bytes of an answer, whatever is known of its target.
//!
//! It follows from the bytes alone, so a replay reads it ahead, while what came before is decided.

use std::borrow::Cow;
use std::sync::Arc;

use crate::document::canonical::Document;
use crate::document::failure::Failure;
use crate::document::fingerprint::sha256_hex;
use crate::document::kind::Kind;

/// A document together with the bytes in which it came.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedDocument {
    /// The document.
    pub document: Arc<Document>,
    /// The bytes received, less secrets.
    pub body: Vec<u8>,
    /// SHA-256 of `body`, hexadecimal. The bytes received are not hashed if a secret was in them, because
    /// a short secret could be guessed from the hash.
    pub body_sha256: String,
    /// The media type as received, cut to 200 characters.
    pub content_type: Option<String>,
}

/// The bytes of an answer, as far as they were read before it is known what they are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyRead {
    /// SHA-256 of the bytes received, hexadecimal.
    pub sha256: String,
    /// What they say, with arrays sorted; `None` if they were not parsed yet.
    pub parsed: Option<Result<Box<ParsedDocument>, Failure>>,
}

impl BodyRead {
    /// Only the hash, which is all that is needed of bytes that are known.
    pub fn hash(bytes: &[u8]) -> Self {
        Self {
            sha256: sha256_hex(bytes),
            parsed: None,
        }
    }

    /// Parses the bytes too.
    #[must_use]
    pub fn parsed(mut self, kind: Kind, bytes: &[u8], content_type: Option<&str>) -> Self {
        let document = Document::parse(kind, bytes, content_type);
        self.parsed = Some(document.map(|it| Box::new(self.whole(it, bytes, content_type))));
        self
    }

    /// A document that these bytes were parsed as, with what is kept of them.
    pub(super) fn whole(
        &self,
        document: Document,
        bytes: &[u8],
        content_type: Option<&str>,
    ) -> ParsedDocument {
        let stored = document.stored_body(bytes);
        // Bytes with a secret in them are read at every poll, because no hash of them may be kept to
        // recognise them by.
        let body_sha256 = match &stored {
            Cow::Borrowed(_) => self.sha256.clone(),
            Cow::Owned(body) => sha256_hex(body),
        };
        ParsedDocument {
            body: stored.into_owned(),
            document: Arc::new(document),
            body_sha256,
            content_type: content_type.map(bounded),
        }
    }
}

/// Cuts a media type to 200 characters, more than a real one needs.
fn bounded(content_type: &str) -> String {
    content_type.chars().take(200).collect()
}
