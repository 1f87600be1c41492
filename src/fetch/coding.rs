//! Content codings: gzip is asked for and read; any other coding is a failure that names it.
//!
//! Here the decoded body is bounded; the bytes that are received for it are bounded in `wire`.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use hyper::HeaderMap;
use hyper::header::CONTENT_ENCODING;

use super::failure::size_words;
use crate::document::failure::{Cause, Failure};
use crate::document::text::{bounded, visible};

/// A body as it comes in, decoded and bounded.
pub(super) struct Body {
    sink: Sink,
    /// Whether any byte was received.
    has_come: bool,
}

enum Sink {
    /// The body is not compressed.
    Plain(CappedBytes),
    /// The body is compressed with gzip.
    Gzip(Box<MultiGzDecoder<CappedBytes>>),
}

impl Body {
    /// Makes a body for these headers, of at most `most` bytes; fails on a coding that is not read here.
    pub(super) fn of(headers: &HeaderMap, most: u64) -> Result<Self, Failure> {
        let capped = CappedBytes {
            bytes: Vec::new(),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            is_full: false,
        };
        let sink = match codings(headers).as_slice() {
            [] => Sink::Plain(capped),
            // RFC 9110 section 8.4.1.3: `x-gzip` means the same as `gzip`.
            [one] if one == "gzip" || one == "x-gzip" => {
                Sink::Gzip(Box::new(MultiGzDecoder::new(capped)))
            }
            others => {
                let name = bounded(&visible(&others.join(", ")), 60);
                let detail = format!("the body is encoded as {name}; only gzip was asked for");
                return Err(Failure::new(Cause::ContentCoding { name }, &detail));
            }
        };
        Ok(Self {
            sink,
            has_come: false,
        })
    }

    /// Decodes one received chunk.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.has_come |= !chunk.is_empty();
        let taken = match &mut self.sink {
            Sink::Plain(capped) => capped.write_all(chunk),
            Sink::Gzip(decoder) => decoder.write_all(chunk),
        };
        taken.map_err(|_error| self.failure())
    }

    /// Ends decoding and returns the whole body.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Failure> {
        let ended = match &mut self.sink {
            // If no byte was received, the body is empty, whatever its headers say.
            Sink::Gzip(decoder) if self.has_come => decoder.try_finish(),
            Sink::Gzip(_) | Sink::Plain(_) => Ok(()),
        };
        if ended.is_err() {
            return Err(self.failure());
        }
        Ok(match &mut self.sink {
            Sink::Plain(capped) => std::mem::take(&mut capped.bytes),
            Sink::Gzip(decoder) => std::mem::take(&mut decoder.get_mut().bytes),
        })
    }

    /// The bytes decoded so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.capped().bytes
    }

    fn capped(&self) -> &CappedBytes {
        match &self.sink {
            Sink::Plain(capped) => capped,
            Sink::Gzip(decoder) => decoder.get_ref(),
        }
    }

    fn failure(&self) -> Failure {
        if self.capped().is_full {
            return self.too_large();
        }
        let name = "broken gzip".to_owned();
        let detail = "the body is not the gzip that Content-Encoding says it is";
        Failure::new(Cause::ContentCoding { name }, detail)
    }

    fn too_large(&self) -> Failure {
        let most = u64::try_from(self.capped().most).unwrap_or(u64::MAX);
        let detail = format!("the body is larger than {}", size_words(most));
        Failure::new(Cause::TooLarge, &detail)
    }
}

/// The codings that the headers name, without `identity`, which changes nothing.
fn codings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let names = values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase());
    names
        .filter(|name| !matches!(name.as_str(), "" | "identity"))
        .take(8)
        .collect()
}

/// Bytes up to a limit: a small body can decode to an endless one.
pub(super) struct CappedBytes {
    bytes: Vec<u8>,
    most: usize,
    is_full: bool,
}

impl Write for CappedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most.saturating_sub(self.bytes.len()) {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use hyper::header::HeaderValue;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// What is read of a body of at most 1000 bytes that comes in pieces, or why nothing is.
    fn read(coding: &'static str, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(coding))]);
        let read = || {
            let mut body = Body::of(&headers, 1_000)?;
            for chunk in bytes.chunks(7) {
                body.push(chunk)?;
            }
            body.finish()
        };
        read().map_err(|failure: Failure| failure.detail)
    }

    #[test]
    fn gzip_is_read_by_both_its_names_and_in_several_members() {
        for coding in ["gzip", "x-gzip", "GZIP", "identity, gzip"] {
            assert_eq!(read(coding, &gzip(b"{}")).unwrap(), b"{}", "{coding}");
        }
        let members = [gzip(b"{"), gzip(b"}")].concat();
        assert_eq!(read("gzip", &members).unwrap(), b"{}");
        assert_eq!(read("identity", b"{}").unwrap(), b"{}");
        assert_eq!(read("gzip", b"").unwrap(), b"");
    }

    #[test]
    fn another_coding_is_called_by_its_name() {
        for coding in ["br", "deflate", "zstd", "compress", "gzip, gzip"] {
            let said = read(coding, b"x").unwrap_err();
            let words = format!("the body is encoded as {coding}; only gzip was asked for");
            assert_eq!(said, words);
        }
    }

    #[test]
    fn gzip_that_is_broken_or_cut_off_is_not_taken_for_a_body() {
        let whole = gzip(b"{\"issuer\":\"https://a.example\"}");
        for broken in [&b"{}"[..], &whole[..whole.len() - 4], &whole[..12]] {
            let said = read("gzip", broken).unwrap_err();
            assert!(said.contains("is not the gzip"), "{said}");
        }
    }

    #[test]
    fn a_body_is_bounded_as_it_is_read() {
        assert_eq!(read("gzip", &gzip(&[b' '; 1_000])).unwrap().len(), 1_000);
        for (coding, bytes) in [
            ("gzip", gzip(&[b' '; 1_001])),
            ("gzip", gzip(&vec![b' '; 10 << 20])),
            ("identity", vec![b' '; 1_001]),
        ] {
            let said = read(coding, &bytes).unwrap_err();
            assert_eq!(said, "the body is larger than 1000 bytes");
        }
    }
}
