//! The tree that a text of TOML is parsed to, and where the memory for it comes from.
//!
//! The tree of ten thousand providers takes 20 MB, for as long as it is read. What is read of it stays, and
//! lies behind it where one thread does both: then the allocator cannot give back the room that the tree
//! leaves. It keeps memory apart for every thread, so a long text is parsed on a thread made for it, and the
//! tree is freed on another one, because a thread keeps some of what it frees for itself.

use std::panic::resume_unwind;
use std::thread;

use toml::de::{DeTable, Error};

/// The tree of a shorter text takes less than a MB, which is not worth two threads.
const LONG: usize = 64 * 1024;

/// Parses a text and reads its tree, which is gone afterwards.
pub(super) fn with<T>(text: &str, read: impl FnOnce(&DeTable<'_>) -> T) -> Result<T, Error> {
    if text.len() < LONG {
        return DeTable::parse(text).map(|table| read(table.get_ref()));
    }
    let parsed = elsewhere(|| DeTable::parse(text));
    let table = parsed.unwrap_or_else(|| DeTable::parse(text))?;
    let done = read(table.get_ref());
    elsewhere(move || drop(table));
    Ok(done)
}

/// Does the work on a thread made for it, and waits for it; `None` if there is no thread to be had.
fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let made = thread::Builder::new().spawn_scoped(scope, work).ok()?;
        Some(made.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_read_like_a_short_one() {
        for providers in [2, 10_000] {
            let text = "[[provider]]\nname = \"archera\"\n".repeat(providers);
            let read = with(&text, |table| {
                let found = table.get("provider")?.get_ref().as_array()?;
                Some(found.len())
            });
            assert_eq!(read.unwrap(), Some(providers));
            assert!(with(&format!("{text}["), |_| ()).is_err());
        }
    }
}
