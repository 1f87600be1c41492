//! Random edits of a seed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One edit. A place is a share of the input, so that it stands wherever other edits moved it.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    /// Puts a token of the format in.
    Token(Index, &'static str),
    /// Puts any bytes in.
    Bytes(Index, Vec<u8>),
    /// Changes a byte.
    Byte(Index, u8),
    /// Takes so many bytes out.
    Cut(Index, usize),
    /// Says so many bytes so many times.
    Repeat(Index, usize, usize),
    /// Moves so many bytes elsewhere.
    Move(Index, usize, Index),
    /// Ends it here.
    End(Index),
}

/// A seed and its edits.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    seed: usize,
    edits: Vec<Edit>,
}

/// No input is longer.
const LONGEST: usize = 64 * 1024;

/// All cases over so many seeds, in a format of such tokens.
pub(crate) fn cases(seeds: usize, tokens: &'static [&'static str]) -> impl Strategy<Value = Case> {
    let place = any::<Index>;
    let some = || 1..24_usize;
    let edit = prop_oneof![
        4 => (place(), select(tokens)).prop_map(|(at, token)| Edit::Token(at, token)),
        1 => (place(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Edit::Bytes(at, bytes)),
        3 => (place(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
        3 => (place(), some()).prop_map(|(at, many)| Edit::Cut(at, many)),
        2 => (place(), some(), prop_oneof![9 => 1..4_usize, 1 => 1..3000_usize])
            .prop_map(|(at, many, times)| Edit::Repeat(at, many, times)),
        2 => (place(), some(), place()).prop_map(|(at, many, to)| Edit::Move(at, many, to)),
        1 => place().prop_map(Edit::End),
    ];
    (0..seeds, vec(edit, 1..8)).prop_map(|(seed, edits)| Case { seed, edits })
}

impl Case {
    /// The seed, and what the edits make of it.
    pub(crate) fn input<'a>(&self, seeds: &'a [Vec<u8>]) -> (&'a [u8], Vec<u8>) {
        let seed = &seeds[self.seed];
        let mut input = seed.clone();
        for edit in &self.edits {
            edit.make(&mut input);
            input.truncate(LONGEST);
        }
        (seed, input)
    }
}

impl Edit {
    fn make(&self, input: &mut Vec<u8>) {
        let place = |at: &Index, input: &[u8]| at.index(input.len() + 1);
        let taken = |at: &Index, many: usize, input: &[u8]| {
            let from = at.index(input.len() + 1);
            from..(from + many).min(input.len())
        };
        match self {
            Self::Token(at, token) => splice(input, place(at, input), token.as_bytes()),
            Self::Bytes(at, bytes) => splice(input, place(at, input), bytes),
            Self::Byte(at, byte) => {
                let at = place(at, input);
                if let Some(old) = input.get_mut(at) {
                    *old = *byte;
                }
            }
            Self::Cut(at, many) => drop(input.drain(taken(at, *many, input))),
            Self::Repeat(at, many, times) => {
                let piece = taken(at, *many, input);
                let end = piece.end;
                let more = input[piece].repeat(*times);
                splice(input, end, &more);
            }
            Self::Move(at, many, to) => {
                let piece: Vec<u8> = input.drain(taken(at, *many, input)).collect();
                let to = place(to, input);
                splice(input, to, &piece);
            }
            Self::End(at) => input.truncate(place(at, input)),
        }
    }
}

fn splice(input: &mut Vec<u8>, at: usize, more: &[u8]) {
    input.splice(at..at, more.iter().copied());
}
