//! Packs a canonical document and the bytes it came as into one stream that is cut in two.
//!
//! Both say the same in another order or layout, so the second part is mostly references into the first.
//! The first is read alone; the second needs the first, which is never removed. The bytes can be dropped.
//!
//! A fixed dictionary of usual members was rejected: it must never change, and does nothing for key sets,
//! whose numbers do not repeat anywhere but here. So was packing a state with the one before it, because
//! then reading one means reading many.
//!
//! What is read is bounded: a stream that makes more than it says is an error and not a full memory.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Fast, because a replay stores thousands of states a second; the next levels are half as fast for some
/// percent.
const LEVEL: Compression = Compression::new(1);
/// Smaller documents are not worth it.
const LEAST: usize = 128;
/// The longest part; the longest body that can be configured is 64 MiB.
const MOST: usize = 256 << 20;
/// DEFLATE makes at most this many bytes of one (RFC 1951: 258 of two bits).
const RATIO: usize = 1_032;
/// Bytes of the length before each part.
const PREFIX: usize = 4;

/// A state as it is stored; a part that would not become smaller is `None`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) canonical: Option<Vec<u8>>,
    /// Present only if the canonical document is packed.
    pub(super) body: Option<Vec<u8>>,
}

/// Why a part cannot be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is packed is damaged")]
pub(super) struct Damaged;

/// Packs states one after the other. What that needs is 300 KiB, made once: to clear it before each state
/// takes a sixth less than to make it anew, and is half of the work of packing a document all the same.
#[derive(Debug, Default)]
pub(super) struct Packer {
    stream: Option<Compress>,
}

impl Packer {
    /// Packs both parts.
    pub(super) fn pack(&mut self, canonical: &str, body: &[u8]) -> Packed {
        let mut packed = Packed::default();
        if canonical.len() < LEAST {
            return packed;
        }
        let stream = match &mut self.stream {
            Some(used) => {
                used.reset();
                used
            }
            none => none.insert(Compress::new(LEVEL, false)),
        };
        packed.canonical = part(stream, canonical.as_bytes(), FlushCompress::Sync);
        if packed.canonical.is_some() {
            packed.body = part(stream, body, FlushCompress::Finish);
        }
        packed
    }
}

/// One part of the stream with its length before it, if that is smaller.
fn part(stream: &mut Compress, plain: &[u8], flush: FlushCompress) -> Option<Vec<u8>> {
    let length = u32::try_from(plain.len())
        .ok()
        .filter(|_| plain.len() <= MOST)?;
    // If it does not fit, it is not smaller.
    let mut packed = Vec::with_capacity(plain.len());
    packed.extend(length.to_be_bytes());
    let read = stream.total_in();
    let status = stream.compress_vec(plain, &mut packed, flush).ok()?;
    let is_whole = stream.total_in() - read == u64::from(length)
        && packed.len() < packed.capacity().min(plain.len())
        && (flush != FlushCompress::Finish || status == Status::StreamEnd);
    packed.shrink_to_fit();
    is_whole.then_some(packed)
}

/// The canonical document of its part.
pub(super) fn canonical(packed: &[u8]) -> Result<String, Damaged> {
    text(unpack(&mut Decompress::new(false), packed)?)
}

/// Both parts.
pub(super) fn both(first: &[u8], second: &[u8]) -> Result<(String, Vec<u8>), Damaged> {
    let mut stream = Decompress::new(false);
    let canonical = text(unpack(&mut stream, first)?)?;
    Ok((canonical, unpack(&mut stream, second)?))
}

fn text(bytes: Vec<u8>) -> Result<String, Damaged> {
    String::from_utf8(bytes).map_err(|_damaged| Damaged)
}

fn unpack(stream: &mut Decompress, part: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (length, packed) = part.split_first_chunk::<PREFIX>().ok_or(Damaged)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_damaged| Damaged)?;
    if length > MOST || length > packed.len().saturating_mul(RATIO) {
        return Err(Damaged);
    }
    // One more than is needed: a stream that makes more is seen, and one that makes no more ends.
    let mut made = Vec::with_capacity(length + 1);
    let read = stream.total_in();
    let ended = stream.decompress_vec(packed, &mut made, FlushDecompress::Sync);
    ended.map_err(|_damaged| Damaged)?;
    let is_read = stream.total_in() - read == packed.len() as u64;
    if made.len() != length || !is_read {
        return Err(Damaged);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CANONICAL: &str = r#"{"authorization_endpoint":"https://login.archera.example/authorize","issuer":"https://login.archera.example","jwks_uri":"https://login.archera.example/keys","scopes_supported":["openid","profile","email"],"token_endpoint":"https://login.archera.example/token"}"#;

    fn as_it_came() -> Vec<u8> {
        CANONICAL.replace(",\"", ",\n  \"").into_bytes()
    }

    #[test]
    fn the_bytes_cost_little_more_than_what_they_say_otherwise() {
        let came = as_it_came();
        let packed = Packer::default().pack(CANONICAL, &came);
        let (first, second) = (packed.canonical.unwrap(), packed.body.unwrap());
        assert!(first.len() < CANONICAL.len() * 3 / 4, "{}", first.len());
        assert!(second.len() < CANONICAL.len() / 4, "{}", second.len());
        assert_eq!(canonical(&first).unwrap(), CANONICAL);
        assert_eq!(both(&first, &second).unwrap().1, came);
    }

    #[test]
    fn a_state_is_packed_the_same_whatever_was_packed_before() {
        let mut packer = Packer::default();
        let came = as_it_came();
        let first = packer.pack(CANONICAL, &came);
        packer.pack(&CANONICAL.repeat(200), &came);
        assert_eq!(packer.pack(CANONICAL, &came), first);
        assert_eq!(Packer::default().pack(CANONICAL, &came), first);
    }

    #[test]
    fn what_would_not_become_smaller_stays_as_it_is() {
        assert_eq!(Packer::default().pack("{}", b" {} "), Packed::default());
        // No byte follows from those before it.
        let mut state = 1u64;
        let noise: String = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(u8::try_from(state >> 57).unwrap())
        })
        .take(200)
        .collect();
        let packed = Packer::default().pack(&noise, &as_it_came());
        assert_eq!(packed, Packed::default());
        let packed = Packer::default().pack(CANONICAL, b"x");
        assert!(packed.canonical.is_some() && packed.body.is_none());
    }

    #[test]
    fn a_stream_that_does_not_make_what_it_says_is_damaged() {
        let packed = Packer::default().pack(CANONICAL, &as_it_came());
        let (first, second) = (packed.canonical.unwrap(), packed.body.unwrap());
        let says = |part: &[u8], length: u32| [&length.to_be_bytes()[..], &part[PREFIX..]].concat();
        let length = u32::try_from(CANONICAL.len()).unwrap();
        for wrong in [0, length - 1, length + 1, u32::MAX] {
            assert_eq!(canonical(&says(&first, wrong)), Err(Damaged), "{wrong}");
            assert!(both(&first, &says(&second, wrong)).is_err(), "{wrong}");
        }
        for part in [&first[..3], &first[..20], &[0, 0, 0, 9][..]] {
            assert_eq!(canonical(part), Err(Damaged));
        }
        assert_eq!(both(&second, &first), Err(Damaged));
    }

    #[test]
    fn a_bomb_is_damaged_and_takes_no_more_memory_than_it_says() {
        let mut stream = Compress::new(Compression::best(), false);
        let mut bomb = 1_000u32.to_be_bytes().to_vec();
        bomb.reserve(1 << 20);
        let zeros = vec![0; 64 << 20];
        stream
            .compress_vec(&zeros, &mut bomb, FlushCompress::Finish)
            .unwrap();
        assert_eq!(canonical(&bomb), Err(Damaged));
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(canonical_text in ".{0,2000}", came in prop::collection::vec(any::<u8>(), 0..3_000)) {
            let packed = Packer::default().pack(&canonical_text, &came);
            if let Some(first) = &packed.canonical {
                prop_assert!(first.len() < canonical_text.len());
                prop_assert_eq!(canonical(first).unwrap(), canonical_text);
                if let Some(second) = &packed.body {
                    prop_assert_eq!(both(first, second).unwrap().1, came);
                }
            } else {
                prop_assert_eq!(packed.body, None);
            }
        }

        #[test]
        fn whatever_is_stored_is_read_without_a_panic(first in prop::collection::vec(any::<u8>(), 0..200), second in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(canonical(&first));
            drop(both(&first, &second));
        }
    }
}
